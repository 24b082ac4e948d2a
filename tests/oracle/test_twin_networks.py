"""Improvement networks in the fast model and in its slow twin: rules by network in one world, hubs of groups, what own
measures err by, how networks fare, and cycles that go on after support."""

from __future__ import annotations

import random

import pytest

from diffusion_sim.model import ReformModel
from diffusion_sim.scenario.words import MEASURES_WORDS, STRATEGY_PARTS, TOPOLOGIES

from . import fares
from .test_twin import SEED, SUPPORT_2_AFTER_1, agree
from .test_twin_cycles import BUSY, PARTS, rule
from .twin import drawn_numbers, drawn_testing, make_case, network_columns, run_both, school_rows, twin_of

# Users enough for schools to have taken something up, and variants that differ by enough.
WIDE = BUSY | {"testing.menu_sd": 0.6, "testing.context_sd": 0.25, "initial_use.share": 0.4}
WIDE |= {"testing.switch_margin": 0.02, "testing.positivity": 0}
NAMED = {
    "each": {"schools": ["s00", "s26", "s14"], "rule": {"kind": "local"}},
    "alike": {"schools": ["s21", "s49", "s42", "s35", "s63"], "rule": rule("menu", "common", "pairs_hub", 0.9)},
    "plan": {"schools": ["s56", "s70", "s77", "s84", "s91"]},
}


def drawn_networks(seed, rows):
    """One to three networks of schools of any district, most with a rule of their own."""
    rng = random.Random(f"networks {seed}")
    names = [f"{row['district_id']}/{row['school_id']}" for row in rows]
    rng.shuffle(names)
    networks = {}
    for i in range(rng.randint(1, 3)):
        networks[f"n{i}"] = {"schools": names[: rng.randint(2, 6)]}
        names = names[6:]
        testing = drawn_testing(10 * seed + i)
        if rng.random() < 0.8 and names:
            networks[f"n{i}"]["rule"] = testing
    inside = {f"{row['district_id']}/{row['school_id']}" for row in rows if row["programme"]}
    return {name: network for name, network in networks.items() if inside & set(network["schools"])}


ONE_YEAR = {"programme.years_support": 1, "programme.years_after": 1}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """160 teachers in 20 schools of five districts and four locales, 14 of them in three networks by name."""
    rows = network_columns(school_rows(20, 160))
    return make_case(tmp_path_factory.mktemp("networks"), rows, SUPPORT_2_AFTER_1, networks=NAMED)


SLOWER = [pytest.param(topology, marks=pytest.mark.slow) for topology in ("hub", "pairs", "all_to_all")]


@pytest.mark.parametrize("topology", ["groups_hub", *SLOWER])
def test_same_networks_with_rules_of_their_own(world, topology):
    model, twin = agree(world, PARTS, overrides=WIDE, testing=rule("menu", "own", topology, 0.8))
    makers = {book.using.variant[0] for book in twin.cycles.books.values() if book.using}
    assert len(makers) == 4 and twin.cycles.happened["hub_beside_partners"] > 10
    assert len(twin.cycles.judged) == 4 and (model.series.fit_new_area.iloc[10:] > 0).all()
    assert model.series.networks_scaled.max() > 0


def test_no_school_tests_where_the_plan_has_none(world):
    _, twin = agree(world, PARTS, overrides=WIDE | ONE_YEAR, testing={"kind": "none"})
    assert twin.cycles.happened["paid"] == 0 and not twin.cycles.judged


@pytest.mark.parametrize("strategy", ["improvement_network", "improvement_network_first"])
def test_same_network_of_the_strategies(world, strategy):
    numbers = ONE_YEAR | {"testing.study_act": 0.7, "programme.wave_1": 0.9, "enrolment.n0": 5}
    _, twin = agree(world, strategy, overrides=numbers)
    assert twin.cycles.counts["study_acts"] > 10 and twin.cycles.counts["borrowings"] > 0


def harm_rules(twin):
    twin.cycles.rules.clear()


