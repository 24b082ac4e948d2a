"""The slow twin by itself: known answers, bookkeeping and rules that can be checked by hand."""

import math
import random
from pathlib import Path

import pytest
import yaml

from .draws import BetaScore, Draws, entity_key, philox, poisson, quantile_of_thirds, unit
from .entities import Exposure
from .numbers import AWARE, DISCONTINUED, ROUTINE, TRIAL, UNAWARE
from .oracle import Oracle
from .staffing import COACHES

DEFAULTS = Path(__file__).parents[2] / "diffusion_sim" / "scenario" / "defaults.yaml"
STRATEGIES = (
    *("none", "volunteer_uniform", "directed_uniform", "volunteer_differentiated", "directed_differentiated"),
    *("equity_first", "lottery", "ready_only"),
    *("volunteer_responsive", "directed_responsive", "directed_need_weighted"),
)


def defaults(**changes):
    sections = yaml.safe_load(DEFAULTS.read_text(encoding="utf-8"))
    numbers = {f"{s}.{k}": entry["value"] for s, keys in sections.items() for k, entry in keys.items()}
    for name, value in changes.items():
        dotted = name.replace("__", ".")
        assert dotted in numbers
        numbers[dotted] = value
    return numbers


def world(schools=12, districts=3, posts=10, seed=1):
    """A made-up world: (rows, ties)."""
    rng = random.Random(seed)
    rows = [
        {
            "district_id": f"d{i % districts}",
            "school_id": f"s{i:02d}",
            "teachers": posts,
            "pupils": posts * 15,
            "poverty": rng.random(),
            "achievement": rng.gauss(0, 1),
            "programme": 0 if i == 4 else 1,
            "level": "primary",
            "locale": "city",
        }
        for i in range(schools)
    ]
    places = [(r["district_id"], r["school_id"], p) for r in rows for p in range(posts)]

    def ties(year):
        tie_rng = random.Random(seed * 1000 + year)
        result = {}
        for place in places:
            near = [other for other in places if other[:2] == place[:2] and other != place]
            result[place] = tie_rng.sample(near, 4) + [tie_rng.choice(places)]
        return result

    return rows, ties


def run(strategy, weeks, seed=7, rows_ties=None, **changes):
    rows, ties = rows_ties or world()
    oracle = Oracle(numbers=defaults(**changes), schools=rows, ties=ties, strategy=strategy, seed=seed)
    for _ in range(weeks):
        oracle.step()
    return oracle


def usual_principal(oracle):
    """Of district d: .55 and the fifth of a variance of .04 that its principals share."""
    return 0.55 + 0.2 * math.sqrt(0.2) * oracle.draws.normal(65, entity_key("d"), 0, 5)


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_philox_known_answers(counter, key, answer):
    assert " ".join(f"{word:08x}" for word in philox(counter, key)) == answer


def test_unit_stays_inside():
    assert unit(0, 0) == 2.0**-54
    assert unit(0xFFFFFFFF, 0xFFFFFFFF) == 1 - 2.0**-53


def test_draws_have_their_distributions():
    draws = Draws(2**40 + 3)
    normals = [draws.normal(1, entity_key("d", "s"), tag, 0) for tag in range(4000)]
    waits = [draws.exponential(20, entity_key("d", "s"), tag, 0) for tag in range(4000)]
    assert abs(sum(normals) / 4000) < 0.06
    assert abs(sum(x * x for x in normals) / 4000 - 1) < 0.1
    assert abs(sum(waits) / 4000 - 1) < 0.06


def test_beta_score_and_poisson():
    flat = BetaScore(1, 1)
    assert flat(0.0) == pytest.approx(0.5)
    assert flat(1.0) == pytest.approx(0.8413447460685429)
    assert flat(99) == flat(8.0)
    assert poisson(3, 0.0497) == 0
    assert poisson(3, 0.0499) == 1
    assert poisson(0, 0.999) == 0


def test_row_order_does_not_matter_and_runs_repeat():
    rows, ties = world()
    first = run("lottery", 80)
    second = run("lottery", 80, rows_ties=(rows[::-1], ties))
    assert first.snapshot() == second.snapshot()
    assert first.school_state() == second.school_state()
    assert first.ledger == second.ledger


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_money_adds_up(strategy):
    oracle = run(strategy, 180)
    programme_posts = sum(school.posts for school in oracle.programme)
    pots = 3 * oracle.n["money.budget_per_teacher"] * programme_posts
    spent = sum(amount for column, amount in oracle.ledger.items() if column != "own")
    assert spent + oracle.unspent == pytest.approx(pots)
    assert (spent == 0) == (strategy == "none")
    with pytest.raises(RuntimeError):
        oracle.step()


def test_spend_rule_stretch_uses_more_but_not_beyond_its_limits():
    for pool in ("district", "world"):
        rich = {"money__pool": pool, "money__budget_per_teacher": 12_000}  # more than the offered hours cost
        rich |= {"money__unspent": "returned", "coaches__lag": 0}
        offer = run("directed_differentiated", 36, **rich)
        stretch = run("directed_differentiated", 36, **rich, money__spend="stretch")
        assert stretch.unspent < offer.unspent
        assert stretch.unspent > -1e-6
        hours = [state["hours"] for state in stretch.school_state().values() if state["enrolled"]]
        assert max(hours) <= stretch.n["programme.hours_max"]


def test_a_mandate_makes_aware_and_runs_out():
    oracle = run("directed_uniform", 1, leaders__superintendent_exit=0)
    outside = ("d1", "s04")
    for state in oracle.snapshot().values():
        assert state["school"] == outside or state["stage"] != UNAWARE
    assert not oracle.school_state()[outside]["enrolled"]
    for _ in range(106):
        oracle.step()
    assert all(s.mandate_weeks == 1 for s in oracle.programme)
    oracle.step()
    assert all(s.mandate_weeks == 0 and s.mandate_spent and s.enrolled for s in oracle.programme)
    oracle.step()
    assert not any(s.enrolled for s in oracle.schools)


