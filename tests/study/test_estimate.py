"""How long a study will take: the formula by hand, and a real block that is timed."""

from __future__ import annotations

import pytest

from diffusion_sim.errors import StudyError
from diffusion_sim.study.estimate import estimate, megabytes
from diffusion_sim.study.plan.plan import make_plan
from diffusion_sim.study.plan.read_study import from_mapping
from tests.study.small_study import plan_at, write_slow

SMALL = {
    "population.schools": 5,
    "population.teachers_mean": 8,
    "programme.years_support": 1,
    "programme.years_after": 1,
}


def plan(path=None, allow_code=False, **said):
    base = {"id": "a", "scenarios": ["mid_size_district"], "strategies": ["lottery"], "replicates": 50, "set": SMALL}
    return make_plan(from_mapping({**base, **said}, "study.yaml", path), allow_code)


def test_formula_by_hand():
    """30 ms a run, and 100 ns for each of 5 x 8 teachers and 72 weeks."""
    some = plan(space={"trial.q": [0.8, 1]})
    found = estimate(some, 1, measured=False)
    assert found.runs == 2 * 50 * 2 == 200
    assert found.seconds_a_run == pytest.approx(0.03 + 1e-7 * 40 * 72)
    assert found.hours == pytest.approx(200 * found.seconds_a_run / 3600)
    assert estimate(some, 4, measured=False).hours == pytest.approx(found.hours / (4 * 0.9))
    table = estimate(plan(scenarios=["michigan"], set={}), 1, measured=False)
    assert table.seconds_a_run > 0.3, "42,000 teachers of 1,848 schools"


def test_a_real_block_is_timed():
    found = estimate(plan(space={"trial.q": [0.8, 1]}), 1)
    assert 0.0005 < found.seconds_a_run < 2


def test_runs_that_take_long_are_found_to_take_long(tmp_path):
    """A second, whatever the formula says."""
    study = write_slow(tmp_path, strategies=["mine"], baseline="mine", space=None, design=None)
    assert estimate(plan_at(study, True), 1).seconds_a_run >= 1
    assert estimate(plan_at(study, True), 1, measured=False).seconds_a_run < 0.1


def test_room_on_disk_follows_what_is_kept():
    least = megabytes(plan(keep={"series": "none"}))
    assert 0 < least < megabytes(plan(keep={"series": "none"}, space={"trial.q": [0.8]})) < megabytes(plan())
    assert least == pytest.approx(100 * 600 / 1e6)
    assert megabytes(plan()) < megabytes(plan(keep={"schools": "end"}))
    assert megabytes(plan(replicates=100)) == pytest.approx(2 * megabytes(plan()))


def test_a_strategy_that_never_runs_is_said(tmp_path):
    (tmp_path / "mine.py").write_text("class Mine:\n    def plan(self, view, draw):\n        raise ValueError('no')\n")
    text = "id: own\ntitle: t\nquestion: q\nsources: []\npopulation: {kind: synthetic, schools: 4}\n"
    text += (
        "initial_use: {share: 0.05}\nstrategy: {recruitment: volunteer}\nstrategies: {mine: {code: 'mine.py:Mine'}}\n"
    )
    (tmp_path / "own.yaml").write_text(text, "utf-8")
    said = {"scenarios": ["own.yaml"], "strategies": ["mine"], "baseline": "mine", "set": {}}
    with pytest.raises(StudyError, match="all its runs fail; the first: .*no"):
        estimate(plan(tmp_path / "study.yaml", True, **said), 1)


def test_workers_are_a_number():
    with pytest.raises(StudyError, match="workers"):
        estimate(plan(), 0, measured=False)
