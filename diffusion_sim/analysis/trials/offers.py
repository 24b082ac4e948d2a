"""Who gets a trial's offer, and a run in which they get it.

A trial is run twice on one seed, the second time with the coin turned over: who got the offer does not, and the other
way round. What differs between the halves by chance is then gone from the mean of the two.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE, built_in_parts
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies import content
from diffusion_sim.strategies.contract import Draw, Plan, View, make_draw

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


class Offered:
    """Uniform support of the content ``practice_first`` for some schools.

    schools : bool[S]; hours : a teacher and year; to_leaders : share of hours that goes to schools' leaders; everybody
    : all teachers of these schools begin to use the practice in week 1, as their own.
    """

    def __init__(self, schools: Mask, hours: float, to_leaders: float = 0.0, everybody: bool = False) -> None:
        self.schools = schools.astype(float)
        self.hours, self.to_leaders, self.everybody = hours, to_leaders, everybody

    def plan(self, view: View, draw: Draw) -> Plan:
        """The plan of this quarter, see ``Strategy``."""
        hours = self.hours * self.schools
        mix, target = content.content_of(view, built_in_parts("directed_uniform")["content"])
        begins = self.everybody and view.week == 0
        return Plan(
            enrol=self.schools,
            hours=hours,
            mix=mix,
            target_condition=target,
            building=content.building_of(view, hours, mix) * self.schools,
            outreach=self.schools,
            recipient=np.full(self.schools.size, self.to_leaders),
            appoint=self.schools[view.staff().school] if begins else None,
        )


def run_with(sc: Scenario, seed: int, plan: Offered) -> ReformModel:
    """A model before week 1 whose schools of the plan have agreed: they take their place when the first year begins."""
    model = ReformModel(sc, rng=seed, strategy=NONE)
    model.maker = plan
    model.state.schools.enter_draw[plan.schools == 1.0] = 0.0  # their wait to take a place has ended
    return model


def random_half(seed: int, keys: Any) -> Mask:
    """Half of the schools, rounded down, by keyed draws; bool[S]."""
    order = np.argsort(make_draw(seed, 0)("who gets a trial's offer", keys), kind="stable")
    chosen = np.zeros(len(keys), bool)
    chosen[order[: len(keys) // 2]] = True
    return chosen


def matched_pairs(district: Any, level: Any, poverty: Floats) -> Rows:
    """Pairs of schools that are alike, int[pairs, 2]: of one district, neighbours in the order of level, then poverty.
    Of an odd number the last school of a district is in no pair."""
    pairs = []
    for d in np.unique(district):
        rows = np.flatnonzero(district == d)
        rows = rows[np.lexsort((poverty[rows], level[rows]))]
        pairs += [rows[i : i + 2] for i in range(0, rows.size - 1, 2)]
    return np.array(pairs, np.int64).reshape(-1, 2)


def one_of_each(seed: int, pairs: Rows, keys: Any) -> Rows:
    """Pairs whose first school gets the offer: turned by a keyed coin of the first one."""
    coin = make_draw(seed, 0)("who of a pair gets a trial's offer", np.asarray(keys)[pairs[:, 0]])
    return np.where((coin < 0.5)[:, None], pairs, pairs[:, ::-1])
