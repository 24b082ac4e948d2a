"""Draws from all numbers' plausible ranges, and what a draw makes of the published figures."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from diffusion_sim.analysis.trials.ceiling import ceiling_case, run_ceiling
from diffusion_sim.analysis.trials.coaching import WHO, coaching_case, run_coaching
from diffusion_sim.analysis.trials.network import FORMS, network_case, run_network
from diffusion_sim.analysis.trials.published import COACHING, published
from diffusion_sim.scenario import Scenario
from diffusion_sim.study.plan.factors import Settled, read_space, settle_factors
from diffusion_sim.study.plan.point_designs import unit_points

# Sections that a trial states itself: its schools, and what it offers.
OWN_SECTIONS = ("population", "programme")
# Sections that no arm of a trial uses: its schools have no structure of staff, no cycle of improvement and no events.
IDLE_SECTIONS = ("staffing", "testing")
RELIABILITY, NETWORK_LOAD = "instrument.reliability", "achievement_network.load"  # drawn too, not the model's own
BY_WHOM = ("practice", "pupils")  # figures of these names depend on whom the coaching trial counts
MONTHS = "pupils.months_per_sd"  # a unit, so that it is not drawn
CHANCE = "chance."  # begins the name of a figure's SD by chance in a draw
NO_LOAD = "/load 0"  # ends the name of a figure of the network's trial without the load of interim tests


class Draw(NamedTuple):
    """A point of the plausible space. values : dotted path -> value of the model; reliability, load : of the trials."""

    values: dict[str, Any]
    reliability: float
    load: float


def varied(sc: Scenario, fixed: Mapping[str, Any]) -> list[str]:
    """Paths of all numbers with a plausible range, but those that every trial, or the caller (``fixed``), states,
    units, and those of parts that trials do not use."""
    found = []
    stated = {*fixed, *published().states, MONTHS}
    for path, number in sc.numbers.items():
        known = isinstance(number.value, int | float) and not isinstance(number.value, bool) and not number.choices
        used = path.partition(".")[0] not in (*OWN_SECTIONS, *IDLE_SECTIONS)
        if known and number.drawable and used and path not in stated:
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
    """What the figures are at a point, each a mean over seeds: name of ``figures_of`` -> value; ``ceiling`` and
    ``held``,
    the pupils' SD that the model can show at most and that one SD of ratings is worth; ``chance.<name>``, the SD by
    chance of each mean, from what the seeds differ by. Of the network's trial the same schools with and without."""
    here, doses = sc.override(point.values), published().designs[COACHING]["hours"]
    coached = {seed: _coached(here, seed, point.reliability) for seed in seeds}
    tested = {seed: _tested(here, seed, point.load) for seed in seeds}

    def figures(some: Sequence[int]) -> dict[str, float]:
        rows, groups = ([row for seed in some for row in its[seed]] for its in (coached, tested))
        return figures_of(rows, groups, here[MONTHS], "same")

    single = [figures([seed]) for seed in seeds]
    top = [row for s in seeds for row in run_ceiling(ceiling_case(here), s, (max(doses),), point.reliability)]
    chance = {f"{CHANCE}{name}": _chance([one[name] for one in single]) for name in single[0]}
    return figures(seeds) | {name: mean(r[of] for r in top) for name, of in _OF_CEILING.items()} | chance


_OF_CEILING = {"ceiling": "pupils", "held": "held"}


def _chance(values: Sequence[float]) -> float:
    """SD of the mean of so many values, NaN where one is undefined."""
    return statistics.stdev(values) / math.sqrt(len(values)) if all(map(math.isfinite, values)) else math.nan


def _coached(sc: Scenario, seed: int, reliability: float) -> list[dict[str, Any]]:
    sizes, doses = (published().designs[COACHING][name] for name in ("schools", "hours"))
    rows: list[dict[str, Any]] = []
    for size in sizes:
        hours = (min(doses), published().hours, max(doses)) if size == min(sizes) else (published().hours,)
        rows += [row | {"schools": size} for row in run_coaching(coaching_case(sc, size), seed, hours, reliability)]
    return rows


def _tested(sc: Scenario, seed: int, load: float) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for loaded in (True, False):
        case = network_case(sc, load if loaded else 0.0)
        for form in FORMS:
            labels = {"form": form, "loaded": loaded}
            rows += [labels | row for row in run_network(case, seed, published().hours, form)]
    return rows


def figures_of(
    coaching: Sequence[Mapping[str, Any]], network: Sequence[Mapping[str, Any]], months_per_sd: float, by: str = "pairs"
) -> dict[str, float]:
    """The model's own figures from rows of trials: ``figure/who`` -> value, of the network's trial ``figure/form`` and
    the same with NO_LOAD. by : pairs or same, see ``run_network``. What a trial that was not run would give is left
    out."""
    found: dict[str, float] = {}
    if coaching:
        for who in WHO:
            found |= {f"{name}/{who}": value for name, value in _coaching_figures(coaching, who).items()}
    for form, loaded in dict.fromkeys((row["form"], row["loaded"]) for row in network):
        its = [row for row in network if (row["form"], row["loaded"]) == (form, loaded)]
        end = f"/{form}" + ("" if loaded else NO_LOAD)
        pupils = {g: mean(row[by] for row in its if row["group"] == g) for g in ("all", *_BY_READINESS.values())}
        found[f"network_all{end}"] = pupils["all"]
        found[f"network_use{end}"] = mean(row["use"] for row in its if row["group"] == "all")
        found |= {f"{figure}{end}": pupils[group] * months_per_sd for figure, group in _BY_READINESS.items()}
    return found


_BY_READINESS = {
    "network_readiest_quarter": "readiest quarter",
    "network_ready_half": "readier half",
    "network_least_ready_quarter": "least ready quarter",
}


def _coaching_figures(rows: Sequence[Mapping[str, Any]], who: str) -> dict[str, float]:
    small, large = min(sizes := {row["schools"] for row in rows}), max(sizes)
    usual, doses = published().hours, published().designs[COACHING]["hours"]

    def effect(measure: str, schools: int, hours: float) -> float:
        chosen = (schools, hours, who)
        return mean(row[measure] for row in rows if (row["schools"], row["hours"], row["who"]) == chosen)

    found = {}
    for measure in BY_WHOM:
        of_small, of_large = effect(measure, small, usual), effect(measure, large, usual)
        found[measure] = (of_small + of_large) / 2.0
        found[f"{measure}_small"], found[f"{measure}_large"] = of_small, of_large
        found[f"{measure}_by_size"] = ratio(of_large, of_small)
    most, least = (effect("practice", small, hours) for hours in (max(doses), min(doses)))
    found["practice_by_hours"] = ratio(most, least)
    found["pupils_per_practice"] = ratio(found["pupils"], found["practice"])
    return found


def mean(values: Any) -> float:
    """Mean of the defined values, NaN where there are none."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def ratio(a: float, b: float) -> float:
    """a/b where b is above 0, else NaN: a ratio of effects means nothing where the second is none."""
    return a / b if b > 0.0 else math.nan
