"""The slow twin by itself: accountability and its remedy, teams whose leaders expect, and for whom the practice is;
numbers are worked out by hand."""

import math

import pytest

from .numbers import ASIDE, AWARE, DISCONTINUED, LEADS, ROUTINE, TRIAL, UNAWARE
from .teams import BEING_PREPARED, HAS_LED, NOT_LED
from .test_oracle_alone import DIRECTED, STEADY, defaults, rows_of, small, steps
from .whole import WholeOracle

QUIET = STEADY | {"turnover__exit": 0, "enrolment__e0": 0}


def schools_by_achievement(*values, **more):
    return rows_of(*(("d", f"s{i}", 2, {"achievement": x} | more) for i, x in enumerate(values)))


# ------------------------------------------------------------------------------------------------------ accountability


def test_the_lowest_are_named_and_the_others_feel_a_part():
    rows = schools_by_achievement(-1.0, 0.0, 1.0) + rows_of(("d", "x", 2, {"achievement": -2.0, "programme": 0}))
    changes = {"districts__regime_sd": 0, "districts__regime": 2, "districts__others_pressure": 0.25}
    world = small(rows, districts__designated=0.34, **changes)  # 1.02 of 3 schools: two
    assert [s.designated for s in world.schools] == [True, True, False, True]
    assert [s.pressure for s in world.schools] == [2, 2, 0.5, 2]
    world.change({"districts.designated": 0})
    assert [s.pressure for s in world.schools] == [0.5] * 4


def test_equal_results_are_named_alike_and_a_table_names_whom_it_likes():
    world = small(schools_by_achievement(-1.0, -1.0, 1.0, 2.0), districts__designated=0.25)
    assert [s.designated for s in world.schools] == [True, True, False, False]
    world = small(schools_by_achievement(-1.0, -1.0, 1.0, designated=0), districts__designated=0.5)
    assert not any(s.designated for s in world.schools)


def test_an_instrument_begins_where_its_own_mean_or_the_table_says():
    sure = {"districts__alignment_sd_between": 0, "districts__alignment_sd_within": 0, "districts__alignment": 0.6}
    world = small(rows_of(("d", "s", 2, {"alignment_coaching": 0.9})), districts__evaluation=0.3, **sure)
    assert world.districts[0].alignment == [0.6, 0.6, 0.6, 0.6, 0.3, 0.9]


def part(kind, **options):
    return DIRECTED | {"district": {"kind": kind} | options}


def test_what_is_aligned_is_shared_by_the_leaders_and_paid_first():
    rows = schools_by_achievement(-1.0, 0.0)
    world = small(rows, strategy=part("align", instrument="evaluation"), districts__evaluation=0.2, **QUIET)
    before = list(world.districts[0].alignment)
    n = world.n
    world.step()
    rate = n["coaches.b_align"] * 100 / (100 + n["coaches.h_lead"]) / 36
    expected = [*before[:4], before[4] + rate * (1 - before[4]), before[5]]
    assert world.districts[0].alignment == pytest.approx(expected, rel=1e-12)
    assert world.ledger["district"] == 200 / 4 * n["money.price_coaching"]
    steps(world, 8 + 27)
    assert world.ledger["district"] == pytest.approx(200 * n["money.price_coaching"])


def test_relief_comes_in_a_year_and_goes_in_a_year():
    changes = QUIET | {"district__relief": 0.8, "programme__years_support": 2, "programme__years_after": 2}
    world = small(schools_by_achievement(-1.0, 0.0, 1.0), strategy=part("relief", schools="low"), **changes)
    seen = []
    for _ in range(16):
        steps(world, 9)
        seen.append(world.schools[0].relieved)
        assert [s.relieved for s in world.schools[1:]] == [0, 0]
    assert seen == pytest.approx([0.2, 0.4, 0.6, *[0.8] * 5, 0.6, 0.4, 0.2, *[0] * 5], abs=1e-12)
    school = world.schools[0]
    school.relieved = 0.5
    felt = school.pressure * 0.5 * (1 - school.district.alignment[4]) * (1 - school.trust * school.principal)
    assert world.risk(school) == felt


