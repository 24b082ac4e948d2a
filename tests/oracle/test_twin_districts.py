"""The fast model against its slow twin where districts differ: what their schools share, the board, usual principals,
what a table says of a district, and means that change within a run."""

from __future__ import annotations

import random

import pytest

from diffusion_sim.model import ReformModel

from .test_twin import SEED, agree
from .twin import make_case, run_both, school_rows, survey_columns, twin_of

DIFFERENT = {
    "districts.centralisation_sd": 0.5,
    "districts.autonomy_sd": 0.5,
    "districts.regime_sd": 1,
    "experience.fit_sd": 1,
    "experience.complexity_sd": 1.5,
    "pupils.effect_sd": 1,
}
BOARD = {"structure.board": "in_coherence", "districts.board_sd": 0.3}
LIVELY = {"initial_use.share": 0.3, "enrolment.n0": 3, "internalise.rate": 1, "trial.b_P": 1}
MEANS = ("districts.centralisation", "districts.autonomy", "districts.regime", "experience.fit")
MEANS += ("experience.complexity", "pupils.effect", "districts.board")


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """200 teachers in 16 schools of five districts, four or five in each of three."""
    return make_case(tmp_path_factory.mktemp("districts"), school_rows(16, 200))


def spread(values):
    return max(values) - min(values)


# What a variant changes, the strategy it runs, and what must hold of the twin for it to say anything.
CASES = {
    "far_apart": (
        "directed_uniform",
        DIFFERENT | LIVELY,
        lambda t: spread([t.of_district(d, "experience.fit") for d in t.districts]) > 1,
    ),
    "at_their_bounds": (
        "directed_uniform",
        LIVELY | {name.replace("_sd", "") + "_sd": 3 * sd for name, sd in DIFFERENT.items()} | {
            "districts.centralisation_sd": 1, "districts.autonomy_sd": 1
        },
        lambda t: sum(t.of_district(d, "districts.autonomy") in (0, 1) for d in t.districts) > 0,
    ),
    "with_boards": (
        "directed_uniform",
        DIFFERENT | BOARD | LIVELY,
        lambda t: spread([t.of_district(d, "districts.board") for d in t.districts]) > 0.2,
    ),
    "boards_without_support": (
        "volunteer_uniform",
        BOARD | {"districts.board": 0, "districts.board_sd": 0},
        lambda t: all(s.coherence == 0 for s in t.schools),
    ),
    "nothing_shared": ("volunteer_uniform", LIVELY | {"districts.icc": 0, "initial_use.icc_districts": 0}, lambda t: 1),
    "all_shared": (
        "volunteer_uniform",
        LIVELY | {"districts.icc": 1, "initial_use.icc_districts": 1, "leaders.principal_exit": 0.5},
        lambda t: all(len({s.trust0 for s in d.schools}) == 1 for d in t.districts),
    ),
    "initiatives_shared": (
        "volunteer_uniform",
        {"districts.icc": 0.9, "schools.initiatives": 9, "schools.initiative_years": 0.7,
         "readiness.focus_crowding": 0.4},
        lambda t: any(len({s.usual_initiatives for s in d.schools}) > 1 for d in t.districts),
    ),
    "principals_come_and_go": (
        "directed_uniform",
        LIVELY | {"districts.icc": 0.6, "leaders.principal_exit": 0.6, "schools.principal_sd": 0.4, "trust.build": 1,
                  "trust.principal_leaves": 0.2, "leaders.superintendent_exit": 0.5},
        lambda t: sum(s.principal_number for s in t.schools) > 10,
    ),
    "variants_of_their_own": (
        "improvement_network",
        DIFFERENT | LIVELY,
        lambda t: 0 < sum(t.cycles.books[s.id].using is None for s in t.schools) < len(t.schools),
    ),
    "gates_of_payoff": (
        "staged_first",
        DIFFERENT | LIVELY,
        lambda t: len({d.memo[0] for d in t.districts}) > 1,
    ),
    "team_leaders": ("multi_classroom_leader", DIFFERENT | LIVELY | {"money.budget_per_teacher": 9000}, lambda t: 1),
    "same_use_everywhere": ("none", {"initial_use.icc": 0, "initial_use.icc_districts": 1}, lambda t: 1),
}


