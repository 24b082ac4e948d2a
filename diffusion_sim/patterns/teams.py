"""Rows on multi-classroom leaders (A13, A14)."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.dynamics.staffing import has_teams
from diffusion_sim.patterns.record import CHECK, RATIO, RISK_RATIO, Arm, Condition, Row
from diffusion_sim.patterns.seen import equal_spending, mean_of
from diffusion_sim.patterns.worlds import FOUR
from diffusion_sim.ranks import parts_by_rank

_MATURE = {"programme.years_support": 4, "programme.years_after": 1}


def middle_of_teams(at: Any) -> dict[str, float]:
    """A13: members of led teams against the same posts under coaching at the same spending, and two contrasts of
    pupils' gain in the third year."""
    led, plain, ratio = equal_spending(at, "teams", "pull_out", 3)
    t, s, none = led.years[3].teachers, led.years[3].schools, at("none")
    members = (t.leader >= 0) & (t.leader != np.arange(t.leader.size))
    structure = has_teams.py_func(s.staffing)
    if not members.any() or structure.all():
        return {name: np.nan for name in ("median", "variance", "variation", "naive", "paired", "more", "spent")}
    own, other = led.quality(3), plain.quality(3)
    (variance, variation), (variance_other, variation_other) = (in_teams(q, t, members) for q in (own, other))
    gain, pupils = led.gain(3), s.pupils
    naive = mean_of(gain, pupils, structure) - mean_of(gain, pupils, ~structure)
    paired = mean_of(gain - none.gain(3), pupils, structure)
    return {
        "median": float(np.median(own[members]) - np.median(other[members])),
        "variance": variance - variance_other, "variation": variation - variation_other,
        "naive": naive, "paired": paired, "more": naive - paired, "spent": ratio,
    }  # fmt: skip


def in_teams(quality: Any, t: Any, members: Any) -> tuple[float, float]:
    """Mean over teams of two members or more of the variance of quality, and of SD / mean where the mean is above 0."""
    _, team = np.unique(t.leader[members], return_inverse=True)
    q = quality[members]
    size = np.bincount(team)
    mean = np.bincount(team, q) / size
    variance = np.bincount(team, (q - mean[team]) ** 2) / np.maximum(size - 1, 1)
    variation = np.divide(np.sqrt(variance), mean, out=np.full(size.size, np.nan), where=mean > 0.0)
    return mean_of(variance, among=size > 1), mean_of(variation, among=size > 1)


def mature_teams(at: Any) -> dict[str, float]:
    """A14: schools that took up the structure in the first year, in its first and its fourth year."""
    led, none = at("teams"), at("none")
    first, last = led.years[1].schools, led.years[4].schools
    cohort = has_teams.py_func(first.staffing) & (first.staffing_year == 0) & has_teams.py_func(last.staffing)
    found = {"schools": float(cohort.sum())}
    for year in (1, 4):
        effect = led.gain(year) - none.gain(year)
        found[f"effect_{year}"] = mean_of(effect, last.pupils, cohort) * float(cohort.sum()) if cohort.any() else 0.0
        found[f"high_{year}"] = float((cohort & (parts_by_rank(led.gain(year), 3) == 2)).sum())
    return found


ROWS = (
    Row(
        "A13", "team leaders lift the middle",
        "Pupils of teachers led by multi-classroom leaders moved from the middle to the 75th to 85th percentile in "
        "mathematics in most models; in reading nothing is left once school and year are held fixed.",
        "Backes & Hansen 2018 and the authors' article", "seen", CHECK,
        "Members of led teams against the same posts under coaching at equal spending, after three years: quality of "
        "the median teacher, spread within teams; gain of schools with teams against other schools (naive) and against "
        "themselves without a programme (within school and year).",
        FOUR,
        {"teams": Arm("multi_classroom_leader"), "pull_out": Arm("volunteer_uniform"), "none": Arm("none")},
        middle_of_teams,
        (
            Condition("quality of the median teacher", "median", 0.0, strict=True),
            Condition("variance within teams", "variance", high=0.0, strict=True),
            Condition("gain, naive - within school and year, SD", "more", 0.0, strict=True),
            Condition("gain, within school and year, SD", "paired"),
        ),
        (
            Condition("quality of the median teacher", "median", 0.0, strict=True),
            Condition("coefficient of variation within teams", "variation", high=0.0, strict=True),
            Condition("gain, naive - within school and year, SD", "more", 0.0, strict=True),
            Condition("spending, teams / coaching", "spent", 0.95, 1.05),
        ),
        "leader_help",
        reading=(
            "in the runs of this page just under half of the led members use after three years, so that the middle "
            "member does not use in most runs, whatever those who use can do; where fewer give up (`stop.d0`) or "
            "leaders win over more (`trial.p_team`, `staffing.reach_start`) the middle moves. The naive contrast is "
            "not larger, since no school of the model has better growth of its own that would also make it take up "
            "teams: that no number turns. The source measures pupils, in schools that chose the structure."
        ),
    ),
    Row(
        "A14", "team structures mature",
        "Schools in the fourth year of the structure showed high growth more than twice as often as in the first.",
        "Public Impact, from the organisation's own data", "secondary", CHECK,
        "Schools that took it up in the first year: effect on pupils in its fourth by its first year; sharper: chance "
        "of being in the upper third of schools' growth, with schools' own good and bad years.",
        FOUR,
        {"teams": Arm("multi_classroom_leader", overrides=_MATURE), "none": Arm("none", overrides=_MATURE)},
        mature_teams,
        (
            Condition("effect, year 4 / year 1", "effect_4 effect_1", 1.5, how=RATIO),
            Condition("effect in year 1, SD", "effect_1 schools", how=RATIO),
        ),
        (
            Condition("P(upper third), year 4 / year 1", "high_4 schools high_1 schools", 1.5, 4.0, RISK_RATIO),
            Condition("P(upper third) in year 1", "high_1 schools", how=RATIO),
        ),
        "leader_help",
        reading=(
            "the yardstick moves: the upper third is that of the world's own schools, and in the runs of this page "
            "three in four of them have teams by the fourth year. Against the upper third of the same schools without "
            "a programme the chance would nearly double. No single number moves it much. High growth is usually "
            "judged among all schools of a state, of which few have teams."
        ),
    ),
)  # fmt: skip
