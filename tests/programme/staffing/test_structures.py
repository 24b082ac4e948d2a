"""Team leaders and coaches: who leads, whose post goes, who counts, what is paid; worked out again by hand."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.dynamics.money import FREED
from diffusion_sim.dynamics.params import packed
from diffusion_sim.dynamics.staffing import coaches_of, leading, structure_reach, teams_of
from diffusion_sim.errors import ScenarioError
from diffusion_sim.programme.teams import prior_growth
from diffusion_sim.ranks import rank_within
from diffusion_sim.scenario import load_scenario
from diffusion_sim.state.codes import COACH, NO_TEAM, ROUTINE, TRADED, TRIAL
from diffusion_sim.state.tables import FACE_NUMBERS
from tests.programme.staffing.conftest import Asks, Volunteers
from tests.small_world import steps

SIZES = [2, 3, 4, 7, 8, 15, 31]
RICH = {"money.budget_per_teacher": 20000}
HALF = {"staffing.trade": "half"}  # one post for two teams, in place of as many as pay for the supplements


def rows_of(model, s):
    school = model.state.schools[s]
    return np.arange(school.first, school.last)


def test_teams_and_coaches_by_hand(world):
    p = world([4], Asks()).params.staffing
    assert teams_of(np.array([1, 2, 3, 7, 8, 12, 13, 30]), p).tolist() == [0, 0, 1, 1, 2, 2, 3, 6]
    assert coaches_of(np.array([2, 14, 15, 44, 45, 75]), p).tolist() == [0, 0, 1, 1, 2, 3]
    assert [round(structure_reach.py_func(y, p), 9) for y in range(5)] == [0.4, 0.6, 0.8, 1.0, 1.0]


def test_places_in_school():
    school = np.array([0, 0, 0, 2, 2])
    assert rank_within(school, np.array([3, 1, 3, 0, 0]), np.array([1, 9, 0, 5, 4])).tolist() == [2, 0, 1, 1, 0]


def test_places_by_truth_values_are_those_by_numbers():
    rng = np.random.default_rng(4)
    group, one, two, size = rng.integers(-3, 9, 200), rng.random(200) < 0.5, rng.random(200) < 0.3, rng.random(200)
    rows = sorted(range(200), key=lambda i: (group[i], one[i], two[i], size[i]))
    expected = np.empty(200, int)
    for i in rows:
        expected[i] = sum(group[j] == group[i] for j in rows[: rows.index(i)])
    assert np.array_equal(rank_within(group, one, two, size), expected)
    assert np.array_equal(rank_within(group, one.astype(int), two.astype(int), size), expected)


@pytest.mark.parametrize(("trade", "gone_of"), [("pays", [0, 1, 1, 1, 1, 1, 2]), ("half", [0, 0, 0, 0, 1, 1, 3])])
@pytest.mark.parametrize("seed", range(3))
def test_teams_form_at_once(world, seed, trade, gone_of):
    """Against loops: leaders by prior growth, posts of the least experienced others go, the rest in runs of
    neighbouring grades. A post pays for four leaders, .8 of mean pay for four fifths; half: one for two teams."""
    model = world(SIZES, Asks(), RICH | {"staffing.trade": trade}, seed=seed)
    before = model.state.teachers.copy()
    growth = prior_growth(seed, model.state.teachers, 0.4)
    steps(model, 1)
    t, schools = model.state.teachers, model.state.schools
    assert (schools.enrolled == 1).all()
    for s, size in enumerate(SIZES):
        rows = rows_of(model, s)
        teams = 0 if size < 3 else max(1, int(size / 5 + 0.5))
        assert schools.staffing[s] == (2 if teams else 0)
        leaders = sorted(rows, key=lambda i: -growth[i])[:teams]
        others = [i for i in rows if i not in leaders]
        gone = sorted(others, key=lambda i: before.years[i])[: gone_of[s]]
        assert {i for i in rows if t.leader[i] == i} == set(leaders)
        assert {i for i in rows if t.leader[i] == TRADED} == set(gone)
        assert schools.teaching[s] == size - gone_of[s]
        members = sorted((i for i in others if i not in gone), key=lambda i: (t.grade[i], t.post[i]))
        leaders.sort(key=lambda i: (t.grade[i], t.post[i]))
        for j, i in enumerate(members):
            assert t.leader[i] == (leaders[j * teams // len(members)] if teams else NO_TEAM)
        if teams:
            sizes = np.array([(t.leader[rows] == leader).sum() for leader in leaders])
            assert sizes.max() - sizes.min() <= 1 and sizes.min() >= 2


def test_traded_posts_are_in_nothing(world):
    model = steps(world(SIZES, Asks(), RICH), 40)
    t, schools, ties = model.state.teachers, model.state.schools, model.state.ties
    gone = t.leader == TRADED
    assert gone.sum() == 0 + 1 + 1 + 1 + 1 + 1 + 2
    assert model.outcomes["teachers"] == sum(SIZES) - gone.sum() == schools.teaching.sum()
    using = ((t.stage == TRIAL) | (t.stage == ROUTINE)) & ~gone
    assert schools.users.tolist() == np.bincount(t.school, weights=using, minlength=7).tolist()
    assert model.outcomes["reach"] == using.sum() / schools.teaching.sum()
    near, far = ties.near // FACE_NUMBERS, ties.far // FACE_NUMBERS
    assert not ties.share[:-8][gone].any()
    asked = np.append(gone, False)  # the last row is nobody
    assert not asked[near].any() and not asked[far].any()
    assert (near[gone] == t.size).all() and (far[gone[ties.far_row]] == t.size).all()
    advisers = (near < t.size).sum(1) + np.bincount(ties.far_row, (far < t.size).sum(1), t.size)
    assert np.array_equal(ties.share[:-8], np.where(advisers > 0, 1 / np.maximum(advisers, 1), 0.0))
    assert not model.state.faces[:, : gone.size][:, gone].any()
    advisers = [a for row in range(t.size) for a in model.teacher_at(row).advisers]
    assert advisers and all(a.role in ("teacher", "team leader") for a in advisers)
    assert {model.teacher_at(int(row)).role for row in np.flatnonzero(gone)} == {"traded"}
    assert model.teacher_at(int(np.flatnonzero(gone)[0])).advisers == []
    frame = model.schools_frame()
    assert frame.teachers.tolist() == schools.teaching.tolist()
    people = model.teachers_frame()
    assert len(people) == sum(SIZES) - gone.sum()
    assert people.role.value_counts().to_dict() == {"teacher": 49, "team leader": 14}
    assert people[people.role == "team leader"].team.is_unique
    assert set(people[(people.role == "teacher") & (people.school_id == "s6")].team) == {
        f"s6/team {n}" for n in range(1, 7)
    }


def test_pupils_are_shared_among_those_who_teach(world):
    """A school's gain of a week is the mean over the posts that teach; its year and larger classes are everybody's."""
    model = world([10], Asks(hours=0.0), RICH)
    steps(model, 1)
    t, p = model.state.teachers.copy(), model.params
    before = model.state.schools.gain[0]
    steps(model, 1)
    teaches = t.leader != TRADED
    assert teaches.sum() == 9
    user = (t.stage == TRIAL) | (t.stage == ROUTINE)
    quality = np.where(t.owned == 1, t.skill, t.skill * p.learning.compliant_intensity)
    s = model.state.schools[0]
    shared = 0.1 * s.shock - 0.01 * (s.pupils / 9 - s.pupils / 10)
    shared -= 0.25 * 0.5 / 1000 * 0.5 * (2 * 4 * 40) / 9  # two leaders are prepared, half of it out of class
    dip = 0.125 * (1 - t.skill) * ((t.stage == TRIAL) & (t.uses < 8))
    gain = 0.15 * t.effectiveness + user * model.state.districts[0].effect * s.fit * quality - dip + shared
    assert model.state.schools.gain[0] - before == pytest.approx(gain[teaches].mean() / 36, rel=1e-9)
    used = (gain - 0.15 * t.effectiveness)[teaches] / 36
    assert (model.state.teachers.gain - t.gain)[teaches] == pytest.approx(used, abs=1e-12)


def test_leaders_who_do_not_use_are_appointed(world):
    model = steps(world([31], Asks(), RICH), 1)
    t = model.state.teachers
    leads = t.leader == np.arange(t.size)
    assert np.isin(t.stage[leads], (TRIAL, ROUTINE)).all() and (t.owned[leads] == 1).all()
    assert model.flows.trial_appointed.iloc[-1] == (t.spells[leads] == 1).sum() - (t.stage[leads] == ROUTINE).sum() > 0


def test_what_a_leader_gives(world):
    """g m k_L and g m min(1.2, k_L (1 + .15 e_L)) of the state in which the week begins; nothing to leaders, who have
    been prepared in their first quarter. Members are expected to try, by m."""
    model = steps(world([10], Asks(), RICH | {"programme.years_support": 5, "turnover.exit": 0}), 10)
    for year in range(5):
        t, s = model.state.teachers, model.state.schools[0]
        out = np.full((4, 10), 9.0)
        leading(s, t, model.week + 1, packed(model.params)[0], out)
        m, g = min(1.0, 0.4 + 0.2 * year), 36**2 / (36**2 + 5**2)
        for i in range(10):
            leader = t.leader[i]
            watch = helped = expected = 0.0
            if leader >= 0 and leader != i:
                watch = g * m * t.skill[leader]
                helped = g * m * min(1.2, t.skill[leader] * (1 + 0.15 * t.effectiveness[leader]))
                expected = m * (t.stage[leader] in (TRIAL, ROUTINE))  # who does not use expects nothing
            teaches = 1.0 if t.leader[i] >= NO_TEAM else 0.0
            assert out[:, i] == pytest.approx((watch, helped, teaches, expected), rel=1e-12)
        if year < 4:
            steps(model, 36)


def test_leaders_make_learning(world):
    """The same two schools, with and without leaders' hours: only the hours can make the difference."""
    alike = RICH | {"staffing.prep_hours": 0}
    runs = [world([20, 20], Asks(hours=0.0), alike | {"staffing.leader_hours": hours}).run() for hours in (0, 36)]
    skill = [run.flows.skill_help.iloc[-1] for run in runs]
    assert skill[0] == 0 and skill[1] > 1
    assert runs[0].outcomes["deep_use"] < runs[1].outcomes["deep_use"]


