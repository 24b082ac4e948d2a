"""diffusion-sim: how instructional practices spread among teachers, and what strategies to scale them do.

    import diffusion_sim as ds
    ds.compare("michigan", replicates=20).plot()

Teachers are simulated; nothing here rates a person. Results are comparisons under stated assumptions, not forecasts.
Names are loaded when first used, so that the import itself costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

__all__ = [
    "District",
    "Plan",
    "ReformModel",
    "Scenario",
    "School",
    "Study",
    "Teacher",
    "__version__",
    "answer",
    "budget",
    "check_patterns",
    "compare",
    "decompose",
    "describe_network",
    "errors",
    "list_rules",
    "list_scenarios",
    "list_strategies",
    "load_model",
    "load_scenario",
    "new_scenario",
    "open_study",
    "robust",
    "run_study",
    "run_trials",
    "story",
    "two_lives",
]

# name -> module that defines it
_HOME = {
    "District": "diffusion_sim.agents",
    "Plan": "diffusion_sim.strategies",
    "ReformModel": "diffusion_sim.model",
    "Scenario": "diffusion_sim.scenario",
    "School": "diffusion_sim.agents",
    "Study": "diffusion_sim.analysis.studies",
    "Teacher": "diffusion_sim.agents",
    "answer": "diffusion_sim.systems.answer",
    "budget": "diffusion_sim.analysis.budget",
    "check_patterns": "diffusion_sim.patterns.check",
    "compare": "diffusion_sim.analysis.compare",
    "decompose": "diffusion_sim.analysis.decompose",
    "describe_network": "diffusion_sim.network.describe",
    "list_rules": "diffusion_sim.week.own_rules",
    "list_scenarios": "diffusion_sim.scenario",
    "list_strategies": "diffusion_sim.strategies.catalogue",
    "load_model": "diffusion_sim.load_saved",
    "load_scenario": "diffusion_sim.scenario",
    "new_scenario": "diffusion_sim.scenario",
    "open_study": "diffusion_sim.analysis.studies",
    "robust": "diffusion_sim.analysis.robust.robust",
    "run_study": "diffusion_sim.analysis.studies",
    "run_trials": "diffusion_sim.analysis.trials.run",
    "story": "diffusion_sim.analysis.story.story",
    "two_lives": "diffusion_sim.analysis.story.two_lives",
}

if TYPE_CHECKING:
    from diffusion_sim import errors
    from diffusion_sim.agents import District, School, Teacher
    from diffusion_sim.analysis.budget import budget
    from diffusion_sim.analysis.compare import compare
    from diffusion_sim.analysis.decompose import decompose
    from diffusion_sim.analysis.robust.robust import robust
    from diffusion_sim.analysis.story.story import story
    from diffusion_sim.analysis.story.two_lives import two_lives
    from diffusion_sim.analysis.studies import Study, open_study, run_study
    from diffusion_sim.analysis.trials.run import run_trials
    from diffusion_sim.load_saved import load_model
    from diffusion_sim.model import ReformModel
    from diffusion_sim.network.describe import describe_network
    from diffusion_sim.patterns.check import check_patterns
    from diffusion_sim.scenario import Scenario, list_scenarios, load_scenario, new_scenario
    from diffusion_sim.strategies import Plan
    from diffusion_sim.strategies.catalogue import list_strategies
    from diffusion_sim.systems.answer import answer
    from diffusion_sim.week.own_rules import list_rules


def __getattr__(name: str) -> Any:
    """A public name, loaded on first use (PEP 562)."""
    if name == "errors":
        return import_module("diffusion_sim.errors")
    if name not in _HOME:
        raise AttributeError(f"module 'diffusion_sim' has no attribute {name!r}")
    import_module("diffusion_sim.errors").check_compiler()
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
