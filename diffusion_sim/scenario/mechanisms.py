"""Switches: each mechanism of the model by name, and the numbers at which it does nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from diffusion_sim.scenario.read_yaml import parse_yaml, read_text

SECTION = "mechanisms"


@dataclass(frozen=True)
class Mechanism:
    """One mechanism: what it is, its source, what the source leads one to expect without it, and how it is off."""

    id: str
    title: str
    source: str
    says: str
    off: dict[str, Any]  # dotted path -> value at which the mechanism does nothing
    arms: tuple[str, ...]  # strategies that show it, where the usual ones do not
    expect: tuple[tuple[str, str, str], ...]  # strategy, measure, "+", "-" or "0": what follows when it is off
    explained: str  # why a result is not as expected


@cache
def mechanisms() -> dict[str, Mechanism]:
    """id -> mechanism, in the order of mechanisms.yaml."""
    path = Path(__file__).with_name("mechanisms.yaml")
    raw = parse_yaml(read_text(path), path.name)
    return {key: _read(key, said) for key, said in raw.items()}


def _read(key: str, said: dict[str, Any]) -> Mechanism:
    expect = tuple(tuple(line.split()) for line in said.get("expect", ()))
    arms = tuple(said.get("arms", ()))
    return Mechanism(
        key, said["title"], said["source"], said["says"], dict(said["off"]), arms, expect, said.get("explained", "")
    )


def switch_path(mechanism: str) -> str:
    """The dotted path of a mechanism's switch."""
    return f"{SECTION}.{mechanism}"


def neutral_values(off: list[str]) -> dict[str, Any]:
    """Dotted path -> value for all numbers that the mechanisms ``off`` set, in their order."""
    return {path: value for key in off for path, value in mechanisms()[key].off.items()}


def neutral_values_of(path: str) -> dict[str, Any]:
    """The numbers that the switch at a dotted path sets; none for any other path."""
    section, _, key = path.partition(".")
    return dict(mechanisms()[key].off) if section == SECTION and key in mechanisms() else {}