def test_one_try_by_hand():
    """Bass nested: with the covariates' weights at 0 the sum of hazard is (p + q x) dt."""
    weights = {f"trial__b_{name}": 0 for name in "zvCRTP"}
    row = {"district_id": "d", "school_id": "s", "teachers": 2, "pupils": 30, "poverty": 0.5, "achievement": 0.0}
    row |= {"programme": 1, "level": "primary", "locale": "city", "initial_use": 0.0}
    oracle = Oracle(
        numbers=defaults(aware__a_0=50, trial__p=0.05, **weights),
        schools=[row],
        ties=lambda year: {("d", "s", 0): [("d", "s", 1)]},
        strategy="none",
        seed=3,
    )
    teacher = oracle.schools[0].teachers[0]
    while teacher.stage == UNAWARE:
        oracle.step()
    assert teacher.stage == AWARE
    assert teacher.try_wait.sum == 0
    oracle.step()
    assert teacher.try_wait.sum == pytest.approx(0.05 / 36)


def test_summer_keeps_every_post_filled_by_one_person():
    oracle = run("volunteer_uniform", 150, turnover__exit=0.5, turnover__stay_in_district=0.9)
    teachers = [t for school in oracle.schools for t in school.teachers]
    assert len({t.id for t in teachers}) == len(teachers) == 120
    assert any(t.moves for t in teachers)
    for school in oracle.schools:
        assert all(t.school is school and t.post == post for post, t in enumerate(school.teachers))


def test_nothing_leaves_its_range():
    oracle = run("directed_differentiated", 180)
    assert len(oracle.users()) > 0
    for state in oracle.snapshot().values():
        assert 0 <= state["skill"] <= 1
        assert 0 <= state["skill_brought"] <= 1
        assert -1 <= state["conviction"] <= 1
    for state in oracle.school_state().values():
        assert all(0 <= value <= 1 for value in (state["norm"], state["trust"], state["principal"]))
        assert math.isfinite(state["gain"])
    trials = sum(value for name, value in oracle.flows.items() if name.startswith("trial_"))
    assert trials == pytest.approx(round(trials))


# ------------------------------------------------------------------------------- rules counted by hand, one at a time


def rows_of(*schools):
    """Rows of (district, school, posts) with what else a row needs; a fourth entry: what differs."""
    rows = []
    for district, school, posts, *more in schools:
        row = {"district_id": district, "school_id": school, "teachers": posts, "pupils": 15 * posts, "poverty": 0.5}
        row |= {"achievement": 0.0, "programme": 1, "level": "primary", "locale": 0}
        rows.append(row | (more[0] if more else {}))
    return rows


def small(rows, strategy="none", ties=None, kind=Oracle, **changes):
    given = {"schools": rows, "ties": lambda year: ties or {}, "strategy": strategy, "seed": 3}
    return kind(numbers=defaults(**changes), **given)


def steps(oracle, weeks):
    for _ in range(weeks):
        oracle.step()
    return oracle


# Everybody from the first week on, and nobody comes, goes or asks for a plan's money in vain.
STEADY = {"money__budget_per_teacher": 50_000, "leaders__principal_exit": 0, "leaders__superintendent_exit": 0}
DIRECTED = {"recruitment": "directed", "allocation": "uniform", "content": "practice_first", "tempo": "at_once"}


def test_hours_of_two_names_change_nothing_where_an_hour_is_an_hour():
    rows, ties = world()
    runs = []
    for mix, w_e in (((0.9, 0, 0.1, 0), 1), ((0.4, 0.5, 0.1, 0), 1), ((0.4, 0.5, 0.1, 0), 0.5)):
        numbers = defaults(learning__w_e=w_e, learning__l_exp=0)
        given = {"schools": rows, "ties": ties, "strategy": "directed_uniform", "seed": 7}
        runs.append(steps(Oracle(numbers=numbers, mix=mix, **given), 72))
    one, two, less = (run.snapshot() for run in runs)
    assert one.keys() == two.keys() and runs[0].users() == runs[1].users()
    for person, state in one.items():
        assert two[person]["stage"] == state["stage"]
        assert two[person]["skill"] == pytest.approx(state["skill"], rel=1e-9)
    assert runs[0].ledger == pytest.approx(runs[1].ledger)
    assert sum(state["skill"] for state in less.values()) < sum(state["skill"] for state in one.values())


def test_values_of_hill_and_of_saturation():
    oracle = small(rows_of(("d", "s", 2)))
    assert [round(oracle.hill(hours, 5), 2) for hours in (0, 2, 5, 14, 40)] == [0, 0.14, 0.5, 0.89, 0.98]
    assert oracle.sat(20, 20) == 0.5 and oracle.sat(0, 20) == 0
    oracle.n["structure.dose"] = "saturating"
    assert oracle.hill(2, 5) == 2 / 7


def test_a_teachers_hours_by_hand():
    """10 hours to a participant, a fifth of them through leaders."""
    oracle = small(rows_of(("d", "s", 2)))
    school = oracle.schools[0]
    teacher = school.teachers[0]
    assert oracle.dose(teacher, school) == (0, 0, 0, 0)
    school.enrolled, school.hours, school.mix, school.to_leaders = True, 10.0, (0.4, 0.2, 0.4, 0.0), 0.2
    oracle.week, school.conditions[2], school.principal = 1, 0.5, 0.5
    practice, expertise = 4 * 0.85, 2 * 0.85
    hours = practice + expertise
    g = hours**2 / (hours**2 + 25)
    expected = (hours, g, g * (practice + 0.22 * expertise) / hours, g * expertise / hours)
    assert oracle.dose(teacher, school) == pytest.approx(expected)
    assert oracle.leader_hours(school) == pytest.approx(0.2 * 10 * 0.6 * 2 / 5)


