"""Arms of the question on improvement networks: nine networks with the rule of most, with that of the effective ones,
and one lever changed in either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.scenario import Scenario, from_canonical

AS_THEY_ARE, TYPICAL, EFFECTIVE = "as_they_are", "typical", "effective"
ALIKE, MIXED = "alike", "mixed"
STUDIES = 0.3  # probability a quarter: upper end of the plausible range of testing.study_act
RULE = "strategy.testing"  # path of the rule by which networks without one of their own go
ENGAGED = "testing.district_engaged"


class Way(NamedTuple):
    """How all nine networks work. study_act : None = the scenario's testing.study_act; members : dealt out so that
    those of a network are ALIKE in their kind of place, or MIXED; engaged : share of district staff that takes part."""

    kind: str
    measures: str
    topology: str
    study_act: float | None
    members: str
    engaged: float


MOST = Way("local", "own", "all_to_all", None, ALIKE, 0.0)
TWO = Way("menu", "common", "groups_hub", STUDIES, MIXED, 0.0)
# lever -> the field of a way that it changes, and the value with it and without it
LEVERS: dict[str, tuple[str, Any, Any]] = {
    "menu": ("kind", TWO.kind, MOST.kind),
    "common_measures": ("measures", TWO.measures, MOST.measures),
    "study_act": ("study_act", TWO.study_act, MOST.study_act),
    "groups_hub": ("topology", TWO.topology, MOST.topology),
    "mixed_members": ("members", TWO.members, MOST.members),
    "district_staff": ("engaged", 1.0, 0.0),
}
LATER = "district_staff"  # neither way has it: it is added to both
BOTH = f"{TYPICAL}_with_menu_and_common_measures"  # what the article says of both networks that scaled
NO_HUB, NO_GROUPS = f"{EFFECTIVE}_without_hub", f"{EFFECTIVE}_without_small_groups"  # halves of groups_hub


def added(lever: str) -> str:
    """Id of the arm: the rule of most networks, and a lever."""
    return f"{TYPICAL}_with_{lever}"


def taken(lever: str) -> str:
    """Id of the arm: the rule of the effective networks without a lever; with it where they have it not."""
    return f"{EFFECTIVE}_{'with' if lever == LATER else 'without'}_{lever}"


def ways() -> dict[str, Way]:
    """Arm -> how all networks work in it."""
    found = {TYPICAL: MOST, EFFECTIVE: TWO}
    for lever, (field, there, gone) in LEVERS.items():
        found[added(lever)] = MOST._replace(**{field: there})
        found[taken(lever)] = TWO._replace(**{field: there if lever == LATER else gone})
    found[BOTH] = MOST._replace(kind=TWO.kind, measures=TWO.measures)
    found[NO_HUB], found[NO_GROUPS] = TWO._replace(topology="groups"), TWO._replace(topology="hub")
    return found


def dealt(sizes: Sequence[int], kinds: NDArray[Any], how: str) -> list[list[int]]:
    """Members dealt out anew: for each network the places in ``kinds``, ascending.

    sizes : members of each network; kinds : kind of place of each member, (sum of sizes,). ALIKE : in the order of
    kinds (ties as they stand), network after network, so that each has as few kinds as can be. MIXED : the same order,
    each network's places spread over it evenly.
    """
    order = np.argsort(kinds, kind="stable")
    of = np.repeat(np.arange(len(sizes)), sizes)
    if how == MIXED:
        at = np.concatenate([(np.arange(size) + 0.5) / size for size in sizes])
        of = of[np.argsort(at, kind="stable")]
    return [sorted(order[of == network].tolist()) for network in range(len(sizes))]


def with_members(sc: Scenario, members: Mapping[str, Sequence[str]]) -> Scenario:
    """The scenario with other members in its networks and no rule of their own: they go by the strategy's.

    members : network -> "district/school" of its members.
    """
    said = sc.canonical()
    said["networks"] = {name: {"schools": list(ids)} for name, ids in members.items()}
    said["overrides"] = {path: value for path, value in said["overrides"].items() if not path.startswith("networks.")}
    return from_canonical(said)


def said_of(way: Way) -> dict[str, Any]:
    """Dotted path -> value by which all networks work in a way; members apart."""
    values = {f"{RULE}.kind": way.kind, f"{RULE}.measures": way.measures, f"{RULE}.topology": way.topology}
    return values | {f"{RULE}.study_act": way.study_act, ENGAGED: way.engaged}
