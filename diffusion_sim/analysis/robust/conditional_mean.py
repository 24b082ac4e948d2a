"""The difference at each value of a number, averaged over everything else: where its sign turns, and what it would be
worth to know the number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.analysis.robust.factors import Factor

Floats = NDArray[np.float64]


class Curve(NamedTuple):
    """values, means : the number's values, each as likely, and the mean difference there. overall : over all draws."""

    values: Floats
    means: Floats
    overall: float

    @property
    def switches(self) -> list[float]:
        """Values at which the mean's sign turns."""
        return crossings(self.values, self.means)

    @property
    def reversed(self) -> float:
        """Share of draws in which whoever knows the number chooses otherwise than by the overall mean."""
        return float((self.means * np.sign(self.overall) < 0.0).mean())

    @property
    def gain(self) -> float:
        """What knowing it is worth: by how much the mean of what is chosen rises, in the measure's unit."""
        against = self.means * np.sign(self.overall)
        return float(np.where(against < 0.0, -against, 0.0).mean())


def crossings(values: Floats, means: Floats) -> list[float]:
    """Where a line through (values, means), values ascending, changes its sign; means of 0 have none."""
    there = np.isfinite(means) & (means != 0.0)
    x, y = values[there], means[there]
    found = []
    for at in np.flatnonzero(np.sign(y[1:]) != np.sign(y[:-1])):
        found.append(float(x[at] + (x[at + 1] - x[at]) * y[at] / (y[at] - y[at + 1])))
    return found


def conditional_mean(factor: Factor, beside: Sequence[Factor], draws: Floats, many: int) -> Curve:
    """Fit draws on a linear and a quadratic function of ``factor``, beside those of other factors, which take away
    noise. So that chance turns no sign, a coefficient with t^2 < max(4, 2 ln m) is 0, m the number of factors that were
    drawn (what chance gives the largest of so many), and another is drawn towards 0, x (1 - 1 / t^2).

    beside : the factors that stand out, those first that matter most; as many as leave three draws a coefficient.
    many : m.
    """
    there = np.isfinite(draws)
    y = draws[there]
    n, overall = y.size, float(y.mean())
    own = factor.basis()[there]
    own = own - own.mean(axis=0)
    columns, size = [np.ones((n, 1)), own], 1 + own.shape[1]
    for other in beside:
        more = other.basis()[there]
        if other is not factor and size + more.shape[1] <= n // 3:
            columns, size = [*columns, more - more.mean(axis=0)], size + more.shape[1]
    whole = np.column_stack(columns)
    inverse = np.linalg.pinv(whole)
    found = inverse @ y
    rest = y - whole @ found
    variance = (rest @ rest) / max(n - size, 1) * (inverse**2).sum(axis=1)
    mine = slice(1, 1 + own.shape[1])
    square = found[mine] ** 2
    sure = square > max(4.0, 2.0 * np.log(many)) * variance[mine]
    kept = np.where(sure, 1.0 - variance[mine] / np.where(sure, square, 1.0), 0.0)
    values = factor.grid()
    return Curve(values, overall + factor.basis(values) @ (kept * found[mine]), overall)