def test_hours_are_a_cause_of_trying_and_who_is_asked_owns_it_where_the_school_is_ready():
    no_other = {"trial__p": 0, "trial__q": 0, "trial__qN": 0, "aware__a_0": 50, "initial_use__share": 0}
    no_other |= {"stop__d0": 0, "internalise__rate": 0}
    volunteers = DIRECTED | {"recruitment": "volunteer"}

    def trials(**changes):
        oracle = small(
            rows_of(("d", "s", 40)), volunteers, enrolment__n0=100, trial__p_hours=5, **STEADY, **no_other, **changes
        )
        steps(oracle, 20)
        begun = [t for t in oracle.schools[0].teachers if t.ever_used]
        assert oracle.flows["trial_asked"] == pytest.approx(len(begun))
        return begun

    assert len(trials()) > 3
    assert not any(t.owned for t in trials(learning__ready_max=0))
    assert all(t.owned for t in trials(learning__ready_max=0, structure__recruited="owned"))
    assert not trials(structure__recruit="none")


def test_non_users_come_to_know_up_to_a_bound():
    """A week of 10 hours of expertise: skill and the skill brought along by l_exp g coach (k_know - k0) dt."""
    oracle = small(rows_of(("d", "s", 1)), aware__a_0=0, aware__a_out=0, aware__a_hours=0)
    school = oracle.schools[0]
    teacher = school.teachers[0]
    school.enrolled, school.hours, school.mix, school.supply_factor = True, 10.0, (0.0, 1.0, 0.0, 0.0), 0.5
    oracle.week, teacher.k, teacher.k0, teacher.stage = 1, 0.1, 0.1, UNAWARE
    oracle.teacher_week(teacher, school, Exposure())
    grown = 0.3 * 0.8 * school.coach_quality * 0.5 * 0.18 / 36
    assert (teacher.k, teacher.k0) == pytest.approx((0.1 + grown, 0.1 + grown))
    teacher.k = teacher.k0 = 0.5
    oracle.teacher_week(teacher, school, Exposure())
    assert teacher.k == teacher.k0 == 0.5


class Inviting(Oracle):
    """Everybody is invited by name in the quarters ``asks``."""

    asks = ()

    def narrow(self, plan):
        for school in self.programme:
            plan.invite[school.id] = school.teaching() if self.quarter() in self.asks else []


def test_invitations_cost_and_fade_over_the_year():
    oracle = small(rows_of(("d", "s", 4)), DIRECTED, kind=Inviting, turnover__exit=0, **STEADY)
    oracle.asks = (1, 3, 4)
    teacher = oracle.schools[0].teachers[0]
    faded = []
    for _ in range(37):
        oracle.step()
        faded.append(oracle.fade(teacher))
    assert faded[:9] == [0] * 9
    assert faded[9:18] == pytest.approx([1 - weeks / 36 for weeks in range(9)])
    assert faded[18:27] == [0] * 9  # a quarter without it
    assert faded[27:36] == pytest.approx([1 - weeks / 36 for weeks in range(18, 27)])
    assert faded[36] == 1  # asked afresh in the next school year
    assert oracle.ledger["outreach"] == pytest.approx(5 * 400 + 3 * 4 * 0.3 * 80)


def test_invitations_that_cannot_be_paid_leave_nobody_who_takes_part():
    """One pot of 800 a quarter: outreach and measurement take all of it."""
    oracle = small(rows_of(("d", "s", 4)), DIRECTED | {"recruitment": "volunteer"}, kind=Inviting, enrolment__n0=100)
    oracle.asks = range(12)
    oracle.n["money.budget_per_teacher"] = 800
    steps(oracle, 1)
    school = oracle.schools[0]
    assert school.enrolled and school.by_name and school.outreach == 1
    assert oracle.participants(school) == 0 and oracle.ledger["outreach"] == 400


def test_initiatives_are_the_sum_of_those_that_began_and_still_last():
    for years, lasts in ((0.25, 1), (0.6, 2), (3, 12)):
        oracle = small(rows_of(("d", "s", 2)), schools__initiative_years=years, turnover__exit=0)
        school = oracle.schools[0]

        def begun(j, oracle=oracle, school=school, lasts=lasts):
            of_district = poisson(0.6 / lasts, oracle.draws.uniform(66, entity_key("d"), 0, j + 1000))
            return of_district + poisson(2.4 / lasts, oracle.draws.uniform(44, school.key, 0, j + 1000))

        assert school.initiatives == sum(begun(j) for j in range(1 - lasts, 1))
        for quarter in range(5):
            steps(oracle, 9)
            assert school.initiatives == sum(begun(j) for j in range(quarter - lasts + 1, quarter + 1))


def test_focus_begins_at_what_its_initiatives_leave_of_it():
    given = {"readiness": (0.6, 0.5, 0.5, 0.5)}
    oracle = small(rows_of(("d", "s", 2), ("d", "t", 2, given)))
    drawn, surveyed = oracle.schools
    left = drawn.condition_targets[0] * (1 + 0.2 * 3) / (1 + 0.2 * drawn.initiatives)
    assert drawn.conditions[0] == pytest.approx(min(1, left)) and drawn.initiatives0 == 3
    assert surveyed.conditions[0] == pytest.approx(0.6) and surveyed.initiatives0 == surveyed.initiatives


def test_like_schools_by_hand():
    """One other school of the district where all use, two elsewhere, of which one is alike."""
    full, none = {"initial_use": 1.0}, {"initial_use": 0.0}
    poor = {"poverty": 0.9}
    oracle = small(
        rows_of(
            *(("d", "here", 2, none), ("d", "near", 2, full), ("d", "out", 2, full | {"programme": 0})),
            *(("e", "far", 2, full), ("e", "poor", 2, none | poor), ("e", "high", 2, none | {"level": "high"})),
        )
    )
    here = oracle.by_id["d", "here"]
    n = 1 / (1 + 0.3**3)
    assert here.like == pytest.approx(0.7 * n + 0.3 * n)
    assert oracle.by_id["d", "out"].like == pytest.approx(0.7 * n / 2 + 0.3 * n)
    assert oracle.by_id["e", "poor"].like == pytest.approx(0.7 * n / 2)
    assert [school.third for school in oracle.schools] == [0, 0, 0, 0, 0, 2]
    assert oracle.like_change(here) == 0
    for teacher in oracle.by_id["d", "near"].teachers[:1]:
        teacher.stage = UNAWARE
    oracle.take_like()
    change = 0.7 * (0.5**3 / (0.5**3 + 0.3**3) - n)
    assert oracle.like_change(here) == pytest.approx(change)
    oracle.n["structure.like"] = "off"
    assert oracle.like_change(here) == 0


