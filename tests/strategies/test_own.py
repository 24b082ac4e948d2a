"""A user's own strategy: the documented example, leave to run code, and what a broken plan is told."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from diffusion_sim import own_code
from diffusion_sim.errors import ScenarioError, StrategyError
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario
from diffusion_sim.strategies import Plan, make_strategy
from diffusion_sim.strategies.contract import checked

DOCS = Path(__file__).resolve().parents[2] / "docs" / "strategies.md"
HEAD = """\
id: own
title: Own
question: Does it run?
population: {kind: synthetic, districts: 1, schools: 8}
programme: {years_support: 1, years_after: 0}
initial_use: {share: 0.1}
strategy: {recruitment: {kind: none}}
"""


def example(name: str) -> str:
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert found, name
    return found.group(1)


@pytest.fixture
def write(tmp_path: Path):
    """Write a scenario that names code, and the code; returns the scenario's path."""

    def _write(code: str, block: str = 'strategies:\n  mine: {code: "mine.py:Mine"}\n', file: str = "mine.py") -> Path:
        (tmp_path / file).write_text(code, encoding="utf-8")
        path = tmp_path / "own.yaml"
        path.write_text(HEAD + block, encoding="utf-8")
        return path

    return _write


def plan_code(body: str) -> str:
    head = "import numpy as np\nfrom diffusion_sim import Plan\nclass Mine:\n    def plan(self, view, draw):\n"
    return f"{head}        {body}\n"


def test_the_documented_example_runs(write):
    path = write(example("fewest_users_first.py"), example("strategies.yaml"), "fewest_users_first.py")
    run = ReformModel(path, rng=1, strategy="fewest_users_first", allow_code=True).run()
    again = ReformModel(path, rng=1, strategy="fewest_users_first", allow_code=True)
    for _ in range(36):
        again.step()
    assert run.outcomes["reach"] == again.outcomes["reach"]
    assert 0 < run.schools_frame()["pupil_gain_sd"].sum() and run.outcomes["cost_coaching"] > 0
    assert run.flows["school_entries"].iloc[-1] <= 4
    none = ReformModel(path, rng=1, strategy="none", allow_code=True).run()
    assert run.outcomes["users"] > none.outcomes["users"]


def test_the_documented_example_goes_on_after_support(write):
    block = 'strategies:\n  hands_over: {code: "hands_over.py:HandsOver"}\n'
    path = write(example("hands_over.py"), block, "hands_over.py")
    longer = {"programme.years_after": 1, "enrolment.n0": 50}
    run = ReformModel(path, rng=1, strategy="hands_over", allow_code=True, overrides=longer).run()
    schools = run.state.schools
    kept = schools.kept == 1
    assert run.week == 72 and kept.sum() > 4 and (schools.hours[kept] > 0).all()
    hours, use = schools.hours[kept], (schools.users / schools.teaching)[kept]
    assert np.corrcoef(hours, use)[0, 1] < 0 and run.outcomes["cost_own"] > 0


def test_the_documented_district_part_runs(write):
    """In the one year of support evaluation is aligned everywhere, and named schools are relieved."""
    block = 'strategies:\n  mine: {code: "fear_taken_away.py:FearTakenAway"}\n'
    path = write(example("fear_taken_away.py"), block, "fear_taken_away.py")
    model = ReformModel(path, rng=1, strategy="mine", allow_code=True)
    start = model.state.districts.alignment.copy()
    model.run()
    schools, districts = model.state.schools, model.state.districts
    assert (districts.aligning == 4).all() and (districts.alignment[:, 4] > start[:, 4]).all()
    assert np.array_equal(schools.relief_quarters, 4 * schools.designated) and schools.designated.any()
    price = model.case["money.price_coaching"]
    named = np.unique(schools.district[schools.designated == 1]).size
    assert model.outcomes["cost_district"] == pytest.approx(200 * price * (districts.size + named))


