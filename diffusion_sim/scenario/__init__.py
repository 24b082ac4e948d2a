"""Scenarios: what a YAML file may say, with unit, plausible range, hard bounds and source for every number."""

from diffusion_sim.scenario.build import from_canonical
from diffusion_sim.scenario.catalogue import check_table, counts, references
from diffusion_sim.scenario.load import list_scenarios, load_scenario, new_scenario, scenario_folder, scenario_ids
from diffusion_sim.scenario.numbers import ScenarioNumber, defaults
from diffusion_sim.scenario.scenario import Scenario
from diffusion_sim.scenario.words import BUILT_IN, STRATEGY_PARTS, built_in_parts, complete_parts

__all__ = [
    "BUILT_IN",
    "STRATEGY_PARTS",
    "Scenario",
    "ScenarioNumber",
    "built_in_parts",
    "check_table",
    "complete_parts",
    "counts",
    "defaults",
    "from_canonical",
    "list_scenarios",
    "load_scenario",
    "new_scenario",
    "references",
    "scenario_folder",
    "scenario_ids",
]