def test_quantiles_of_thirds():
    assert quantile_of_thirds([4, 1, 2, 3], 1) == 2 and quantile_of_thirds([4, 1, 2, 3], 2) == 3
    assert quantile_of_thirds([0, 1, 2], 1) == pytest.approx(2 / 3)
    assert quantile_of_thirds([5], 2) == 5


def test_those_who_stopped_talk_for_a_year():
    ties = {("d", "s", 0): [("d", "s", 1), ("d", "s", 2), ("d", "s", 3)]}
    oracle = small(rows_of(("d", "s", 4, {"initial_use": 0.0})), ties=ties)
    stopped = oracle.schools[0].teachers[1]
    stopped.stage, stopped.stopped_week = DISCONTINUED, 5
    for week, share in ((6, 1 / 3), (41, 1 / 3), (42, 0)):
        oracle.week = week
        assert oracle.exposures()[("d", "s"), 0].stopped == pytest.approx(share)
    assert oracle.exposures()[("d", "s"), 2].stopped == 0


def test_a_threshold_has_the_mean_force_of_shares_at_the_start():
    """Three teachers see 2 of 2, 1 of 2 and nobody; two visible users are enough for one of three."""
    ties = {("d", "a", 0): [("d", "b", 0), ("d", "b", 1)], ("d", "a", 1): [("d", "b", 0), ("d", "a", 0)]}
    rows = rows_of(("d", "a", 2, {"initial_use": 0.0}), ("d", "b", 2, {"initial_use": 1.0}))
    oracle = small(rows, ties=ties, structure__exposure="threshold")
    assert oracle.threshold_scale == pytest.approx(1.5)
    exposures = oracle.exposures()
    assert oracle.by_peers(exposures[("d", "a"), 0]) == pytest.approx(0.93 * 1.5)
    assert oracle.by_peers(exposures[("d", "a"), 1]) == 0
    assert small(rows, ties=ties, trial__threshold=3).threshold_scale == 0


def test_building_is_planned_by_school_and_saturates_once():
    """16 hours, a tenth for conditions, 12 posts on the mean: 19.2 person-hours in a school of 4 and in one of 20."""
    rows = rows_of(("d", "small", 4), ("d", "large", 20))
    oracle = small(rows, DIRECTED, coaches__lag=0, readiness__drift=0, trust__drift=0, **STEADY)
    school = oracle.by_id["d", "small"]
    before = [*school.conditions, school.trust]
    steps(oracle, 1)
    assert [s.building for s in oracle.schools] == pytest.approx([19.2, 19.2])
    fifth = 1.2 * 19.2 / (19.2 + 160) / 5
    for value, start in zip(school.conditions, before[:4], strict=True):
        assert value == pytest.approx(start + fifth * school.principal0 * (1 - start) / 36)
    growth = (oracle.n["trust.build"] + fifth) * school.principal0 * (1 - before[4])
    growth -= oracle.n["trust.build"] * usual_principal(oracle) * (1 - before[4])
    assert school.trust == pytest.approx(before[4] + growth / 36)


def test_responsive_builds_the_lowest_of_five():
    content = DIRECTED | {"content": "responsive"}
    rows = rows_of(("d", "s", 10, {"readiness": (0.9, 0.8, 0.9, 0.9)}))
    for trust, target in ((0.1, 4), (0.9, 1)):
        changes = STEADY | {"planner__survey_sd": 0, "schools__trust": trust, "schools__trust_sd": 0}
        oracle = small(rows, content, districts__alignment=0.9, districts__superintendent=0.9, **changes)
        steps(oracle, 1)
        assert oracle.schools[0].target == target
        built = [oracle.built(oracle.schools[0], j) > 0 for j in range(5)]
        assert built == [j == target for j in range(5)]


def test_content_by_readiness_and_by_year():
    ready, not_ready = {"readiness": (0.9,) * 4}, {"readiness": (0.2,) * 4}
    rows = rows_of(("d", "a", 10, ready), ("d", "b", 10, not_ready))
    changes = STEADY | {"planner__survey_sd": 0, "readiness__own_weight": 1}
    oracle = steps(small(rows, "directed_differentiated", **changes), 1)
    assert [school.mix for school in oracle.schools] == [(0.9, 0.0, 0.1, 0.0), (0.4, 0.2, 0.4, 0.0)]
    words = {"kind": "by_readiness", "cut": 0.1, "above": "mixed", "below": "responsive"}
    oracle = steps(small(rows, DIRECTED | {"content": words}, **changes), 1)
    assert {school.mix for school in oracle.schools} == {(0.6, 0.1, 0.2, 0.1)}
    words = {"kind": "by_year", "years": {2: "conditions_first", 3: "practice_first"}, "to_leaders": 0.3}
    oracle = small(rows, DIRECTED | {"content": words}, **changes)
    for share in (0.1, 0.1, 0.9):
        steps(oracle, 36)
        assert oracle.schools[0].mix[0] == share and oracle.schools[0].to_leaders == 0.3