def test_the_documented_parts_run(write):
    text = re.search(r"```yaml\n(strategies:\n  poor_schools.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    path = write("", text.group(1))
    assert load_scenario(path).compare == ("none", "volunteer_uniform", "poor_schools_get_more")
    assert ReformModel(path, rng=1, strategy="poor_schools_get_more").run().week == 36


def test_documented_words_are_those_that_exist():
    from diffusion_sim.scenario import STRATEGY_PARTS

    for part, kinds in STRATEGY_PARTS.items():
        line = re.search(rf"^\| {part} \| (.*) \|$", DOCS.read_text("utf-8"), re.MULTILINE).group(1)
        assert set(re.findall(r"`(\w+)`", line)) == set(kinds)


def test_code_runs_only_with_leave(write, tmp_path: Path):
    path = write(f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\n" + plan_code("return Plan()"))
    for attempt in (lambda: load_scenario(path), lambda: ReformModel(path, rng=1, strategy="mine")):
        with pytest.raises(ScenarioError, match=r"--allow-code"):
            attempt()
    scenario = load_scenario(path, allow_code=True)
    with pytest.raises(StrategyError, match=r"strategy 'mine'.*--allow-code"):
        make_strategy("mine", scenario)
    assert not (tmp_path / "ran").exists()
    make_strategy("mine", scenario, allow_code=True)
    assert (tmp_path / "ran").exists()


def test_an_empty_plan_is_no_programme(write):
    path = write(plan_code("return Plan()"))
    mine = ReformModel(path, rng=1, strategy="mine", allow_code=True).run()
    none = ReformModel(path, rng=1, strategy="none", allow_code=True).run()
    assert mine.outcomes["users"] == none.outcomes["users"] and mine.outcomes["cost_total"] == 0


def test_writing_to_the_view_is_an_error(write):
    path = write(plan_code("view.poverty[:] = 0"))
    with pytest.raises(StrategyError, match=r"strategy 'mine': plan\(\) failed: ValueError: .*read-only"):
        ReformModel(path, rng=1, strategy="mine", allow_code=True).run()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("syntax error(", "cannot load 'mine.py:Mine': SyntaxError"),
        ("x = 1", "cannot load 'mine.py:Mine': AttributeError"),
        ("class Mine:\n    pass", "has no method plan"),
        ("class Mine:\n    def __init__(self, x): pass", "cannot load 'mine.py:Mine': TypeError"),
        ("import nowhere_at_all", "ModuleNotFoundError"),
        ("raise SystemExit(3)", "cannot load 'mine.py:Mine': SystemExit: 3"),
        ("class Mine:\n    def __init__(self): raise GeneratorExit('x')", "'mine.py:Mine': GeneratorExit: x"),
        ("class Mine:\n    def __init__(self): raise StopIteration", "'mine.py:Mine': StopIteration: "),
        ("class Mine:\n    @property\n    def plan(self): raise SystemExit", "'mine.py:Mine': SystemExit: "),
    ],
)
def test_code_that_cannot_be_loaded(write, code, text):
    scenario = load_scenario(write(code), allow_code=True)
    with pytest.raises(StrategyError, match="strategy 'mine'") as error:
        ReformModel(scenario, rng=1, strategy="mine", allow_code=True)
    assert text in str(error.value)


