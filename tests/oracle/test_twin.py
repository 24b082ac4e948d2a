"""The fast model against its slow twin, written from docs/model.md alone: the same persons use the practice in every
week, and skill, conviction, norm, trust, readiness and the ledger agree."""

from __future__ import annotations

import pytest

from diffusion_sim.dynamics.money import OWN
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario.words import BUILT_IN

from .plans import STRATEGIES
from .twin import (
    NOT_IN_THE_TWIN,
    differences,
    drawn_numbers,
    drawn_testing,
    make_case,
    network_columns,
    run_both,
    school_rows,
    survey_columns,
    twin_of,
)

SUPPORT_2_AFTER_1 = {"programme.years_support": 2, "programme.years_after": 1}
SEED = 20_260


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """500 teachers in 20 schools, three school years."""
    return make_case(tmp_path_factory.mktemp("big"), school_rows(20, 500), SUPPORT_2_AFTER_1)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """150 teachers in 12 schools, three school years."""
    return make_case(tmp_path_factory.mktemp("small"), school_rows(12, 150), SUPPORT_2_AFTER_1)


def agree(case, strategy, seed=SEED, overrides=None, mix=None, threads=1, testing=None):
    """Run both to the end; the finished model and twin."""
    name = strategy if strategy in BUILT_IN else None
    words = {f"strategy.testing.{option}": word for option, word in (testing or {}).items()}
    overrides = (overrides or {}) | words
    model = ReformModel(case, rng=seed, strategy=name, overrides=overrides, threads=threads)
    twin = twin_of(model, strategy, mix, testing)
    assert run_both(model, twin) == []
    return model, twin


# Staffing structures and internal capacity: test_twin_staffing.py.
TOLD = {name: parts for name, parts in BUILT_IN.items() if not NOT_IN_THE_TWIN & set(parts.values())}
KNOWN = [name for name, parts in TOLD.items() if parts.get("staffing", "traditional") == "traditional"]


def test_the_twin_knows_every_strategy():
    assert set(STRATEGIES) == set(TOLD) and len(KNOWN) >= 8


@pytest.mark.parametrize("strategy", KNOWN)
def test_same_users_every_week(big, strategy):
    model, twin = agree(big, strategy)
    assert model.state.teachers.school.size == 500
    assert model.week == 108
    happened = model.flows.iloc[-1]
    assert happened.hired > 100 and happened.moved > 5 and happened.principals_left > 3
    assert happened.trial_initiative > 5 and happened.stop_owned > 5
    assert (happened.school_entries > 5) == (strategy != "none")
    assert (happened.trial_mandate > 50) == (strategy.startswith("directed"))


# What a variant changes, the strategy it runs, and what must have happened for it to say anything.
VARIANTS = {
    "pool_world_stretch": (
        "volunteer_differentiated",
        {"money.pool": "world", "money.spend": "stretch"},
        lambda m: m.flows.school_entries.iloc[-1] > 2,
    ),
    "stretch_to_the_cap": (
        "directed_differentiated",
        {"money.spend": "stretch", "programme.hours_max": 12, "money.budget_per_teacher": 9000},
        lambda m: m.state.unspent > 0,
    ),
    "hours_beyond_the_pot": (
        "directed_uniform",
        {"programme.hours": 100},
        lambda m: m.state.unspent < 1,
    ),
    "complex_contagion": ("volunteer_uniform", {"trial.kappa": 1.5}, lambda m: m.flows.trial_peers.iloc[-1] > 2),
    "compliant_use_in_full": (
        "directed_uniform",
        {"learning.compliant_intensity": 1, "internalise.rate": 1},
        lambda m: m.flows.trial_compliant.iloc[-1] > 20 and m.flows.internalised.iloc[-1] > 5,
    ),
    "mandate_shorter_than_support": (
        "directed_uniform",
        {"programme.mandate_years": 1, "enrolment.e0": 1},
        lambda m: m.state.schools.mandate_spent.sum() > 5 and m.flows.school_exits.iloc[-1] > 0,
    ),
    "mandate_on_own_money": (
        "directed_uniform",
        {"programme.mandate_years": 4, "money.own_budget": 0.5, "leaders.superintendent_exit": 0},
        lambda m: m.state.ledger[OWN] > 0,
    ),
    "mandate_not_paid_after_support": (
        "directed_uniform",
        {"programme.mandate_years": 4, "money.own_budget": 0.05, "trial.b_P": 3, "trust.broken_mandate": 0.4},
        lambda m: m.flows.mandates_broken.iloc[-1] > 3,
    ),
    "mandate_of_no_years": (
        "directed_uniform",
        {"programme.mandate_years": 0},
        lambda m: m.flows.school_entries.iloc[-1] == 0,
    ),
    "few_can_be_paid": (
        "directed_differentiated",
        {"money.budget_per_teacher": 500, "money.pool": "world"},
        lambda m: 0 < m.flows.school_entries.iloc[-1] < 10,
    ),
    "leaders_come_and_go": (
        "directed_uniform",
        {"leaders.superintendent_exit": 0.8, "leaders.mandate_drop": 0.7, "leaders.principal_exit": 0.7},
        lambda m: m.flows.mandates_broken.iloc[-1] > 3 and m.flows.superintendents_left.iloc[-1] > 3,
    ),
    "teachers_come_and_go": (
        "equity_first",
        {"turnover.exit": 0.5, "turnover.stay_in_district": 0.8, "teachers.conviction_norm": 1},
        lambda m: m.flows.moved_users.iloc[-1] > 0 and m.flows.moved.iloc[-1] > 20,
    ),
    "schools_leave_and_return": (
        "lottery",
        {"enrolment.e0": 2, "enrolment.n0": 5, "programme.years_support": 4, "programme.years_after": 0},
        lambda m: m.flows.school_exits.iloc[-1] > 3 and m.state.schools.spells.max() > 1,
    ),
    "few_coaches": (
        "directed_uniform",
        {"coaches.external_supply": 5, "programme.years_after": 0},
        lambda m: m.state.schools.supply_factor.min() < 1,
    ),
    "nobody_at_the_start": ("ready_only", {"initial_use.share": 0}, lambda m: m.series.reach.iloc[0] == 0),
    "alike_schools_at_the_start": ("none", {"initial_use.icc": 0}, lambda m: m.series.reach.iloc[0] > 0),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_same_users_with_other_numbers(small, name):
    strategy, overrides, happened = VARIANTS[name]
    model, _ = agree(small, strategy, overrides=overrides)
    assert happened(model)


def test_same_users_over_the_default_five_years(small):
    years = {"programme.years_support": 3, "programme.years_after": 2}
    model, _ = agree(small, "volunteer_differentiated", overrides=years)
    assert model.week == 180


@pytest.mark.parametrize(
    ("parts", "mix"),
    [
        ("volunteer+need_weighted+mixed+at_once", (0.5, 0.3, 0.2, 0.0)),
        ("directed+readiness_gap+mixed+waves", (0.2, 0.2, 0.6, 0.0)),
        ("directed+need_weighted+responsive+at_once", None),
        ("equity_first+readiness_gap+practice_first+at_once", None),
    ],
)
def test_same_users_for_strategies_put_together_from_parts(small, parts, mix):
    words = dict(zip(("recruitment", "allocation", "content", "tempo"), parts.split("+"), strict=True))
    overrides = {f"strategy.{part}.kind": kind for part, kind in words.items()}
    if mix:
        names = ("practice", "expertise", "conditions", "capacity")
        overrides |= {f"strategy.content.{name}": share for name, share in zip(names, mix, strict=True)}
    model, _ = agree(small, parts, overrides=overrides, mix=mix)
    assert model.flows.school_entries.iloc[-1] > 2
    assert (model.flows.skill_expertise.iloc[-1] > 0) == ("practice_first" not in parts)


def test_same_users_where_the_table_gives_conditions_and_use(tmp_path):
    case = make_case(tmp_path, survey_columns(school_rows(12, 150)), SUPPORT_2_AFTER_1)
    model, _ = agree(case, "ready_only", seed=2**64 - 1)
    assert model.world.table.readiness is not None and model.world.table.initial_use is not None


def test_same_users_on_two_threads(small):
    agree(small, "directed_differentiated", threads=2)


@pytest.mark.parametrize("seed", range(6))
def test_same_users_with_numbers_drawn_from_their_ranges(tmp_path, seed):
    agree_with_drawn_numbers(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6, 60))
