"""When a cell of a study has enough replicates: a rule that looks at its replicates in order, and at nothing else.

A cell (scenario, point) is decided after n replicates when, of the paired differences of its first n replicates,

1. at least ``at_least`` are defined,
2. the 95 % t interval of their mean has a half width of ``half_width`` at most, and it has been so for CONFIRM
   replicates in a row (one look that happens to be narrow does not stop a study: Singham 2014, ACM Transactions on
   Modeling and Computer Simulation 24(3), art. 18),
3. they are at least 28 + 25 g1^2, g1 their skewness, which is what a t interval of skewed values asks for before it
   covers what it says (Cochran 1977, Sampling Techniques, 3rd ed., p. 42, as mended by Sugden, Smith & Jones 2000,
   Journal of the Royal Statistical Society B 62, 787-793); it too holds for CONFIRM replicates in a row.

Differences that are all the same have no skewness: rare events may not have happened yet, so nothing is decided.
That nothing but the order of replicates counts makes the answer the same for any number of workers, order of arrival,
and however often a study was stopped and resumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL = 0.95
CONFIRM = 20  # replicates in a row whose interval is narrow enough
LEAST, PER_SKEWNESS = 28.0, 25.0  # Sugden, Smith & Jones 2000


class Wanted(Protocol):
    """What of ``spec.Precision`` is read here."""

    @property
    def half_width(self) -> float: ...  # noqa: D102
    @property
    def at_least(self) -> int: ...  # noqa: D102


def decided(differences: Sequence[float] | NDArray[Any], precision: Wanted) -> int | None:
    """The number of replicates after which the cell is decided, None where it is not yet.

    differences : strategy - baseline of ``precision.measure`` by replicate 0, 1, 2, ..., without a gap: the list ends
        before the first replicate that has not ended. NaN = a run of the pair failed, or the measure is undefined
        there; such a replicate counts as run, but neither as an observation nor towards ``at_least``.
    precision : half_width in the measure's unit, > 0; at_least, the defined differences before the first look.

    Returns n: replicates 0..n-1 are the cell's result, later ones are dropped. More differences never change n.
    """
    values = np.asarray(differences, dtype=np.float64)
    places = np.flatnonzero(np.isfinite(values))
    if places.size < max(2, precision.at_least):
        return None
    first = int(first_decided(values[places], precision.half_width, precision.at_least))
    return int(places[first - 1]) + 1 if first else None


def first_decided(values: Floats, half_width: float, at_least: int) -> NDArray[np.int64]:
    """How many of the values along the last axis (all finite) decide, 0 where all of them do not; see ``decided``."""
    half, skewness = prefixes(values)
    count = np.arange(1.0, values.shape[-1] + 1.0)
    enough = (half <= half_width) & (count >= LEAST + PER_SKEWNESS * skewness**2)
    stop = (_in_a_row(enough) >= CONFIRM) & (count >= at_least)
    return np.where(stop.any(axis=-1), stop.argmax(axis=-1) + 1, 0)


def prefixes(values: Floats) -> tuple[Floats, Floats]:
    """Half width of the 95 % t interval, and skewness g1 = m3 / m2^1.5, of the first 1, 2, ... values (all finite).

    Along the last axis. Half widths of one value are NaN; skewness is infinite where the values are all the same.
    """
    count = np.arange(1.0, values.shape[-1] + 1.0)
    apart = values - values[..., :1]  # sums of squares of what is far from 0 would lose their last places
    square = apart * apart
    mean, square, cube = (np.cumsum(power, axis=-1) / count for power in (apart, square, square * apart))
    second = np.maximum(square - mean**2, 0.0)
    second[~np.logical_or.accumulate(apart != 0.0, axis=-1)] = 0.0
    third = cube - mean * (3.0 * square - 2.0 * mean**2)
    skewness = np.full(values.shape, np.inf)
    np.divide(third, second * np.sqrt(second), out=skewness, where=second > 0.0)
    half = np.full(values.shape, np.nan)
    half[..., 1:] = t_quantiles(count.size)[1:] * np.sqrt(second[..., 1:] / (count[1:] - 1.0))
    return half, skewness


def t_quantiles(count: int) -> Floats:
    """The .975 quantiles of Student's t for samples of 1, 2, ..., ``count`` (NaN for 1)."""
    return _quantiles(max(64, 1 << (count - 1).bit_length()))[:count]


@cache
def _quantiles(count: int) -> Floats:
    from scipy.stats import t

    found = np.full(count, np.nan)
    found[1:] = t.ppf(0.5 + LEVEL / 2.0, np.arange(1, count))
    return found


def _in_a_row(enough: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many True in a row end at each place of the last axis."""
    place = np.arange(enough.shape[-1])
    return place - np.maximum.accumulate(np.where(enough, -1, place), axis=-1)
