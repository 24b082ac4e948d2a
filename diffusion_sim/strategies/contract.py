"""What a strategy sees and what it may ask for.

A strategy is any object with ``plan(view, draw) -> Plan``. It is called when a year of support begins (its offer of
places is used then) and at each quarter of support (its hours are used then); in the years after support as well, if it
has an attribute ``plans_after_support = True``. It must be a function of what it is given: no hidden state, no other
randomness than ``draw``, no writing to the view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from diffusion_sim import rng
from diffusion_sim.errors import StrategyError
from diffusion_sim.state.tables import Bytes, Floats, Ints, Keys
from diffusion_sim.strategies.plan_limits import ANY_ORDER, LIMITS, MEMO, MOST_PLACES, WHOLE
from diffusion_sim.strategies.testing import checked_rule

Draw = Callable[[str, Any], Floats]


@dataclass(frozen=True)
class Staff:
    """Teachers as a planner sees them, shape (T,), in order of posts.

    school : row of the school; key, tag : who (for keyed draws); prior_growth : effectiveness as past results show it,
    with error, SD 1; subject_leader : 0/1; grade : grade band, 0 = several, 1 to 9; willing : conviction as colleagues
    know it this year, with error (above 0 = rather willing); leader : row of the team's leader (the own row for a
    leader), -1 = teaches without a team leader, -2 = coaches and does not teach, -3 = a traded post, nobody there,
    -4 = the practice is not for this post: nothing asked of it comes about; named : what the strategy's last plan wrote
    of the person (Plan.named), 0 for who has come into the post since.
    """

    school: NDArray[np.int64]
    key: Keys
    tag: NDArray[np.int64]
    prior_growth: Floats
    subject_leader: Bytes
    grade: Bytes
    willing: Floats
    leader: Ints
    named: Bytes


@dataclass(frozen=True)
class Evidence:
    """What enrolled schools show of the practice at the end of the last week, shape (S,); NaN = not enrolled, or nobody
    uses it there.

    payoff : mean payoff of the practice to its users, this quarter's circumstances included; willing : share of users
    whose conviction is above 0. Both have the error ``planner.gate_sd``, with which willing may leave [0, 1].
    """

    payoff: Floats
    willing: Floats


@dataclass(frozen=True)
class Response:
    """What those whom the strategy has named (Plan.named) and who still teach there have made of the practice by the
    end of the last week, shape (S,).

    named : how many teachers in an enrolled school, 0 elsewhere; used : how many of them ever used the practice.
    payoff : mean over these of the payoff (users, as `Evidence.payoff`) or of the conviction below 0 (who has stopped;
    0 where it is above), NaN where nobody has; willing : users of conviction above 0 / named, NaN where named is 0.
    The last two have the error ``planner.gate_sd``. A mean of several schools weights payoff by used, willing by named.
    """

    named: Floats
    used: Floats
    payoff: Floats
    willing: Floats


@dataclass(frozen=True)
class View:
    """What a planner could see. All arrays are read-only; S schools, T teaching posts.

    Clocks: ``week`` = weeks done, ``quarter`` and ``year`` of the run from 0. ``after_support`` = True in the years
    after support, which only strategies with ``plans_after_support = True`` see: the district then goes on by itself,
    with the money of ``own_pot`` (pots,), US dollars left of this year's (0 in years of support); a place costs no
    outreach or measurement, all else what it costs. ``settings``: numbers of the section ``programme``.
    Schools, shape (S,): ``school_key``, ``district``, ``pot`` (-1 = outside the programme),
    ``programme``, ``teachers`` (posts that teach), ``pupils``, ``poverty``, ``achievement`` (SD), ``level``,
    ``locale``, ``designated`` (accountability names it), ``enrolled``, ``enrolled_week`` (-1 = not), ``mandated``,
    ``surveyed`` (S, 4) = this year's survey of focus, time, team and district in [0, 1], with error;
    ``surveyed_readiness`` = its geometric mean;
    ``surveyed_trust`` = the survey of trust, likewise; ``observed_use`` = share of users as seen from outside, with
    error, in [0, 1]; ``staffing`` = structure in force (0 to 3 as in Plan); ``memo`` (S, 4) = what the strategy's last
    plan wrote down for itself, at first 0; ``on_team`` and ``stage`` = the last plan's, the former where
    the school has stayed. ``staff()``
    gives the teachers' columns (Staff), ``evidence()`` what use shows (Evidence), ``response()`` what those named made
    of the practice (Response).
    """

    week: int
    quarter: int
    year: int
    years_support: int
    settings: Mapping[str, float]
    school_key: Keys
    district: Ints
    pot: Ints
    programme: Bytes
    teachers: Floats
    pupils: Floats
    poverty: Floats
    achievement: Floats
    level: Bytes
    locale: Bytes
    enrolled: Bytes
    enrolled_week: Ints
    on_team: Bytes
    stage: Ints
    mandated: Bytes
    surveyed: Floats
    surveyed_readiness: Floats
    surveyed_trust: Floats
    observed_use: Floats
    staffing: Bytes
    memo: Floats
    evidence: Callable[[], Evidence]
    response: Callable[[], Response]
    staff: Callable[[], Staff]  # teachers' columns, made only when asked for: view.staff()
    after_support: bool = False
    own_pot: Floats = made(default_factory=lambda: np.zeros(0))
    designated: Bytes = made(default_factory=lambda: np.zeros(0, np.uint8))


@dataclass(frozen=True)
class Plan:
    """What a strategy asks for; every field is optional, None = as before (at first: nothing).

    enrol : (S,) 0/1, a place is offered. no_wait : (S,) 0/1, a school that is offered one and has never been in enters
    without waiting for its principal. mandate : (S,) in [0, 1], the school is told to take part, with this share of the
    usual hazard of using because told to; 0 = not told.
    places : most schools enrolled at once. priority : (S,), schools with smaller numbers are served first; NaN = the
    default order (volunteers by when in the year their wait ends, mandates by a keyed turn). Ties go by a keyed turn.
    hours : (S,) hours per participating teacher and school year. mix : (S, 4) shares of hours for practice, expertise,
    conditions, capacity, rows sum to 1. target_condition : (S,) which condition building hours go to, 0..3, 4 = trust,
    -1 = all five alike. outreach : (S,) in [0, 1]. recipient : (S,) in [0, 1], share of the hours that goes to schools'
    leaders (1: all; 0: all to teachers). departments : (S,) in [0, 1], share of the conditions' hours that goes to the
    district's departments (its lowest instrument). building : (S,) person-hours of the school a year for its
    conditions; never said = hours x their share for conditions x participants. look : (S,) 0/1, a look before a
    partnership, in a programme school that has had none; read when a year begins, after which the strategy plans once
    more where any was paid. invite : (T,) 0/1, invited by name, paid by the person; where a school
    invites, only the invited take part. named : (T,) whole, 0 to 9, above 0 = one of those whom ``view.response()`` is
    about; shown again as ``view.staff().named``. memo : (S, 4), what to show again as ``view.memo``.
    on_team : (S,) 0/1, the principal sits on the district's improvement team and learns what its members find, and so
    does the superintendent. stage : (S,) -1 to 5, where a staged roll-out stands, for measures (0 = none, -1 =
    abandoned).
    staffing : (S,) 0 traditional, 1 coach, 2 multi_classroom_leader, 3 the same in the form of the first edition
    (leaders are not prepared and expect nothing); read when a year begins, in enrolled schools. staffing_share : (S,)
    in [.01, 1], share of the school's posts that teams are for, as it is when they begin; staffing_schools : (S,) in
    [.01, 1], share of the pot's enrolled schools that may have a structure, rounded up, those first whose
    staffing_priority, (S,), is smaller (NaN = last; ties go by a keyed turn). Never said: 1, 1 and NaN.
    Of this quarter only, None = nobody: appoint : (T,) 0/1, begins to use the practice (TRIAL, owned) where the
    school's quarter is paid and the teacher takes part and does not use; release : (S,) 0/1, an enrolled school without
    a mandate leaves the programme as agreed; adapt : (S,) 0/1, a school with a cycle this quarter and a variant in use
    puts the quarter's hours into adapting it; verdict : (S,) 0 to 3, of this quarter's gate of the district, for
    measures (0 = no gate, 1 adopt, 2 adapt, 3 abandon).
    Of the district, read off its programme schools: align : (S,) -1 to 5, the instrument (standards, pacing, materials,
    assessment, evaluation, coaching) that it aligns, -1 = none, the largest of its schools; relief : (S,) 0/1, schools
    on which accountability presses less; autonomy : (S,) 0/1, it widens teachers' autonomy; vision : (S,) 0/1, schools
    that come first: served first, all who teach invited by name where the plan invites nobody.
    variant_rule : how enrolled schools test variants of the practice, the same for all but those of networks to which
    the scenario gives a rule of their own (none is none for these, too): a mapping with the words of the strategy part
    ``testing``, {"kind": "menu", "measures": "common", "topology": "hub", "study_act": 0.2}; what it leaves out has the
    kind's default.
    """

    enrol: NDArray[Any] | None = None
    mandate: NDArray[Any] | None = None
    invite: NDArray[Any] | None = None
    hours: NDArray[Any] | None = None
    mix: NDArray[Any] | None = None
    staffing: NDArray[Any] | None = None
    staffing_share: NDArray[Any] | None = None
    staffing_schools: NDArray[Any] | None = None
    staffing_priority: NDArray[Any] | None = None
    variant_rule: Mapping[str, Any] | None = None
    outreach: NDArray[Any] | None = None
    recipient: NDArray[Any] | None = None
    appoint: NDArray[Any] | None = None
    places: int | None = None
    priority: NDArray[Any] | None = None
    target_condition: NDArray[Any] | None = None
    departments: NDArray[Any] | None = None
    building: NDArray[Any] | None = None
    look: NDArray[Any] | None = None
    release: NDArray[Any] | None = None
    adapt: NDArray[Any] | None = None
    memo: NDArray[Any] | None = None
    no_wait: NDArray[Any] | None = None
    named: NDArray[Any] | None = None
    on_team: NDArray[Any] | None = None
    stage: NDArray[Any] | None = None
    verdict: NDArray[Any] | None = None
    align: NDArray[Any] | None = None
    relief: NDArray[Any] | None = None
    autonomy: NDArray[Any] | None = None
    vision: NDArray[Any] | None = None


class Strategy(Protocol):
    """The contract."""

    def plan(self, view: View, draw: Draw) -> Plan:
        """Decide from ``view``; ``draw(purpose, keys)`` gives keyed uniforms, one for each key."""
        ...


def make_draw(seed: int, quarter: int) -> Draw:
    """``draw(purpose, keys)``: uniforms on (0, 1) keyed by the run's seed, the purpose's text, each key, the quarter.
    keys : uint64 array (``view.school_key``), or texts, which are hashed.
    """

    def draw(purpose: str, keys: Any) -> Floats:
        tag = rng.entity_key("strategy", purpose) & 0xFFFFFFFF
        if len(keys) and isinstance(keys[0], str):
            keys = np.array([rng.entity_key(k) for k in keys], np.uint64)
        return rng.uniforms(seed, np.asarray(keys), tag, rng.STRATEGY, quarter)

    return draw


def checked(plan: Any, name: str, schools: int, teachers: int) -> Plan:
    """The plan, if it keeps the contract. Raises StrategyError naming strategy, field, value found, what is allowed."""
    if not isinstance(plan, Plan):
        raise StrategyError(f"strategy '{name}': plan() returned {type(plan).__name__}; a Plan is allowed")
    values = {}
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys(("invite", "appoint", "named"), (teachers,))
    shapes |= {"mix": (schools, 4), "memo": (schools, MEMO)}
    for field in LIMITS:
        value = getattr(plan, field)
        if value is not None:
            values[field] = _array(value, name, field, shapes.get(field, (schools,)))
    if not _keep_limits(values):
        for field, array in values.items():
            _check_limits(array, name, field)
    if plan.places is not None and not _counts(plan.places):
        allowed = f"a whole number from 0 to {MOST_PLACES:,} is allowed"
        raise StrategyError(f"strategy '{name}': places is {plan.places!r:.60}; {allowed}")
    mix = values.get("mix")
    if mix is not None:
        sums = mix.sum(axis=1)
        off = np.abs(sums - 1.0) > 1e-9
        if off.any():
            raise StrategyError(
                f"strategy '{name}': mix of school row {int(off.argmax())} sums to "
                f"{sums[off][0]:g}; the four shares must sum to 1"
            )
    rule = None if plan.variant_rule is None else checked_rule(plan.variant_rule, name)
    return Plan(**values, variant_rule=rule, places=None if plan.places is None else int(plan.places))


def _counts(value: Any) -> bool:
    """Whether ``value`` is a whole number of places, of any numeric type."""
    number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return number and bool(0 <= value <= MOST_PLACES) and int(value) == value


def _array(value: Any, name: str, field: str, shape: tuple[int, ...]) -> Floats:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise StrategyError(f"strategy '{name}': {field} is {type(value).__name__}; numbers are allowed") from None
    if array.shape != shape:
        raise StrategyError(f"strategy '{name}': {field} has shape {array.shape}; {shape} is allowed")
    return array


@lru_cache(maxsize=64)
def _limits(fields: tuple[str, ...], width: int) -> Floats:
    """Limits of fields, shape (2, fields, 1, ...) with ``width`` ones at the end."""
    return np.array([LIMITS[field] for field in fields], np.float64).T.reshape(2, -1, *(1,) * width)


def _keep_limits(values: Mapping[str, Floats]) -> bool:
    """Whether all fields keep their limits. Fields of one shape are checked together: one by one takes long."""
    by_shape: dict[tuple[int, ...], list[str]] = {}
    for field, array in values.items():
        if field not in ANY_ORDER:
            by_shape.setdefault(array.shape, []).append(field)
    for shape, fields in by_shape.items():
        together = np.array([values[field] for field in fields])
        low, high = _limits(tuple(fields), len(shape))
        if not ((together >= low) & (together <= high)).all():  # false for NaN
            return False
    whole = [values[field] for field in WHOLE if field in values]
    broken = any((a != np.floor(a)).any() for a in whole)
    return not (broken or any(np.isinf(values[field]).any() for field in ANY_ORDER if field in values))


def _check_limits(array: Floats, name: str, field: str) -> None:
    """Raise StrategyError for the first value that is not allowed."""
    low, high = LIMITS[field]
    bad = np.isinf(array) if field in ANY_ORDER else ~((array >= low) & (array <= high))
    if bad.any():
        allowed = f"{low:g} to {high:g}" if np.isfinite(high) else "a finite number"
        raise StrategyError(f"strategy '{name}': {field} holds {array[bad][0]:g}; {allowed} is allowed")
    if field in WHOLE and (array != np.floor(array)).any():
        found = array[array != np.floor(array)][0]
        raise StrategyError(
            f"strategy '{name}': {field} holds {found:g}; a whole number {low:g} to {high:g} is allowed"
        )