def test_a_look_halves_the_error_of_the_survey_and_is_paid():
    rows = rows_of(("d", "s", 10))
    recruitment = {"kind": "volunteer", "look": 1}
    changes = {"enrolment__n0": 0, "planner__survey_sd": 0.1}
    blind = steps(small(rows, DIRECTED | {"recruitment": "volunteer"}, **changes), 1)
    seen = steps(small(rows, DIRECTED | {"recruitment": recruitment}, **changes), 1)
    noise = blind.draws.normal(47, blind.schools[0].key, 0, 1)
    true = blind.schools[0].condition_targets[1]
    assert blind.schools[0].surveyed[1] == pytest.approx(true + 0.1 * noise)
    assert seen.schools[0].surveyed[1] == pytest.approx(true + 0.05 * noise)
    assert (blind.ledger["measurement"], seen.ledger["measurement"]) == (0, 8 * 300)
    steps(seen, 40)
    assert seen.ledger["measurement"] == 8 * 300  # once
    poor = small(rows, DIRECTED | {"recruitment": recruitment}, money__budget_per_teacher=900, **changes)
    steps(poor, 1)  # a year's pot of 9,000, but a quarter of it does not hold a look
    assert not poor.schools[0].looked_at and poor.ledger["measurement"] == 0


def test_reach_follows_what_is_asked_with_a_lag_and_falls_at_once():
    oracle = small(rows_of(("d", "s", 10)), DIRECTED, turnover__exit=0, **STEADY)
    school, provider = oracle.schools[0], oracle.providers[0]
    share, asked = 1 - math.exp(-0.5), 160.0
    reach = 0.0
    for _ in range(3):
        steps(oracle, 9)
        reach += (asked - reach) * share
        assert provider.reach == pytest.approx(reach)
        assert school.hours == pytest.approx(16 * reach / asked)
        assert school.building == pytest.approx(16 * reach / asked)
    oracle.n["programme.hours"] = 1
    steps(oracle, 1)
    assert provider.reach == pytest.approx(10) and school.hours == pytest.approx(1)
    oracle.n["turnover.exit"] = 0.25
    oracle.n["programme.hours"] = 16
    steps(oracle, 9)
    assert provider.reach == pytest.approx(7.5 + (160 - 7.5) * share)


def test_what_hours_cost_by_hand():
    """8 hours for 10 teachers, a quarter of them through leaders, and 40 hours of building, a quarter each."""
    oracle = small(rows_of(("d", "s", 10)))
    school = oracle.schools[0]
    school.mix, school.to_leaders = (0.5, 0.2, 0.2, 0.1), 0.25
    cost = oracle.cost_of(school, 8.0, 40.0, 10)
    assert cost["coaching"] == pytest.approx((14 + 10) * 300)
    assert cost["released_time"] == pytest.approx(14 * 50 * (0.75 + 0.125) + 10 * 25)
    assert cost["capacity"] == pytest.approx(2 * 325)


def test_unspent_is_carried_or_returned():
    rows = rows_of(("d", "s", 10))
    for word, pots in (("carried", (59_000, 118_000)), ("returned", (59_000, 59_000))):
        oracle = small(rows, money__unspent=word, money__own_budget=0.1)
        for year, pot in enumerate((*pots, None, 5_900, None)):
            steps(oracle, 1)
            assert pot is None or oracle.pots[0].left_of_year == pytest.approx(pot), year
            steps(oracle, 35)
        assert oracle.unspent == pytest.approx(3 * 59_000)
        assert oracle.pots[0].left_of_year == pytest.approx(5_900 * (2 if word == "carried" else 1))


def test_stretched_building_keeps_step_with_stretched_hours():
    rows = rows_of(("d", "a", 10, {"poverty": 0.2}), ("d", "b", 10, {"poverty": 0.8}))
    words = DIRECTED | {"allocation": "need_weighted"}
    oracle = small(rows, words, money__spend="stretch", money__budget_per_teacher=12_000, coaches__lag=0)
    steps(oracle, 1)
    few, many = oracle.schools
    assert many.hours == 40 and 0 < few.hours < 40
    # planned 6.4 and 25.6 hours, a tenth for conditions, 10 posts on the mean
    assert (few.building, many.building) == pytest.approx((few.hours, 40))
    assert oracle.pots[0].left == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("posts", "changes", "traded"),
    [
        (20, {}, 1),  # four leaders' supplements of .2 are one post's pay of .8
        (25, {}, 2),
        (20, {"money__traded_pay": 1.0, "money__supplement": 0.5}, 2),
        (20, {"staffing__trade": "half"}, 2),
        (3, {"money__supplement": 2, "staffing__smallest_team": 3}, 2),  # no more than there are
    ],
)
def test_trades_pay_for_supplements_and_free_money(posts, changes, traded):
    rows = rows_of(("d", "s", posts))
    words = DIRECTED | {"staffing": "multi_classroom_leader"}
    grades = {("d", "s", post): 0 for post in range(posts)}
    given = {"schools": rows, "ties": lambda year: {}, "strategy": words, "seed": 3, "grades": lambda: grades}
    oracle = steps(Oracle(numbers=defaults(**STEADY | changes), **given), 1)
    n = oracle.n
    assert len(oracle.schools[0].structure.traded) == traded
    assert oracle.ledger["freed"] == pytest.approx(-traded * n["money.traded_pay"] * 72_000 / 4)
    assert oracle.ledger["supplements"] == pytest.approx(
        oracle.teams(oracle.schools[0]) * n["money.supplement"] * 72_000 / 4
    )


def test_hires_know_the_practice_as_often_as_people_elsewhere_use_it():
    """Districts of 10, 30 and 10 posts, the last outside the programme: users 10, 0, 10 of them."""
    full, none = {"initial_use": 1.0}, {"initial_use": 0.0}
    rows = rows_of(("d", "a", 10, full), ("e", "b", 30, none), ("f", "c", 10, full | {"programme": 0}))
    oracle = small(rows, turnover__exit=0.5, turnover__stay_in_district=0, teachers__experienced_ratio=1)

    def shares():
        return [round(oracle.experienced_share(school), 9) for school in oracle.schools]

    assert shares() == [0.25, 1, 0.25]  # 10 of 40, 20 of 20, 10 of 40
    oracle.n["teachers.experienced_ratio"] = 3
    assert shares() == [0.75, 1, 0.75]
    steps(oracle, 36)
    for teacher in oracle.by_id["e", "b"].teachers[:15]:
        oracle.put_to_use(teacher)
    users = [sum(t.is_user() for t in school.teachers) for school in oracle.schools]
    oracle.n["teachers.experienced_ratio"] = 1
    assert shares() == [0.25, 1, 0.25]  # not before it is counted
    steps(oracle, 1)
    there = [(users[1] + users[2]) / 40, (users[0] + users[2]) / 20, (users[0] + users[1]) / 40]
    assert shares() == pytest.approx(there) and there[0] > 0.4