def test_autonomy_is_widened_at_most_to_one():
    changes = QUIET | {"districts__autonomy": 0.9, "districts__autonomy_sd": 0, "district__autonomy_gain": 0.2}
    world = small(schools_by_achievement(0.0), strategy=part("autonomy"), **changes)
    seen = []
    for _ in range(3):
        steps(world, 9)
        seen.append(world.autonomy(world.districts[0]))
    assert seen == pytest.approx([0.95, 1, 1])


def test_a_vision_invites_all_where_it_is_and_none_elsewhere():
    rows = schools_by_achievement(-1.0, 0.0, 1.0)
    world = small(rows, strategy=part("vision"), districts__designated=0.3, **QUIET)
    world.step()
    assert [s.by_name for s in world.schools] == [True, False, False]
    assert [sum(t.invited for t in s.teachers) for s in world.schools] == [2, 0, 0]
    assert all(world.participates(t, s) for s in world.schools for t in s.teachers)


def test_a_vision_gives_the_place_to_the_school_that_is_named():
    rows = schools_by_achievement(1.0, 2.0, 0.0, -1.0)
    changes = QUIET | {"programme__wave_1": 0.25, "enrolment__n0": 1000, "districts__designated": 0.25}
    volunteers = {"recruitment": "volunteer", "tempo": "waves"}
    for seed_of_turn, said in ((False, "as_it_is"), (True, "vision")):
        world = small(rows, strategy=part(said) | volunteers, **changes)
        world.step()
        assert sum(s.enrolled for s in world.schools) == 1
        if seed_of_turn:
            assert world.schools[3].enrolled


def test_what_cannot_be_paid_has_no_effect():
    changes = QUIET | {"money__budget_per_teacher": 100, "district__relief_hours": 1000}
    world = steps(small(schools_by_achievement(0.0), strategy=part("relief", schools="all"), **changes), 9)
    assert "district" not in world.ledger and world.schools[0].relieved == 0 and world.turns["district_part_not_paid"]


# ----------------------------------------------------------------------------------------------------------- teams


def team_world(posts=8, word="multi_classroom_leader", **changes):
    """A school with two teams from the first week on."""
    bands = dict.fromkeys((("d", "s", post) for post in range(posts)), 1)
    given = {"schools": rows_of(("d", "s", posts)), "ties": lambda year: {}, "seed": 3, "grades": lambda: bands}
    few = {"staffing__team_size": 4, "initial_use__share": 0, "enrolment__n0": 1000} | QUIET
    few |= {f"aware__{key}": 0 for key in ("a_0", "a_out", "a_hours", "a_peer", "a_like")}  # but by a team
    options = changes.pop("options", {})
    strategy = DIRECTED | {"recruitment": "volunteer", "staffing": {"kind": word} | options}
    return WholeOracle(numbers=defaults(**(few | changes)), strategy=strategy, **given)


def test_members_know_and_leaders_are_prepared_for_one_quarter():
    world = team_world()
    world.step()
    school = world.schools[0]
    leaders = [t for t in school.present() if t.role == LEADS]
    assert len(leaders) == 2 and all(t.prepared == BEING_PREPARED for t in leaders)
    assert all(t.stage != UNAWARE for t in school.present())
    assert world.preparing(school) == 4 * 40 * 2
    steps(world, 9)
    assert all(t.prepared == HAS_LED for t in leaders) and world.preparing(school) == 0
    assert all(t.prepared == NOT_LED for t in school.present() if t.role != LEADS)


def test_preparation_helps_a_leader_as_help_does():
    world = team_world(staffing__prep_hours=10, learning__h=5)
    world.step()
    leader = next(t for t in world.schools[0].present() if t.role == LEADS)
    quality = min(world.n["staffing.quality_max"], max(0, 1 + world.n["staffing.effectiveness"] * leader.effectiveness))
    assert world.lent[leader.id] == (0.0, pytest.approx(100 / 125 * quality))
    assert world.ledger["coaching"] >= 2 * 10 * world.n["money.price_coaching"]


