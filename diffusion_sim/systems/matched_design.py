"""A trial within a world: supported schools, their matched controls and others; strategies for the first alone.

What the trial sees is taken apart exactly. With y1 a school's outcome with the programme in the world and y0 the same
school's, on the same chances, without it, T the supported schools and C their controls:

    mean y1(T) - mean y1(C)  =  [y1(T) - y0(T)]  +  [y0(T) - y0(C)]  -  [y1(C) - y0(C)]
    the trial's estimate     =  true effect      +  matching         -  spill-over
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.analysis.trials.offers import Rows, matched_pairs, one_of_each
from diffusion_sim.errors import StudyError
from diffusion_sim.scenario import Scenario
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.contract import Draw, Plan, Strategy, View, make_draw

SHARE = "programme.wave_1"  # supported schools as a share of all
LEAST = 8  # pairs below which quarters of readiness cannot be looked at
NOTHING_ALIGNED = -1


class Design(NamedTuple):
    """Who is in the trial: row of each supported school and of its matched control, (pairs,)."""

    treated: Rows
    control: Rows


def supported(sc: Scenario) -> int:
    """How many schools are supported: the scenario's share of them, rounded."""
    return round(float(sc[SHARE]) * int(sc["population.schools"]))


def check_design(sc: Scenario) -> None:
    """Raise StudyError where some supported school would have no matched control, whatever the seed.

    In a district with an odd number of schools one has no partner: only (schools - districts) / 2 pairs are sure.
    """
    if sc["population.kind"] != "synthetic":
        raise StudyError(f"{sc.id}: population.kind: found {sc['population.kind']!r}; synthetic is allowed")
    schools, districts, wanted = int(sc["population.schools"]), int(sc["population.districts"]), supported(sc)
    most = (schools - districts) // 2
    if wanted > most:
        found = f"found {sc[SHARE]:g}, {wanted} supported schools of {schools} in {districts} districts"
        why = f"each needs a matched control of its own district, and only {max(0, most)} pairs are sure"
        hint = (
            f"at most {np.floor(1000 * most / schools) / 1000:g} is allowed"
            if most >= LEAST
            else f"more schools are needed (population.schools), at least {2 * LEAST + districts}"
        )
        raise StudyError(f"{sc.id}: {SHARE}: {found}; {why}: {hint}")
    if wanted < LEAST:
        found = f"found {sc[SHARE]:g}, {wanted} supported schools of {schools}"
        raise StudyError(f"{sc.id}: {SHARE}: {found}; at least {LEAST} are needed to look at quarters of readiness")


def design_of(sc: Scenario, seed: int, schools: Any) -> Design:
    """The trial on one seed. schools : the state's table; pairs of one district are neighbours by level, then poverty;
    keyed draws say which pairs are in the trial and a keyed coin which school of a pair is supported.

    Raises StudyError where there are fewer pairs than supported schools.
    """
    pairs, wanted = matched_pairs(schools.district, schools.level, schools.poverty), supported(sc)
    if len(pairs) < wanted:
        raise StudyError(f"{sc.id}: {SHARE}: {wanted} supported schools, but {len(pairs)} matched pairs (seed {seed})")
    pairs = one_of_each(seed, pairs, schools.key)
    turn = make_draw(seed, 0)("which pairs are in a trial", np.asarray(schools.key)[pairs.min(axis=1)])
    chosen = pairs[np.sort(np.argsort(turn, kind="stable")[:wanted])]
    return Design(chosen[:, 0], chosen[:, 1])


class ForTreated:
    """A strategy for the supported schools alone: they have agreed and take a place as soon as it is offered; nobody
    else is offered anything. inner : what they get. schools : bool[S]."""

    def __init__(self, inner: Strategy, schools: NDArray[np.bool_]) -> None:
        self.inner, self.schools = inner, schools.astype(float)

    @property
    def plans_after_support(self) -> bool:
        """As the strategy within."""
        return bool(getattr(self.inner, "plans_after_support", False))

    def plan(self, view: View, draw: Draw) -> Plan:
        """The plan of this quarter, see ``Strategy``."""
        said, own = self.inner.plan(view, draw), self.schools
        enrol = own * np.maximum(_or_zero(said.enrol, own), _or_zero(said.mandate, own) > 0.0)  # told to: they agreed
        return replace(
            said,
            enrol=enrol,
            no_wait=enrol,
            mandate=np.zeros(own.size),
            places=int(own.sum()),
            hours=own * _or_zero(said.hours, own),
            building=own * _or_zero(said.building, own),
            outreach=own * _or_zero(said.outreach, own),
            look=own * _or_zero(said.look, own),
        )


class DistrictFirst:
    """In the first year districts build their schools' conditions with hours of their own, as many for a school as
    ``then`` would, and align an instrument (its place in INSTRUMENTS, -1 = none) with the practice; nobody is coached
    or told of the practice. From the second year on: ``then``.

    Districts' building hours are booked at the price of coaching, since the model knows no other.
    """

    def __init__(self, then: Strategy, instrument: int = NOTHING_ALIGNED) -> None:
        self.then, self.instrument = then, instrument

    def plan(self, view: View, draw: Draw) -> Plan:
        """The plan of this quarter, see ``Strategy``."""
        said, size = self.then.plan(view, draw), view.programme.size
        if view.year > 0:
            return replace(said, align=np.full(size, NOTHING_ALIGNED))
        return replace(
            said,
            hours=np.zeros(size),
            outreach=np.zeros(size),
            align=np.where(view.programme == 1, self.instrument, NOTHING_ALIGNED),
        )


def _or_zero(values: Any, like: Floats) -> Floats:
    return np.zeros(like.size) if values is None else np.asarray(values, float)
