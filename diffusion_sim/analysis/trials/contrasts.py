"""What a study that only looks would say: users against non-users, beside what the programme did for them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.analysis.trials.published import CONTRASTS, published
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.tables import Floats
from diffusion_sim.state.use import is_user, teaches

NAIVE = ("users - non-users", "between schools", "within school and year")
TRUE = "true, same teachers"
KINDS = (*NAIVE, TRUE)
PARTS = ("general", "also_without", "rest")  # of what a naive contrast is off the true effect by


class SchoolYear(NamedTuple):
    """Teachers of one year, in order of ``person``; n of them.

    person : who, origin and tag; school : row; user : 0/1 in the last week of the year; gain : of the own pupils in
    the year,
    SD, general effectiveness included; general : that part of it.
    """

    person: Any
    school: Any
    user: Floats
    gain: Floats
    general: Floats


def contrasts_case(sc: Scenario) -> Scenario:
    """Years of support, none after."""
    return sc.override({"programme.years_support": published().designs[CONTRASTS]["years"], "programme.years_after": 0})


def school_years(sc: Scenario, seed: int, strategy: str) -> list[SchoolYear]:
    """Every year of a run; a person's gain of a year is what the own sum has grown by, of who has come into the world
    since the last year all of it."""
    model = ReformModel(sc, rng=seed, strategy=strategy)
    found, before = [], _persons(model)
    sums = np.zeros(before.size)
    for year in range(int(sc["programme.years_support"])):
        model.run(until=WEEKS_PER_YEAR * (year + 1))
        t, person = model.state.teachers, _persons(model)
        grown = np.array(t.gain)
        _, now, then = np.intersect1d(person, before, assume_unique=True, return_indices=True)
        grown[now] -= sums[then]
        before, sums = person, np.array(t.gain)
        rows = np.flatnonzero(teaches.py_func(t.leader))
        rows = rows[np.lexsort((t.tag[rows], t.origin[rows]))]
        general = model.params.pupils.teacher_sd * t.effectiveness
        user = is_user.py_func(t.stage).astype(float)
        school = np.array(t.school[rows])
        found.append(SchoolYear(person[rows], school, user[rows], (general + grown)[rows], general[rows]))
    return found


def _persons(model: Any) -> Any:
    t = model.state.teachers
    person = np.empty(t.size, [("origin", "u8"), ("tag", "i8")])
    person["origin"], person["tag"] = t.origin, t.tag
    return person


def slope(x: Floats, y: Floats, groups: Any) -> float:
    """Slope of y on x within groups (each group's means are taken out), NaN where x does not vary within any."""
    _, of = np.unique(groups, return_inverse=True)
    count = np.bincount(of)
    dx, dy = (v - (np.bincount(of, weights=v) / count)[of] for v in (x, y))
    spread = float((dx * dx).sum())
    return float((dx * dy).sum()) / spread if spread > 1e-12 else float("nan")


def school_means(years: list[SchoolYear], name: str = "gain") -> tuple[Floats, Floats, Any]:
    """(share of users, mean of a field, year) of every school and year."""
    shares, gains, of = [], [], []
    for year, one in enumerate(years):
        rows, place = np.unique(one.school, return_inverse=True)
        count = np.bincount(place)
        shares.append(np.bincount(place, weights=one.user) / count)
        gains.append(np.bincount(place, weights=getattr(one, name)) / count)
        of.append(np.full(rows.size, year))
    return np.concatenate(shares), np.concatenate(gains), np.concatenate(of)


def true_effect(years: list[SchoolYear], none: list[SchoolYear]) -> float:
    """Mean over those who use under the programme and do not without it of the same person's gain in the same year,
    with the programme - without it; NaN where there are none."""
    found = []
    for mine, other in zip(years, none, strict=True):
        _, a, b = np.intersect1d(mine.person, other.person, assume_unique=True, return_indices=True)
        chosen = (mine.user[a] == 1.0) & (other.user[b] == 0.0)
        found.append(mine.gain[a][chosen] - other.gain[b][chosen])
    together = np.concatenate(found)
    return float(together.mean()) if together.size else float("nan")


def naive(years: list[SchoolYear], name: str) -> tuple[float, float, float]:
    """The contrasts of NAIVE of a field of ``SchoolYear``: gain or general."""
    user, y = (np.concatenate([getattr(one, field) for one in years]) for field in ("user", name))
    year = np.concatenate([np.full(one.user.size, n) for n, one in enumerate(years)])
    school = np.concatenate([one.school for one in years]) + year * 1_000_000
    return slope(user, y, year), slope(*school_means(years, name)), slope(user, y, school)


def without_those_who_would_anyway(years: list[SchoolYear], none: list[SchoolYear]) -> list[SchoolYear]:
    """The years without persons who use under the programme and in the same year without it, too."""
    kept = []
    for mine, other in zip(years, none, strict=True):
        _, a, b = np.intersect1d(mine.person, other.person, assume_unique=True, return_indices=True)
        stays = np.ones(mine.user.size, bool)
        stays[a] = (mine.user[a] == 0.0) | (other.user[b] == 0.0)
        kept.append(SchoolYear(*(field[stays] for field in mine)))
    return kept


def contrasts_of(years: list[SchoolYear], none: list[SchoolYear]) -> list[dict[str, Any]]:
    """Rows of contrast, gain and, of naive ones, the PARTS of gain - true, in the order of KINDS; NaN where undefined.

    general : the same contrast of general effectiveness alone; also_without : what of the remainder goes when those are
    left out who would use without the programme, too; rest : what then is left above the true effect.
    """
    true, fewer = true_effect(years, none), without_those_who_would_anyway(years, none)
    ends = [naive(some, name) for some in (years, fewer) for name in ("gain", "general")]
    rows: list[dict[str, Any]] = []
    for kind, gain, general, its_gain, its_general in zip(NAIVE, *ends, strict=True):
        without = (gain - general) - (its_gain - its_general)
        parts = dict(zip(PARTS, (general, without, its_gain - its_general - true), strict=True))
        rows.append({"contrast": kind, "gain": gain} | parts)
    return [*rows, {"contrast": TRUE, "gain": true} | dict.fromkeys(PARTS, float("nan"))]


def run_contrasts(sc: Scenario, seed: int, strategy: str) -> list[dict[str, Any]]:
    """On one seed: rows of ``contrasts_of``, SD a year.

    users - non-users: all teachers of a year; between schools: schools' mean gain on their share of users, all schools
    of a year; within school and year: teachers of one school in one year; true: ``true_effect``. A user uses in the
    last week of the year.
    """
    return contrasts_of(school_years(sc, seed, strategy), school_years(sc, seed, NONE))
