"""How often intervals of sequentially stopped cells cover: python benchmarks/stopping.py

Prints the table of docs/studies.md, "Precision": differences of known mean are drawn, the rule of
``diffusion_sim.study.run.stopping_rule`` stops them, and the 95 % t interval of those it took is looked at; then the
same for a rule that stops at the first 30 or more values whose interval is narrow enough.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.study.run.stopping_rule import first_decided, prefixes

STUDIES, A_TIME = 4_000, 400
MOST = 3_000  # values a study: some skewed ones take so many
WANTED = (40, 100, 200, 400)  # independent normal values that the precision takes
AT_LEAST = 30
Z = 1.959964

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]


def lognormal(sd: float) -> Draw:
    """Values with mean 0 and SD 1; ``sd`` of their logarithms."""
    mean, spread = np.exp(sd**2 / 2), np.exp(sd**2 / 2) * np.sqrt(np.expm1(sd**2))
    return lambda rng, size: (rng.lognormal(0.0, sd, size) - mean) / spread


def rare(rng: np.random.Generator, size: tuple[int, int]) -> Floats:
    """One seed in ten differs at all; skewness 2.7."""
    return ((rng.random(size) < 0.1) - 0.1) / 0.3


def plain(values: Floats, half_width: float) -> NDArray[np.int64]:
    """How many values a rule takes that stops at the first narrow interval."""
    stop = prefixes(values)[0] <= half_width
    stop[:, : AT_LEAST - 1] = False
    return np.where(stop.any(axis=-1), stop.argmax(axis=-1) + 1, 0)


def coverage(draw: Draw, wanted: int, rule: Callable[[Floats, float], NDArray[np.int64]]) -> tuple[float, float]:
    """Share of studies whose interval holds the mean, 0, in percent; mean values taken."""
    rng = np.random.default_rng([1, wanted])
    covered, taken = [], []
    for _ in range(STUDIES // A_TIME):
        values = draw(rng, (A_TIME, MOST))
        count = rule(values, Z / np.sqrt(wanted))
        count = np.where(count > 0, count, MOST)  # as at_most would
        rows = np.arange(A_TIME)
        half = prefixes(values)[0][rows, count - 1]
        mean = np.cumsum(values, axis=-1)[rows, count - 1] / count
        covered.append(np.abs(mean) <= half)
        taken.append(count)
    return 100 * float(np.mean(covered)), float(np.mean(taken))


def main() -> None:
    """Print both tables."""
    kinds: dict[str, Draw] = {
        "normal": lambda rng, size: rng.normal(size=size),
        "lognormal, skewness 0.95": lognormal(0.3),
        "lognormal, skewness 1.75": lognormal(0.5),
        "exponential, skewness 2": lambda rng, size: rng.exponential(size=size) - 1.0,
        "lognormal, skewness 2.9": lognormal(0.7),
        "one in ten differs, skewness 2.7": rare,
    }
    rules = {"the rule": lambda values, half: first_decided(values, half, AT_LEAST), "a plain rule": plain}
    for name, rule in rules.items():
        print(f"\n{name}: coverage in percent (mean values taken)\n")
        print("| differences | " + " | ".join(map(str, WANTED)) + " |")
        print("|---" * (len(WANTED) + 1) + "|")
        for kind, draw in kinds.items():
            found = [coverage(draw, wanted, rule) for wanted in WANTED]
            print(f"| {kind} | " + " | ".join(f"{share:.1f} ({count:.0f})" for share, count in found) + " |")


if __name__ == "__main__":
    main()
