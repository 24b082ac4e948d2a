"""What a row of the table of patterns is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

MEDIAN, SHARE, RATIO, RISK_RATIO, ODDS_RATIO = HOWS = ("median", "share", "ratio", "risk_ratio", "odds_ratio")
PARTS = {MEDIAN: 1, SHARE: 1, RATIO: 2, RISK_RATIO: 4, ODDS_RATIO: 4}
CERTAINTIES = ("seen", "partly seen", "secondary", "article", "memory")
CALIBRATION, CHECK = "C", "H"


@dataclass(frozen=True)
class Arm:
    """A run of a row: one strategy in one world.

    strategy : id. world : id of one of ``worlds.WORLDS``, "" = the row's own. overrides : dotted path -> value, after
    the world's. random : on each seed another random point of the plausible space.
    """

    strategy: str
    world: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    random: bool = False


@dataclass(frozen=True)
class Condition:
    """One thing that a reading asks for: a value over seeds that lies in a band.

    words : what it is. value : names of what the row reads in each seed: one for a median over seeds or a share of
    seeds (of 0s and 1s), numerator and denominator for a ratio of sums over seeds, "cases_1 size_1 cases_2 size_2" for
    a ratio of risks or odds of sums. strict : the band's ends do not count. A band without ends only shows the value.
    """

    words: str
    value: str
    low: float = -math.inf
    high: float = math.inf
    how: str = MEDIAN
    strict: bool = False

    @property
    def shown_only(self) -> bool:
        """Whether it asks for nothing."""
        return self.low == -math.inf and self.high == math.inf

    @property
    def band(self) -> str:
        """The band in words."""
        if self.shown_only:
            return "shown only"
        low, high = f"{self.low:.3g}", f"{self.high:.3g}"
        if self.high == math.inf:
            return f"{'above' if self.strict else 'at least'} {low}"
        if self.low == -math.inf:
            return f"{'below' if self.strict else 'at most'} {high}"
        return f"{low} to {high}"

    def holds(self, value: float) -> bool:
        """Whether a value lies in the band; one that is undefined does not."""
        if self.strict:
            return self.low < value < self.high or (self.shown_only and not math.isnan(value))
        return self.low <= value <= self.high


Read = Callable[[Any], dict[str, float]]  # patterns.seen.At -> what one seed shows


@dataclass(frozen=True)
class Row:
    """A pattern and how it is read in the model.

    statement : what was found, in our words. certainty : one of CERTAINTIES. use : "C" = may serve calibration once the
    model is frozen, by weighting draws of the plausible space; "H" = checked and reported only. measure : what is
    measured in runs. literal, sharper : conditions of the two readings; the sharper one counts. arms : name -> run,
    made when ``read`` asks for it. mechanism : whose switch is thrown beside it. lacks : what of the row cannot be
    measured yet, and which part of the model is missing. reading : why it fails, where that was verified. in_space :
    False where the row itself goes over the plausible space.
    """

    id: str
    title: str
    statement: str
    source: str
    certainty: str
    use: str
    measure: str
    world: str
    arms: Mapping[str, Arm]
    read: Read
    literal: tuple[Condition, ...]
    sharper: tuple[Condition, ...]
    mechanism: str
    lacks: str = ""
    reading: str = ""
    in_space: bool = True

    @property
    def conditions(self) -> dict[str, tuple[Condition, ...]]:
        """Reading -> its conditions."""
        return {"literal": self.literal, "sharper": self.sharper}

    @property
    def values(self) -> list[str]:
        """Names of what is read in each seed."""
        names = [name for its in self.conditions.values() for one in its for name in one.value.split()]
        return list(dict.fromkeys(names))