def test_same_users_with_numbers_drawn_from_their_ranges_often(tmp_path, seed):
    agree_with_drawn_numbers(tmp_path, seed)


def agree_with_drawn_numbers(folder, seed):
    rows = school_rows(12, 120, seed)
    overrides, parts, mix = drawn_numbers(seed)
    rows = network_columns(rows, named=seed % 4 == 1)
    case = make_case(folder, survey_columns(rows) if seed % 3 == 0 else rows)
    testing = drawn_testing(seed)
    _, twin = agree(case, parts, seed=seed * 10**15 + seed, overrides=overrides, mix=mix, testing=testing)
    assert not twin.cycles.counts["study_acts"] or testing["kind"] != "none"


def test_same_users_where_one_school_is_in_the_programme(tmp_path):
    rows = [row | {"programme": int(row["school_id"] == "s21")} for row in school_rows(8, 80)]
    case = make_case(tmp_path, rows, SUPPORT_2_AFTER_1)
    agree(case, "directed_uniform")


def test_same_users_after_numbers_change_within_the_run(small):
    """Money that runs dry within support breaks mandates and ends outreach; the twin is told of the change too."""
    change = {"money.budget_per_teacher": 400.0, "trial.q": 3.0, "turnover.exit": 0.3, "programme.hours": 30.0}
    model = ReformModel(small, rng=SEED, strategy="directed_uniform")
    twin = twin_of(model, "directed_uniform")
    assert run_both(model, twin, weeks=36) == []
    model.intervene(change)
    twin.n.update(change)
    assert run_both(model, twin) == []
    assert model.flows.mandates_broken.iloc[-1] > 3


@pytest.mark.parametrize(
    ("what", "harm"),
    [
        ("stage", lambda model: model.state.teachers.stage.__setitem__(3, (model.state.teachers.stage[3] + 1) % 5)),
        ("skill", lambda model: model.state.teachers.skill.__setitem__(3, model.state.teachers.skill[3] * (1 + 1e-8))),
        ("ledger", lambda model: model.state.ledger.__setitem__(0, model.state.ledger[0] + 0.01)),
        ("norm", lambda model: model.state.schools.norm.__setitem__(2, model.state.schools.norm[2] + 1e-8)),
    ],
)
def test_a_difference_is_seen(small, what, harm):
    model, twin = agree(small, "directed_uniform", overrides={"programme.years_support": 1, "programme.years_after": 0})
    harm(model)
    assert any(line.startswith((what, "users")) for line in differences(model, twin))


@pytest.mark.parametrize(
    ("rule", "factor"), [("trial.q", 1.01), ("stop.g_k", 1.01), ("norm.rate", 1.001), ("trust.drift", 1.001)]
)
def test_another_rule_is_seen(small, rule, factor):
    """The twin with one number a little off does not agree: the comparison can fail."""
    model = ReformModel(small, rng=SEED, strategy="volunteer_uniform")
    twin = twin_of(model, "volunteer_uniform")
    twin.n[rule] *= factor
    assert run_both(model, twin) != []
