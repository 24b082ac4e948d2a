"""What trials found, as tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.analysis.intervals import mean_interval
from diffusion_sim.analysis.results import write_csv
from diffusion_sim.analysis.trials.coaching import WHO
from diffusion_sim.analysis.trials.contrasts import PARTS
from diffusion_sim.analysis.trials.network import FORMS
from diffusion_sim.analysis.trials.published import CEILING, COACHING, CONTRASTS, NETWORK, Figure, published
from diffusion_sim.analysis.trials.space import (
    CHANCE,
    MONTHS,
    NETWORK_LOAD,
    NO_LOAD,
    RELIABILITY,
    Draw,
    figures_of,
    mean,
)
from diffusion_sim.errors import StoreError, as_path
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.ranges_lock import digest

Rows = Sequence[Mapping[str, Any]]

# Trial -> what its rows are told apart by, and what is averaged over seeds.
SAVED = ("coaching", "network", "ceiling", "contrasts", "figures", "draws")  # tables of the results
_KEYS = {COACHING: ["schools", "hours", "who"], NETWORK: ["form", "load", "group"], CEILING: ["hours"],
         CONTRASTS: ["contrast"]}  # fmt: skip
_BESIDE = {COACHING: ["teachers", "share", "received", "learning", "building"],
           NETWORK: ["schools", "readiness"], CEILING: [], CONTRASTS: []}  # fmt: skip
_VALUES = {
    COACHING: ["practice", "pupils"],
    NETWORK: ["pairs", "same", "use"],
    CEILING: ["practice", "pupils", "readiest", "use", "unit", "held"],
    CONTRASTS: ["gain", *PARTS],
}
FIGURE_COLUMNS = [
    "figure", "who", "published", "low", "high", "unit", "source", "seen", "model", "inside", "beyond",
    "draws_inside", "draws", "chance_sd", "model_no_load", "inside_no_load", "draws_inside_no_load",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class TrialResults:
    """Trials beside what was published. A trial that was not asked for has an empty table.

    coaching : schools (offered), hours, who, measure (practice in SD of ratings, pupils in SD), effect, low, high, n,
    teachers, share, received, learning, building, sd_alone (SD of what one such trial alone finds)
    network : form (whose time the hours are), load, group, measure (pairs, same: SD over the years; use), effect, low,
    high, n, schools, readiness
    ceiling : hours, measure, effect, low, high, n;  contrasts : contrast, measure (gain, and parts of what it is off
    the true effect by), effect, low, high, n
    figures : figure, who (or form), published, low, high (its band), unit, source, seen, model, inside (the band; None:
    it has none), beyond (published above the ceiling), draws_inside (the band), draws, chance_sd (of one draw, by root
    mean square; NaN for ratios); model, inside, draws_inside without the load of interim tests, None or NaN where there
    is no question of it
    draws : one row a draw: numbers as ``p.<path>``, reliability and load, names of ``run_draw``
    Intervals are 95 % t intervals over seeds. digest : of all defaults and ranges; teacher_sd, effect, months_per_sd,
    reliability, load : numbers used.
    """

    coaching: pd.DataFrame
    network: pd.DataFrame
    ceiling: pd.DataFrame
    contrasts: pd.DataFrame
    figures: pd.DataFrame
    draws: pd.DataFrame
    scenario: str
    changed: tuple[str, ...]
    digest: str
    replicates: int
    rng: int
    numbers: dict[str, float]

    def save(self, folder: str | PathLike[str]) -> list[str]:
        """Write the tables into a folder as CSV; returns the names of files. Raises StoreError."""
        out = as_path(folder, "folder to save into", StoreError)
        tables = {name: getattr(self, name) for name in SAVED if len(getattr(self, name))}
        try:
            out.mkdir(parents=True, exist_ok=True)
            for name, table in tables.items():
                write_csv(table, out / f"{name}.csv")
        except OSError as error:
            raise StoreError(f"{out}: cannot be written ({error.strerror or error})") from None
        return [f"{name}.csv" for name in tables]

    def of(self, trial: str, measure: str, **keys: Any) -> float:
        """The effect in a row of a trial's table; NaN where there is none."""
        table = {COACHING: self.coaching, NETWORK: self.network, CEILING: self.ceiling}.get(trial, self.contrasts)
        chosen = [row for row in table.to_dict("records") if row["measure"] == measure]
        chosen = [row for row in chosen if all(row[key] == value for key, value in keys.items())]
        return float(chosen[0]["effect"]) if chosen else math.nan

    def most(self, measure: str) -> float:
        """The ceiling: the largest of a measure over the hours; NaN where it was not run."""
        return _most(self.ceiling, measure)


