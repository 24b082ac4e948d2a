"""Which improvement network a story is of: a named one, or one of those that are cut by size."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from diffusion_sim.analysis.story.follow_cycles import FollowedCycles
from diffusion_sim.analysis.story.words import listed
from diffusion_sim.errors import StudyError, nearest
from diffusion_sim.model import ReformModel
from diffusion_sim.world.build import World

LARGEST = "largest"  # the network in which most schools had a cycle
_NUMBER = re.compile(r"(?:number )?([0-9]{1,6})")


class Network:
    """A network through a run. name : as asked for, or ``number n`` of ``networks_frame``; by_quarter : number of a
    quarter -> rows of its schools that had a cycle; named : rows of all whom a name puts into it; ever : rows of all
    who ever had a cycle in it, and of the named; rows : of these, those who belong to it at the end."""

    def __init__(
        self, seen: FollowedCycles, name: str, by_quarter: dict[int, list[int]], named: Sequence[int] = ()
    ) -> None:
        self.name, self.by_quarter, self.named = name, by_quarter, set(named)
        self.tested = sorted({row for rows in by_quarter.values() for row in rows})
        self.ever = sorted(self.named | set(self.tested))
        self._seen = seen
        self.rows = self.at_end(max(seen.ends))

    def at_end(self, year: int) -> list[int]:
        """Who belongs to it at a year's end: the named, and who had the last cycle in it and in no other network."""
        return sorted(self.named | {row for row in self.ever if self._last(row, year)})

    def _last(self, row: int, year: int) -> bool:
        cycles = [quarter.number for quarter in self._seen.quarters[: 4 * year] if quarter.testing[row]]
        return bool(cycles) and row in self.by_quarter.get(cycles[-1], ())

    def in_year(self, year: int) -> list[int]:
        """Who had a cycle in it in a year, from 1."""
        quarters = range(4 * year - 4, 4 * year)
        return sorted({row for quarter in quarters for row in self.by_quarter.get(quarter, [])})


def names_of(world: World) -> tuple[str, ...]:
    """Networks that the scenario names, then those that the population does: the numbers of ``World.hubs``."""
    return (*world.networks.names, *(world.table_networks or ()))


def check_network(model: ReformModel, asked: str) -> None:
    """Raise StudyError where a name can only be wrong, or where the strategy tests nothing; before anything runs."""
    parts = getattr(model.maker, "parts", None)
    if parts is not None and parts["testing"]["kind"] == "none":
        raise StudyError(_nothing(model))
    names = names_of(model.world)
    if asked not in names and asked != LARGEST and not _NUMBER.fullmatch(asked):
        known = f"; named are {listed(names[:6])}" if names else "; nothing names a network here"
        hint = nearest(asked, [*names, LARGEST]) or known
        raise StudyError(
            f"network: no network {asked!r:.60}{hint}; a name, a number as in networks_frame, or '{LARGEST}' is allowed"
        )


def _nothing(model: ReformModel) -> str:
    return (
        f"network: strategy '{model.strategy or 'of the scenario'}' tests nothing, so that no network has a cycle to "
        "tell of; a strategy with a part testing other than none, such as improvement_network, is allowed"
    )


def find_network(seen: FollowedCycles, asked: str) -> Network:
    """The network asked for. Raises StudyError: an unknown number, or no cycle at all."""
    model = seen.model
    names = names_of(model.world)
    if not any(quarter.testing.any() for quarter in seen.quarters):
        raise StudyError("network: no school had an improvement cycle in this run; another seed, or more money for it")
    if asked in names:
        return _named(seen, names.index(asked))
    by_size = _by_size(seen)
    if asked == LARGEST:
        named = [_named(seen, number) for number in range(len(names))]
        if not named and not by_size:
            raise StudyError("network: no two schools had improvement cycles in one network in this run")
        return max([*named, *by_size], key=lambda one: len(one.tested))
    number = int(_NUMBER.fullmatch(asked)[1])  # type: ignore[index]
    if not 1 <= number <= len(by_size):
        there = f"1 to {len(by_size)} are" if len(by_size) > 1 else "1 is" if by_size else "none is"
        more = f", and by name {listed(names[:6])}" if names else ""
        raise StudyError(f"network: no network number {number} in this run; {there} there{more}")
    return by_size[number - 1]


def _named(seen: FollowedCycles, number: int) -> Network:
    rows = np.flatnonzero(seen.model.world.hubs == number).tolist()
    by_quarter = {q.number: [row for row in rows if q.testing[row]] for q in seen.quarters}
    return Network(seen, names_of(seen.model.world)[number], by_quarter, rows)


def _by_size(seen: FollowedCycles) -> list[Network]:
    """Networks without a name, as they were cut at the end of the last quarter that was judged; before it each is the
    one with which it shares most schools."""
    if not seen.judged:
        return []
    hubs, last = seen.model.world.hubs, max(seen.judged)
    found: list[Network] = []
    for first in np.unique(seen.judged[last]).tolist():
        if first >= 0 and hubs[first] < 0:
            found.append(Network(seen, f"number {len(found) + 1}", _traced(seen, first, last)))
    return found


def _traced(seen: FollowedCycles, first: int, last: int) -> dict[int, list[int]]:
    """The schools of a network by quarter; first : of the last quarter that was judged."""
    rows = set(np.flatnonzero(seen.judged[last] == first).tolist())
    by_quarter = {}
    for quarter in seen.quarters[last + 1 :]:  # nobody has judged them yet
        by_quarter[quarter.number] = sorted(row for row in rows if quarter.testing[row])
    for number in range(last, -1, -1):
        if number in seen.judged:
            there = _nearest(seen.judged[number], rows)
            by_quarter[number], rows = sorted(there), there or rows
    return dict(sorted(by_quarter.items()))


def _nearest(network: Any, rows: set[int]) -> set[int]:
    """The network of a quarter that has most of ``rows`` (of several, that of the first school); none: nobody."""
    there = [int(network[row]) for row in sorted(rows) if network[row] >= 0]
    if not there:
        return set()
    first = max(dict.fromkeys(there), key=there.count)
    return set(np.flatnonzero(network == first).tolist())
