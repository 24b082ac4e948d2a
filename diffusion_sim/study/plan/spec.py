"""What a study file says: scenarios x strategies x points x replicates, checked before anything runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from diffusion_sim.study.plan.arms_and_seeds import MOST_REPLICATES, whole
from diffusion_sim.study.plan.factors import Factor
from diffusion_sim.study.plan.structures import Structures

FORMAT = 1
COMMON, BY_POINT = "common", "by_point"


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
    """A checked study file. Made by the functions of ``plan.read_study``.

    path : the file, None where there is none. scenarios : ids or paths as written (relative to the file).
    strategies : None = each scenario's compare list. replicates : with ``precision`` its ``at_most``. seeds :
    "common" or "by_point". design : {"kind": ...}, with "points" or "rows". series, schools : are they kept?
    structure : None = the scenarios' own alone.
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
    structure: Structures | None = None

    @property
    def where(self) -> str:
        """What errors call it: its file, or its id."""
        return f"study '{self.id}'" if self.path is None else str(self.path)

    def canonical(self) -> dict[str, Any]:
        """All of it as plain JSON values, defaults written out; ``location`` is not part of ``digest``."""
        said = {
            "format": FORMAT,
            "id": self.id,
            "title": self.title,
            "question": self.question,
            "scenarios": list(self.scenarios),
            "strategies": None if self.strategies is None else list(self.strategies),
            "baseline": self.baseline,
            "rng": self.rng,
            "replicates": None if self.precision is not None else self.replicates,
            "seeds": self.seeds,
            "set": dict(self.set),
            "space": [[factor.name, factor.said] for factor in self.space],
            "structure": None if self.structure is None else self.structure.said,
            "design": {key: value for key, value in self.design.items() if key != "places"},
            "outcomes": None if self.outcomes is None else list(self.outcomes),
            "keep": {"series": "quarterly" if self.series else "none", "schools": "end" if self.schools else "none"},
            "precision": None if self.precision is None else _said(self.precision),
            "at_most_runs": self.at_most_runs,
            "location": None if self.path is None else str(self.path),
        }
        return json.loads(json.dumps(said, allow_nan=False))

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits: BLAKE2b of ``canonical()`` without ``location``."""
        said = {key: value for key, value in self.canonical().items() if key != "location"}
        text = json.dumps(said, sort_keys=True, ensure_ascii=True, allow_nan=False)
        return hashlib.blake2b(text.encode("ascii"), digest_size=8).hexdigest()

    def with_replicates(self, replicates: int) -> StudySpec:
        """The same study with another number of replicates; with ``precision``, another ``at_most``."""
        low, name = 1, "replicates"
        if self.precision is not None:
            low, name = self.precision.at_least, "--replicates (of a study with precision its precision.at_most)"
        count = whole(replicates, name, low, MOST_REPLICATES)
        precision = None if self.precision is None else self.precision._replace(at_most=count)
        return replace(self, replicates=count, precision=precision)


def _said(precision: Precision) -> dict[str, Any]:
    return {
        "measure": precision.measure,
        "contrast": f"{precision.strategy} - {precision.baseline}",
        "half_width": precision.half_width,
        "at_least": precision.at_least,
        "at_most": precision.at_most,
    }
