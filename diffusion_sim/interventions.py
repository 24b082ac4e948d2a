"""Which numbers may change within a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.mechanisms import neutral_values_of
from diffusion_sim.state.codes import INSTRUMENTS

# Sections and numbers that are settled when the world is made or that lay out the run.
STRUCTURAL = ("population", "network", "initial_use", "structure", "practice")
STRUCTURAL_NUMBERS = (
    *("programme.years_support", "programme.years_after", "money.pool", "money.unspent", "trial.threshold"),
)
ONLY_AT_START = (
    *("schools.readiness", "schools.readiness_poverty", "schools.readiness_sd", "schools.trust", "schools.trust_sd"),
    *("schools.initiatives", "schools.initiative_years"),
    *("districts.alignment", "districts.alignment_sd_between", "districts.alignment_sd_within"),
    *(f"districts.{instrument}" for instrument in INSTRUMENTS),
    # districts keep their deviations; only means move
    *("districts.icc", "districts.centralisation_sd", "districts.autonomy_sd", "districts.regime_sd"),
    *("districts.board_sd", "experience.fit_sd", "experience.complexity_sd", "pupils.effect_sd"),
    *("coaches.quality_sd", "pupils.months_per_sd"),
)


def changed(sc: Scenario, change: Mapping[str, Any], week: int | None, present: int) -> Scenario:
    """The scenario with numbers changed, ``{dotted path: value}``, from the next week on.

    week : weeks done when it is meant to apply, None = now; present : weeks done. Raises ScenarioError: an unknown path
    or value, a number that only shapes the start or lays out the run, a week other than the present one.
    """
    if not isinstance(change, Mapping):
        raise ScenarioError(f"intervene: found {change!r:.60}; a mapping of dotted path to value is allowed")
    if week is not None and (isinstance(week, bool) or not isinstance(week, int | np.integer) or week != present):
        raise ScenarioError(f"intervene: week is {week!r:.60}; the present week, {present}, is allowed")
    for path in change:
        section = str(path).split(".")[0]
        if section in STRUCTURAL or path in STRUCTURAL_NUMBERS or section in ("strategy", "strategies", "networks"):
            raise ScenarioError(f"intervene: {path} is settled when the run is laid out and cannot change within it")
    new = sc.override(dict(change))
    for path in change:
        if path not in new.numbers:
            raise ScenarioError(f"intervene: {path} is no number of the scenario")
        start = [p for p in (path, *neutral_values_of(path)) if p in ONLY_AT_START or p.split(".")[0] in STRUCTURAL]
        if start:
            what = path if start == [path] else f"{path} also switches {start[0]}, which"
            raise ScenarioError(f"intervene: {what} only shapes the start; changing it within a run does nothing")
    return new
