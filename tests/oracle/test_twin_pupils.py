"""The fast model against its slow twin in what pupils gain and lose, where hires come from, and what rests."""

from __future__ import annotations

import pytest

from diffusion_sim.model import ReformModel

from .test_twin import SEED, SUPPORT_2_AFTER_1, agree
from .test_twin_cycles import BUSY, rule
from .test_twin_staffing import PARTS, both
from .twin import make_case, network_columns, run_both, school_rows, twin_of

LEADERS = "directed+uniform+mixed+at_once+multi_classroom_leader"
COACH = "directed+uniform+practice_first+at_once+coach"
NO_STRUCTURE = "directed+readiness_gap+mixed+at_once+traditional"
THROUGH_LEADERS = {"strategy.content.to_leaders": 0.4, "strategy.content.departments": 0.5}
MIX = (0.3, 0.2, 0.3, 0.2)
# Much of everything, so that a small difference is a large one; schools that are not ready.
MUCH = {
    "pupils.substitute": 0,
    "pupils.class_hours": 200,
    "pupils.load": 0.5,
    "pupils.class_size": 0.1,
    "pupils.shock": 0.5,
    "pupils.dip": 1,
    "pupils.ready_enough": 0.9,
    "money.budget_per_teacher": 12_000,
    "money.own_budget": 0.3,
    "money.released_leaders": 1,
}
EVENTS = [
    {"kind": "lost_time", "share": 0.6, "weeks": 20, "week": 22},
    {"kind": "lost_time", "share": 1, "weeks": 5, "week": 40, "districts": ["east"]},
    {"kind": "suspended_support", "weeks": 7, "week": 22},
    {"kind": "suspended_support", "weeks": 20, "week": 45, "districts": ["east"]},
    {"kind": "leader_leaves", "week": 50, "schools": "all"},
    {"kind": "new_initiative", "week": 30, "weeks": 40},
]


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """150 teachers in 12 schools of five districts, three school years, events in all of them."""
    return make_case(tmp_path_factory.mktemp("pupils"), school_rows(12, 150), SUPPORT_2_AFTER_1, EVENTS)


