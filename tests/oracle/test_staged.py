"""Staged roll-outs, hours by hand, leaders and departments, the model against its slow twin, week by week."""

from __future__ import annotations

import pytest

from diffusion_sim.model import ReformModel

from .staged import ABANDON, ADAPT, ADOPT
from .test_twin import SEED, SUPPORT_2_AFTER_1, agree
from .test_twin_cycles import rule
from .twin import make_case, run_both, school_rows, twin_of

PARTS = ("recruitment", "allocation", "content", "tempo")
LONG = {"programme.years_support": 4, "programme.years_after": 1, "enrolment.n0": 5}
KEEN = {"strategy.tempo.payoff": -0.5, "strategy.tempo.willing": 0.3, "strategy.tempo.quarters": 1}
PILOTS = {"strategy.tempo.pilot_share": 0.6}
TEAM = {"strategy.recruitment.team": 5, "strategy.recruitment.colleagues": 1, "strategy.recruitment.focal": 0.4}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return make_case(tmp_path_factory.mktemp("small"), school_rows(12, 150), SUPPORT_2_AFTER_1)


def kinds(parts: str) -> dict:
    return {f"strategy.{part}.kind": kind for part, kind in zip(PARTS, parts.split("+"), strict=True)}


def agree_in_parts(case, parts, overrides, mix=None, seed=SEED):
    return agree(case, parts, seed=seed, overrides=kinds(parts) | overrides, mix=mix)


def verdicts(twin):
    return [verdict for district in twin.districts for verdict in district.verdicts]


# Parts, overrides, what must have happened: flows at the end, verdicts, highest stage of a district.
STAGED = {
    "team_outward_gated": (
        "team_outward+uniform+practice_first+gated",
        LONG | KEEN | PILOTS | TEAM,
        lambda flows, given, top: flows.trial_appointed > 20 and given.count(ADOPT) > 10 and top == 5,
    ),
    "team_outward_waves": (
        "team_outward+readiness_gap+practice_first+waves",
        LONG | TEAM,
        lambda flows, given, top: flows.trial_appointed > 10,
    ),
    "team_outward_at_once": (
        "team_outward+uniform+responsive+at_once",
        {"enrolment.n0": 5},
        lambda flows, given, top: flows.trial_appointed == 0 and flows.school_entries > 5,
    ),
    "volunteer_gated": (
        "volunteer+uniform+practice_first+gated",
        LONG | PILOTS,
        lambda flows, given, top: ADOPT in given and ADAPT in given and top > 2,
    ),
    "directed_gated": (
        "directed+uniform+practice_first+gated",
        LONG | PILOTS | {"strategy.tempo.payoff": 1, "strategy.tempo.willing": 0.8, "programme.mandate_years": 1},
        lambda flows, given, top: flows.trial_mandate > 20 and ABANDON in given and flows.school_exits > 0,
    ),
}


def happened_in(name, model, twin):
    top = max((district.memo[0] for district in twin.districts if hasattr(district, "memo")), default=0)
    given = verdicts(twin) if "gated" in STAGED[name][0] else []
    return STAGED[name][2](model.flows.iloc[-1], given, top)


@pytest.mark.parametrize("name", STAGED)
def test_same_users_in_stages(small, name):
    parts, overrides, _ = STAGED[name]
    model, twin = agree_in_parts(small, parts, overrides)
    assert happened_in(name, model, twin), (model.flows.iloc[-1].to_dict(), twin.flows)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("name", STAGED)
def test_same_users_in_stages_often(small, name, seed):
    parts, overrides, _ = STAGED[name]
    agree_in_parts(small, parts, overrides, seed=seed)


def test_same_users_where_gates_make_schools_adapt(small):
    """Nobody studies, so no school adapts of its own accord."""
    parts = kinds("volunteer+uniform+practice_first+gated")
    testing = rule("local", "own", "isolated", 0.0)
    model, twin = agree(small, "+".join(parts.values()), seed=SEED, overrides=parts | LONG | PILOTS, testing=testing)
    assert ADAPT in verdicts(twin) and twin.cycles.counts["adaptations"] > 3
    assert model.flows["variant_adaptations"].iloc[-1] == twin.cycles.counts["adaptations"]


def test_somebody_is_invited_and_not_all(small):
    model = ReformModel(small, rng=SEED, strategy="staged_first", overrides=LONG)
    twin = twin_of(model, "staged_first")
    assert run_both(model, twin, weeks=60) == []
    inside = [school for school in twin.schools if school.by_name]
    invited = sum(teacher.invited for school in inside for teacher in school.teachers)
    assert 0 < invited < sum(school.posts for school in inside)
    assert run_both(model, twin) == []


