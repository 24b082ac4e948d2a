"""What hours go to, school by school: contents, targets and building hours of small views, and in whole runs."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import complete_parts, load_scenario
from diffusion_sim.strategies import Parts, content
from diffusion_sim.strategies.contract import View

PRACTICE_FIRST, MIXED = [0.9, 0, 0.1, 0], [0.6, 0.1, 0.2, 0.1]
CONDITIONS_FIRST, RESPONSIVE = [0.1, 0, 0.9, 0], [0.4, 0.2, 0.4, 0]
NOTHING = dict.fromkeys(View.__dataclass_fields__)


def view(**columns) -> View:
    """A view of four schools in one pot, all enrolled, of which only these columns are known."""
    ones, half = np.ones(4, np.uint8), np.full(4, 0.5)
    known = {"programme": ones, "enrolled": ones, "pot": np.zeros(4, np.int32), "year": 0}
    surveyed = {"surveyed": np.full((4, 4), 0.5), "surveyed_trust": np.full(4, 0.6), "surveyed_readiness": half}
    return View(**NOTHING | known | surveyed | columns)


def block(**said):
    return complete_parts({"recruitment": {"kind": "volunteer"}, "content": said})["content"]


# ---- contents --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "shares", "target"),
    [("practice_first", PRACTICE_FIRST, -1), ("mixed", MIXED, -1), ("conditions_first", CONDITIONS_FIRST, -1),
     ("responsive", RESPONSIVE, 0)],
)  # fmt: skip
def test_plain_contents(kind, shares, target):
    mix, targets = content.content_of(view(), block(kind=kind))
    assert mix.tolist() == [shares] * 4 and targets.tolist() == [target] * 4


def test_shares_of_a_plain_content_are_options():
    mix, _ = content.content_of(view(), block(kind="practice_first", practice=0.7, capacity=0.2))
    assert mix.tolist() == [[0.7, 0, 0.1, 0.2]] * 4


def test_responsive_looks_at_four_conditions_and_trust():
    """The lowest of the five; the first at ties."""
    surveyed = np.array([[0.4, 0.3, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5], [0.6, 0.4, 0.4, 0.4], [0.3, 0.9, 0.9, 0.3]])
    trust = np.array([0.31, 0.49, 0.4, 0.3])
    _, target = content.content_of(view(surveyed=surveyed, surveyed_trust=trust), block(kind="responsive"))
    assert target.tolist() == [1, 4, 1, 0]


def test_by_readiness_gives_each_school_its_own():
    """Below the cut one content and its targets, at the cut and above the other."""
    surveyed = np.array([[0.2, 0.4, 0.4, 0.4], [0.1, 0.9, 0.9, 0.9], [0.5, 0.3, 0.3, 0.9], [0.9, 0.9, 0.9, 0.9]])
    seen = view(surveyed=surveyed, surveyed_trust=np.array([0.1, 0.1, 0.3, 0.2]),
                surveyed_readiness=np.array([0.34, 0.5, 0.49, 0.9]))  # fmt: skip
    mix, target = content.content_of(seen, block(kind="by_readiness", cut=0.5))
    assert mix.tolist() == [RESPONSIVE, PRACTICE_FIRST, RESPONSIVE, PRACTICE_FIRST]
    assert target.tolist() == [4, -1, 1, -1]
    other = block(kind="by_readiness", cut=0.5, below="conditions_first", above="responsive")
    mix, target = content.content_of(seen, other)
    assert mix.tolist() == [CONDITIONS_FIRST, RESPONSIVE, CONDITIONS_FIRST, RESPONSIVE]
    assert target.tolist() == [-1, 0, -1, 4]


@pytest.mark.parametrize(("cut", "below"), [(0.0, 0), (1.0, 4)])
def test_cuts_at_their_bounds(cut, below):
    seen = view(surveyed_readiness=np.array([0, 0.2, 0.9, 0.99]))
    mix, _ = content.content_of(seen, block(kind="by_readiness", cut=cut))
    assert (mix == RESPONSIVE).all(axis=1).sum() == below


@pytest.mark.parametrize(
    ("years", "found"),
    [
        ({1: "conditions_first", 2: "practice_first"}, [CONDITIONS_FIRST, *[PRACTICE_FIRST] * 3]),
        ({1: "mixed", 3: "responsive"}, [MIXED, MIXED, RESPONSIVE, RESPONSIVE]),
        ({2: "mixed", 4: "practice_first"}, [MIXED, MIXED, MIXED, PRACTICE_FIRST]),
    ],
)
def test_by_year(years, found):
    """A year that is not named has the content of the last named before it, before the first that of the first."""
    said = block(kind="by_year", years={str(year): word for year, word in years.items()})
    for year, shares in enumerate(found):
        mix, target = content.content_of(view(year=year), said)
        assert mix.tolist() == [shares] * 4
        assert target.tolist() == [0 if shares == RESPONSIVE else -1] * 4


# ---- building --------------------------------------------------------------------------------------------------------
def test_building_is_planned_by_school():
    """Pot 0: enrolled schools of 10 and 30 teachers, 20 on average, and one of 50 that is not in; pot 1: one of 8."""
    seen = view(
        programme=np.array([1, 1, 1, 1, 0], np.uint8),
        enrolled=np.array([1, 1, 0, 1, 0], np.uint8),
        pot=np.array([0, 0, 0, 1, -1], np.int32),
        teachers=np.array([10.0, 30.0, 50.0, 8.0, 40.0]),
    )
    mix = np.array([CONDITIONS_FIRST, RESPONSIVE, RESPONSIVE, PRACTICE_FIRST, MIXED])
    hours = np.array([16.0, 8.0, 16.0, 10.0, 16.0])
    assert content.building_of(seen, hours, mix) == pytest.approx([16 * 0.9 * 20, 8 * 0.4 * 20, 0, 10 * 0.1 * 8, 0])


def test_nobody_enrolled_builds_nothing():
    seen = view(enrolled=np.zeros(4, np.uint8), teachers=np.full(4, 9.0))
    assert content.building_of(seen, np.full(4, 16.0), np.tile(MIXED, (4, 1))).tolist() == [0] * 4


# ---- in a run --------------------------------------------------------------------------------------------------------
SMALL = {"population.schools": 10, "population.districts": 2, "programme.years_support": 2, "programme.years_after": 0}


def test_a_plan_says_all_of_it():
    """Directed, uniform: everybody has programme.hours; below the cut the lowest of five is built."""
    model = ReformModel("mid_size_district", rng=4, strategy="directed_differentiated", overrides=SMALL)
    model.step()
    s, asked, pot = model.state.schools, model.state.asked, model.world.pots.pot
    readiness = (s.surveyed[:, 0] * s.surveyed[:, 1] * s.surveyed[:, 2] * s.surveyed[:, 3]) ** 0.25
    below = readiness < 0.5
    assert below.any() and not below.all() and s.enrolled.all()
    assert (s.mix[below] == RESPONSIVE).all() and (s.mix[~below] == PRACTICE_FIRST).all()
    five = np.column_stack([s.surveyed, s.surveyed_trust])
    assert np.array_equal(s.target_condition, np.where(below, five.argmin(axis=1), -1))
    assert len(set(s.target_condition.tolist())) > 2
    for g in range(2):
        here = pot == g
        expected = asked.hours[here] * s.mix[here, 2] * s.teaching[here].mean()
        assert asked.building[here] == pytest.approx(expected) and (expected > 0).all()


def test_contents_change_from_year_to_year_and_leaders_get_a_share(tmp_path):
    (tmp_path / "years.yaml").write_text(
        "id: years\ntitle: t\nquestion: q?\npopulation: {kind: synthetic, districts: 1, schools: 5}\n"
        "initial_use: {share: 0.1}\nprogramme: {years_support: 2, years_after: 0}\nstrategy: {recruitment: none}\n"
        "strategies:\n  mine:\n    recruitment: directed\n"
        "    content: {by_year: {1: conditions_first, 2: mixed}, to_leaders: 0.4}\n"
    )
    sc = load_scenario(tmp_path / "years.yaml")
    model = ReformModel(sc, rng=4, strategy="mine")
    model.step()
    assert model.state.schools.mix.tolist() == [CONDITIONS_FIRST] * 5 and (model.state.schools.to_leaders == 0.4).all()
    while model.week < 37:
        model.step()
    assert model.state.schools.mix.tolist() == [MIXED] * 5
    later = ReformModel(sc, rng=4, strategy="mine", overrides={"strategies.mine.content.years.1": "practice_first"})
    later.step()
    assert later.state.schools.mix.tolist() == [PRACTICE_FIRST] * 5


def test_a_plan_that_says_no_building_says_nothing():
    model = ReformModel("mid_size_district", rng=4, strategy="none", overrides=SMALL)
    assert np.isnan(model.state.asked.building).all() and not model.state.asked.look.any()


# ---- a file of 0.1.0 -------------------------------------------------------------------------------------------------
# As docs/strategies.md of 0.1.0 had it, with the fields of that time that have changed since.
OLD = '''
"""Places go to the schools where the practice is rarest."""

import numpy as np

from diffusion_sim import Plan


class FewestUsersFirst:
    def plan(self, view, draw):
        schools = view.programme.size
        hours = view.settings["hours"] * (1.5 - view.surveyed_readiness)
        return Plan(
            enrol=view.programme,                                    # everybody may come
            places=int(np.ceil(view.programme.sum() / 2)),           # half of the schools at once
            priority=view.observed_use + 1e-6 * draw("ties", view.school_key),  # smaller is served first
            hours=np.where(view.enrolled == 1, hours, 0.0),          # per participating teacher and school year
            mix=np.tile([0.7, 0.1, 0.2, 0.0], (schools, 1)),         # practice, expertise, conditions, capacity
            target_condition=view.surveyed.argmin(axis=1),           # conditions' hours go to the weakest of the four
            outreach=np.ones(schools),                               # tell teachers about it
            recipient=(view.poverty > 0.5).astype(int),              # 0 teachers, 1 leaders
        )
'''
CASE = """\
id: old
title: Old
question: Does a file of 0.1.0 run?
population: {kind: synthetic, districts: 1, schools: 8}
programme: {years_support: 1, years_after: 2}
initial_use: {share: 0.1}
enrolment: {n0: 5}
strategy: {recruitment: {kind: none}}
strategies:
  old: {code: "old.py:FewestUsersFirst"}
