"""What was drawn: its values over the draws, and functions of them that are orthonormal under their distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.analysis.robust.asked import Asked, levels_of
from diffusion_sim.study.plan.factor_columns import column_of

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Factor:
    """A number or a word that was drawn.

    path : dotted. values : by draw; of words the place among ``words``. low, high : of the range; words : () for a
    number; integer : whole numbers alone.
    """

    path: str
    values: Floats
    low: float
    high: float
    words: tuple[str, ...] = ()
    integer: bool = False

    @property
    def levels(self) -> int:
        """How many different values there are; 0 = a continuum."""
        return len(self.words) or (int(self.high - self.low) + 1 if self.integer else 0)

    def basis(self, values: Floats | None = None) -> Floats:
        """float[n, m] of ``values`` (None = the draws'): of a number a linear and a quadratic function, of k words
        k - 1. Under the uniform distribution they are drawn from, each has mean 0 and variance 1, and no two are
        correlated: Legendre polynomials, of whole numbers and words their discrete forms."""
        x = self.values if values is None else values
        if not self.levels:
            u = 2.0 * (x - self.low) / (self.high - self.low) - 1.0
            found: Floats = np.column_stack([np.sqrt(3.0) * u, np.sqrt(5.0) * (1.5 * u**2 - 0.5)])
            return found
        places = np.arange(self.levels)
        powers = self.levels if self.words else min(self.levels, 3)
        full = np.vander(places - (self.levels - 1) / 2.0, powers, increasing=True)
        q, r = np.linalg.qr(full)
        table = np.sqrt(self.levels) * (q * np.sign(np.diag(r)))[:, 1:]
        row = np.clip(x - (0 if self.words else self.low), 0, self.levels - 1)
        lower = np.floor(row).astype(int)
        upper, part = np.minimum(lower + 1, self.levels - 1), (row - lower)[:, None]
        return np.asarray((1.0 - part) * table[lower] + part * table[upper], dtype=np.float64)

    def grid(self, count: int = 400) -> Floats:
        """Values that stand for the whole range, each as likely: middles of equal slices, or all whole numbers."""
        if self.levels:
            return np.arange(self.levels, dtype=np.float64) + (0.0 if self.words else self.low)
        return self.low + (np.arange(count) + 0.5) / count * (self.high - self.low)


def factors_of(asked: Asked, points: pd.DataFrame) -> list[Factor]:
    """All that was drawn; points : one row a draw, as ``Study.points``. Numbers first, then words, then structures."""
    found = []
    for path in asked.numbers:
        number = asked.scenario.number(path)
        assert number.range is not None
        values = points[column_of(path)].to_numpy(dtype=np.float64)
        low, high = number.range
        found.append(Factor(path, values, float(low), float(high), integer=number.integer))
    named: dict[str, list[Any]] = {path: levels_of(asked.scenario.number(path)) for path in asked.words}
    named |= {f"structure.{name}": words for name, words in asked.structures.items()}
    for path, levels in named.items():
        texts = [_text(level) for level in levels]
        places = points[column_of(path)].map(lambda value, texts=texts: texts.index(_text(value)))
        values = places.to_numpy(dtype=np.float64)
        found.append(Factor(path, values, 0.0, len(texts) - 1.0, words=tuple(texts)))
    return found


def _text(value: Any) -> str:
    """A word or a switch as a scenario's file writes it."""
    return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)


def numbers(factors: Sequence[Factor]) -> list[Factor]:
    """Those that are numbers."""
    return [factor for factor in factors if not factor.words]