def test_the_post_vacated_this_summer_is_traded_first(world):
    """A structure that begins in the second year trades posts whose new incumbents then never come."""
    found = 0
    for seed in range(8):
        model = steps(world([10], Asks(year=1), RICH, seed=seed), 36)
        other = steps(world([10], Asks(staffing=0), RICH, seed=seed), 37)
        years = other.state.teachers.years.copy()
        steps(model, 1)
        t = model.state.teachers
        hired = (other.state.teachers.entered == 1) & (other.state.teachers.moves == 0)
        gone = np.flatnonzero(t.leader == TRADED)
        assert gone.size == 1
        if hired.any():
            found += 1
            assert gone[0] == np.flatnonzero(hired)[0]
            assert model.flows.hired.iloc[-1] == hired.sum() - 1 == model.flows.left.iloc[-1] - 1
        else:
            others = np.flatnonzero(t.leader != np.arange(10))
            assert gone[0] == others[years[others].argmin()]
            assert model.flows.left.iloc[-1] == 1
    assert found >= 4


def test_leaders_stay_until_they_leave(world):
    """Each summer: those of the leaders who are still there lead on; the next by prior growth takes a free place."""
    model = steps(
        world(
            [31, 31], Asks(), RICH | {"programme.years_support": 6, "programme.mandate_years": 9, "turnover.exit": 0.3}
        ),
        1,
    )
    replaced = 0
    for _ in range(5):
        steps(model, 35)
        t = model.state.teachers
        led = np.flatnonzero(t.leader == np.arange(t.size))
        before = list(zip(led, t.origin[led], t.tag[led], strict=True))
        steps(model, 1)
        t = model.state.teachers
        leads = t.leader == np.arange(t.size)
        same_post = [i for i, origin, tag in before if t.origin[i] == origin and t.tag[i] == tag]
        assert leads[same_post].all() and leads.sum() == 12
        growth = prior_growth(model.seed, t, 0.4)
        for s in (0, 1):
            rows = rows_of(model, s)
            new = [i for i in rows if leads[i] and i not in same_post]
            fresh = (t.entered[rows] == model.week // 36) & (t.moves[rows] == 0)
            passed_over = rows[~leads[rows] & (t.leader[rows] != TRADED) & ~fresh]
            replaced += len(new)
            assert all(growth[i] > growth[passed_over].max() for i in new)
    assert replaced > 3


def test_ledger_by_hand(world):
    """10 posts: two leaders, one post less; a quarter costs 2 x .2 and frees .8 of a quarter of mean pay. The first
    quarter has a quarter of 49,000, 7,200 freed and 800 less for the place: one leader is prepared for 13,000."""
    model = world([10], Volunteers(), {"enrolment.n0": 20, "enrolment.e0": 0, "money.own_budget": 0})
    steps(model, 36)
    ledger, quarter = model.state.ledger, 72000 / 4
    assert ledger[4] == pytest.approx(4 * 2 * 0.2 * quarter)
    assert ledger[5] == pytest.approx(2 * 5000)
    assert ledger[FREED] == pytest.approx(-4 * 0.8 * quarter)
    left = 59000 + 4 * quarter * (0.8 - 0.4) - 10000 - (ledger[2] + ledger[7]) - 13000
    assert ledger[0] == 40 * 300 and ledger[1] == 40 * 0.5 * 50
    assert model.state.year_pot[0] == pytest.approx(left) and model.state.unspent == 0, "it is carried"
    model.run()
    assert ledger[FREED] == pytest.approx(-16 * 0.8 * quarter)
    own = 8 * 2 * 0.2 * quarter + 13000
    assert ledger[8] == pytest.approx(own), "after support the saving pays for leaders, one of them new"
    assert model.outcomes["cost_freed"] == ledger[FREED] and model.outcomes["cost_total"] == pytest.approx(ledger.sum())
    assert model.outcomes["cost_gross"] == pytest.approx(ledger.sum() - ledger[FREED])
    assert model.state.schools.staffing[0] == 2


def test_one_team_saves_nothing_and_needs_the_pot(world):
    """7 posts: one leader, no trade; the district cannot pay the supplement after support and it ends in summer."""
    model = world([7], Volunteers(), HALF | {"enrolment.n0": 20, "enrolment.e0": 0, "money.own_budget": 0.08})
    steps(model, 72)
    assert model.state.ledger[4] == pytest.approx(8 * 0.2 * 18000) and model.state.ledger[FREED] == 0
    assert model.state.schools.staffed[0] == 1
    steps(model, 1)  # own budget: .08 x 5,900 x 7 = 3,304 dollars a year, not even a quarter's 3,600
    assert model.state.schools.staffed[0] == 0 and model.state.schools.staffing[0] == 2
    steps(model, 36)
    assert model.state.schools.staffing[0] == 0 and (model.state.teachers.leader == NO_TEAM).all()


@pytest.mark.parametrize("budget", [0, 180, 700])
def test_nothing_begins_that_cannot_be_paid(world, budget):
    """A school needs 2,000 a quarter to be told and watched, 1,250 more for one team; 70 posts have 3,150 or 12,250."""
    numbers = {"money.budget_per_teacher": budget, "money.unspent": "returned"}
    model = steps(world(SIZES, Asks(), numbers), 72)
    assert (model.state.schools.staffing == 0).all() and (model.state.teachers.leader == NO_TEAM).all()
    assert model.state.ledger[4] == model.state.ledger[5] == 0 and model.outcomes["teachers"] == sum(SIZES)


def test_it_begins_from_the_money_on_that_it_needs(world):
    """10 posts enrolled without a mandate: 10,000 of transition and 3,200 of outreach and measurement a year."""
    for budget, begins in ((1319, 0), (1320, 2)):
        numbers = {"money.budget_per_teacher": budget, "enrolment.n0": 20, "enrolment.e0": 0}
        assert steps(world([10], Volunteers(), numbers), 1).state.schools.staffing[0] == begins
    for budget, begins in ((1171, 0), (1172, 2)):  # 7 posts: 5,000 + 3,200 a year, and the post that goes pays the rest
        numbers = {"money.budget_per_teacher": budget, "enrolment.n0": 20, "enrolment.e0": 0}
        assert steps(world([7], Volunteers(), numbers), 1).state.schools.staffing[0] == begins
    for budget, begins in ((3228, 0), (3229, 2)):  # 7 posts, none of which goes: 5,000 + 3,200 + 14,400 a year
        numbers = HALF | {"money.budget_per_teacher": budget, "enrolment.n0": 20, "enrolment.e0": 0}
        assert steps(world([7], Volunteers(), numbers), 1).state.schools.staffing[0] == begins


def test_a_plan_can_go_back(world):
    """Asked for in the first year only: in the second all posts teach again, the traded ones with somebody new."""
    model = steps(world([31], Asks(until=1), RICH), 36)
    gone = np.flatnonzero(model.state.teachers.leader == TRADED)
    steps(model, 1)
    t = model.state.teachers
    assert (t.leader == NO_TEAM).all() and model.state.schools.teaching[0] == 31 and gone.size == 2
    assert (t.entered[gone] == 1).all() and (t.popularity > 0).all()
    flows = model.flows.iloc[-1]
    assert flows.hired == flows.left
    steps(model, 36)
    assert model.state.ties.share[:-8][gone].sum() > 0, "they seek advice from the next summer on"


def test_equal_until_the_structure_begins(world):
    with_leaders = steps(world(SIZES, Asks(year=1), RICH), 36)
    without = steps(world(SIZES, Asks(staffing=0), RICH), 36)
    left, right = with_leaders.state.arrays(), without.state.arrays()
    assert [n for n in left if not np.array_equal(left[n], right[n], equal_nan=left[n].dtype.kind == "f")] == []
    steps(with_leaders, 1), steps(without, 1)
    assert with_leaders.outcomes["teachers"] < without.outcomes["teachers"]


def test_coaches(world):
    """Out of teaching, best prior growth; paid a mean pay each; better by training; their hours reach the teachers."""
    model = world([10, 31, 50], Asks(staffing=1), RICH | {"money.own_budget": 0.01})
    growth = prior_growth(model.seed, model.state.teachers, 0.4)
    steps(model, 1)
    t, schools = model.state.teachers, model.state.schools
    assert schools.staffing.tolist() == [0, 1, 1] and schools.teaching.tolist() == [10, 30, 48]
    for s, n in ((1, 1), (2, 2)):
        rows = rows_of(model, s)
        assert set(rows[t.leader[rows] == COACH]) == set(rows[np.argsort(-growth[rows])[:n]])
    coaches = t.leader == COACH
    out = np.zeros((4, 50))
    skill, e = t.skill[coaches].copy(), t.effectiveness[coaches]
    leading(schools[2], t.copy(), 2, packed(model.params)[0], out)
    g = (800 / 48) ** 2 / ((800 / 48) ** 2 + 5**2)
    inside = t.leader[rows_of(model, 2)] == NO_TEAM
    assert out[0, inside] == pytest.approx(g * skill[1:].mean())
    assert out[1, inside] == pytest.approx(g * np.clip(skill[1:] * (1 + 0.15 * e[1:]), 0, 1.2).mean())
    assert (out[:, ~inside] == 0).all()
    steps(model, 1)
    trained = 40**2 / (40**2 + 5**2)  # hours of expertise to one who uses, at w_e .22 of an hour of practice
    assert t.skill[coaches] == pytest.approx(skill + 3 * 0.22 * trained * (1 - skill) ** 2 / 36)
    steps(model, 7)
    hours = model.state.schools.hours / 4 * schools.teaching
    assert model.state.ledger[0] == pytest.approx(3 * 18000 + hours.sum() * 300)
    assert (model.teachers_frame().role == "coach").sum() == 3
    assert model.run().state.schools.staffing.sum() == 0, "the district's own budget pays no coach"


def test_appointed_by_a_plan(world):
    appoint = np.zeros(20)
    appoint[:8] = 1
    model = steps(world([20], Asks(staffing=0, appoint=appoint), RICH), 9)
    using = np.isin(model.state.teachers.stage, (TRIAL, ROUTINE))
    steps(model, 1)
    t = model.state.teachers
    assert model.flows.trial_appointed.iloc[-1] == 8 - using[:8].sum() > 0
    steps(model, 9)
    assert model.flows.trial_appointed.iloc[-1] == 8 - using[:8].sum(), "it acts once"
    assert (t.ever[:8] == 1).all()


def test_branch_save_and_threads(world, tmp_path):
    from diffusion_sim import load_model

    model = steps(world(SIZES, Asks(), RICH, threads=2), 80)
    other = steps(world(SIZES, Asks(), RICH), 80)
    model.save(tmp_path / "m.npz")
    runs = [model.copy().run(), other.run(), load_model(tmp_path / "m.npz")]
    runs[2].run()
    for run in runs[1:]:
        assert np.array_equal(run.state.series, runs[0].state.series, equal_nan=True)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("staffing.team_size", 0, "staffing.team_size"),
        ("staffing.team_size", 4.5, "a whole number"),
        ("staffing.coach_ratio", 0, "staffing.coach_ratio"),
        ("money.price_transition", 0, "money.price_transition"),
        ("money.mean_pay", -1, "money.mean_pay"),
        ("coaches.train_hours", 0, "coaches.train_hours"),
    ],
)
def test_bad_numbers_are_one_clear_error(path, value, text):
    with pytest.raises(ScenarioError, match=path) as error:
        load_scenario("mid_size_district").override({path: value})
    assert text in str(error.value) and "allowed" in str(error.value) or "from" in str(error.value)