"""


def test_a_strategy_of_0_1_0_runs_unchanged(tmp_path):
    (tmp_path / "old.py").write_text(OLD, "utf-8")
    (tmp_path / "old.yaml").write_text(CASE, "utf-8")
    model = ReformModel(tmp_path / "old.yaml", rng=1, strategy="old", allow_code=True)
    model.step()
    s, asked = model.state.schools, model.state.asked
    assert 0 < s.enrolled.sum() <= 4 and (s.hours[s.enrolled == 1] > 0).all()
    assert np.array_equal(s.to_leaders, (s.poverty > 0.5).astype(float)) and set(s.to_leaders.tolist()) == {0, 1}
    assert np.isnan(asked.building).all() and not asked.look.any() and not s.looked.any()
    assert set(s.target_condition.tolist()) <= {0, 1, 2, 3}
    none = ReformModel(tmp_path / "old.yaml", rng=1, strategy="none", allow_code=True)
    assert model.run(until=36).outcomes["users"] > none.run(until=36).outcomes["users"]
    inside = s.enrolled.copy()

    def asked_again(view, draw):
        raise AssertionError("a file of 0.1.0 is not asked after support")

    model.maker.plan = asked_again
    model.run()
    assert model.week == 108 and (s.once_kept == inside).all() and (s.enrolled == 0).all()
    assert model.outcomes["users"] > none.run().outcomes["users"]


def test_parts_say_whole_plans():
    """Every option of the parts reaches the plan."""
    parts = complete_parts({
        "recruitment": {"kind": "volunteer", "look": 1.0},
        "content": {"kind": "mixed", "to_leaders": 0.25, "departments": 0.5},
    })  # fmt: skip
    settings = {"hours": 16.0, "wave_1": 0.3}
    seen = view(teachers=np.full(4, 10.0), settings=settings)
    plan = Parts(parts).plan(seen, lambda purpose, keys: np.full(len(keys), 0.5))
    assert plan.look.tolist() == [1] * 4 and plan.recipient.tolist() == [0.25] * 4
    assert plan.departments.tolist() == [0.5] * 4
    assert plan.building == pytest.approx([16 * 0.2 * 10] * 4) and plan.hours == pytest.approx([16.0] * 4)