def results_of(
    rows: Mapping[str, Rows], points: Sequence[Draw], sc: Scenario, replicates: int, rng: int
) -> TrialResults:
    """The tables of rows by trial, "space" included."""
    said = published()
    tables = {trial: summary(trial, rows.get(trial, ())) for trial in _KEYS}
    numbers = {
        "teacher_sd": sc["pupils.teacher_sd"],
        "effect": sc["pupils.effect"],
        "fit": sc["experience.fit"],
        "months_per_sd": sc[MONTHS],
        "reliability": said.reliability["value"],
        "load": said.load["value"],
    }
    most = {name: _most(tables[CEILING], name) for name in ("practice", "pupils")}
    model = figures_of(rows.get(COACHING, ()), rows.get(NETWORK, ()), sc[MONTHS])
    drawn = list(rows.get("space", ()))
    figures = pd.DataFrame(
        [_figure_row(figure, who, model, drawn, most) for figure, who in asked_of(model)], columns=FIGURE_COLUMNS
    )
    draws = pd.DataFrame([_draw_row(point, found) for point, found in zip(points, drawn, strict=True)])
    return TrialResults(
        tables[COACHING], tables[NETWORK], tables[CEILING], tables[CONTRASTS], figures, draws, sc.id,
        tuple(sc.changed), digest(), replicates, rng, numbers,
    )  # fmt: skip


def summary(trial: str, rows: Rows) -> pd.DataFrame:
    """Means over seeds with 95 % intervals, one row a measure and whatever tells a trial's rows apart."""
    keys, beside = _KEYS[trial], _BESIDE[trial]
    columns = [*keys, "measure", "effect", "low", "high", "n", *beside, *(["sd_alone"] if trial == COACHING else [])]
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    found = []
    for key, its in groups.items():
        others = [mean(row[name] for row in its) for name in beside]
        for measure in _VALUES[trial]:
            value, _, low, high, n = mean_interval(np.array([row[measure] for row in its]))
            alone = [mean_interval(np.array([row[f"{measure}_alone"] for row in its]))[1]] if trial == COACHING else []
            found.append((*key, measure, value, low, high, n, *others, *alone))
    return pd.DataFrame(found, columns=columns)


def asked_of(model: Mapping[str, float]) -> Iterable[tuple[Figure, str]]:
    """Figures that the model has values for, and whom they count, or whose time the hours are."""
    for figure in published().figures.values():
        for who in (*WHO, *FORMS):
            if key_of(figure, who) in model:
                yield figure, who


def key_of(figure: Figure, who: str) -> str:
    """The name of a value of ``figures_of``."""
    return f"{figure.id}/{who}"


def _figure_row(figure: Figure, who: str, model: Mapping[str, float], drawn: Rows, most: Mapping[str, float]) -> tuple:
    key = key_of(figure, who)
    plain = figure.id.removesuffix("_small").removesuffix("_large")
    limit = most.get(plain, math.nan) if figure.unit != "ratio" else math.nan
    value, inside, held = _verdict(figure, key, model, drawn)
    rough = [draw[f"{CHANCE}{key}"] for draw in drawn]
    ratio = figure.unit == "ratio" or " / " in figure.unit  # where the second effect is small chance has no usual size
    chance = math.nan if ratio or not rough else math.sqrt(mean(v * v for v in rough))
    return (
        figure.id, who, figure.published, figure.low, figure.high, figure.unit, figure.source, figure.seen, value,
        inside, bool(figure.published > limit), held, len(drawn), chance,
        *_verdict(figure, f"{key}{NO_LOAD}", model, drawn),
    )  # fmt: skip


def _verdict(figure: Figure, key: str, model: Mapping[str, float], drawn: Rows) -> tuple[float, bool | None, float]:
    """(the model's value, whether the band holds it, how many draws the band holds); None and NaN without a band or a
    value."""
    if key not in model or figure.describes:
        return model.get(key, math.nan), None, math.nan
    return model[key], figure.holds(model[key]), float(sum(figure.holds(draw[key]) for draw in drawn))


def _most(table: pd.DataFrame, measure: str) -> float:
    return float(table.loc[table["measure"] == measure, "effect"].max()) if len(table) else math.nan


def _draw_row(point: Draw, found: Mapping[str, Any]) -> dict[str, Any]:
    own = {f"p.{path}": value for path, value in point.values.items()}
    return own | {RELIABILITY: point.reliability, NETWORK_LOAD: point.load} | dict(found)


def draws_with(draws: pd.DataFrame, names: Sequence[str], who: str) -> list[dict[str, Any]]:
    """The draws in which several figures of the coaching trial lie in their bands at once."""
    figures = [published().figures[name] for name in names]
    rows: list[dict[str, Any]] = draws.to_dict("records")  # type: ignore[assignment]
    return [row for row in rows if all(figure.holds(row[key_of(figure, who)]) for figure in figures)]
