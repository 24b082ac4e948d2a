"""Rows on coaching and training in a programme's first year (C4 to C6)."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.patterns.record import CALIBRATION, CHECK, RATIO, Arm, Condition, Row
from diffusion_sim.patterns.seen import correlation, mean_of, without
from diffusion_sim.patterns.worlds import NINETY

# All schools that find a place come at once, and there is money for what is planned.
_TRIAL = {
    "programme.years_support": 1, "programme.years_after": 0, "enrolment.n0": 50.0, "programme.wave_1": 1.0,
    "money.budget_per_teacher": 20_000.0,
}  # fmt: skip
_FEW = 6.0 / 90.0
_DOSES = (10, 20, 30, 40)


def by_size(at: Any) -> dict[str, float]:
    """C4: effect of a year of coaching in the same schools, in a small and in a large programme: sums over schools."""
    small, large, none = at("small"), at("large"), at("none")
    schools, found = small.enrolled(1) & large.enrolled(1), {}
    for name, run in (("small", small), ("large", large)):
        practice = run.mean_by_school(run.quality(1), 1) - none.mean_by_school(none.quality(1), 1)
        gain = run.gain(1) - none.gain(1)
        found[f"practice_{name}"] = float(np.nansum(practice[schools]))
        found[f"pupils_{name}"] = float(gain[schools].sum())
    return found | {"schools": float(schools.sum())}


def by_dose(at: Any) -> dict[str, float]:
    """C5: partial correlation of hours and effect over schools and doses, coaches' quality held fixed."""
    none = at("none")
    base = none.mean_by_school(none.quality(1), 1)
    doses, effects, quality = [], [], []
    for dose in _DOSES:
        run = at(f"hours_{dose}")
        inside = run.enrolled(1)
        effects.append((run.mean_by_school(run.quality(1), 1) - base)[inside])
        doses.append(np.full(int(inside.sum()), float(dose)))
        quality.append(np.log(run.years[1].schools.coach_quality[inside]))
    dose, effect, coach = (np.concatenate(one) for one in (doses, effects, quality))
    means = [float(np.mean(one)) for one in effects]
    return {"partial": correlation(without(dose, coach), without(effect, coach)),
            **{f"effect_{d}": mean for d, mean in zip(_DOSES, means, strict=True)}}  # fmt: skip


def workshops_and_coaches(at: Any) -> dict[str, float]:
    """C6: of teachers who took part and had never used, the share in regular use after a year."""
    found = {}
    for name in ("workshops", "coached"):
        run = at(name)
        fresh, _ = run.begun(1)
        there = fresh & run.enrolled(1)[run.years[1].teachers.school]
        found[name] = mean_of(run.regular(1), among=there)
    return found


ROWS = (
    Row(
        "C4", "large programmes do less",
        "Beyond a hundred teachers the effect of coaching on practice is half as large, that on pupils about a third.",
        "Kraft, Blazar & Hogan 2018", "partly seen", CHECK,
        "A year of coaching in the same schools: in a programme for 6 of 90 schools, about one in each district, and "
        "in one for all 90 (about 480 teachers in each district); effect on quality of practice and on pupils.",
        NINETY,
        {
            "small": Arm("volunteer_uniform", overrides={**_TRIAL, "programme.wave_1": _FEW}),
            "large": Arm("volunteer_uniform", overrides=_TRIAL),
            "none": Arm("none", overrides=_TRIAL),
        },
        by_size,
        (
            Condition("practice, large / small", "practice_large practice_small", 0.4, 0.7, RATIO),
            Condition("pupils, large / small", "pupils_large pupils_small", 0.25, 0.5, RATIO),
            Condition("pupils, small programme, SD", "pupils_small schools", how=RATIO),
        ),
        (), "coach_supply",
        reading=(
            "pupils gain in proportion to the practice that reaches them, so that both effects shrink nearly alike; "
            "only what a first year costs pupils (first uses, class time) adds a little. Where many teachers a coach "
            "cost more quality (`coaches.supply_exponent`, upper end of its range) both ratios lie in their bands. "
            "The source compares small and large programmes that differ in much else; here they are the same schools."
        ),
    ),
    Row(
        "C5", "hours do not predict the effect",
        "Over sixty studies the effect of coaching hardly depends on its hours.",
        "Kraft, Blazar & Hogan 2018", "secondary", CHECK,
        "A year of coaching at 10, 20, 30 and 40 hours with money for all: correlation over schools of hours and "
        "effect on practice, coaches' quality held fixed.",
        NINETY,
        {"none": Arm("none", overrides=_TRIAL)}
        | {f"hours_{d}": Arm("volunteer_uniform", overrides={**_TRIAL, "programme.hours": float(d)}) for d in _DOSES},
        by_dose,
        (
            Condition("partial correlation", "partial", -0.15, 0.15),
            *(Condition(f"effect at {d} hours", f"effect_{d}") for d in _DOSES),
        ),
        (), "coach_quality",
        reading=(
            "from 10 to 20 hours two things grow: help, and how many begin because a coach who is there more asks "
            "more. Beyond that both are nearly saturated. Where help saturates earlier (`learning.h`) or nobody "
            "begins because a coach asks (`trial.p_hours` at 0) the row holds, as it does in most draws. The source "
            "compares programmes that differ in much else, which hides a slope; here nothing but hours differs."
        ),
    ),
    Row(
        "C6", "workshops alone do not transfer",
        "Practitioners' estimates: after training without coaching 0 to 5 % use regularly, with coaching most do.",
        "Joyce & Showers 2002", "secondary", CALIBRATION,
        "A year of the usual hours, all as training or as coaching: share in regular use (ROUTINE) of those who took "
        "part and had never used.",
        NINETY,
        {"workshops": Arm("workshops", overrides=_TRIAL), "coached": Arm("volunteer_uniform", overrides=_TRIAL)},
        workshops_and_coaches,
        (
            Condition("regular use, training only", "workshops", high=0.1),
            Condition("regular use, coached", "coached", 0.4),
        ),
        (), "coaching",
        reading=(
            "a year is too short for the model's path. In the runs of this page a third of the coached have begun by "
            "its end; those who still use have 12 uses behind them in the mean, where ROUTINE asks for 20 "
            "(`learning.routine_uses`), at one a week, and nearly half of them lack the skill that it asks for. Uses "
            "a week (`learning.uses_per_week`) move it most, yet even with four such numbers at their best ends it is "
            "not reached. The source judges people who were trained and coached through; the model counts all "
            "teachers of schools that came, who begin when they like."
        ),
    ),
)  # fmt: skip
