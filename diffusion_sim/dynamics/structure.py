"""Structures: other ways in which the same thing may work, as the kernels read them; section ``structure``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class StructureParams(NamedTuple):
    """1 where the words of the section ask for it, else 0."""

    recruit_hours: float  # hours recruit
    by_readiness: float  # who was asked by a coach owns the trial as far as the school is ready
    hill: float  # few hours do next to nothing
    like: float  # like schools count
    like_trying: float  # in trying, too
    threshold: float  # peers act from a number of advisers on
    provider_world: float  # one provider of coaches for all
    elsewhere_now: float  # hires bring the practice as far as it has spread in other districts by now
    embedding: float  # the practice becomes part of schools
    board: float  # the school board is a third support in coherence


def structure(get: Callable[[str], Any]) -> StructureParams:
    """The group of a scenario; ``get`` returns the word at a dotted path."""
    return StructureParams(
        float(get("structure.recruit") == "hours"),
        float(get("structure.recruited") == "by_readiness"),
        float(get("structure.dose") == "hill"),
        float(get("structure.like") != "off"),
        float(get("structure.like") == "trying"),
        float(get("structure.exposure") == "threshold"),
        float(get("structure.provider") == "world"),
        float(get("structure.elsewhere") == "districts"),
        float(get("structure.embedding") == "schools"),
        float(get("structure.board") == "in_coherence"),
    )
