"""What a study file says: scenarios x strategies x points x replicates, checked before anything runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from diffusion_sim.study.space import Factor


class Precision(NamedTuple):
    """Stop a cell when the 95 % interval of ``measure``, ``strategy`` - ``baseline``, has this half width or less."""

    measure: str
    strategy: str
    baseline: str
    half_width: float
    at_least: int  # replicates before the first look
    at_most: int  # replicates in all


@dataclass(frozen=True)
class StudySpec:
    """A checked study file. Made by ``read_study`` and ``from_canonical``.

    path : the file, None where there is none. scenarios : ids or paths as written (relative to the file).
    strategies : None = each scenario's compare list. seeds : "common" or "by_point". design : {"kind": ..., ...}.
    replicates : with ``precision`` its ``at_most``. series, schools : are they kept?
    """

    path: Path | None
    id: str
    title: str
    question: str
    scenarios: tuple[str, ...]
    strategies: tuple[str, ...] | None
    baseline: str
    rng: int
    replicates: int
    seeds: str
    set: Mapping[str, Any]
    space: tuple[Factor, ...]
    design: Mapping[str, Any]
    outcomes: tuple[str, ...] | None
    series: bool
    schools: bool
    precision: Precision | None
    at_most_runs: int

    def canonical(self) -> dict[str, Any]:
        """All of it as plain JSON values, defaults written out; ``location`` is not part of ``digest``."""
        raise NotImplementedError

    @classmethod
    def from_canonical(cls, said: Mapping[str, Any]) -> StudySpec:
        """The study that ``canonical()`` described, checked again. Raises StudyError."""
        raise NotImplementedError

    @property
    def digest(self) -> str:
        """16 hexadecimal digits: BLAKE2b of ``canonical()`` without ``location``."""
        raise NotImplementedError

    def with_replicates(self, replicates: int) -> StudySpec:
        """The same study with another number of replicates; with ``precision``, another ``at_most``."""
        raise NotImplementedError


def read_study(path: str | os.PathLike[str], allow_code: bool = False) -> StudySpec:
    """The study of a YAML file. Raises StudyError that names file, key, value found and what is allowed."""
    raise NotImplementedError
