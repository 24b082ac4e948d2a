"""Rules of the user's own: what they do, what is refused and how, and that they are part of a run's identity."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.errors import DiffusionSimError, RuleError, ScenarioError, StoreError
from diffusion_sim.scenario import load_scenario
from diffusion_sim.week.replaceable_rules import ARGUMENTS, FACTS, RULES, Me

FILE = Path(__file__).with_name("my_rules.py")
_SPEC = importlib.util.spec_from_file_location("my_rules_of_the_tests", FILE)
assert _SPEC is not None and _SPEC.loader is not None
mine = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(mine)


def model(rules=None, strategy="directed_uniform", **more):
    return ds.ReformModel("mid_size_district", rng=1, strategy=strategy, rules=rules, **more)


@pytest.mark.slow
def test_the_built_in_rule_written_anew_gives_the_same():
    same, usual = model({"peer_force": mine.as_built_in}).run(), model(plain=True).run()
    np.testing.assert_array_equal(same.series["users"], usual.series["users"])
    np.testing.assert_allclose(same.series, usual.series, rtol=1e-12, atol=1e-14)


@pytest.mark.slow  # compiles anew
def test_ties_of_the_same_grade_only():
    """No more peers than before, and none where nobody has a colleague of the own grade."""
    usual, found = model(plain=True).run(), model({"peer_force": mine.same_grade_only}).run()
    assert 0 < found.flows["trial_peers"].iloc[-1] < usual.flows["trial_peers"].iloc[-1]
    assert found.rules == {"peer_force": f"{FILE}:same_grade_only"} and found.plain


@pytest.mark.slow  # compiles anew
def test_a_rule_may_count_heads():
    """Of whom a teacher asks: they agree with the shares; and a threshold of heads is another rule than a share."""
    assert model({"peer_force": mine.heads}).run(until=40).outcomes["users"] > 0
    some = model({"peer_force": mine.at_least_three}).run().flows["trial_peers"].iloc[-1]
    assert 0 < some < model(plain=True).run().flows["trial_peers"].iloc[-1]


def test_a_file_that_runs_the_model_while_it_is_loaded(tmp_path):
    """One sentence, however deep the file would load itself."""
    file = tmp_path / "script.py"
    file.write_text(
        "import diffusion_sim as ds\n\ndef half(exposure):\n    return exposure / 2.0\n\n"
        "ds.compare('mid_size_district', ['directed_uniform'], replicates=1, rules={'peer_force': half}, "
        "allow_code=True)\n"
    )
    with pytest.raises(DiffusionSimError, match="^'.*script.py' runs the model while it is loaded") as caught:
        model({"peer_force": f"{file}:half"})
    assert len(str(caught.value)) < 400


@pytest.mark.slow  # compiles anew
def test_a_function_of_the_script_that_runs_is_not_sent(tmp_path):
    """To other processes, which would run the script again; the script's own models are fine."""
    script = tmp_path / "script.py"
    script.write_text(
        "import diffusion_sim as ds\n\ndef half(exposure):\n    return exposure / 2.0\n\n"
        "ds.ReformModel('mid_size_district', rng=1, rules={'peer_force': half}).run(until=1)\nprint('one')\n"
        "ds.compare('mid_size_district', ['directed_uniform'], replicates=1, rules={'peer_force': half}, "
        "allow_code=True)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.stdout.split() == ["one"]
    assert "'half' stands in the script that runs, which other processes would run once more" in done.stderr


@pytest.mark.slow  # compiles anew
def test_weights_of_ties():
    """Weights that are all alike change nothing; unlike ones do."""
    alike = model({"tie_weight": lambda p: 3.0}).run()
    np.testing.assert_array_equal(alike.series["users"], model(plain=True).run().series["users"])
    assert not np.array_equal(model({"tie_weight": mine.some_weight}).run().series["reach"], alike.series["reach"])


def test_a_teacher_drops_the_practice_after_two_bad_quarters():
    rules = {"remember": mine.count_bad_quarters, "stop_hazard": mine.drop_after_two}
    run, usual = model(rules), model(plain=True)
    run.run(until=9)
    column = run.state.teachers.mine
    assert set(np.unique(column)) == {0.0, 1.0}  # one quarter has ended
    bad = (column == 1.0).copy()
    run.run(until=18)
    twice = (run.state.teachers.mine == 2.0) & bad
    assert twice.any()
    assert not np.isin(run.state.teachers.stage[twice], (2, 3)).any()  # e**(-1000/36) of them would go on
    assert run.run().outcomes["discontinued"] > usual.run().outcomes["discontinued"]


def test_the_own_column_is_saved_copied_and_moves(tmp_path):
    rules = {"remember": f"{FILE}:count_bad_quarters", "stop_hazard": f"{FILE}:drop_after_two"}
    whole = model(rules)
    half = whole.copy().run(until=100)
    half.save(tmp_path / "half.npz")
    back = ds.load_model(tmp_path / "half.npz", allow_code=True)
    np.testing.assert_array_equal(back.state.teachers.mine, half.state.teachers.mine)
    np.testing.assert_array_equal(whole.run().series, back.run().series)
    with pytest.raises(StoreError, match="rules of yours, which run only when allowed"):
        ds.load_model(tmp_path / "half.npz")
    assert whole.state.teachers.mine.any()


@pytest.mark.slow  # compiles anew
def test_a_rule_that_has_changed_since_is_not_believed(tmp_path):
    file = tmp_path / "rule.py"
    file.write_text("def f(exposure, p):\n    return p.q * exposure\n")
    model({"peer_force": f"{file}:f"}).run(until=3).save(tmp_path / "m.npz")
    file.write_text("def f(exposure, p):\n    return 2.0 * p.q * exposure\n")
    with pytest.raises(StoreError, match="the rule peer_force of .*rule.py:f, which has changed since"):
        ds.load_model(tmp_path / "m.npz", allow_code=True)


@pytest.mark.slow  # compiles anew
def test_an_edited_rule_is_compiled_anew(tmp_path):
    file = tmp_path / "rule.py"
    reach = []
    for factor in (0.0, 4.0):
        file.write_text(f"SIZE = {factor}\n\ndef f(exposure, p):\n    return SIZE * exposure\n")
        reach.append(model({"peer_force": f"{file}:f"}).run().outcomes["reach"])
    assert reach[0] < reach[1]


@pytest.mark.slow  # compiles anew
def test_functions_that_a_rule_calls_are_compiled_too():
    assert model({"peer_force": mine.with_a_part}).run(until=20).outcomes["users"] > 0


REFUSED = {
    "no_such_argument": ["rules.peer_force", "my_rules.py, line", "no such argument 'grde'", "'grade'", "exposure, p"],
    "many": ["plain arguments, each named"],
    "a_list": ["rules.peer_force", "my_rules.py, line", "cannot be compiled", "a function of numbers"],
    "no_such_number": ["rules.peer_force", "nothing"],
    "nothing": ["returned None; a number is allowed"],
    "tosses": ["rules.peer_force", "my_rules.py, line", "draws random numbers"],
    "tosses_numpy": ["draws random numbers"],
    "tosses_inside": ["draws random numbers"],
    "imports": ["imports inside a rule; write them at the top of the file"],
    "prints": ["a rule cannot print", "call it as the Python function it is"],
    "with_a_default": ["no such argument 'k'; defaults are not possible"],
    "uses_a_dict": ["uses 'TABLE', a dict; numbers, texts, tuples"],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_rule(name):
    with pytest.raises(RuleError) as caught:
        model({"peer_force": getattr(mine, name)})
    assert len(str(caught.value).splitlines()) == 1
    for text in REFUSED[name]:
        assert text in str(caught.value)


RETURNED = {
    "negative": ["returned -0.1 in week 1 ", "for teacher ", "a finite number from 0 on is allowed (1/school year)"],
    "not_a_number": ["returned nan in week 5 ", "my_rules.py, line", "exposure = ", "week = 5"],
}


@pytest.mark.slow  # compiles anew
@pytest.mark.parametrize("name", RETURNED)
@pytest.mark.parametrize("threads", [1, 2])
def test_what_a_rule_must_not_return(name, threads):
    with pytest.raises(RuleError) as caught:
        model({"peer_force": getattr(mine, name)}, strategy="staged", threads=threads).run()
    for text in ["rules.peer_force", *RETURNED[name]]:
        assert text.replace(" in week 1 ", " in week ") in str(caught.value)


WRONG = {
    "unknown": ({"peer_forse": mine.as_built_in}, "rules.peer_forse: no such rule; did you mean 'peer_force'"),
    "number": ({"peer_force": 3}, "rules.peer_force: found 3; a Python function, or text 'file.py:function'"),
    "no_file": (
        {"peer_force": "nowhere.py:f"},
        "rules.peer_force: cannot load 'nowhere.py:f': FileNotFoundError: there is no .*nowhere.py, nor .*nowhere.py",
    ),
    "no_name": ({"peer_force": f"{FILE}:g"}, "rules.peer_force: cannot load .*AttributeError"),
    "list": (["peer_force"], "rules: found .*; a mapping of a rule's name"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_rules(name):
    rules, text = WRONG[name]
    with pytest.raises(RuleError, match=text):
        model(rules)


@pytest.mark.parametrize("raised", ["SystemExit(3)", "GeneratorExit('x')", "KeyboardInterrupt"])
def test_a_file_of_rules_that_raises_anything(tmp_path, raised):
    """The error names the file; an interrupt stays one."""
    file = tmp_path / "rule.py"
    file.write_text(f"raise {raised}\n")
    with pytest.raises(BaseException) as caught:
        model({"peer_force": f"{file}:f"})
    if raised == "KeyboardInterrupt":
        assert caught.type is KeyboardInterrupt
    else:
        assert caught.type is RuleError and f"rule.py:f': {raised.split('(')[0]}: " in str(caught.value)


@pytest.mark.slow  # compiles anew
def test_a_rule_that_raises_in_a_later_week():
    text = r"rules.peer_force: .*my_rules.py, line \d+: failed in a week: ValueError: odd"
    with pytest.raises(RuleError, match=text):
        model({"peer_force": mine.raises_in_week_5}).run()


def test_own_rules_need_the_plain_week():
    with pytest.raises(RuleError, match="plain: found False; rules of your own run one teacher at a time"):
        model({"peer_force": mine.as_built_in}, plain=False)


def test_a_function_without_a_name_cannot_be_saved_or_sent(tmp_path):
    run = model({"peer_force": lambda exposure: 0.1})
    with pytest.raises(StoreError, match="cannot be loaded again"):
        run.save(tmp_path / "x.npz")
    with pytest.raises(RuleError, match="stands at the top of no .py file"):
        ds.compare("mid_size_district", ["directed_uniform"], replicates=1, rules={"peer_force": lambda exposure: 0.1},
                   allow_code=True)  # fmt: skip


def scenario(folder: Path, rules: str) -> Path:
    (folder / "my_rules.py").write_text(FILE.read_text("utf-8"))
    path = folder / "own.yaml"
    path.write_text(
        "id: own\ntitle: t\nquestion: q?\nsources: [anet_i3]\npopulation: {kind: synthetic, schools: 4, districts: 2}\n"
        f"initial_use: {{share: 0.1}}\nstrategy: {{recruitment: {{kind: volunteer}}}}\nrules: {rules}\n"
    )
    return path


def test_a_scenario_names_rules(tmp_path):
    path = scenario(tmp_path, "{peer_force: 'my_rules.py:same_grade_only'}")
    with pytest.raises(ScenarioError, match="rules.peer_force: found 'my_rules.py:same_grade_only': a scenario's code"):
        load_scenario(path)
    case = load_scenario(path, allow_code=True)
    assert case["rules.peer_force"] == "my_rules.py:same_grade_only"
    with pytest.raises(RuleError, match="runs only when allowed"):
        ds.ReformModel(case, rng=1)
    by_name = ds.ReformModel(case, rng=1, allow_code=True).run()
    by_call = ds.ReformModel(load_scenario(scenario(tmp_path, "{}")), rng=1, rules={"peer_force": mine.same_grade_only})
    np.testing.assert_array_equal(by_name.series, by_call.run().series)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ("[a]", "rules: found"),
        ("{peer_force: 3}", "rules.peer_force: found 3"),
        ("{'a b': 'x.py:f'}", "a rule's name is"),
    ],
)
def test_a_scenario_names_rules_wrongly(tmp_path, rules, text):
    with pytest.raises(ScenarioError, match=text):
        load_scenario(scenario(tmp_path, rules), allow_code=True)


def test_compared_in_processes_of_their_own(tmp_path):
    path = scenario(tmp_path, "{peer_force: 'my_rules.py:same_grade_only'}")
    one, two = (
        ds.compare(path, ["volunteer_uniform"], replicates=3, workers=n, allow_code=True, progress=False)
        for n in (1, 2)
    )
    assert one.runs.drop(columns="seconds").equals(two.runs.drop(columns="seconds"))
    without = ds.compare(load_scenario(scenario(tmp_path, "{}")), ["volunteer_uniform"], replicates=3, progress=False)
    assert not np.array_equal(one.runs["reach"], without.runs["reach"])
    record = one.provenance["rules"]["peer_force"]
    assert record["code"] == "my_rules.py:same_grade_only" and len(record["digest"]) == 16


def test_rules_are_part_of_a_runs_key(tmp_path):
    from diffusion_sim.study.plan.run_keys import Keys

    def key() -> str:
        case = load_scenario(tmp_path / "own.yaml", allow_code=True)
        return Keys(case, ["none"], [], "here").of(b"{}", ["none"], 1)[0]

    scenario(tmp_path, "{peer_force: 'my_rules.py:same_grade_only'}")
    first = key()
    assert key() == first
    with (tmp_path / "my_rules.py").open("a") as file:
        file.write("# an edit\n")
    edited = key()
    scenario(tmp_path, "{}")
    assert len({first, edited, key()}) == 3


def test_list_rules():
    table = ds.list_rules().set_index("rule")
    assert list(table.columns) == ["arguments", "unit", "lowest", "highest", "meaning"]
    assert {"peer_force", "stop_hazard", "tie_weight", "remember"} <= set(table.index)
    assert table.loc["peer_force", "arguments"] == "exposure, p" and table.loc["peer_force", "lowest"] == 0.0
    assert table["meaning"].str.len().min() > 20
    for rule in RULES.values():
        assert {*rule.parameters} - {"p"} <= set(ARGUMENTS), rule.name
    assert set(Me._fields) - {"faults", "row"} == set(FACTS)


@pytest.mark.slow  # each is compiled anew: some eight seconds
@pytest.mark.parametrize("name", RULES)
def test_every_rule_can_be_replaced(name):
    """By a function that returns a usual value: the run goes on, and for most rules it goes otherwise."""
    rule = RULES[name]
    special = {"internalise_hazard": 40.0, "tie_weight": 1.0, "hold_factor": 3.0, "shown": 0.0, "is_practised": 0.0}
    value = special.get(name, 0.4)
    space: dict = {"value": value}
    world = {"overrides": {"population.schools": 12}, "strategy": "directed_uniform"}
    if name == "learn_from_leader":
        world["strategy"] = "multi_classroom_leader"
    exec(f"def f({', '.join(rule.parameters)}, mine, week):\n    return value\n" if "mine" not in rule.parameters else
         f"def f({', '.join(rule.parameters)}, week):\n    return value\n", space)  # fmt: skip
    found = model({name: space["f"]}, **world).run()
    usual = model(plain=True, **world).run()
    same = np.array_equal(found.flows, usual.flows)
    series = np.array_equal(found.series["pupil_gain_sd"], usual.series["pupil_gain_sd"])
    assert (same and series) == (name in ("tie_weight", "remember"))


PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_is_that_of_the_rules():
    from diffusion_sim.week.rules_page import page

    assert PAGE.read_text("utf-8") == page()


def code_of_the_page() -> str:
    examples = PAGE.read_text("utf-8").split("## The rules")[0]
    blocks = [block.split("```")[0] for block in examples.split("```python\n")[1:]]
    return "\n".join(block for block in blocks if "def " in block)


def test_the_examples_of_the_page_are_those_tested_here():
    """Both are run as the page says, but shorter."""
    code = code_of_the_page()
    space: dict = {}
    exec(code, space)
    for name, example in space.items():
        if callable(example) and not name.startswith("_"):
            assert example.__code__.co_code == getattr(mine, name).__code__.co_code or name == "drop_after_two"
    assert {"same_grade_only", "count_bad_quarters", "drop_after_two", "at_least_three"} <= set(space)


def test_the_commands_of_the_page(tmp_path, monkeypatch, capsys):
    from diffusion_sim.cli import call

    code = code_of_the_page()
    (tmp_path / "my_rules.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    rules = ["--rule", "remember=my_rules.py:count_bad_quarters", "--rule", "stop_hazard=my_rules.py:drop_after_two"]
    small = ["mid_size_district", "--replicates", "2", "--strategies", "none,directed_uniform", "--set",
             "population.schools=6", "--workers", "1", "--out", "out"]  # fmt: skip
    assert call(["compare", *small, *rules, "--allow-code"]) == 0
    assert (tmp_path / "out" / "figure.png").stat().st_size > 1000
    assert "own rule remember" in (tmp_path / "out" / "figure.svg").read_text("utf-8")
    said = capsys.readouterr().out
    assert "Changed: own rule remember = my_rules.py:count_bad_quarters" in said and "--against-usual" in said
    assert call(["compare", *small, *rules, "--allow-code", "--against-usual"]) == 0
    assert "What your rules change" in capsys.readouterr().out
    assert "with the usual rules" in (tmp_path / "out" / "figure.svg").read_text("utf-8")
    assert (tmp_path / "out" / "against_usual.csv").read_text("utf-8").startswith("strategy,measure,usual,own,")
    assert call(["compare", *small, *rules]) == 2
    assert "runs only when allowed: --allow-code" in capsys.readouterr().err
    assert call(["rules"]) == 0 and call(["rules", "stop_hazard"]) == 0
    said = capsys.readouterr().out
    assert "peer_force" in said and "stop_hazard(ratio, hold, agenda, p)" in said and "exposure_same_grade" in said
    assert call(["rules", "stop_hazzard"]) == 2 and "did you mean 'stop_hazard'" in capsys.readouterr().err
