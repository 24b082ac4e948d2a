"""Distributions that a study's numbers are drawn from: names, their numbers, support and quantiles."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.errors import StudyError, nearest
from diffusion_sim.scenario.numbers import short

# name -> (numbers that it needs, numbers that it may have)
NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "uniform": (("low", "high"), ()),
    "normal": (("mean", "sd"), ("low", "high")),
    "lognormal": (("median", "sd_log"), ("low", "high")),
    "triangular": (("low", "mode", "high"), ()),
    "beta": (("a", "b"), ("low", "high")),
}
_POSITIVE = ("sd", "sd_log", "median", "a", "b")


Quantile = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Distribution(NamedTuple):
    """low, high : the support; quantile : chances in [0, 1], float[n] -> float[n], within the support."""

    name: str
    low: float
    high: float
    quantile: Quantile


def finite(raw: Any, where: str, key: str) -> float:
    """A finite number. Raises StudyError."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise StudyError(f"{where}, {key}: found {short(raw)}; a number is allowed")
    try:
        number = float(raw)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise StudyError(f"{where}, {key}: found {number}; a finite number is allowed")
    return number


def make_distribution(said: dict[str, Any], where: str, key: str) -> Distribution:
    """The distribution of ``{distribution: name, number: value, ...}``. Raises StudyError."""
    name = said["distribution"]
    if not isinstance(name, str) or name not in NAMES:
        hint = nearest(name, NAMES) if isinstance(name, str) else ""
        text = f"found {short(name)}; one of {', '.join(NAMES)} is allowed{hint}"
        raise StudyError(f"{where}, {key}.distribution: {text}")
    needs, may = NAMES[name]
    for other in said:
        if other not in ("distribution", *needs, *may):
            hint = nearest(str(other), (*needs, *may)) or "."
            text = f"unknown key{hint} {name} has {', '.join((*needs, *may))}"
            raise StudyError(f"{where}, {key}.{other}: {text}")
    for need in needs:
        if need not in said:
            raise StudyError(f"{where}, {key}.{need}: is missing; {name} has {', '.join((*needs, *may))}")
    numbers = {other: finite(said[other], where, f"{key}.{other}") for other in said if other != "distribution"}
    for other in _POSITIVE:
        if other in numbers and numbers[other] <= 0:
            raise StudyError(f"{where}, {key}.{other}: found {numbers[other]:g}; a number above 0 is allowed")
    return _made(name, numbers, where, key)


def _made(name: str, n: dict[str, float], where: str, key: str) -> Distribution:
    natural = {"beta": (0.0, 1.0), "lognormal": (0.0, math.inf)}.get(name, (-math.inf, math.inf))
    low, high = n.get("low", natural[0]), n.get("high", natural[1])
    mode = n.get("mode", low)
    if not low < high or not low <= mode <= high:
        middle = " <= mode <=" if name == "triangular" else " <"
        said = ", ".join(f"{other} {value:g}" for other, value in n.items())
        raise StudyError(f"{where}, {key}: found {said}; low{middle} high is allowed")
    if name == "lognormal" and low < 0:
        raise StudyError(f"{where}, {key}.low: found {low:g}; a lognormal number is not below 0")
    quantile = _quantile(name, n, low, high)
    if not np.isfinite(quantile(np.array([0.25, 0.75]))).all():
        raise StudyError(f"{where}, {key}: low to high lies so far from the middle of {name} that nothing can be drawn")
    return Distribution(name, low, high, quantile)


def _quantile(name: str, n: dict[str, float], low: float, high: float) -> Quantile:
    from scipy import stats  # takes a while to load: only where something is drawn

    if name == "uniform":
        return lambda chances: low + chances * (high - low)
    if name == "triangular":
        return stats.triang((n["mode"] - low) / (high - low), low, high - low).ppf
    if name == "beta":
        return stats.beta(n["a"], n["b"], low, high - low).ppf
    if name == "normal":
        return stats.truncnorm((low - n["mean"]) / n["sd"], (high - n["mean"]) / n["sd"], n["mean"], n["sd"]).ppf
    middle, sd = math.log(n["median"]), n["sd_log"]
    first, last = (((math.log(end) if end > 0 else -math.inf) - middle) / sd for end in (low, high))
    logs = stats.truncnorm(first, last, middle, sd)
    return lambda chances: np.exp(np.minimum(logs.ppf(chances), 700.0))
