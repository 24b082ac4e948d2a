"""All rows of the table, and those that cannot be measured, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from diffusion_sim.errors import StudyError, nearest
from diffusion_sim.patterns import (
    coaching,
    exits,
    growth,
    networks,
    peers,
    pressure,
    readiness,
    stages,
    takeup,
    teams,
)
from diffusion_sim.patterns.record import Row
from diffusion_sim.study.plan.arms_and_seeds import listed


class NotMeasured(NamedTuple):
    """A row that no run can be held against."""

    id: str
    title: str
    source: str
    reason: str


NOT_MEASURED = (
    NotMeasured("B12", "schools with coaches", "NCES",
                "an input: how many coaches there are is set, not a result (65.0, 65.9, 68.6 % of schools, flat)"),
    NotMeasured("C18", "engineered pairing lasts", "Papay et al. 2020",
                "nobody is matched with a colleague by what each does well: the model has no such pairs"),
    NotMeasured("C19", "formal structure makes ties", "Spillane et al. 2015",
                "an input: who asks whom is drawn from grades, posts and subject leaders (docs/networks.md)"),
    NotMeasured("C29", "who carries it out matters", "Bold et al. 2018",
                "the model has no number for what the organisation behind a programme can do"),
)  # fmt: skip

_MODULES = (readiness, stages, networks, pressure, teams, growth, coaching, exits, peers, takeup)


@cache
def rows() -> dict[str, Row]:
    """id -> row, by letter and number."""
    found = [row for module in _MODULES for row in module.ROWS]
    return {row.id: row for row in sorted(found, key=lambda row: (row.id[0], int(row.id[1:])))}


def chosen(asked: Iterable[str] | None) -> list[Row]:
    """Rows by id, None = all. Raises StudyError: none, one that does not exist (nearest ids) or cannot be measured."""
    known = rows()
    if asked is None:
        return list(known.values())
    asked = listed(asked, "rows", "ids such as A1, C24")
    names = list(dict.fromkeys(str(name).strip().upper() for name in asked))
    if not names:
        raise StudyError(f"rows: none named; allowed: {', '.join(known)}")
    reasons = {one.id: one.reason for one in NOT_MEASURED}
    for name in names:
        if name in reasons:
            raise StudyError(f"rows: {name} cannot be measured: {reasons[name]}")
        if name not in known:
            hint = nearest(name, [*known, *reasons]) or ";"
            raise StudyError(f"rows: there is no pattern {name!r:.60}{hint} Rows: {', '.join(known)}")
    return [known[name] for name in known if name in names]
