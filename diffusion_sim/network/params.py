"""Numbers of the network of advice ties, and the room that a row of ties has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

WITHIN_ROOM = 12  # most advisers a person can have in the own school
CROSS_ROOM = 8  # most advisers a person can have in other schools


class NetworkParams(NamedTuple):
    """Section ``network`` of a scenario; meaning, range and source of each number: docs/networks.md.

    Every field is a float, so that compiled code has one signature whatever the YAML wrote.
    """

    out_degree_mean: float  # advisers in the own school, mean over persons, those who name nobody included
    out_degree_school_sd: float  # SD between schools of the log of that mean
    nobody_share: float  # share of persons who name nobody
    grade_weight: float  # weight of a colleague of the same grade band, 1 = like any other
    cohort_weight: float  # of the same entry cohort
    attitude_weight: float  # of the same class of attitude
    cohort_years: float  # years of entry that make one cohort
    popularity_sd: float  # SD of the log of a person's weight as an adviser
    reciprocal_share: float  # share of ties sought among those who already ask the seeker
    transitive_share: float  # share of ties sought among the advisers of the seeker's advisers
    cross_share: float  # share of all ties that lead to another school
    cross_leader_share: float  # share of those carried by the school's subject leader
    cross_world_share: float  # share of those sought in the whole programme instead of the own district
    cross_level_weight: float  # weight of a school of the same level, 1 = like any other
    cross_poverty_slope: float  # fall of the log weight of a school per unit of difference in poverty share
    grade_change: float  # share of stayers who change grade band in a summer
    tie_loss: float  # share of ties between stayers that end in a summer
    tie_loss_changed: float  # the same where one of the two changed grade band


def network_params(section: Mapping[str, Any]) -> NetworkParams:
    """Read the section ``network`` of a checked scenario (keys not in NetworkParams are ignored).

    section : key -> number, e.g. ``scenario.section("network")``. Raises KeyError for a number that is not there:
    scenarios are checked before.
    """
    return NetworkParams(*(float(section[name]) for name in NetworkParams._fields))
