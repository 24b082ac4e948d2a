"""The question on nine improvement networks: how many scale what truly works, and what decides it?

One seed runs the nine as the scenario says them, all nine by the rule of most networks and by that of the effective
ones, and from both with one lever changed (network_arms.py): the same schools, people and chances every time. What is
counted of each network: networks_counted.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from diffusion_sim.analysis.harm import WHOSE
from diffusion_sim.errors import ScenarioError
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE
from diffusion_sim.systems.network_arms import (
    ALIKE,
    AS_THEY_ARE,
    BOTH,
    EFFECTIVE,
    LATER,
    LEVERS,
    MIXED,
    NO_GROUPS,
    NO_HUB,
    TYPICAL,
    added,
    dealt,
    said_of,
    taken,
    ways,
    with_members,
)  # fmt: skip
from diffusion_sim.systems.network_words import said
from diffusion_sim.systems.networks_counted import counted, flows
from diffusion_sim.systems.question import RUNS, Question, Row, Statement
from diffusion_sim.systems.tables import rows_in

NETWORKS, ARMS, FLOWS = "networks", "arms", "flows"  # tables: a row a network, a row an arm, an arm over all seeds
SHOWN = (AS_THEY_ARE, TYPICAL, EFFECTIVE)  # arms of RUNS beside ``none``; all of them are in ARMS
OUTCOMES = (
    "reach", "deep_use", "cost_per_pupil_year", *WHOSE, "networks_scaled", "claimed_success", "true_improvement",
    "borrowed_variant", "mean_fit", "fit_new_area",
)  # fmt: skip
STATED = (
    "population.districts", "population.schools", "programme.years_support", "programme.years_after", "enrolment.n0",
    "testing.district_engaged",
)  # fmt: skip
# quantity of an arm -> (column of the table NETWORKS, whether it is summed over networks, else averaged)
OF_ARM = {
    "scaled": ("scaled", True), "claimed": ("claims", True), "works": ("works", True),
    "new_area": ("fit_new_area", False), "anywhere": ("fit_anywhere", False),
    "fit": ("fit", False), "held": ("held", False),
}  # fmt: skip


def check(sc: Scenario) -> None:
    """Raises ScenarioError where there are no networks to ask about, or their members are not there."""
    if len(sc.section("networks")) < 2:
        raise ScenarioError(f"scenario '{sc.id}', networks: two at least are needed to ask what decides between them")
    if sc["strategy.testing.kind"] == "none":
        raise ScenarioError(
            f"scenario '{sc.id}', strategy.testing.kind: found 'none', by which nobody tests; local or menu is allowed"
        )
    ReformModel(sc, rng=1)  # members are looked up in the world


def run(sc: Scenario, seed: int) -> list[dict[str, Any]]:
    """Rows of one seed: of RUNS, of ARMS and of NETWORKS."""
    first = ReformModel(sc, rng=seed)
    dealings = {how: with_members(sc, _members(first, how)) for how in (ALIKE, MIXED)}
    rows = _rows(NONE, ReformModel(sc, strategy=NONE, rng=seed).run()) + _rows(AS_THEY_ARE, first.run())
    for arm, way in ways().items():
        rows += _rows(arm, ReformModel(dealings[way.members].override(said_of(way)), rng=seed).run())
    return rows


def _members(model: ReformModel, how: str) -> dict[str, list[str]]:
    """Network -> "district/school" of its members, dealt out anew by kind of place."""
    world, table = model.world, model.world.table
    everybody = [row for row in range(len(table.school_id)) if world.networks.of[row] >= 0]
    names = world.networks.names
    sizes = [int((world.networks.of == number).sum()) for number in range(len(names))]
    places = dealt(sizes, world.context[everybody], how)
    ids = [f"{table.district_id[row]}/{table.school_id[row]}" for row in everybody]
    return {name: [ids[at] for at in its] for name, its in zip(names, places, strict=True)}


def _rows(arm: str, model: ReformModel) -> list[dict[str, Any]]:
    outcomes = {name: model.outcomes[name] for name in OUTCOMES}
    rows: list[dict[str, Any]] = [{"table": ARMS, "strategy": arm, **outcomes}]
    if arm in (NONE, *SHOWN):
        rows.append({**rows[0], "table": RUNS})
    found = counted(model) if arm != NONE else []
    return rows + [{"table": NETWORKS, "strategy": arm, **one} for one in found]


def reckon(rows: Sequence[Row]) -> dict[str, float]:
    """Quantities of one seed: of each arm OF_ARM (``<arm>.<quantity>``), for each lever what it adds to most networks
    (``add.<lever>.<quantity>``) and what the effective ones lose without it (``drop.<lever>.<quantity>``; of what
    neither has: what it adds to the effective ones)."""
    networks = pd.DataFrame([row for row in rows if row["table"] == NETWORKS])
    arms = {arm: _of_arm(its) for arm, its in networks.groupby("strategy", sort=False)}
    found = {f"{arm}.{name}": value for arm, its in arms.items() for name, value in its.items()}
    for lever in LEVERS:
        for name in OF_ARM:
            found[f"add.{lever}.{name}"] = arms[added(lever)][name] - arms[TYPICAL][name]
            change = arms[EFFECTIVE][name] - arms[taken(lever)][name]
            found[f"drop.{lever}.{name}"] = -change if lever == LATER else change
    for half, arm in (("hub", NO_HUB), ("small_groups", NO_GROUPS)):
        found[f"drop.{half}.scaled"] = arms[EFFECTIVE]["scaled"] - arms[arm]["scaled"]
    found["add.menu_and_common_measures.scaled"] = arms[BOTH]["scaled"] - arms[TYPICAL]["scaled"]
    found["as_they_are.claimed_too_many"] = arms[AS_THEY_ARE]["claimed"] - arms[AS_THEY_ARE]["scaled"]
    found["add.best.scaled"] = max(found[f"add.{lever}.scaled"] for lever in LEVERS)
    found["as_they_are.claimed_not_worth"] = arms[AS_THEY_ARE]["claimed"] - arms[AS_THEY_ARE]["works"]
    found["effective_more"] = arms[EFFECTIVE]["scaled"] - arms[TYPICAL]["scaled"]
    return found | _of_nine(networks[networks["strategy"] == AS_THEY_ARE])


def _of_arm(its: pd.DataFrame) -> dict[str, float]:
    return {
        name: float(its[column].sum() if summed else its[column].mean()) for name, (column, summed) in OF_ARM.items()
    }


def _of_nine(its: pd.DataFrame) -> dict[str, float]:
    """Of the nine as they are: shares of the testing schools, and how many scale of those with and without a menu."""
    tests, schools = max(1, its["tests"].sum()), ("claiming", "untested", "working", "improved")
    found = {f"as_they_are.{name}": float(its[name].sum() / tests) for name in schools}
    by_kind = {kind: float(its.loc[its["kind"] == kind, "scaled"].sum()) for kind in ("local", "menu")}
    return found | {f"as_they_are.scaled_{kind}": count for kind, count in by_kind.items()}


def more(x: float) -> bool:
    """Above 0."""
    return x > 0.0


def less(x: float) -> bool:
    """Below 0."""
    return x < 0.0


_WORDS = {
    "menu": "a menu", "common_measures": "common measures", "study_act": "more study and act",
    "groups_hub": "small groups with a hub", "mixed_members": "mixed members",
    "district_staff": "engaged district staff",
}  # fmt: skip
_ADD, _DROP, _LESS = (
    "Most networks scale more often with {} alone",
    "Effective networks scale more often with {} than without",
    "Effective networks scale less often with {} than without",
)
_BOTH = "Most networks scale more often with a menu and common measures together"
_NEW = "What {} networks would recommend fits new areas better with {} than without"
STATEMENTS = (
    Statement("as_they_are.scaled", "Fewer than half of the nine networks scale", lambda x: x < 4.5),
    Statement("as_they_are.claimed_too_many", "More networks claim success than scale", more),
    Statement("as_they_are.claimed_not_worth", "More networks claim success than use what is worth the claim", more),
    Statement("effective_more", "Nine effective networks scale more often than nine like most", more),
    Statement("typical.scaled", "Some of nine networks like most scale", more),
    Statement("effective.scaled", "Some of nine effective networks scale", more),
    Statement("add.best.scaled", "No lever alone makes one of nine networks like most scale", lambda x: x < 1.0),
    *(Statement(f"add.{lever}.scaled", _ADD.format(words), more) for lever, words in _WORDS.items()),
    Statement("add.menu_and_common_measures.scaled", _BOTH, more),
    *(Statement(f"drop.{lever}.scaled", _DROP.format(words), more) for lever, words in _WORDS.items()),
    Statement("drop.hub.scaled", _DROP.format("a hub beside their groups"), more),
    Statement("drop.small_groups.scaled", _DROP.format("small groups beside their hub"), more),
    *(Statement(f"drop.{lever}.scaled", _LESS.format(words), less) for lever, words in _WORDS.items()),
    Statement("drop.small_groups.scaled", _LESS.format("small groups beside their hub"), less),
    Statement("drop.menu.fit", "What effective networks use fits better with a menu than without", more),
    *(
        Statement(f"{way}.{lever}.new_area", _NEW.format(whose, _WORDS[lever]), more)
        for way, whose in (("add", "most"), ("drop", "effective"))
        for lever in ("menu", "common_measures", "mixed_members")
    ),
)


def tables(rows: Sequence[Row]) -> dict[str, pd.DataFrame]:
    """ARMS and NETWORKS of all seeds, and where networks stop."""
    found = {name: pd.DataFrame(rows_in(rows, name)) for name in (ARMS, NETWORKS)}
    return found | {FLOWS: flows(found[NETWORKS])}


def say(found: Mapping[str, Any], sc: Scenario) -> list[str]:
    """The answer in five lines."""
    return said(found, len(sc.section("networks")))


QUESTION = Question(
    id="improvement_networks",
    text="How many of nine networks, each with its own rules and members, scale a practice that truly works, and what "
    "decides it: menu, common measures, study and act, topology, diversity (in new areas), district staff?",
    replicates=16,
    check=check,
    run=run,
    reckon=reckon,
    statements=STATEMENTS,
    say=say,
    tables=tables,
    stated=STATED,
)