def test_around_one_district_everything_stays_as_it_was():
    rows = rows_of(("d", "a", 10, {"initial_use": 0.2}), ("d", "b", 30, {"initial_use": 0.6}))
    oracle = steps(small(rows, teachers__experienced_ratio=1), 40)
    assert oracle.experienced_share(oracle.schools[0]) == pytest.approx(0.5)
    alone = small(rows_of(("d", "s", 2)), teachers__experienced_ratio=1)
    assert alone.experienced_share(alone.schools[0]) == 0.05


def test_comers_are_counted_by_school_and_met_by_pupils():
    """Everybody hired into d knows it from e, where all use it; nobody hired into e does."""
    rows = rows_of(
        ("d", "s", 4, {"initial_use": 0.0, "poverty": 0.25}), ("e", "t", 8, {"initial_use": 1.0, "poverty": 0.5})
    )
    oracle = small(
        rows, turnover__exit=0.6, stop__d0=0, aware__a_0=0, aware__a_peer=0, teachers__experienced_ratio=1
    )
    assert oracle.comers_met() == (0, 0)
    oracle.n["turnover.exit_ratio"] = 1.0
    steps(oracle, 37)
    here, there = oracle.schools
    hired = [t for t in here.teachers if t.tag % 2**16]
    assert 0 < here.comers == len(hired) and there.comers == 0
    assert all(t.stage == AWARE and t.k0 == 0.45 for t in hired)
    # pupils: 60 and 120, a quarter and a half of them of low income
    met = (15 * here.comers / 4 / 75, 45 * here.comers / 4 / 105)
    assert oracle.comers_met() == pytest.approx(met)


# ------------------------------------------------------------------------------------------- pupils, a part at a time


QUIET = {"pupils__shock": 0, "pupils__teacher_sd": 0, "pupils__effect": 0, "pupils__dip": 0, "pupils__substitute": 1}
QUIET |= {"pupils__effect_sd": 0, "experience__fit_sd": 0}


def taught(**changes):
    """A school of 4 posts and 60 pupils in the programme, with 10 hours a fifth of which go through its leaders."""
    oracle = small(rows_of(("d", "s", 4)), **QUIET | changes)
    school = oracle.schools[0]
    school.enrolled, school.hours, school.building, school.mix = True, 10.0, 80.0, (0.4, 0.1, 0.3, 0.2)
    school.to_leaders, oracle.week = 0.2, 1
    return oracle, school


def a_week(oracle, school):
    """(the school's week, a post's own), per year."""
    before = [school.gain] + [t.own_gain for t in school.present()]
    oracle.pupils_week(school)
    after = [school.gain] + [t.own_gain for t in school.present()]
    return [(b - a) * 36 for a, b in zip(before, after, strict=True)]


def test_a_quiet_school_gains_nothing():
    assert a_week(*taught()) == [0] * 5


def test_class_time_that_is_taken():
    """Half a substitute: an hour of a thousand is .000125 SD; own hours 10 x .5 x .8, leaders' as section 8 pays."""
    oracle, school = taught(pupils__substitute=0.5)
    own, leaders = 4.0, 0.5 * (80 + 10 * 4 * (0.2 + 0.2 * 0.5)) / 4
    assert a_week(oracle, school) == pytest.approx([-0.000125 * (own + leaders)] * 5)
    school.by_name = True
    school.teachers[0].invited = 1.0
    leaders = 0.5 * (80 + 10 * 1 * (0.2 + 0.2 * 0.5)) / 4
    expected = [-0.000125 * (hours + leaders) for hours in (own / 4, own, 0, 0, 0)]
    assert a_week(oracle, school) == pytest.approx(expected)
    school.active = 0.25  # lost time counts once
    assert a_week(oracle, school) == pytest.approx([value / 4 for value in expected])
    school.helped = 0.0
    assert a_week(oracle, school) == pytest.approx([0] * 5)


def test_a_substitute_who_is_worth_nothing_and_one_who_is_worth_all():
    for substitute, share in ((0, 1), (1, 0), (0.75, 0.25)):
        oracle, school = taught(pupils__substitute=substitute, money__released_leaders=0, pupils__months_per_sd=18)
        assert a_week(oracle, school)[0] == pytest.approx(-share * 4 * 9 / 18 / 1000)


def test_a_districts_own_coaching_takes_class_time_too():
    oracle, school = taught(pupils__substitute=0)
    oracle.week = 36 * oracle.n["programme.years_support"] + 1
    school.enrolled, school.kept, school.to_leaders = False, True, 0.0
    school.building, school.mix = 0.0, (1.0, 0.0, 0.0, 0.0)
    assert a_week(oracle, school) == pytest.approx([-0.00025 * 10] * 5)
    school.kept = False
    assert a_week(oracle, school) == [0] * 5


def test_load_of_a_school_that_is_not_ready():
    for readiness, left in ((0.6, 0), (0.9, 0), (0.45, 0.25), (0, 1)):
        oracle, school = taught(pupils__load=0.1)
        school.readiness = readiness
        assert a_week(oracle, school) == pytest.approx([-0.1 * left] * 5)
        school.hours = school.building = 0.0  # it is the programme's, whatever was paid
        assert a_week(oracle, school) == pytest.approx([-0.1 * left] * 5)
        school.helped = 0.0
        assert a_week(oracle, school) == [0] * 5
        school.helped, school.enrolled = 1.0, False
        assert a_week(oracle, school) == [0] * 5


