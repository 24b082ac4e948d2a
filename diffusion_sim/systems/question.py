"""What a system's question is made of, and which systems there are."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from diffusion_sim.errors import StudyError, nearest
from diffusion_sim.scenario import Scenario

# id of the shipped scenario -> the file of this room that asks its question, as ``QUESTION``.
SYSTEMS: dict[str, str] = {
    "achievement_network": "diffusion_sim.systems.achievement_network",
    "deeper_learning": "diffusion_sim.systems.deeper_learning",
    "ed_partners": "diffusion_sim.systems.ed_partners",
    "improvement_networks": "diffusion_sim.systems.improvement_networks",
    "opportunity_culture": "diffusion_sim.systems.opportunity_culture",
}

Row = Mapping[str, Any]
RUNS = "runs"  # the table that every question has: one row an arm, its outcomes at the end of the run


class Estimate(NamedTuple):
    """A quantity: mean over seeds, its 95 % t interval, how many seeds have a value."""

    mean: float
    low: float
    high: float
    n: int


def percent(found: Estimate) -> str:
    """A share with its interval: ``36 % (34 to 38)``."""
    return f"{100 * found.mean:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"


class Statement(NamedTuple):
    """Something that the answer says and that can be false. key : the quantity it is about; text : the statement, in
    plain words; holds : whether a value of the quantity agrees with it (NaN never does)."""

    key: str
    text: str
    holds: Callable[[float], bool]


class Question(NamedTuple):
    """A system's question.

    id : of its scenario. text : the question. replicates : seeds that answer it within two minutes on 2 cores.
    check : raises ScenarioError, StrategyError or StudyError where the scenario cannot be asked this.
    run : (scenario, seed) -> rows of one seed, each with the ``table`` it stands in; of RUNS one row an arm, with
    ``strategy`` and outcomes, ``none`` among them. Runs where work is done; draws no chance but the model's own.
    reckon : rows of one seed -> quantities by key; NaN where one has no value.
    statements : what is looked at over the plausible space.
    say : (quantities, scenario) -> the answer, five plain lines.
    tables : rows of all seeds, each with its ``seed`` -> tables by name.
    stated : dotted paths that the question itself sets or that are the system's size, and so do not vary in draws.
    """

    id: str
    text: str
    replicates: int
    check: Callable[[Scenario], None]
    run: Callable[[Scenario, int], list[dict[str, Any]]]
    reckon: Callable[[Sequence[Row]], dict[str, float]]
    statements: tuple[Statement, ...]
    say: Callable[[Mapping[str, Estimate], Scenario], list[str]]
    tables: Callable[[Sequence[Row]], dict[str, pd.DataFrame]]
    stated: tuple[str, ...] = ()


def question_of(system: Any) -> Question:
    """The question of a system. Raises StudyError for one that there is not."""
    if not isinstance(system, str) or system not in SYSTEMS:
        hint = nearest(str(system), SYSTEMS) or "."
        raise StudyError(f"answer: there is no system {system!r:.60}{hint} Systems: {', '.join(SYSTEMS)}")
    found: Question = importlib.import_module(SYSTEMS[system]).QUESTION
    return found
