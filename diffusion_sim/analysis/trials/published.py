"""What published trials did and found: designs, figures with their bands, the instrument; read from published.yaml."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from diffusion_sim.scenario.read_yaml import parse_yaml, read_text

COACHING, NETWORK, CEILING, CONTRASTS = TRIALS = ("coaching", "achievement_network", "ceiling", "contrasts")


@dataclass(frozen=True)
class Figure:
    """A published figure. published : its value, NaN = only a direction; shown : in words, "" = the value; low, high :
    the band within which the model says the same, infinite = no end; seen : how far the source was read; second_of :
    the figure of which this is a second reading, "" = of none."""

    id: str
    title: str
    published: float
    low: float
    high: float
    unit: str
    source: str
    seen: str
    shown: str = ""
    second_of: str = ""

    @property
    def describes(self) -> bool:
        """Whether it has no band, so that no verdict can be given."""
        return math.isinf(self.low) and math.isinf(self.high)

    def holds(self, value: float) -> bool:
        """Whether a value lies in the band; an undefined one does not."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Published:
    """The file. states : dotted path -> value that every trial states itself; designs : trial -> its own words;
    reliability, load : {value, range, source, seen}, numbers of trials that are no numbers of the model's defaults."""

    scenario: str
    hours: float
    states: dict[str, Any]
    designs: dict[str, dict[str, Any]]
    reliability: dict[str, Any]
    load: dict[str, Any]
    figures: dict[str, Figure]


@cache
def published() -> Published:
    """The designs and figures that come with the program."""
    path = Path(__file__).with_name("published.yaml")
    raw = parse_yaml(read_text(path), path.name)
    designs = {name: raw[name] for name in TRIALS}
    figures = {key: _figure(key, said) for key, said in raw["figures"].items()}
    load = designs[NETWORK]["load"]
    return Published(
        raw["scenario"], raw["hours"], raw["states"], designs, raw["instrument"]["reliability"], load, figures
    )


def _figure(key: str, said: dict[str, Any]) -> Figure:
    low, high = said["band"]
    value = said["published"]
    return Figure(
        key,
        said["title"],
        float("nan") if value is None else float(value),
        float("-inf") if low is None else float(low),
        float("inf") if high is None else float(high),
        said["unit"],
        said["source"],
        said["seen"],
        said.get("shown", ""),
        said.get("second_reading_of", ""),
    )