@pytest.mark.parametrize("name", CASES)
def test_same_districts_and_users(case, name):
    strategy, overrides, holds = CASES[name]
    _, twin = agree(case, strategy, overrides=overrides)
    assert holds(twin)


def district_columns(rows, share=0.6, seed=3):
    """The same rows with what a table may say of districts, said in some rows only, and leaders' years in post."""
    rng = random.Random(seed)
    spans = {"centralisation": (0, 1), "autonomy": (0, 1), "regime": (0, 3), "fit": (-1, 2), "complexity": (0, 3)}
    spans |= {"effect": (-0.5, 1), "board": (0, 1), "superintendent_years": (0, 5)}
    names = sorted({row["district_id"] for row in rows})
    said = {
        district: {key: round(rng.uniform(*span), 3) for key, span in spans.items() if rng.random() < share}
        for district in names
    }
    found = []
    for row in rows:
        more = dict.fromkeys(spans) | (said[row["district_id"]] if rng.random() < 0.7 else {})
        found.append(row | more | {"principal_years": rng.choice((0, 0.3, 0.5, 2))})
    return found


@pytest.mark.parametrize("strategy", ("directed_uniform", "improvement_network"))
def test_same_users_where_the_table_tells_of_districts(tmp_path, strategy):
    case = make_case(tmp_path, district_columns(school_rows(16, 200)))
    _, twin = agree(case, strategy, overrides=DIFFERENT | BOARD | LIVELY)
    assert any(d.given for d in twin.districts) and any(len(d.given) < 7 for d in twin.districts)
    assert {s.principal_weeks for s in twin.schools if not s.principal_number} == {108, 119, 126, 180}


def test_same_users_where_the_table_tells_all_and_nothing_differs_else(tmp_path):
    rows = survey_columns(district_columns(school_rows(16, 200), share=1))
    case = make_case(tmp_path, rows)
    off = {name: 0 for name in DIFFERENT} | {"districts.icc": 0, "structure.board": "in_coherence"}
    agree(case, "directed_uniform", overrides=off | LIVELY)


CHANGES = {
    "means": {name: 0.8 for name in MEANS},
    "means_at_the_bounds": {name: 0.0 for name in MEANS} | {"districts.autonomy": 1.0},
    "principals": {"schools.principal": 0.8},
    "principals_sd": {"schools.principal_sd": 0.5},
    "felt": {"readiness.own_weight": 0.1, "districts.pressure_slope": 0.3},
}


@pytest.mark.parametrize("name", CHANGES)
def test_same_users_after_districts_change_within_the_run(case, name):
    busy = {"leaders.principal_exit": 0.5, "trust.build": 1, "districts.icc": 0.5}
    model = ReformModel(case, rng=SEED, strategy="directed_uniform", overrides=DIFFERENT | BOARD | LIVELY | busy)
    twin = twin_of(model, "directed_uniform")
    assert run_both(model, twin, weeks=31) == []
    model.intervene(CHANGES[name])
    twin.change(CHANGES[name])
    model.step()  # the row of the week before is measured already
    twin.step()
    assert run_both(model, twin) == []


@pytest.mark.parametrize(
    ("rule", "factor"),
    (
        *((rule, 1.01) for rule in (*MEANS, "districts.icc", "experience.fit_sd", "districts.regime_sd")),
        ("initial_use.icc_districts", 1.5),
    ),
)
def test_another_rule_is_seen(case, rule, factor):
    """The twin with one number a little off does not agree: the comparison can fail."""
    overrides = DIFFERENT | BOARD | LIVELY | {"initial_use.icc": 0.5}
    model = ReformModel(case, rng=SEED, strategy="directed_uniform", overrides=overrides)
    other = ReformModel(case, rng=SEED, strategy="directed_uniform", overrides=overrides)
    other.case = other.case.override({rule: factor * other.case[rule]})
    twin = twin_of(other, "directed_uniform")
    assert run_both(model, twin, weeks=12) != []