def test_lost_time_shrinks_what_a_leader_gives(world):
    """By hand: 36 hours a year, half of them lost, H²/(H² + h²); a switch or a silent programme: nothing."""
    model = steps(world([10], Asks(), RICH | {"staffing.prep_hours": 0}), 1)
    school, p = model.state.schools, model.params
    out = np.full((4, 10), np.nan)

    def given(active, supported, numbers=p):
        school.active[:], school.supported[:] = active, supported
        leading(school[0], model.state.teachers, 2, packed(numbers)[0], out)
        return out[:2].copy()

    whole, half, off = given(1.0, 1.0), given(0.5, 1.0), given(1.0, 0.0)
    none = given(1.0, 1.0, p._replace(staffing=p.staffing._replace(help_factor=0.0)))
    assert whole.max() > 0 and half == pytest.approx(whole * (18**2 / (18**2 + 5**2)) / (36**2 / (36**2 + 5**2)))
    assert not off.any() and not none.any()


EVENT = {"kind": "suspended_support", "week": 9}


def test_a_suspended_quarter_is_not_paid_and_nobody_leads(world):
    """Weeks 10 to 18 (the second quarter) are not paid; the third is again, and the structure goes on."""
    model = world([10], Asks(), RICH)
    model.intervene(EVENT | {"weeks": 9})
    steps(model, 9)
    t, school = model.state.teachers, model.state.schools
    paid = model.state.ledger.copy()
    assert school.staffed[0] == 1 and paid[FREED] < 0 and (t.leader == TRADED).sum() == 1
    steps(model, 9)
    assert school.staffed[0] == 0 and (model.state.ledger == paid).all()
    steps(model, 1)
    assert school.staffed[0] == 1 and model.state.ledger[FREED] == 2 * paid[FREED] and (t.leader == TRADED).sum() == 1


