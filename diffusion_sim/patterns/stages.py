"""Rows on how far and how fast districts come (A5, A6, A10)."""

from __future__ import annotations

from typing import Any

from diffusion_sim.patterns.record import CHECK, Arm, Condition, Row
from diffusion_sim.patterns.seen import equal_spending, mean_of, quotient
from diffusion_sim.patterns.worlds import FOUR, MANY
from diffusion_sim.strategies.gates import DISTRICT

_LONG = {"programme.years_after": 5}


def three_years(at: Any) -> dict[str, float]:
    """A5: districts after three years of the staged strategy."""
    reach, stage = at("staged").district_reach(3), at("staged").district_stage(3)
    return {
        "reached": float((reach >= 0.8).mean()),
        "spread": float(reach.std(ddof=1)) if reach.size > 1 else float("nan"),
        "last": float((stage == DISTRICT).mean()),
        "mean": float(reach.mean()),
    }


def slow_start(at: Any) -> dict[str, float]:
    """A6: staged minus all at once: reach after a year, what is kept two years after support, and deep use later at
    equal spending."""
    slow, fast = at("staged"), at("at_once")
    found = {"reach_1": slow.reach(1) - fast.reach(1), "kept": _kept(slow) - _kept(fast)}
    for year in (5, 8):
        slow, fast, ratio = equal_spending(at, "staged", "at_once", year)
        found |= {f"deep_{year}": slow.measure("deep_use", year) - fast.measure("deep_use", year)}
        found |= {f"spent_{year}": ratio, f"kept_{year}": _kept(slow) - _kept(fast)}
    return found


def _kept(run: Any) -> float:
    return quotient(run.measure("deep_use", 5), run.measure("deep_use", 3))


def most_classrooms(at: Any) -> dict[str, float]:
    """A10: districts with four fifths of the teachers after three years, and what leaders' leaving costs."""
    reach, stable = at("directed").district_reach(3), at("stable").district_reach(3)
    return {"reached": float((reach >= 0.8).mean()), "less": mean_of(reach) - mean_of(stable), "mean": mean_of(reach)}


ROWS = (
    Row(
        "A5", "three years are not enough",
        "Districts that go through five stages are not done after three years; of two cases one reached the whole "
        "district and one was stuck.",
        "Ed Partners (PACE) article and cases", "partly seen", CHECK,
        "Staged strategy, after three years: share of districts in which four fifths of the teachers use; SD of reach "
        "between districts; share of districts in the last stage.",
        MANY, {"staged": Arm("staged")}, three_years,
        (
            Condition("districts at 80 % or more", "reached", high=0.25, strict=True),
            Condition("SD between districts", "spread", 0.15),
            Condition("mean reach", "mean"),
        ),
        (
            Condition("districts at 80 % or more", "reached", high=0.25, strict=True),
            Condition("SD between districts", "spread", 0.15),
            Condition("districts in the last stage", "last", high=0.25, strict=True),
        ),
        "districts_differ",
    ),
    Row(
        "A6", "a slow start pays later",
        "A pilot by stages slows the spread on purpose and aims at what lasts. A claim, not evidence.",
        "Ed Partners (PACE) article", "article", CHECK,
        "Staged minus a directive for all at once: reach after one year; deep use two years after support by deep use "
        "at its end; sharper: deep use at years 5 and 8 where both have spent the same by then.",
        FOUR,
        {"staged": Arm("staged", overrides=_LONG), "at_once": Arm("directed_uniform", overrides=_LONG)}, slow_start,
        (
            Condition("reach after 1 year", "reach_1", high=0.0, strict=True),
            Condition("share of deep use kept", "kept", 0.0, strict=True),
        ),
        (
            Condition("reach after 1 year", "reach_1", high=0.0, strict=True),
            Condition("deep use, year 5, equal spending", "deep_5", 0.0, strict=True),
            Condition("deep use, year 8, equal spending", "deep_8", 0.0, strict=True),
            Condition("share kept, equal spending", "kept_5", 0.0, strict=True),
            Condition("spending, staged / at once, year 5", "spent_5", 0.95, 1.05),
            Condition("spending, staged / at once, year 8", "spent_8", 0.95, 1.05),
        ),
        "uninvited",
        reading=(
            "staged keeps more of its deep use but has less of it to keep. Its small circles get up to "
            "`programme.hours_max` hours a person, far more than help can use before it saturates, so that the same "
            "money makes fewer deep users than the usual hours of a directive; in the runs of this page two thirds of "
            "the districts are still at the team and its colleagues when support ends. With 30 in place of 40 hours "
            "staged is ahead in both years. The source is a claim: nobody has measured it."
        ),
    ),
    Row(
        "A10", "four fifths in three years are rare",
        "From 15 to 80 % of classrooms in three years was the aim of ten partnerships; how many came there is not "
        "published. It needs log-odds of use to grow by about one a year.",
        "SRI article (Warner & Caspary 2023)", "article", CHECK,
        "A directive for all with default numbers: share of districts in which four fifths of the teachers use after "
        "three years; mean reach, with leaders' turnover minus without it.",
        MANY,
        {"directed": Arm("directed_uniform"),
         "stable": Arm("directed_uniform", overrides={"mechanisms.leader_turnover": False})},
        most_classrooms,
        (
            Condition("districts at 80 % or more", "reached", high=0.2),
            Condition("reach, with leaders' turnover - without", "less", high=0.0, strict=True),
            Condition("mean reach", "mean"),
        ),
        (), "teacher_turnover",
        reading=(
            "the row counts every user, and use under a directive is often compliant: in the runs of this page half "
            "of it is, and one or two districts in a hundred would be there by use that teachers own. The mandate "
            "(`programme.mandate_years`) lasts just until the count is made: where it ends a year earlier the row "
            "holds, and over the draws no other number moves mean reach as much. The source tells of an aim and gives "
            "no result, so that the band is a judgement."
        ),
    ),
)  # fmt: skip
