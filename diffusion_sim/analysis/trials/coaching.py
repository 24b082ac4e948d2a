"""The coaching trial: half of the schools of a district get the offer; practice and pupils after a year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.analysis.trials.offers import Mask, Offered, random_half, run_with
from diffusion_sim.analysis.trials.published import COACHING, published
from diffusion_sim.analysis.trials.rating import effect_size, rating_sd, true_rating
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import CONTENT, NONE
from diffusion_sim.state.tables import Floats
from diffusion_sim.state.use import intensity_of, is_user, teaches

BEGIN, ALL = WHO = ("begin", "all")


class Year(NamedTuple):
    """Teachers after a trial's year; T teaching posts, whose persons are the same in all runs of a seed: nobody leaves
    within a year.

    rating : true; pupils : gain of the own pupils, SD; began : began to use within the first weeks; offered : their
    school has the offer; hours : a teacher and year, as their school received them in the last quarter; learning : of
    these for the practice and expertise; building : person-hours a year for the school's conditions.
    """

    rating: Floats
    pupils: Floats
    began: Mask
    offered: Mask
    hours: Floats
    learning: Floats
    building: Floats


def coaching_case(sc: Scenario, offered: int) -> Scenario:
    """One district with twice as many schools as get the offer."""
    own = {"population.districts": 1, "population.schools": 2 * offered}
    return sc.override(published().states | own | years_of(COACHING))


def years_of(trial: str) -> dict[str, int]:
    """A trial lasts as long as its support."""
    return {"programme.years_support": published().designs[trial]["years"], "programme.years_after": 0}


def quality_of(model: Any) -> Floats:
    """Quality of use of every teaching post, 0 for non-users, (T,)."""
    t = model.state.teachers
    using = is_user.py_func(t.stage) & teaches.py_func(t.leader)
    intensity = intensity_of.py_func(t.owned == 1, model.params.learning.compliant_intensity)
    return np.where(using, t.skill * intensity, 0.0)


def rating_of(model: Any) -> Floats:
    """True rating of every teaching post, (T,)."""
    teacher_sd, effect = model.params.pupils.teacher_sd, float(model.case["pupils.effect"])
    return true_rating(quality_of(model), model.state.teachers.effectiveness, teacher_sd, effect)


def effect_of(model: Any) -> Floats:
    """What the practice of each school's district is worth to pupils, (S,)."""
    return model.state.districts.effect[model.state.schools.district]


def year_of(model: Any, weeks: int) -> Year:
    """Run a model of one year to its end; ``began`` says who has begun after ``weeks``."""
    spells = np.array(model.state.teachers.spells)
    model.run(until=weeks)
    began = model.state.teachers.spells > spells
    model.run()
    t, s = model.state.teachers, model.state.schools
    pupils = model.params.pupils.teacher_sd * t.effectiveness + t.gain
    taught = s.hours * (s.mix[:, CONTENT.index("practice")] + s.mix[:, CONTENT.index("expertise")])
    of = t.school
    return Year(rating_of(model), pupils, began, s.enrolled[of] == 1, s.hours[of], taught[of], np.array(s.building[of]))


def run_coaching(sc: Scenario, seed: int, hours: Sequence[float], reliability: float) -> list[dict[str, Any]]:
    """The trial on one seed, once for each number of hours; one row for each and for whom it is reckoned.

    sc : as ``coaching_case`` makes it. The unit of practice is the SD of ratings among all teachers without the
    programme. Columns as in ``effects``, and hours.
    """
    weeks = published().designs[COACHING]["begin_weeks"]
    none = ReformModel(sc, rng=seed, strategy=NONE).run()
    unit = rating_sd(rating_of(none), reliability)
    half = random_half(seed, none.state.schools.key)
    rows = []
    for dose in hours:
        heads, tails = (year_of(run_with(sc, seed, Offered(chosen, dose)), weeks) for chosen in (half, ~half))
        rows += [{"hours": dose, "who": who} | effects(heads, tails, who, unit) for who in WHO]
    return rows


def effects(heads: Year, tails: Year, who: str, unit: float) -> dict[str, float]:
    """Effects of an offer from the trial and the same trial with the coin turned over: every teacher is seen with the
    offer and without.

    who : begin, those who begin within the first weeks if they get the offer, or all. Gives teachers (how many),
    share (of all), received, learning (hours a year), building (person-hours of a school), practice (in ``unit``),
    pupils (SD), practice_alone, pupils_alone (what
    the first trial alone finds: those with the offer against the others).
    """
    begun = np.where(heads.offered, heads.began, tails.began)
    chosen = begun if who == BEGIN else np.ones(begun.size, bool)
    found = {"teachers": float(chosen.sum()), "share": float(chosen.mean())}
    for name, field in _AMOUNTS.items():
        amount = np.where(heads.offered, getattr(heads, field), getattr(tails, field))[chosen]
        found[name] = float(amount.mean()) if chosen.any() else 0.0
    for name, size in (("practice", unit), ("pupils", 1.0)):
        first, second = (getattr(heads, _FIELD[name]), getattr(tails, _FIELD[name]))
        offer, without = (np.where(heads.offered, a, b)[chosen] for a, b in ((first, second), (second, first)))
        found[name] = effect_size(offer, without, size)
        inside, outside = first[chosen & heads.offered], first[chosen & ~heads.offered]
        both = inside.size and outside.size
        found[f"{name}_alone"] = float(inside.mean() - outside.mean()) / size if both else float("nan")
    return found


_AMOUNTS = {"received": "hours", "learning": "learning", "building": "building"}
_FIELD = {"practice": "rating", "pupils": "pupils"}