def test_a_structure_ends_with_the_year_in_which_support_is_withdrawn_for_good(world):
    model = world([10], Asks(), RICH)
    model.intervene(EVENT)
    steps(model, 36)
    school = model.state.schools
    assert school.enrolled[0] == 0 and school.staffing[0] == 2 and school.staffed[0] == 0
    steps(model, 1)
    assert school.staffing[0] == 0 and (model.state.teachers.leader == NO_TEAM).all() and school.teaching[0] == 10


def test_nothing_begins_while_support_is_suspended(world):
    model = world([10], Asks(year=1), RICH | {"programme.years_support": 3})
    model.intervene({"kind": "suspended_support", "week": 36, "weeks": 2})
    steps(model, 37)
    assert model.state.schools.enrolled[0] == 1 and model.state.schools.staffing[0] == 0
    steps(model, 36)
    assert model.state.schools.staffing[0] == 2


def test_a_structure_elsewhere_ends_no_ties(world):
    """Without loss of ties, those between two who stay last, whether they have a team leader or none."""
    nothing_ends = {"network.tie_loss": 0, "network.tie_loss_changed": 0, "network.cross_share": 0}
    model = steps(world([40, 40], Asks(np.array([0, 2])), RICH | nothing_ends), 36)
    t, network = model.state.teachers, model.state.network
    assert (t.leader[:40] == NO_TEAM).all() and (t.leader[40:] > NO_TEAM).sum() > 20
    people = [(int(origin), int(tag)) for origin, tag in zip(t.origin, t.tag, strict=True)]
    before = [set(network.target[a : a + n].tolist()) for a, n in zip(network.first[:-1], network.degree, strict=True)]
    taught = t.leader >= NO_TEAM
    steps(model, 1)
    t, network = model.state.teachers, model.state.network
    same = [(int(t.origin[i]), int(t.tag[i])) == people[i] for i in range(80)]
    stays = taught & same & (t.leader >= NO_TEAM)
    assert stays[:40].sum() > 20 < stays[40:].sum()
    for i in np.flatnonzero(stays):
        after = network.target[network.first[i] : network.first[i] + network.degree[i]].tolist()
        assert {j for j in before[i] if stays[j]} <= set(after)