def test_a_package_that_cannot_be_loaded(write, tmp_path, monkeypatch):
    """Also where a run's key asks for its file, which loads the package."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "odd_package").mkdir()
    (tmp_path / "odd_package" / "__init__.py").write_text("raise SystemExit(3)\n")
    where = "odd_package.mine:Mine"
    assert own_code.file_digest(where, None) is None
    scenario = load_scenario(write("", f"strategies:\n  mine: {{code: '{where}'}}\n"), allow_code=True)
    with pytest.raises(StrategyError, match=f"cannot load '{where}': SystemExit: 3"):
        make_strategy("mine", scenario, allow_code=True)


@pytest.mark.parametrize("code", ["raise KeyboardInterrupt", plan_code("raise KeyboardInterrupt")])
def test_an_interrupt_stays_one(write, code):
    scenario = load_scenario(write(code), allow_code=True)
    with pytest.raises(KeyboardInterrupt):
        ReformModel(scenario, rng=1, strategy="mine", allow_code=True).run()


def test_a_file_that_is_not_there(write):
    scenario = load_scenario(write("", 'strategies:\n  mine: {code: "other.py:Mine"}\n'), allow_code=True)
    with pytest.raises(StrategyError, match="there is no .*other.py, nor .*other.py"):
        make_strategy("mine", scenario, allow_code=True)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("return None", "returned NoneType; a Plan is allowed"),
        ("return {'enrol': 1}", "returned dict"),
        ("raise RuntimeError('no idea')", "plan() failed: RuntimeError: no idea"),
        ("raise SystemExit(3)", "plan() failed: SystemExit: 3"),
        ("raise GeneratorExit('x')", "plan() failed: GeneratorExit: x"),
        ("return Plan(hours=type('Odd', (), {'__array__': lambda *a, **k: exit(3)})())", "SystemExit: 3"),
        ("return Plan(hours=np.ones(3))", "hours has shape (3,); (8,) is allowed"),
        ("return Plan(hours=np.full(8, -1.0))", "hours holds -1; 0 to 1e+06"),
        ("return Plan(hours=np.full(8, np.nan))", "hours holds nan"),
        ("return Plan(enrol=np.full(8, 2))", "enrol holds 2; 0 to 1"),
        ("return Plan(enrol=['a'] * 8)", "enrol is list; numbers are allowed"),
        ("return Plan(mix=np.tile([.5, .5, .5, 0], (8, 1)))", "sums to 1.5; the four shares must sum to 1"),
        ("return Plan(mix=np.ones(8))", "mix has shape (8,); (8, 4)"),
        ("return Plan(places=-1)", "places is -1"),
        ("return Plan(places=2.5)", "places is 2.5"),
        ("return Plan(invite=np.ones(8))", "invite has shape (8,)"),
        ("return Plan(target_condition=np.full(8, 5))", "target_condition holds 5; -1 to 4"),
        ("return Plan(building=np.full(8, -1.0))", "building holds -1; 0 to 1e+08 is allowed"),
        ("return Plan(building=np.full(8, np.nan))", "building holds nan; 0 to 1e+08 is allowed"),
        ("return Plan(building=1.0)", "building has shape (); (8,) is allowed"),
        ("return Plan(look=np.full(8, 3))", "look holds 3; 0 to 1 is allowed"),
        ("return Plan(look=np.full(8, 0.5))", "look holds 0.5; a whole number 0 to 1 is allowed"),
        ("return Plan(recipient=np.full(8, 2))", "recipient holds 2; 0 to 1 is allowed"),
        ("return Plan(priority=np.full(8, np.inf))", "priority holds inf"),
        ("return Plan(staffing=np.full(8, 4))", "staffing holds 4; 0 to 3 is allowed"),
        ("return Plan(staffing=np.full(8, 1.5))", "staffing holds 1.5; a whole number 0 to 3 is allowed"),
        ("return Plan(staffing=np.ones(3))", "staffing has shape (3,); (8,) is allowed"),
        ("return Plan(appoint=np.ones(8))", "appoint has shape (8,)"),
        ("return Plan(variant_rule=1)", "variant_rule is 1; a mapping with kind: one of none, local, menu is allowed"),
    ],
)
def test_broken_plans(write, body, text):
    model = ReformModel(write(plan_code(body)), rng=1, strategy="mine", allow_code=True)
    with pytest.raises(StrategyError, match="strategy 'mine'") as error:
        model.run()
    assert text in str(error.value)


@pytest.mark.parametrize("places", ["3", None.__class__, [1], np.nan, np.inf, object(), 10**12, 10**400])
def test_places_of_any_kind_are_one_clear_error(places):
    with pytest.raises(StrategyError, match="strategy 'x': places is"):
        checked(Plan(places=places), "x", 8, 100)
