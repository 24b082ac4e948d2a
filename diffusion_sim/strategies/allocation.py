"""How hours are shared between enrolled schools of one pot; the total is the same for every rule."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diffusion_sim.state import Floats
from diffusion_sim.strategies.contract import View


def uniform(view: View) -> Floats:
    """The same hours for every teacher."""
    return np.ones(view.programme.size)


def readiness_gap(view: View) -> Floats:
    """More hours where the surveyed conditions are missing: 1 - surveyed readiness."""
    return 1.0 - view.surveyed_readiness


def need_weighted(view: View) -> Floats:
    """More hours where more pupils are poor."""
    return view.poverty.copy()


KINDS: dict[str, Callable[[View], Floats]] = {
    "uniform": uniform,
    "readiness_gap": readiness_gap,
    "need_weighted": need_weighted,
}


def scaled_hours(weight: Floats, view: View, hours: float) -> Floats:
    """Hours per teacher and school, shape (S,): ``hours`` x weight, scaled within each pot so that its enrolled schools
    get the same total as at equal weights. Weights >= 0; where all of a pot are 0 they count as equal."""
    people = view.teachers * (view.enrolled == 1)
    inside = view.pot >= 0
    pot = np.where(inside, view.pot, 0)
    pots = int(pot.max()) + 1 if pot.size else 0
    total = np.bincount(pot, weights=people * inside, minlength=pots)
    weighted = np.bincount(pot, weights=people * weight * inside, minlength=pots)
    equal = weighted <= 0.0
    scale = np.divide(total, weighted, out=np.zeros(pots), where=~equal)
    share = np.where(equal[pot], 1.0, weight * scale[pot])
    return np.where(people * inside > 0.0, hours * share, 0.0)
