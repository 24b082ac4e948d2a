"""Why each person began: the causes of a trial, person by person.

The run credits the trials of a school to their causes by shares of the hazard, and keeps the sum. Where one person
began by a wait in a week, that week's sum is that person's. Where several did, the week is run again once for each of
them, in a copy in which the others go on waiting: hazards ask for last week's state only, so the copy credits that
person's shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import numpy as np

from diffusion_sim.analysis.story.people import Event, Who
from diffusion_sim.model import ReformModel
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import FLOWS, TRADED

_OTHERS = ("trial_compliant", "trial_appointed")
CAUSES = tuple(name for name in FLOWS if name.startswith("trial_") and name not in _OTHERS)
_AT = [FLOWS.index(name) for name in CAUSES]


def causes_in(flows: Any) -> dict[str, float]:
    """Cause -> trials credited to it, of one school's flows, without those that are 0."""
    return {name: float(flows[at]) for name, at in zip(CAUSES, _AT, strict=True) if flows[at] != 0.0}


def credit(start: ReformModel, s: int, events: Iterable[Event], by_week: Mapping[int, dict[str, float]]) -> None:
    """Write ``causes`` into the events of those who began by a wait.

    start : a copy of the model before week 1; s : row of the school; by_week : weeks done before -> causes of the
    school's trials in that week. Two hired in the summer just before, whom nobody can let wait, keep none.
    """
    waited = [event for event in events if event["event"] == "began" and not event["appointed"]]
    for week, group in groupby(waited, key=_weeks_done):
        begun = list(group)
        if len(begun) == 1:
            begun[0]["causes"] = by_week[week]
            continue
        if start.week < week:
            start.run(until=week)
        _share_out(start, s, begun)


def _weeks_done(event: Event) -> int:
    return WEEKS_PER_YEAR * (event["year"] - 1) + event["week"] - 1


def _share_out(model: ReformModel, s: int, begun: list[Event]) -> None:
    """Causes of several who began in the next week. Who is hired before it begins whatever is done here: of the others
    each is what begins more when that one does not wait."""
    known = [event for event in begun if _rows(model, event["who"]).size]
    new = [event for event in begun if event not in known]
    always = _causes(model, s, known) if new else {}
    for event in known:
        alone = _causes(model, s, [other for other in known if other is not event])
        event["causes"] = {name: value - always.get(name, 0.0) for name, value in alone.items()}
    if len(new) == 1:
        new[0]["causes"] = always


def _rows(model: ReformModel, who: Who) -> Any:
    t = model.state.teachers
    return np.flatnonzero((t.origin == who[0]) & (t.tag == who[1]) & (t.leader != TRADED))


def _causes(model: ReformModel, s: int, waiting: list[Event]) -> dict[str, float]:
    """Causes of the next week's trials in school s where the persons of ``waiting`` go on waiting."""
    other = model.copy()
    for event in waiting:
        other.state.teachers.wait[_rows(other, event["who"])] = np.inf
    before = other.state.flows[s].copy()
    other.run(until=other.week + 1)
    return causes_in(other.state.flows[s] - before)