def harm_one_rule(twin):
    rules = twin.cycles.rules
    for school, of_its_own in rules.items():
        rules[school] = of_its_own._replace(topology=of_its_own.topology.replace("pairs_hub", "pairs"))


def harm_bias(twin):
    twin.n["testing.bias_own"] = 0.0


def harm_habit(twin):
    twin.n["testing.habit"] = 0.2


# What is harmed in the twin, and the rule of the plan.
HARMS = {
    "rules by network": (harm_rules, "groups_hub"),
    "a hub of pairs": (harm_one_rule, "isolated"),
    "bias": (harm_bias, "isolated"),
    "habit": (harm_habit, "groups_hub"),
}


@pytest.mark.parametrize("name", HARMS)
def test_a_twin_without_it_is_seen(world, name):
    harm, topology = HARMS[name]
    words = {f"strategy.testing.{option}": word for option, word in rule("menu", "own", topology, 0.8).items()}
    model = ReformModel(world, rng=SEED, overrides=WIDE | words)
    twin = twin_of(model, PARTS, testing=rule("menu", "own", topology, 0.8))
    harm(twin)
    assert run_both(model, twin) != []


@pytest.mark.parametrize(("name", "value"), [("BETTER_BY", 1.5), ("A_THIRD", 0.9), ("SAME_FIT", 9.0)])
def test_another_line_of_how_networks_fare_is_seen(world, monkeypatch, name, value):
    words = {f"strategy.testing.{option}": word for option, word in rule("menu", "own", "groups_hub", 0.8).items()}
    model = ReformModel(world, rng=SEED, overrides=WIDE | words)
    twin = twin_of(model, PARTS, testing=rule("menu", "own", "groups_hub", 0.8))
    monkeypatch.setattr(fares, name, value)
    assert run_both(model, twin) != []


def test_same_networks_after_numbers_change_within_the_run(world):
    change = {"bias_own": 0.1, "noise_common": 0.1, "context_sd": 0.05, "menu_mean": 1.0}
    change = {f"testing.{name}": value for name, value in change.items()}
    words = {f"strategy.testing.{option}": word for option, word in rule("menu", "own", "groups_hub", 0.8).items()}
    model = ReformModel(world, rng=SEED, overrides=WIDE | words)
    twin = twin_of(model, PARTS, testing=rule("menu", "own", "groups_hub", 0.8))
    assert run_both(model, twin, weeks=30) == []
    model.intervene(change)
    twin.n.update(change)
    assert run_both(model, twin) == []
    assert model.series.fit_new_area.iloc[-1] > 0


MORE = range(3, 24)


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in MORE)])
def test_same_networks_drawn(tmp_path, seed):
    """Numbers, rules and networks drawn; every third world goes on with its cycles after support."""
    rng = random.Random(f"fares {seed}")
    numbers = {path: v for path, v in drawn_numbers(2 * seed)[0].items() if not path.startswith(("strategy.", "prog"))}
    numbers |= SUPPORT_2_AFTER_1 | {"money.budget_per_teacher": 12_000, "money.own_budget": 0.5}
    numbers |= {"testing.study_factor": 1, "testing.explore": 0.4}
    parts = ("directed", "uniform", "mixed", ("at_once", "gated_asked", "waves")[seed % 3])
    words = {f"strategy.{part}.kind": kind for part, kind in zip(STRATEGY_PARTS, parts, strict=False)}
    rows = network_columns(school_rows(14, 100, seed), named=seed % 4 == 1)
    testing = rule(rng.choice(("local", "menu")), rng.choice(MEASURES_WORDS), TOPOLOGIES[seed % len(TOPOLOGIES)], 0.8)
    case = make_case(tmp_path, rows, networks=drawn_networks(seed, rows))
    _, twin = agree(case, "+".join(parts), seed=seed, overrides=numbers | words, testing=testing)
    assert twin.cycles.counts["study_acts"] > 5 and twin.cycles.counts["switches"] > 0
    assert twin.ledger["own"] > 0 or parts[3] != "gated_asked"
