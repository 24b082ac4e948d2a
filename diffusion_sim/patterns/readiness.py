"""Rows on what schools bring: who gains from the same support, and where reform ends (A1 to A4)."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.patterns.record import CHECK, RATIO, SHARE, Arm, Condition, Row
from diffusion_sim.patterns.seen import mean_of
from diffusion_sim.patterns.worlds import FOUR
from diffusion_sim.ranks import parts_by_rank

_WITH_TESTS = {"pupils.load": 0.1}  # a programme with interim tests
_UNIFORM = {
    "uniform": Arm("directed_uniform", overrides=_WITH_TESTS),
    "none": Arm("none"),
}


def gains_by_readiness(at: Any) -> dict[str, float]:
    """A1: pupils' gain over two years against no programme, in all schools and by half of readiness at the start."""
    on, none = at("uniform"), at("none")
    effect, pupils = on.years[2].schools.gain - none.years[2].schools.gain, on.years[2].schools.pupils
    ready = parts_by_rank(on.readiness, 2) == 1
    top, bottom = mean_of(effect, pupils, ready), mean_of(effect, pupils, ~ready)
    return {"mean": mean_of(effect, pupils), "ready": top, "unready": bottom, "ordered": float(top > bottom)}


def form_and_depth(at: Any) -> dict[str, float]:
    """A2: use and gain against no programme after two years, and where users' quality varies."""
    on, none = at("uniform"), at("none")
    gain = mean_of(on.years[2].schools.gain - none.years[2].schools.gain, on.years[2].schools.pupils)
    return {"use": on.reach(2) - none.reach(2), "gain": gain, "within": within_share(on, 2)}


def within_share(run: Any, year: int) -> float:
    """Share of the variance of users' quality that lies within schools."""
    using, quality = run.using(year), run.quality(year)
    if using.sum() < 3:
        return np.nan
    own = run.mean_by_school(quality, year, using)[run.years[year].teachers.school[using]]
    whole = float(((quality[using] - quality[using].mean()) ** 2).sum())
    return float(((quality[using] - own) ** 2).sum()) / whole if whole > 0.0 else np.nan


def fitted_by_third(at: Any) -> dict[str, float]:
    """A3: reach of fitted minus uniform support at the end of support, in the lowest and highest third of readiness."""
    fitted, uniform = at("fitted"), at("uniform")
    third = parts_by_rank(uniform.readiness, 3)
    low, high = (fitted.reach(3, third == t) - uniform.reach(3, third == t) for t in (0, 2))
    return {"low": low, "high": high, "more": low - high}


def end_states(at: Any) -> dict[str, float]:
    """A4: of runs at a random point, how many end high and deep, and how many are wide and shallow on the way."""
    runs = [at(name) for name in ("volunteer", "directed", "volunteer_fitted", "directed_fitted")]
    wide = np.array([[run.measure("reach", year) >= 0.5 for year in (3, 5)] for run in runs])
    deep = np.array([[run.measure("deep_users", y) >= 0.5 * run.measure("users", y) for y in (3, 5)] for run in runs])
    return {
        "runs": float(len(runs)),
        "high_high": float((wide & deep)[:, 1].sum()),
        "shallow": float((wide & ~deep).any(axis=1).sum()),
        "low": float((~wide)[:, 1].sum()),
    }


ROWS = (
    Row(
        "A1", "readiness moderates",
        "A randomised trial of support for data-driven teaching found no effect on average, while schools that were "
        "ready for it gained four to seven months over two years.",
        "ANet i3 trial (West, Morton & Herlihy 2016; the network's article)", "seen", CHECK,
        "Everybody gets the same support for two years; gain of pupils against no programme, SD over both years, by "
        "half of readiness at the start. The programme has interim tests.",
        FOUR, _UNIFORM, gains_by_readiness,
        (
            Condition("mean effect, SD", "mean", -0.05, 0.05),
            Condition("ready half gains more", "ordered", 0.9, how=SHARE),
            Condition("unready half, SD", "unready", high=0.0),
        ),
        (
            Condition("mean effect, SD", "mean", -0.05, 0.05),
            Condition("ready half gains more", "ordered", 0.9, how=SHARE),
            Condition("unready half, SD", "unready", high=0.0),
            Condition("ready half, SD (published .11 to .19)", "ready", 0.05),
        ),
        "readiness",
        reading=(
            "the interim tests cost every school, and only ready schools earn more than that, so that their value "
            "hangs on `pupils.load`, which this row sets to the upper end of its range: with half of it the row still "
            "holds, with none the unready half gains, too, and it fails."
        ),
    ),
    Row(
        "A2", "practice up, outcome flat",
        "In the same trial the practices became commoner in supported schools while pupils' results did not move, and "
        "people in one building saw things differently.",
        "ANet i3 trial (West, Morton & Herlihy 2016)", "seen", CHECK,
        "The same runs: difference in use and in gain after two years; share of the variance of users' quality within "
        "schools.",
        FOUR, _UNIFORM, form_and_depth,
        (
            Condition("use, supported - none", "use", 0.0, strict=True),
            Condition("gain, supported - none, SD", "gain", -0.05, 0.05),
            Condition("variance of quality within schools", "within", 0.5),
        ),
        (), "compliance",
    ),
    Row(
        "A3", "fitted support helps the unready",
        "After the trial the network moved coaches' time from nine tenths on its tool to four tenths, with the rest on "
        "the conditions of the school. No outcome of that is published.",
        "the network's article", "article", CHECK,
        "Same budget, every school: reach at the end of support, fitted minus uniform, in the lowest and the highest "
        "third of readiness at the start.",
        FOUR, {"fitted": Arm("directed_differentiated"), "uniform": Arm("directed_uniform")}, fitted_by_third,
        (Condition("lowest third - highest third", "more", 0.0, strict=True),),
        (
            Condition("lowest third - highest third", "more", 0.0, strict=True),
            Condition("lowest third gains itself", "low", 0.0, strict=True),
        ),
        "building",
    ),
    Row(
        "A4", "dies early or spreads thin",
        "Reforms stop at the early adopters or spread widely and superficially.",
        "Ed Partners (PACE) article", "article", CHECK,
        "On each seed another random point of the plausible space, four strategies without staffing (volunteers and "
        "directive, uniform and fitted). Wide: half of the teachers use. Deep: half of the users use deeply.",
        FOUR,
        {
            "volunteer": Arm("volunteer_uniform", random=True),
            "directed": Arm("directed_uniform", random=True),
            "volunteer_fitted": Arm("volunteer_differentiated", random=True),
            "directed_fitted": Arm("directed_differentiated", random=True),
        },
        end_states,
        (
            Condition("wide and deep at year 5", "high_high runs", high=0.2, how=RATIO, strict=True),
            Condition("not wide at year 5", "low runs", how=RATIO),
        ),
        (
            Condition("wide and deep at year 5", "high_high runs", high=0.2, how=RATIO, strict=True),
            Condition("wide and shallow at year 3 or 5", "shallow runs", 0.05, how=RATIO),
        ),
        "compliance", in_space=False,
    ),
)  # fmt: skip