def test_the_dip_ends_with_the_first_uses():
    oracle, school = taught(pupils__dip=0.2, pupils__dip_uses=8)
    for teacher, (stage, uses) in zip(
        school.teachers, ((TRIAL, 0), (TRIAL, 7.9), (TRIAL, 8), (ROUTINE, 0)), strict=True
    ):
        teacher.stage, teacher.uses, teacher.k, teacher.owned = stage, uses, 0.25, stage == ROUTINE
    assert a_week(oracle, school) == pytest.approx([-0.075, -0.15, -0.15, 0, 0])
    oracle.n["pupils.effect"] = 1.0
    oracle.n["learning.compliant_intensity"] = 0.4
    fit = oracle.n["experience.fit"]
    assert a_week(oracle, school)[1:] == pytest.approx([0.1 * fit - 0.15, 0.1 * fit - 0.15, 0.1 * fit, 0.25 * fit])
    for uses in (0, 1000):
        oracle.n["pupils.dip_uses"] = uses
        oracle.n["pupils.effect"] = 0.0
        assert a_week(oracle, school)[3] == pytest.approx(-0.15 * (uses > 0))


def test_the_dip_comes_again_with_another_variant():
    words = DIRECTED | {"testing": {"kind": "menu", "topology": "isolated", "study_act": 0.0}}
    oracle = small(rows_of(("d", "a", 6)), words, testing__habit=1, learning__routine_uses=1000, **STEADY)
    steps(oracle, 9)
    school = oracle.schools[0]
    teacher = school.teachers[0]
    oracle.put_to_use(teacher)
    teacher.uses, teacher.stop_wait.draw = 30.0, 1e9
    before = oracle.felt["dip"], oracle.felt["dip_over"]
    steps(oracle, 1)
    assert oracle.felt["dip"] > before[0] and oracle.felt["dip_over"] == before[1]
    assert 0 < teacher.uses < 8


def test_larger_classes_where_posts_do_not_teach():
    """60 pupils: 15 for each of 4 posts, 20 for 3, 60 for 1."""
    oracle, school = taught(pupils__class_size=0.02)
    assert a_week(oracle, school) == [0] * 5
    school.teachers[0].role = COACHES
    assert a_week(oracle, school) == pytest.approx([-0.1, 0, -0.1, -0.1, -0.1])
    school.teachers[0] = school.teachers[1] = None
    school.teachers[2].role = COACHES
    assert a_week(oracle, school) == pytest.approx([-0.9, 0, -0.9])


def test_a_schools_year_is_the_same_under_every_strategy():
    runs = []
    for strategy in ("none", "directed_uniform"):
        changes = QUIET | {"pupils__shock": 0.1, "turnover__exit": 0}
        oracle = small(rows_of(("d", "s", 3), ("e", "t", 2)), strategy, money__own_budget=0, **changes)
        steps(oracle, 90)
        runs.append([school.gain for school in oracle.schools])
        for school in oracle.schools:
            years = [oracle.draws.normal(53, school.key, 0, year) for year in range(3)]
            assert school.gain == pytest.approx(0.1 * (years[0] + years[1] + years[2] / 2))
            assert all(t.own_gain == pytest.approx(school.gain) for t in school.teachers)
    assert runs[0] == runs[1] and runs[0][0] != runs[0][1]


# ------------------------------------------------------------------------------------ what stands at the start rests


def test_what_principals_take_on_average_comes_back():
    """A fifth leave: focus and team get back a fifth of what they take; the others and trust as the document says."""
    still = {"leaders__principal_exit": 0.2, "leaders__focus_kept": 0.7, "leaders__team_kept": 0.9}
    given = {"readiness": (0.5, 0.4, 0.6, 0.3)}
    oracle = small(rows_of(("d", "s", 4, given)), turnover__exit=0, schools__initiatives=0, **still)
    school = oracle.schools[0]
    school.conditions, school.trust, school.principal = [0.4, 0.4, 0.5, 0.3], 0.45, 0.6
    school.trust0, school.embedded, n = 0.5, 0.0, oracle.n
    oracle.week = 1
    oracle.school_week(school)
    drift = n["readiness.drift"]
    rises = (0.1 * drift + 0.2 * 0.3 * 0.5, 0, 0.1 * drift + 0.2 * 0.1 * 0.6, 0)
    assert school.conditions == pytest.approx([c + r / 36 for c, r in zip((0.4, 0.4, 0.5, 0.3), rises, strict=True)])
    rise = n["trust.build"] * (0.6 * 0.55 - usual_principal(oracle) * 0.5) + 0.05 * n["trust.drift"]
    rise += 0.2 * n["trust.principal_leaves"]
    assert school.trust == pytest.approx(0.45 + rise / 36)


# ------------------------------------------------------------------------------------------------- districts differ


def test_a_districts_value_is_its_mean_and_its_deviation():
    oracle = small(rows_of(("d", "s", 2), ("e", "t", 2)), districts__autonomy_sd=0.4)
    for district in oracle.districts:
        normal = oracle.draws.normal(68, entity_key(district.id), 0, 1)
        assert oracle.of_district(district, "districts.autonomy") == min(1, max(0, 0.5 + 0.4 * normal))
        oracle.n["districts.autonomy"] = 0.1
        assert oracle.of_district(district, "districts.autonomy") == min(1, max(0, 0.1 + 0.4 * normal))
        oracle.n["districts.autonomy"] = 0.5


def test_what_a_table_says_is_taken_and_moves_with_the_mean():
    rows = rows_of(("d", "s", 2, {"districts.regime": 2.0}), ("d", "t", 2))
    oracle = small(rows, districts__regime_sd=0, structure__accountability="smooth")
    district = oracle.districts[0]
    assert oracle.of_district(district, "districts.regime") == 2.0
    oracle.change({"districts.regime": 1.5})
    assert oracle.of_district(district, "districts.regime") == 2.5
    assert oracle.schools[1].pressure == pytest.approx(2.5 / (1 + math.exp(1.5 * oracle.schools[1].achievement)))


def test_a_board_is_a_fourth_support():
    oracle = small(rows_of(("d", "s", 2)), districts__board_sd=0)
    school, district = oracle.schools[0], oracle.districts[0]
    product = school.principal * district.support * min(district.alignment)
    assert school.coherence == pytest.approx(product ** (1 / 3))
    oracle.n["structure.board"] = "in_coherence"
    oracle.derive(school)
    assert school.coherence == pytest.approx((0.6 * product) ** 0.25)