# parts, numbers and what the twin must have met for the comparison to say anything
CASES = {
    "all_of_it_with_leaders": (
        LEADERS,
        MUCH | THROUGH_LEADERS,
        lambda f: min(f[name] for name in ("dip", "dip_over", "own", "leaders", "load", "classes")) > 20,
    ),
    "all_of_it_with_coaches": (
        COACH,
        MUCH | {"money.mean_pay": 3000, "money.price_transition": 300, "staffing.coach_ratio": 4},
        lambda f: f["classes"] > 100 and f["load"] > 100,
    ),
    "hours_through_leaders_and_departments": (
        NO_STRUCTURE,
        MUCH | THROUGH_LEADERS,
        lambda f: f["leaders"] > 100 and f["after_support"] > 50 and f["classes"] == 0,
    ),
    "leaders_who_are_not_released": (
        NO_STRUCTURE,
        MUCH | THROUGH_LEADERS | {"money.released_leaders": 0},
        lambda f: f["own"] > 100 and f["leaders"] == 0,
    ),
    "hours_through_leaders_alone": (
        NO_STRUCTURE,
        MUCH | {"strategy.content.to_leaders": 1},
        lambda f: f["own"] == 0 and f["leaders"] > 100,
    ),
    "a_dip_of_no_uses": (NO_STRUCTURE, MUCH | {"pupils.dip_uses": 0}, lambda f: f["dip"] == 0 < f["dip_over"]),
    "a_dip_to_the_end": (NO_STRUCTURE, MUCH | {"pupils.dip_uses": 1000}, lambda f: f["dip_over"] == 0 < f["dip"]),
    "those_invited_by_name": (
        "team_outward+uniform+mixed+waves+traditional",
        MUCH | {"enrolment.n0": 20, "programme.wave_1": 1},
        lambda f: f["own"] > 50 and f["load"] > 100,
    ),
    "hardly_any_time": (
        NO_STRUCTURE,
        MUCH | {"pupils.months_per_sd": 1, "pupils.class_hours": 1},
        lambda f: f["own"] > 100,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_same_gains(case, name):
    parts, numbers, met = CASES[name]
    mix = MIX if "mixed" in parts else None
    _, twin = both(case, parts, numbers, mix)
    assert met(twin.felt), twin.felt


def test_same_gains_where_other_variants_bring_the_dip_back(tmp_path):
    case = make_case(tmp_path, network_columns(school_rows(12, 100)), SUPPORT_2_AFTER_1)
    numbers = BUSY | MUCH | {"testing.habit": 0.6, "learning.routine_skill": 0.7}
    testing = rule("menu", "common", "hub", 0.5)
    _, twin = agree(case, "directed+uniform+practice_first+at_once", overrides=numbers, testing=testing)
    assert twin.cycles.counts["adaptations"] > 5 and twin.cycles.counts["switches"] > 10
    assert twin.felt["dip"] > 100 and twin.felt["dip_over"] > 20


# parts, numbers and what must have happened: comers and hires of the twin
HIRES = {
    "many_come_and_go": ("volunteer_uniform", {"turnover.exit": 0.5, "teachers.experienced_ratio": 4}),
    "nobody_uses_it_anywhere": ("none", {"initial_use.share": 0, "trial.p": 0, "turnover.exit": 0.5}),
    "elsewhere_as_at_the_start": (
        "directed_uniform", {"turnover.exit": 0.5, "teachers.experienced_ratio": 4, "structure.elsewhere": "start"}
    ),
    "all_who_come_know_it": ("directed_uniform", {"teachers.experienced_ratio": 20}),
    "posts_of_new_ones_are_traded": (
        "multi_classroom_leader",
        {"teachers.experienced_ratio": 20, "turnover.exit": 0.4, "enrolment.n0": 5},
    ),
}


@pytest.mark.parametrize("name", HIRES)
def test_same_comers(tmp_path, name):
    strategy, numbers = HIRES[name]
    _, twin = agree(make_case(tmp_path, school_rows(12, 150), SUPPORT_2_AFTER_1), strategy, overrides=numbers)
    comers = sum(school.comers for school in twin.schools)
    assert (comers > 10) == (name != "nobody_uses_it_anywhere") and comers <= twin.flows["hired"]


@pytest.mark.parametrize("outside", [False, True])
def test_same_comers_in_worlds_of_one_and_of_two_districts(tmp_path, outside):
    """The second district is outside the programme; it counts as elsewhere all the same."""
    rows = [row | {"district_id": "east", "programme": 1} for row in school_rows(8, 100)]
    rows[:3] = [row | {"district_id": "west", "programme": 0} if outside else row for row in rows[:3]]
    numbers = {"teachers.experienced_ratio": 5, "turnover.exit": 0.5}
    _, twin = agree(make_case(tmp_path, rows, SUPPORT_2_AFTER_1), "directed_uniform", overrides=numbers)
    assert len(twin.districts) == 1 + outside
    assert sum(school.comers for school in twin.schools) > 3


def test_same_rest_where_leaders_come_and_go(case):
    numbers = {"leaders.principal_exit": 0.6, "leaders.principal_exit_ratio": 4, "leaders.focus_kept": 0.5}
    numbers |= {"leaders.team_kept": 0.6, "trust.principal_leaves": 0.3, "trust.build": 1, "schools.principal": 0.7}
    _, twin = agree(case, "directed_uniform", overrides=numbers)
    assert sum(school.principal_number for school in twin.schools) > 20
    assert 0.95 in {twin.leaving_share(school) for school in twin.schools}


def test_same_gains_after_numbers_change_within_the_run(case):
    change = {"pupils.load": 0.3, "pupils.substitute": 0.2, "pupils.shock": 0.3, "pupils.dip_uses": 20.0}
    change |= {"pupils.class_size": 0.05, "money.released_leaders": 0.9, "teachers.experienced_ratio": 6.0}
    change |= {"leaders.principal_exit": 0.5, "leaders.team_kept": 0.4, "schools.principal": 0.8}
    model = ReformModel(case, rng=SEED, strategy="directed_responsive")
    twin = twin_of(model, "directed_responsive")
    assert run_both(model, twin, weeks=30) == []
    model.intervene(change)
    twin.n.update(change)
    assert run_both(model, twin) == []


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        *((f"pupils.{key}", 1.01) for key in ("load", "class_size", "shock", "dip", "dip_uses", "class_hours")),
        *((f"pupils.{key}", 1.01) for key in ("months_per_sd", "ready_enough", "substitute")),
        *((f"leaders.{key}", 1.01) for key in ("focus_kept", "team_kept", "principal_exit_ratio")),
        ("money.released_leaders", 0.99),
        ("trust.principal_leaves", 1.01),
        ("schools.principal", 1.01),
        ("teachers.experienced_ratio", 2),
    ],
)
def test_another_number_is_seen(case, name, factor):
    """The twin with one number a little off does not agree: the comparison can fail."""
    words = {f"strategy.{part}.kind": kind for part, kind in zip(PARTS, LEADERS.split("+"), strict=True)}
    numbers = MUCH | THROUGH_LEADERS | words | {"pupils.substitute": 0.5}
    model = ReformModel(case, rng=SEED, overrides=numbers)
    twin = twin_of(model, LEADERS)
    twin.n[name] *= factor
    assert run_both(model, twin) != []
