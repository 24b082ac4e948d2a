"""How team teachers' pupils gain, against the run without a programme on the same seed: a measure of two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import NO_TEAM
from diffusion_sim.state.tables import Floats

if TYPE_CHECKING:
    from diffusion_sim.model import ReformModel


class Stayers(NamedTuple):
    """Teachers at the end of a run who taught before its first week, in order of (origin, tag)."""

    person: NDArray[np.void]  # (n,), origin and tag: who
    gain: Floats  # (n,), mean yearly gain of the own pupils, SD
    in_team: NDArray[np.bool_]  # (n,), taught in a team at the end, led by somebody else


def stayers(model: ReformModel) -> Stayers:
    """The stayers of a model at its present week, which must be 1 at least."""
    t = model.state.teachers
    rows = np.flatnonzero((t.leader >= NO_TEAM) & (t.tag & 0xFFFF == 0))  # incumbent number 0: not hired in the run
    t = t[rows]
    person = np.empty(rows.size, [("origin", "u8"), ("tag", "i8")])
    person["origin"], person["tag"] = t.origin, t.tag
    order = np.lexsort((t.tag, t.origin))
    gain = model.params.pupils.teacher_sd * t.effectiveness + t.gain * WEEKS_PER_YEAR / model.week
    in_team = (t.leader >= 0) & (t.leader != rows)
    return Stayers(person[order], gain[order], in_team[order])


def gain_percentile_median(arm: Stayers, none: Stayers) -> float:
    """Median percentile, 0 to 100, of team teachers' mean yearly gain among all teachers' in the run ``none``.

    Only persons who are in both runs to the end count, as team teachers and in the distribution. A percentile is 100 x
    (share below + half of the share equal). NaN where there are no team teachers.
    """
    _, mine, theirs = np.intersect1d(arm.person, none.person, assume_unique=True, return_indices=True)
    spread = np.sort(none.gain[theirs])
    found = arm.gain[mine][arm.in_team[mine]]
    if found.size == 0:
        return float("nan")
    below, upto = np.searchsorted(spread, found, "left"), np.searchsorted(spread, found, "right")
    return float(np.median(100.0 * (below + upto) / (2.0 * spread.size)))
