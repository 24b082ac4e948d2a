"""Improvement cycles in the fast model and in the slow twin: what schools use, hold, claim and pay, and who uses it."""

from __future__ import annotations

import itertools

import pytest

from diffusion_sim.model import ReformModel
from diffusion_sim.scenario.words import MEASURES_WORDS, TOPOLOGIES

from .test_twin import SEED, SUPPORT_2_AFTER_1, agree
from .twin import differences, drawn_numbers, make_case, network_columns, run_both, school_rows, twin_of

# Everybody takes part from the first week on; numbers at which all acts occur within two years of support.
PARTS = "directed+uniform+practice_first+at_once"
BUSY = {
    "strategy.recruitment.kind": "directed",
    "strategy.tempo.kind": "at_once",
    "testing.drop_below": 0.75,
    "testing.explore": 0.15,
    "testing.adapt_below": 1.0,
    "testing.menu_size": 12,
    "testing.menu_mean": 0.7,
    "testing.positivity": 0.05,
    "testing.price_hub": 500,
    "testing.price_common": 400,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """130 teachers in 20 schools of five districts and four locales; 18 schools can take part."""
    rows = network_columns(school_rows(20, 130))
    return make_case(tmp_path_factory.mktemp("cycles"), rows, SUPPORT_2_AFTER_1)


def rule(kind, measures, topology, study_act):
    return {"kind": kind, "measures": measures, "topology": topology, "study_act": study_act}


def agree_on(world, kind, measures, topology, study_act, engaged):
    numbers = BUSY | {"testing.district_engaged": engaged}
    model, twin = agree(world, PARTS, overrides=numbers, testing=rule(kind, measures, topology, study_act))
    counts = twin.cycles.counts
    assert model.week == 108 and model.state.schools.users.sum() > 10
    assert counts["study_acts"] > (10 if study_act < 0.5 else 60)
    assert counts["adaptations"] > 0 or study_act < 0.5
    if study_act > 0.5:
        assert counts["switches"] > 10
        assert (counts["borrowings"] > 0) == (topology != "isolated")
        assert counts["abandonments"] > 0 or (topology.endswith("hub") and measures == "common")
    sizes = {"isolated": {1}, "pairs": {2, 3}, "groups": {4, 5}}
    assert twin.cycles.circle_sizes <= sizes.get(topology.removesuffix("_hub"), set(range(10, 20)))
    assert (twin.ledger.get("hub", 0) > 0) == topology.endswith("hub")


# Each word and number at least once, each pair of kind and topology.
FEW = [
    ("local", "own", "isolated", 0.9, 0),
    ("local", "common", "pairs", 0.2, 1),
    ("local", "own", "groups", 0.9, 1),
    ("local", "own", "hub", 0.9, 0),
    ("local", "own", "all_to_all", 0.9, 0),
    ("menu", "own", "isolated", 0.2, 1),
    ("menu", "common", "pairs", 0.9, 0),
    ("menu", "common", "groups", 0.9, 0),
    ("menu", "common", "hub", 0.9, 1),
    ("menu", "own", "all_to_all", 0.2, 0),
    ("local", "own", "pairs_hub", 0.9, 0),
    ("menu", "common", "groups_hub", 0.9, 0),
]
ALL = [
    (kind, measures, topology, study_act, engaged)
    for kind, measures, topology, study_act, engaged in itertools.product(
        ("local", "menu"), MEASURES_WORDS, TOPOLOGIES, (0.9, 0.2), (0, 1)
    )
]


@pytest.mark.parametrize("words", FEW)
def test_same_cycles(world, words):
    agree_on(world, *words)


@pytest.mark.slow
@pytest.mark.parametrize("words", [words for words in ALL if words not in FEW])
def test_same_cycles_for_every_word(world, words):
    agree_on(world, *words)


def test_same_cycles_in_the_improvement_network(world):
    numbers = {
        "programme.years_support": 3,
        "programme.years_after": 2,
        "testing.study_act": 0.5,
        "programme.wave_1": 0.7,
    }
    model, twin = agree(world, "improvement_network", overrides=numbers)
    counts = twin.cycles.counts
    assert model.week == 180
    assert counts["study_acts"] > 20 and counts["borrowings"] > 0
    assert twin.ledger["hub"] == twin.cycles.happened["paid"] * twin.n["testing.price_hub"] > 0


HUB, GROUPS, OWN = (
    rule("menu", "common", "hub", 0.8),
    rule("menu", "own", "groups", 0.8),
    rule("local", "own", "pairs", 1),
)
# The rule, what a variant changes, and what must have happened (of the twin) for it to say anything.
VARIANTS = {
    "some_cannot_pay": (
        rule("menu", "common", "hub", 0.9),
        {"money.budget_per_teacher": 1800, "testing.price_common": 1200},
        lambda t: t.cycles.happened["paid"] > 10 and t.cycles.happened["not_paid"] > 10,
    ),
    "some_cannot_pay_from_one_pot": (
        HUB,
        {"money.budget_per_teacher": 1800, "money.pool": "world", "money.spend": "stretch", "testing.price_hub": 3000},
        lambda t: t.cycles.happened["paid"] > 10 and t.cycles.happened["not_paid"] > 10,
    ),
    "decisions_lapse_for_want_of_money": (
        rule("menu", "common", "all_to_all", 1),
        {"money.budget_per_teacher": 1800, "money.own_budget": 0, "testing.price_common": 2000,
         "testing.adapt_below": 1.3},
        lambda t: t.cycles.happened["lapsed"] > 2 and t.cycles.happened["not_paid"] > 10,
    ),
    "networks_of_districts": (
        GROUPS,
        {"testing.networks": "district", "testing.group_size": 2},
        lambda t: t.cycles.circle_sizes <= {1, 2, 3} and len(t.cycles.circle_sizes) > 1,
    ),
    "small_networks": (HUB, {"testing.network_size": 4}, lambda t: t.cycles.circle_sizes <= {3, 4}),
    "small_networks_of_districts": (
        HUB,
        {"testing.network_size": 2, "testing.networks": "district"},
        lambda t: t.cycles.circle_sizes <= {1, 2},
    ),
    "more_variants_than_a_book_has_places": (
        rule("menu", "common", "all_to_all", 1),
        {"testing.menu_size": 40, "testing.explore": 0.9, "testing.reports": 5, "programme.years_support": 4},
        lambda t: t.cycles.happened["forgotten"] > 100,
    ),
    "a_hub_of_more_than_a_book_has_places": (
        rule("menu", "common", "hub", 1),
        {"testing.menu_size": 40, "testing.explore": 0.9, "testing.reports": 12, "programme.years_support": 4},
        lambda t: t.cycles.happened["forgotten"] > 100,
    ),
    "own_designs_beyond_the_places": (
        rule("local", "common", "hub", 1),
        {"testing.explore": 0.9, "testing.reports": 3, "programme.years_support": 4},
        lambda t: t.cycles.happened["forgotten"] > 50 and max(b.next_design for b in t.cycles.books.values()) > 3,
    ),
    "a_menu_that_is_used_up": (
        rule("menu", "common", "hub", 1),
        {"testing.menu_size": 2, "testing.explore": 1},
        lambda t: t.cycles.counts["adaptations"] > 10,
    ),
    "no_time_for_partners": (
        rule("local", "common", "all_to_all", 1),
        {"testing.network_time": 0},
        lambda t: t.cycles.counts["study_acts"] > 50 and t.cycles.counts["borrowings"] == 0,
    ),
    "no_reports": (HUB, {"testing.reports": 0}, lambda t: t.cycles.counts["borrowings"] == 0),
    "many_reports": (OWN, {"testing.reports": 20}, lambda t: t.cycles.counts["borrowings"] > 5),
    "half_engaged": (
        rule("menu", "common", "hub", 0.3),
        {"testing.district_engaged": 0.5, "testing.engaged_factor": 3},
        lambda t: t.cycles.counts["study_acts"] > 30,
    ),
    "nobody_studies": (
        rule("menu", "own", "groups", 0),
        {},
        lambda t: t.cycles.counts["study_acts"] == 0 and t.cycles.happened["paid"] > 100,
    ),
    "schools_leave_and_return": (
        HUB,
        {
            "strategy.recruitment.kind": "lottery",
            "enrolment.e0": 2,
            "enrolment.n0": 5,
            "programme.years_support": 4,
        },
        lambda t: max(s.enrolments for s in t.schools) > 1 and t.cycles.counts["borrowings"] > 0,
    ),
    "few_coaches": (
        rule("menu", "own", "pairs", 0.9),
        {"coaches.external_supply": 5, "money.spend": "stretch", "money.budget_per_teacher": 9000,
         "programme.years_after": 0},
        lambda t: t.cycles.counts["adaptations"] > 20 and min(s.supply_factor for s in t.schools) < 1,
    ),
    "much_is_lost_and_much_is_told": (
        rule("local", "common", "groups", 0.9),
        {"learning.compliant_intensity": 1, "testing.skill_kept": 0.5, "experience.eta_peer": 2},
        lambda t: t.cycles.counts["switches"] > 20,
    ),
    "all_hear_from_partners": (
        rule("menu", "common", "pairs", 0.5),
        {"aware.a_peer": 20, "aware.a_0": 0, "aware.a_out": 0, "aware.a_hours": 0,
         "strategy.recruitment.kind": "volunteer"},
        lambda t: t.flows["trial_peers"] > 2,
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_same_cycles_with_other_numbers(world, name):
    testing, numbers, happened = VARIANTS[name]
    recruitment = numbers.get("strategy.recruitment.kind", "directed")
    _, twin = agree(world, PARTS.replace("directed", recruitment), overrides=BUSY | numbers, testing=testing)
    assert happened(twin)


MORE = (*range(2, 15), 16)  # with the numbers of 15 schools hardly explore, and none goes over to another variant


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.slow) for seed in MORE)])
def test_same_cycles_with_numbers_drawn_from_their_ranges(tmp_path, seed):
    """Everybody enrolled and paid, so that the drawn numbers of cycles have something to work on."""
    numbers, _, _ = drawn_numbers(2 * seed)
    numbers = {path: value for path, value in numbers.items() if not path.startswith(("strategy.", "programme."))}
    numbers |= {name: BUSY[name] for name in BUSY if name.startswith("strategy.")}
    numbers |= SUPPORT_2_AFTER_1 | {"money.budget_per_teacher": 12000, "leaders.superintendent_exit": 0}
    numbers["testing.study_factor"] = (1.1, 0.9)[seed % 2]  # from 0 on it would leave too little to compare
    words = ("local", "menu")[seed % 2], ("own", "common")[seed // 2 % 2], TOPOLOGIES[seed % len(TOPOLOGIES)]
    case = make_case(tmp_path, network_columns(school_rows(14, 100, seed), named=seed % 4 == 1))
    _, twin = agree(case, PARTS, seed=seed, overrides=numbers, testing=rule(*words, 0.8))
    assert twin.cycles.counts["study_acts"] > 20 and twin.cycles.counts["switches"] > 0


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_same_cycles_in_networks_that_the_table_names(tmp_path, topology):
    rows = network_columns(school_rows(20, 160), named=True)
    case = make_case(tmp_path, rows, SUPPORT_2_AFTER_1)
    _, twin = agree(case, PARTS, overrides=BUSY, testing=rule("local", "common", topology, 0.8))
    assert len({school.network for school in twin.programme}) == 3
    assert 1 in twin.cycles.circle_sizes and (len(twin.cycles.circle_sizes) > 1) == (topology != "isolated")
    assert (twin.cycles.counts["borrowings"] > 0) == (topology != "isolated")


def test_same_cycles_where_only_a_school_outside_the_programme_is_named(tmp_path):
    rows = [row | {"network": "x" if not row["programme"] else ""} for row in network_columns(school_rows(12, 100))]
    case = make_case(tmp_path, rows, SUPPORT_2_AFTER_1)
    _, twin = agree(case, PARTS, overrides=BUSY, testing=rule("menu", "common", "hub", 0.8))
    assert twin.cycles.circle_sizes == {1}


def test_same_cycles_after_numbers_change_within_the_run(world):
    change = {
        "testing.study_act": 0.6,
        "testing.menu_mean": 0.9,
        "testing.claim_above": 0.85,
        "testing.networks": "district",
        "testing.price_common": 900.0,
    }
    model = ReformModel(world, rng=SEED, strategy="improvement_network", overrides={"programme.wave_1": 0.8})
    twin = twin_of(model, "improvement_network")
    assert run_both(model, twin, weeks=40) == []
    before = twin.cycles.counts["study_acts"]
    model.intervene(change)
    twin.n.update(change)
    assert run_both(model, twin, weeks=80) == []
    assert twin.cycles.counts["study_acts"] > before + 5
    # After support nobody judges any more: claims stay.
    claimed = model.series.claimed_success.iloc[-1]
    model.intervene({"testing.claim_above": 3.0})
    twin.n["testing.claim_above"] = 3.0
    assert run_both(model, twin) == []
    assert model.series.claimed_success.iloc[-1] == claimed > 0


@pytest.mark.parametrize(
    ("what", "harm"),
    [
        ("fit", lambda schools: schools.fit.__setitem__(2, schools.fit[2] + 1e-8)),
        ("estimate", lambda schools: schools.estimate.__setitem__(2, schools.estimate[2] + 1e-8)),
        ("claims", lambda schools: schools.claims.__setitem__(2, 1 - schools.claims[2])),
        ("partner use", lambda schools: schools.partner_use.__setitem__(2, schools.partner_use[2] + 1e-8)),
    ],
)
def test_a_difference_in_cycles_is_seen(world, what, harm):
    model = ReformModel(world, rng=SEED, strategy="directed_uniform", overrides={"strategy.testing.kind": "menu"})
    twin = twin_of(model, "directed_uniform")
    harm(model.state.schools)
    assert any(line.startswith(what) for line in differences(model, twin))


# Numbers of the section: with any of them a little off in the twin, the two part ways under one of these rules.
OFF = {
    "hub": (
        "district_engaged menu_mean menu_sd context_sd noise_common positivity network_time setup_time "
        "adapt_step adapt_limit skill_kept price_common price_engaged price_hub"
    ).split(),
    "groups": ("local_mean local_sd noise_own bias_own price_own").split(),
}
FAR_OFF = {
    "hub": {"study_act": 0.1, "engaged_factor": 3, "menu_size": 6, "claim_above": 0.8, "reports": 1, "network_size": 3},
    "groups": {"group_size": 6, "switch_margin": 0.4, "drop_below": 0.2, "explore": 0.9, "adapt_below": 0.3},
}


@pytest.mark.parametrize(
    ("topology", "name", "value"),
    [(topology, name, None) for topology, names in OFF.items() for name in names]
    + [(topology, name, value) for topology, numbers in FAR_OFF.items() for name, value in numbers.items()],
)
def test_another_number_of_cycles_is_seen(world, topology, name, value):
    testing = rule("menu", "common", "hub", None) if topology == "hub" else rule("local", "own", "groups", 0.8)
    words = {f"strategy.testing.{option}": word for option, word in testing.items() if word is not None}
    numbers = BUSY | {"testing.district_engaged": 0.5, "testing.study_act": 0.5}
    model = ReformModel(world, rng=SEED, overrides=numbers | words)
    twin = twin_of(model, PARTS, testing=testing)
    path = f"testing.{name}"
    twin.n[path] = twin.n[path] * 1.001 if value is None else value
    assert run_both(model, twin) != []