def test_a_leader_expects_as_far_as_the_reach_goes():
    world = team_world(trial__p_team=0.6, staffing__reach_start=0.5, staffing__reach_growth=0.25)
    world.step()
    school = world.schools[0]
    member = next(t for t in school.present() if t.team_leader is not None)
    assert world.expected(member, school) == pytest.approx(0.3)
    assert world.expected(member.team_leader, school) == 0
    steps(world, 36)
    member = next(t for t in world.schools[0].present() if t.team_leader is not None)
    assert world.expected(member, school) == pytest.approx(0.45)
    world.leader_uses[member.id] = False
    assert world.expected(member, school) == 0


def test_the_first_edition_s_teams_neither_prepare_nor_expect():
    world = team_world(word="multi_classroom_leader_first")
    world.step()
    school = world.schools[0]
    assert all((t.stage == UNAWARE) == (t.role != LEADS) for t in school.present())
    assert all(t.prepared == NOT_LED and world.expected(t, school) == 0 for t in school.present())


def test_teams_for_a_part_leave_the_others_as_they_are():
    world = team_world(posts=12, options={"share": 0.5})
    world.step()
    school = world.schools[0]
    outside = [t for t in school.present() if t.role != LEADS and t.team_leader is None]
    # Six posts for teams: round half up of 6/4 = 2 teams, 2·.2/.45 = .9 posts traded.
    assert len(outside) == 6 and sum(t.role == LEADS for t in school.present()) == 2
    assert len(school.structure.traded) == math.ceil(2 * world.n["money.supplement"] / world.n["money.traded_pay"])


# ----------------------------------------------------------------------------------------------------- for whom it is


def banded(bands, share=0.5, strategy=DIRECTED, seed=3, **changes):
    """A world of a school for each list of bands; the bands are kept as they are given, and may be changed."""
    rows = rows_of(*(("d", f"s{i}", len(own)) for i, own in enumerate(bands)))
    places = {("d", f"s{i}", post): band for i, own in enumerate(bands) for post, band in enumerate(own)}
    given = {"schools": rows, "ties": lambda year: {}, "seed": seed, "grades": lambda: places}
    few = {"practice__for": "bands", "practice__bands": share}
    world = WholeOracle(numbers=defaults(**(QUIET | few | changes)), strategy=strategy, **given)
    return world, places


def test_the_lowest_bands_are_concerned_and_nobody_of_all_grades():
    world, _ = banded([[0, 3, 5, 9, 3], [0, 0]], share=0.5)
    first, second = world.schools
    assert [t.role == ASIDE for t in first.teachers] == [True, False, False, True, False]  # 3 and 5 of 3, 5, 9
    assert first.posts0 == 3 and first.classes() == 5 and first.programme
    assert not second.programme and world.pots[0].posts == 3
    steps(world, 36)
    standing = sum(pot.left_of_year for pot in world.pots)
    assert standing + sum(world.ledger.values()) == pytest.approx(3 * world.n["money.budget_per_teacher"])


def test_state_stands_still_while_not_concerned_and_goes_on():
    world, places = banded([[1, 1, 2, 2]], initial_use__share=1, turnover__exit=0)
    school = world.schools[0]
    assert [t.stage for t in school.teachers] == [ROUTINE, ROUTINE, UNAWARE, UNAWARE]
    user, aside = school.teachers[0], school.teachers[3]
    steps(world, 36)
    places["d", "s0", 0], places["d", "s0", 3] = 2, 1
    k, v, uses, stage = user.k, user.v, user.uses, user.stage
    steps(world, 36)
    assert user.role == ASIDE and (user.k, user.v, user.uses, user.stage) == (k, v, uses, stage)
    assert aside.role != ASIDE and aside.stage in (AWARE, TRIAL, ROUTINE, DISCONTINUED)
    assert school.teachers[2].stage == UNAWARE and world.turns["users_stand_still"] <= 1


def test_who_comes_into_a_post_that_is_not_concerned_does_not_hear():
    world, _ = banded([[1, 2]] * 20, turnover__exit=0.9, turnover__stay_in_district=0.5, initial_use__share=1)
    steps(world, 37)
    aside = [s.teachers[1] for s in world.schools]
    assert all(t.role == ASIDE and (t.stage == UNAWARE or t.moves) for t in aside)
    assert any(t.stage != UNAWARE for t in (s.teachers[0] for s in world.schools))
    assert world.flows["hired"] <= 20 and world.flows["left"] + world.flows["moved"] <= 20
