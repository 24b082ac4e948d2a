"""Rows on time: the shape of growth, longer use, the first year, and trust (B4, C1, C26, C27, C35)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from diffusion_sim.patterns.record import CALIBRATION, CHECK, ODDS_RATIO, RATIO, SHARE, Arm, Condition, Row
from diffusion_sim.patterns.seen import mean_of
from diffusion_sim.patterns.worlds import NINETY
from diffusion_sim.ranks import parts_by_rank
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR

_BEGUN = (
    *("trial_initiative", "trial_outreach", "trial_peers", "trial_norm", "trial_invitation", "trial_mandate"),
    *("trial_appointed", "trial_asked", "trial_like", "trial_induction", "trial_team"),
)
_TEN_YEARS = {"programme.years_support": 10, "programme.years_after": 0, "programme.wave_3": 1.0}


def access_curve(at: Any) -> dict[str, float]:
    """B4: the speed of a curve after Bass that is fitted to the share of teachers who have ever used."""
    run = at("directed")
    share = (run.weekly("ever_users") / run.weekly("teachers"))[::WEEKS_PER_QUARTER]
    speed, shape = bass(np.arange(share.size) * WEEKS_PER_QUARTER / WEEKS_PER_YEAR, share)
    return {"speed": speed, "s_shaped": float(shape > 1.0) if np.isfinite(shape) else np.nan, "last": float(share[-1])}


def bass(years: Any, share: Any) -> tuple[float, float]:
    """(p + q, q / p) of share = m (1 - A e^(-st)) / (1 + r A e^(-st)), s = p + q, r = q / p, by least squares; A is
    below 1 where the curve had begun before. Source: Bass (1969), whose curve is that with A = 1."""
    from scipy.optimize import OptimizeWarning, curve_fit

    def curve(t: Any, m: float, s: float, a: float, r: float) -> Any:
        left = a * np.exp(-s * t)
        return m * (1.0 - left) / (1.0 + r * left)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)
        try:
            found, _ = curve_fit(
                curve, years, share, [max(share), 0.7, 0.95, 5.0],
                bounds=([0.01, 0.01, 0.0, 0.0], [1.0, 10.0, 1.0, 1e4]), maxfev=20_000,
            )  # fmt: skip
        except (RuntimeError, ValueError):
            return np.nan, np.nan
    return float(found[1]), float(found[3])


def adopters(at: Any) -> dict[str, float]:
    """C1: volunteers over ten years: does use pass 70 %, and when first trials come."""
    run = at("volunteers")
    begun = np.diff(run.flow(*_BEGUN) - run.flow("retrial"))
    found = {"highest": float(run.weekly("reach").max())}
    found["passes"] = float(found["highest"] > 0.7)
    return found | (categories(begun) if found["passes"] else dict.fromkeys(("innovators", "early", "skew"), np.nan))


def categories(begun: Any) -> dict[str, float]:
    """Adopters by week: shares more than two SD, and one to two SD, before the mean week; skew of the weeks."""
    begun = np.maximum(np.asarray(begun, float), 0.0)
    week, whole = np.arange(begun.size), begun.sum()
    if whole <= 0.0:
        return dict.fromkeys(("innovators", "early", "skew"), np.nan)
    mean = (week * begun).sum() / whole
    sd = np.sqrt(((week - mean) ** 2 * begun).sum() / whole)
    first, second = week < mean - 2.0 * sd, week < mean - sd
    skew = ((week - mean) ** 3 * begun).sum() / whole / sd**3 if sd > 0.0 else np.nan
    return {"innovators": float(begun[first].sum() / whole), "early": float(begun[second & ~first].sum() / whole),
            "skew": float(skew)}  # fmt: skip


def longer_use(at: Any) -> dict[str, float]:
    """C26, C27: yearly effect on pupils by year in the programme, schools that enrolled in the first year."""
    run, none = at("volunteers"), at("none")
    pupils, first = run.years[0].schools.pupils, run.enrolled(1)
    stayed = np.all([run.enrolled(year) for year in range(1, len(run.years))], axis=0)
    effect = [run.gain(year) - none.gain(year) for year in range(1, len(run.years))]
    found = {}
    for name, who in (("stayed", stayed), ("all", first)):
        found[f"{name}_early"] = float(np.mean([mean_of(one, pupils, who) for one in effect[:4]]))
        found[f"{name}_late"] = float(np.mean([mean_of(one, pupils, who) for one in effect[4:]]))
    one, two = (mean_of(effect[year], pupils, first) for year in (0, 1))
    return found | {"year_1": one, "year_2": two, "dip": float(one <= two), "first_flat": float(one <= 0.0)}


def trust_and_improvement(at: Any) -> dict[str, float]:
    """C35: schools in the upper third of improvement among those with most and least trust at the start."""
    run = at("directed")
    s = run.years[5].schools
    improving = parts_by_rank(run.gain(5) - run.gain(1), 3) == 2
    quarter = parts_by_rank(s.trust_start, 4)
    found = {}
    for name, which in (("top", 3), ("bottom", 0)):
        found[name] = float((improving & (quarter == which)).sum())
        found[f"{name}_all"] = float((quarter == which).sum())
    return found


_LONG = {"volunteers": Arm("volunteer_uniform"), "none": Arm("none")}

ROWS = (
    Row(
        "B4", "an S-curve of access",
        "Classrooms with internet: 3, 14, 51, 63, 77, 87, 93, 94 % in 1994, 96, 98, 99, 2000, 01, 03, 05.",
        "NCES", "seen", CALIBRATION,
        "Access is matched to shallow use only: share of teachers who have ever used under a directive, eight years; "
        "p + q of a curve after Bass with a ceiling of its own, and whether it is S-shaped.",
        NINETY, {"directed": Arm("directed_uniform")}, access_curve,
        (
            Condition("p + q, per year", "speed", 0.6, 0.9),
            Condition("S-shaped", "s_shaped", 0.5, how=SHARE),
            Condition("ever used at the end", "last"),
        ),
        (), "peers",
        reading=(
            "most of the rise comes in the first year: the mandate presses on all schools from its first week and "
            "coaches ask at once; in the runs of this page these two make four fifths of that year's trials. After "
            "three years the share falls, as users leave and others come, which a fitted curve takes for an early "
            "ceiling. Over the draws it is slower with little power of districts (`districts.centralisation`) and "
            "long mandates (`programme.mandate_years`), but neither brings it into the band; without any mandate it "
            "gets there, and the curve is no S any more. The source counts rooms, which were connected in turn over "
            "years and stay connected when a teacher leaves."
        ),
    ),
    Row(
        "C1", "adopters come in an S-curve",
        "Rogers' shares of adopters are 2.5, 13.5, 34, 34, 16 %; curves after Bass imply .2 to 2.8 % innovators and "
        "9.5 to 20 % early adopters.",
        "Mahajan, Muller & Bass 1995; Rogers", "partly seen", CHECK,
        "Volunteers with ten years of support, places for all from the third: runs in which more than 70 % use at some "
        "time; weeks of first trials, more than two SD and one to two SD before their mean; skew.",
        NINETY, {"volunteers": Arm("volunteer_uniform", overrides=_TEN_YEARS)}, adopters,
        (
            Condition("runs that pass 70 %", "passes", 0.0, how=SHARE, strict=True),
            Condition("innovators", "innovators", 0.002, 0.028),
            Condition("early adopters", "early", 0.095, 0.2),
            Condition("skew", "skew", -1.0, 1.0, strict=True),
            Condition("highest reach", "highest"),
        ),
        (), "peers",
        reading=(
            "first trials come at an even pace over all ten years and not in a hump, so that two SD before their mean "
            "lies before the first week in every run: nobody can be an innovator. Coaches ask from the start; in the "
            "runs of this page that makes half of all trials, and more than half of those who begin came after the "
            "start. Without asking (`trial.p_hours` at 0) there is a hump, but use does not pass 70 %. The source's "
            "buyers are a fixed crowd, counted from a product's launch; the model's first users of all, those from "
            "before the programme, are not counted."
        ),
    ),
    Row(
        "C26", "longer use, larger effect",
        "Whole-school reforms: flat for four years, much stronger from the fifth on.",
        "Borman et al. 2003", "partly seen", CHECK,
        "Volunteers with eight years of support, schools that enrolled in the first year: yearly effect on pupils in "
        "years 5 to 8 by years 1 to 4, schools that stayed (and all that began).",
        NINETY, _LONG, longer_use,
        (
            Condition("years 5-8 / 1-4, schools that stayed", "stayed_late stayed_early", 1.4, how=RATIO),
            Condition("years 5-8 / 1-4, all that began", "all_late all_early", how=RATIO),
        ),
        (
            Condition("years 5-8 / 1-4, schools that stayed", "stayed_late stayed_early", 1.4, 3.0, RATIO),
            Condition("years 5-8 / 1-4, all that began", "all_late all_early", how=RATIO),
        ),
        "school_exit",
    ),
    Row(
        "C27", "the first year is flat or negative",
        "First-year effects are near or below zero and grow afterwards (one programme: .12, then .35).",
        "What Works Clearinghouse on ANet; Ready 2014", "partly seen", CHECK,
        "The same runs: effect on pupils in a school's first year against its second.",
        NINETY, _LONG, longer_use,
        (
            Condition("runs with year 1 <= year 2", "dip", 0.6, how=SHARE),
            Condition("effect in year 1, SD", "year_1"),
            Condition("effect in year 2, SD", "year_2"),
            Condition("runs with year 1 <= 0", "first_flat", how=SHARE),
        ),
        (), "dip",
    ),
    Row(
        "C35", "high trust, more improvement",
        "Of schools with much trust one in two improved, of those with little one in seven.",
        "Bryk & Schneider 2002", "memory", CHECK,
        "A directive for all, five years: odds of being in the upper third of the rise of pupils' yearly gain (year 5 "
        "- year 1), schools in the top by those in the bottom quarter of trust at the start.",
        NINETY, {"directed": Arm("directed_uniform")}, trust_and_improvement,
        (
            Condition("odds ratio, top / bottom quarter", "top top_all bottom bottom_all", 3.0, 12.0, ODDS_RATIO),
            Condition("improving, top quarter", "top top_all", how=RATIO),
            Condition("improving, bottom quarter", "bottom bottom_all", how=RATIO),
        ),
        (), "trust",
        reading=(
            "most of the rise between two years is the luck of teachers and years, and what the programme itself adds "
            "depends little on trust: trust decides who begins by choice and who feels safe under pressure, not how "
            "much is learned, and a directive makes people begin anyway. By the programme's own effect alone the "
            "ratio is little larger in the runs of this page, and no number moves it much over the draws. The source "
            "follows trust and results over the same years, in which each feeds the other."
        ),
    ),
)  # fmt: skip
