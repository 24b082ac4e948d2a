"""Draws from all numbers' plausible ranges, and what a draw makes of the published figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from diffusion_sim.analysis.trials.ceiling import ceiling_case, run_ceiling
from diffusion_sim.analysis.trials.coaching import WHO, coaching_case, run_coaching
from diffusion_sim.analysis.trials.network import network_case, run_network
from diffusion_sim.analysis.trials.published import COACHING, published
from diffusion_sim.scenario import Scenario
from diffusion_sim.study.plan.factors import Settled, read_space, settle_factors
from diffusion_sim.study.plan.point_designs import unit_points

# Sections that a trial states itself: its schools, and what it offers.
OWN_SECTIONS = ("population", "programme")
RELIABILITY, NETWORK_LOAD = "instrument.reliability", "achievement_network.load"  # drawn too, not the model's own
BY_WHOM = ("practice", "pupils")  # figures of these names depend on whom the coaching trial counts
MONTHS = "pupils.months_per_sd"


class Draw(NamedTuple):
    """A point of the plausible space. values : dotted path -> value of the model; reliability, load : of the trials."""

    values: dict[str, Any]
    reliability: float
    load: float


def varied(sc: Scenario, fixed: Mapping[str, Any]) -> list[str]:
    """Paths of all numbers with a plausible range, but those that trials, or the caller (``fixed``), state."""
    found = []
    for path, number in sc.numbers.items():
        known = isinstance(number.value, int | float) and not isinstance(number.value, bool) and not number.choices
        wide = number.range is not None and number.range[0] < number.range[1]
        if known and wide and path.partition(".")[0] not in OWN_SECTIONS and path not in fixed:
            found.append(path)
    return found


def draw_points(sc: Scenario, count: int, rng: int, fixed: Mapping[str, Any]) -> list[Draw]:
    """A Latin hypercube over the plausible ranges, uniform and independent; the reliability of ratings and the load of
    interim tests vary too."""
    paths = varied(sc, fixed)
    factors = settle_factors(read_space({path: {"range": "plausible"} for path in paths}, "trials"), [sc], "trials")
    chances = unit_points("latin_hypercube", count, len(factors) + 2, rng)
    points = []
    for row in chances:
        ends = [said["range"] for said in (published().reliability, published().load)]
        own = [low + chance * (high - low) for (low, high), chance in zip(ends, row[-2:].tolist(), strict=True)]
        points.append(Draw(_values(factors, row), *own))
    return points


def _values(factors: Sequence[Settled], row: Any) -> dict[str, Any]:
    values = {}
    for place, factor in enumerate(factors):
        assert factor.quantile is not None  # a plausible range is continuous
        values[factor.name] = factor.quantile(row[place : place + 1])[0]
    return values


def run_draw(sc: Scenario, point: Draw, seeds: Sequence[int]) -> dict[str, Any]:
    """What the figures are at a point, each a mean over seeds: ``figure/who`` -> value; ``ceiling`` and ``held``, the
    pupils' SD that the model can show at most and that one SD of ratings is worth."""
    here, design, usual = sc.override(point.values), published().designs, published().hours
    rows: list[dict[str, Any]] = []
    most = max(design[COACHING]["hours"])
    top: list[dict[str, Any]] = []
    for schools in design[COACHING]["schools"]:
        case = coaching_case(here, schools)
        for seed in seeds:
            doses = (usual, most) if schools == min(design[COACHING]["schools"]) else (usual,)
            rows += [r | {"schools": schools} for r in run_coaching(case, seed, doses, point.reliability)]
    tested = network_case(here, point.load)
    groups = [row for seed in seeds for row in run_network(tested, seed, usual, 0.0)]
    for seed in seeds:
        top += run_ceiling(ceiling_case(here), seed, (most,), point.reliability)
    found = figures_of(rows, groups, here[MONTHS])
    return found | {"ceiling": mean(r["pupils"] for r in top), "held": mean(r["held"] for r in top)}


def figures_of(
    coaching: Sequence[Mapping[str, Any]], network: Sequence[Mapping[str, Any]], months_per_sd: float
) -> dict[str, float]:
    """The model's own figures from rows of trials; ``figure`` or, where it depends on whom one counts,
    ``figure/who`` -> value. What a trial that was not run would give is left out."""
    found: dict[str, float] = {}
    if coaching:
        for who in WHO:
            found |= {f"{name}/{who}": value for name, value in _coaching_figures(coaching, who).items()}
    if network:
        pupils, use = ({g: mean(r[c] for r in network if r["group"] == g) for g in _groups(network)}
                       for c in ("pairs", "use"))  # fmt: skip
        found |= {"network_all": pupils["all"], "network_use": use["all"]}
        for figure, group in _BY_READINESS.items():
            found[figure] = pupils[group] * months_per_sd
    return found


_BY_READINESS = {
    "network_readiest_quarter": "readiest quarter",
    "network_ready_half": "readier half",
    "network_least_ready_quarter": "least ready quarter",
}


def _groups(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(str(row["group"]) for row in rows))


def _coaching_figures(rows: Sequence[Mapping[str, Any]], who: str) -> dict[str, float]:
    small, large = min(sizes := {row["schools"] for row in rows}), max(sizes)
    usual, most = published().hours, max(published().designs[COACHING]["hours"])

    def effect(measure: str, schools: int, hours: float) -> float:
        chosen = (schools, hours, who)
        return mean(row[measure] for row in rows if (row["schools"], row["hours"], row["who"]) == chosen)

    found = {}
    for measure in BY_WHOM:
        of_small, of_large = effect(measure, small, usual), effect(measure, large, usual)
        found[measure] = (of_small + of_large) / 2.0
        found[f"{measure}_small"], found[f"{measure}_large"] = of_small, of_large
        found[f"{measure}_by_size"] = ratio(of_large, of_small)
    found["practice_by_hours"] = ratio(effect("practice", small, most), found["practice_small"])
    return found


def mean(values: Any) -> float:
    """Mean of the defined values, NaN where there are none."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def ratio(a: float, b: float) -> float:
    """a/b where b is above 0, else NaN: a ratio of effects means nothing where the second is none."""
    return a / b if b > 0.0 else math.nan