NOT_PAID = {
    "suspended": ({}, {"kind": "suspended_support", "week": 18, "weeks": 9}),
    "no_money": (
        {"money.pool": "world", "money.budget_per_teacher": 60},
        {"kind": "budget_cut", "week": 5, "share": 0.9},
    ),
}


@pytest.mark.parametrize("name", NOT_PAID)
def test_same_users_where_a_quarter_of_invitations_is_not_paid(tmp_path, name):
    """Nobody is invited there, and the school counts as one that invites: nobody takes part, all hold back."""
    overrides, event = NOT_PAID[name]
    case = make_case(tmp_path, school_rows(12, 150), SUPPORT_2_AFTER_1, (event,))
    model = ReformModel(case, rng=SEED, strategy="staged_first", overrides=overrides | {"enrolment.n0": 5})
    twin = twin_of(model, "staged_first")
    assert run_both(model, twin, weeks=19) == []
    bare = [school for school in twin.schools if school.enrolled and school.by_name and not school.outreach]
    assert bare and not any(teacher.invited for school in bare for teacher in school.teachers)
    assert run_both(model, twin) == []


TABLE = {"s21": {1: 12, 2: 6}, "east/s14": 30, "s00": {2: 20}, "s49": {1: 300, 2: 0}}


@pytest.mark.parametrize("scaled", [0, 1])
@pytest.mark.parametrize("recruitment", ["directed", pytest.param("volunteer", marks=pytest.mark.slow)])
def test_same_users_with_hours_by_hand(small, recruitment, scaled):
    overrides = {"strategy.allocation.table": TABLE, "strategy.allocation.scaled": scaled, "enrolment.n0": 5}
    overrides["coaches.lag"] = 0  # hours as the table has them, from the first quarter on
    parts = f"{recruitment}+by_hand+practice_first+at_once"
    model = ReformModel(small, rng=SEED, overrides=kinds(parts) | overrides)
    twin = twin_of(model, parts)
    seen = []
    for week in (1, 40):
        assert run_both(model, twin, weeks=week) == []
        seen.append({"/".join(s.id): s.hours for s in twin.schools if s.enrolled})
    if recruitment == "directed":
        rows = [{name: hours for name, hours in at.items() if hours > 0} for at in seen]
        assert rows[0] != rows[1] and (rows[0]["east/s14"] == 30) == (not scaled)
    assert run_both(model, twin) == []
    assert model.flows.skill_help.iloc[-1] > 0


@pytest.mark.parametrize("name", ["leaders", "departments", "both"])
@pytest.mark.parametrize("strategy", ["directed", pytest.param("volunteer", marks=pytest.mark.slow)])
def test_same_users_with_hours_for_leaders_and_departments(small, strategy, name):
    mix = (0.4, 0.2, 0.4, 0.0)
    changes = {"strategy.content.to_leaders": int(name != "departments"), "enrolment.n0": 5}
    changes |= {"strategy.content.departments": 0.0 if name == "leaders" else 0.5}
    changes |= {"strategy.content.capacity": 0.0, "strategy.content.practice": 0.4}
    changes |= {"strategy.content.expertise": 0.2, "strategy.content.conditions": 0.4}
    model, twin = agree_in_parts(small, f"{strategy}+uniform+mixed+waves", changes, mix)
    assert model.flows.superintendents_left.iloc[-1] > 0
    learnt = any(district.support > district.support0 + 0.01 for district in twin.districts)
    built = any(
        now > start and district.superintendent_number == 0
        for district in twin.districts
        for now, start in zip(district.alignment, district.alignment0, strict=True)
    )
    assert learnt == (name != "departments") and built == (name != "leaders")


def test_same_users_where_pilots_leave_and_others_are_few(small):
    """Gates, places and teams where schools come and go, hours are stretched and one pot serves all."""
    changes = {"enrolment.e0": 2, "enrolment.n0": 5, "money.pool": "world", "money.spend": "stretch"}
    changes |= {"programme.years_support": 4, "programme.years_after": 0}
    model, twin = agree_in_parts(small, "team_outward+need_weighted+responsive+gated", changes | PILOTS)
    assert model.flows.school_exits.iloc[-1] > 0 and verdicts(twin)


@pytest.mark.parametrize(
    ("name", "value"),
    [("willing", 0.7), ("payoff", 0.3), ("quarters", 3), ("team", 4), ("colleagues", 1), ("focal", 0.1)],
)
def test_another_option_is_seen(small, name, value):
    """A twin with another rule for gates or teams does not agree: the comparison can fail."""
    parts = "team_outward+uniform+practice_first+gated"
    model = ReformModel(small, rng=SEED, overrides=kinds(parts) | LONG)
    twin = twin_of(model, parts)
    assert twin.options[name] != value
    twin.options[name] = value
    assert run_both(model, twin) != []