def test_schools_of_a_district_share_all_at_an_icc_of_one():
    one = {"districts__icc": 1, "initial_use__icc_districts": 1, "schools__readiness_poverty": 0}
    oracle = small(rows_of(*(("d", f"s{i}", 2) for i in range(5))), **one)
    assert len({(tuple(s.condition_targets), s.trust0, s.principal0, s.usual_initiatives) for s in oracle.schools}) == 1
    assert oracle.usual_principal(oracle.districts[0]) == oracle.schools[0].principal0


def test_the_share_who_leave_follows_poverty_and_has_an_end():
    rows = rows_of(("d", "poor", 4, {"poverty": 0.8}), ("d", "rich", 4, {"poverty": 0.2}))
    oracle = small(rows, leaders__principal_exit=0.2, leaders__principal_exit_ratio=4)
    assert [oracle.leaving_share(school) for school in oracle.schools] == pytest.approx([0.4, 0.1])
    oracle.n["leaders.principal_exit"] = 0.9
    assert oracle.leaving_share(oracle.schools[0]) == 0.95


def test_focus_comes_back_to_what_its_initiatives_leave_of_it():
    given = {"readiness": (0.5, 0.5, 0.5, 0.5)}
    oracle = small(rows_of(("d", "s", 4, given)), readiness__drift=0, leaders__principal_exit=0.5)
    school = oracle.schools[0]
    school.initiatives_by_events, school.embedded = 5, 0.0
    aim = 0.5 * (1 + 0.2 * school.initiatives0) / (1 + 0.2 * school.initiatives)
    kept = oracle.n["leaders.focus_kept"]
    oracle.week = 1
    oracle.school_week(school)
    assert school.conditions[0] == pytest.approx(0.5 + oracle.leaving_share(school) * (1 - kept) * aim / 36)


def test_without_a_programme_schools_stay_where_they_are_on_average():
    oracle = small(rows_of(*(("d", f"s{i}", 2) for i in range(60))))
    oracle.n |= {"programme.years_support": 10}

    def means():
        values = [(*s.conditions[::2], s.trust) for s in oracle.schools]
        return [sum(of_all) / 60 for of_all in zip(*values, strict=True)]

    before = means()
    steps(oracle, 360)
    assert sum(s.principal_number for s in oracle.schools) > 60
    assert means() == pytest.approx(before, abs=0.04)


def test_a_providers_trained_coaches_are_shared_out_by_posts():
    rows = rows_of(("d", "a", 10), ("e", "b", 30))
    one_pot = small(rows, money__pool="world")
    one_pot.trained[id(one_pot.pots[0])] = 2.0
    assert [one_pot.trained_of(provider) for provider in one_pot.providers] == [0.5, 1.5]
    one_provider = small(rows, structure__provider="world")
    one_provider.trained = {id(pot): 1.0 for pot in one_provider.pots}
    assert [one_provider.trained_of(provider) for provider in one_provider.providers] == [2.0]


def test_schools_that_do_not_study_go_over_by_habit():
    words = DIRECTED | {"testing": {"kind": "menu", "topology": "isolated", "study_act": 0.0}}
    oracle = small(rows_of(("d", "a", 4), ("d", "b", 4)), words, testing__habit=1, testing__menu_size=2, **STEADY)
    used = []
    for _ in range(4):
        steps(oracle, 9)
        used.append([book.using.variant[1] for book in oracle.cycles.books.values()])
    for before, after in zip(used[:-1], used[1:], strict=True):
        assert all(a != b for a, b in zip(before, after, strict=True))
    assert oracle.cycles.counts["switches"] == 6 and oracle.cycles.counts["borrowings"] == 0
    assert small(rows_of(("d", "a", 4)), words).cycles.plan_rule.kind == "menu"


# ------------------------------------------------------------------------------------ the practice and the school


def test_embedding_begins_where_it_rests_and_goes_on_by_hand():
    oracle = small(rows_of(("d", "s", 10)), initial_use__share=0.5, turnover__exit=0)
    school = oracle.schools[0]
    u, coherence = oracle.embedding_share(school), school.coherence
    assert 0 < u < 1 and school.embedded == pytest.approx(u * u * coherence / (u * u * coherence + 1 - u))
    before = school.embedded
    oracle.embed(school)
    assert school.embedded == pytest.approx(before, abs=1e-15)
    school.embedded, school.standing = 0.4, 0.5
    oracle.embed(school)
    half = oracle.n["embedding.standing"] / 2
    rise = u * u * coherence * 0.6 - (1 - u) * (1 - half) * 0.4
    assert school.embedded == pytest.approx(0.4 + oracle.n["embedding.rate"] * rise / 36)


def test_a_school_that_leaves_keeps_its_number_of_initiatives_for_as_long_as_one_lasts():
    oracle = small(rows_of(("d", "s", 10)), schools__initiative_years=0.5, turnover__exit=0)
    school = oracle.schools[0]
    oracle.week = 1
    oracle.enrol(school)
    inside = school.initiatives
    oracle.leave_of_itself(school)
    assert school.initiatives == inside and school.replaced == 2
    oracle.enrol(school)
    assert school.initiatives == inside + 1
    oracle.leave(school)  # released: nothing new takes its place
    assert school.initiatives == inside and school.left_week == 1


def test_standing_support_by_hand():
    """Ten who teach, 16 hours planned for each: 40 of 160 hours; more than planned is all."""
    oracle = small(rows_of(("d", "s", 10)), programme__years_support=1)
    school = oracle.schools[0]
    oracle.week, school.kept, school.hours = 37, True, 4.0
    oracle.set_standing(school, 160.0)
    assert school.standing == 0.25
    oracle.set_standing(school, 20.0)
    assert school.standing == 1
    school.hours = 0.0
    oracle.set_standing(school, 160.0)
    assert school.standing == 0
