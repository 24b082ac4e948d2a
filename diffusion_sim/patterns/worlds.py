"""The worlds of the rows: one scenario of the room's own, and what each world says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from diffusion_sim.scenario import Scenario, load_scenario

FILE = Path(__file__).with_name("world.yaml")

FOUR, MANY, NETWORK, MIXED, ALIKE, NINETY = "four", "many_districts", "network", "mixed", "alike", "ninety"


SIZE = ("population.districts", "population.schools", "programme.years_support", "programme.years_after")


def _size(districts: int, schools: int, support: int, after: int) -> dict[str, Any]:
    return dict(zip(SIZE, (districts, schools, support, after), strict=True))


# All schools of a network take part from its first year on, and read one another whatever their district.
_JOINED = {"enrolment.n0": 50.0, "testing.networks": "world", "testing.network_size": 48}
# Alike: one kind of place and hardly any difference in poverty, so that all schools are of one or two contexts.
_ONE_PLACE = {"population.share_town": 0.0, "population.share_suburb": 1.0, "population.share_city": 0.0}
_FOUR_PLACES = {"population.share_town": 0.25, "population.share_suburb": 0.25, "population.share_city": 0.25}

# id -> (schools in words, dotted path -> value)
WORLDS: dict[str, tuple[str, dict[str, Any]]] = {
    FOUR: ("4 districts, 60 schools", _size(4, 60, 3, 2)),
    MANY: ("48 districts, 720 schools", _size(48, 720, 3, 0)),
    NETWORK: ("one network of 24 schools, all in from the first year", _size(1, 24, 3, 0) | _JOINED),
    MIXED: (
        "one network of 48 schools in 12 districts of all kinds of places",
        _size(12, 48, 3, 0) | _JOINED | _FOUR_PLACES,
    ),
    ALIKE: (
        "one network of 48 schools in 12 suburban districts that are equally poor",
        _size(12, 48, 3, 0) | _JOINED | _ONE_PLACE | {"population.poverty_sd": 0.02},
    ),
    NINETY: ("6 districts, 90 schools", _size(6, 90, 8, 0)),
}


@cache
def base() -> Scenario:
    """The scenario of the room."""
    return load_scenario(FILE)


def scenario_of(world: str, overrides: Mapping[str, Any], point: Mapping[str, Any], off: str = "") -> Scenario:
    """The scenario of one arm: a point of the plausible space, then the world, then the arm, then the switch.

    off : a mechanism, "" = none.
    """
    said = {**point, **WORLDS[world][1], **overrides}
    if off:
        said[f"mechanisms.{off}"] = False
    return base().override(said)
