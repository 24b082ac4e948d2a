"""A real Mesa model, on every Mesa that is supported."""

from __future__ import annotations

import gc
import importlib.util
import subprocess
import sys
import weakref

import mesa
import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds

pytestmark = pytest.mark.mesa_versions

COLLECTED = ["reach", "deep_use", "mean_depth", "owned_share", "equity_gap", "cost_total"]
HAS_BATCH_RUN = hasattr(mesa, "batch_run")
HAS_STEPS = "steps" in vars(mesa.Model(rng=1))


def made(model) -> int:
    """Agents that exist, without asking the model's own (lazy) properties."""
    return len(mesa.Model.agents.fget(model))


def test_it_is_a_model(small):
    model = small()
    assert isinstance(model, mesa.Model) and model.running and model.week == 0
    for week in range(1, 11):
        model.step()
        assert model.week == week
        if HAS_STEPS:
            assert model.steps == week


def test_it_stops_when_its_weeks_are_done(small):
    model = small()
    weeks = 0
    while model.running:
        model.step()
        weeks += 1
    assert weeks == model.week == model.weeks == 72
    before = model.outcomes
    model.step()
    assert model.week == 72 and pd.Series(model.outcomes).equals(pd.Series(before))


def test_run_is_as_many_steps(small, differing):
    one, two = small(), small()
    for _ in range(72):
        one.step()
    assert two.run() is two and differing(one, two) == []
    half = small()
    for _ in range(13):
        half.step()
    assert differing(half.run(), one) == []
    if HAS_STEPS:
        assert one.steps == two.steps == half.steps == 72


def test_a_plain_run_makes_no_agent(small):
    model = small().run()
    assert made(model) == 0
    assert model.outcomes["reach"] > 0 and len(model.series) == 73 and len(model.schools_frame()) == 6
    assert made(model) == 0


def test_agents_are_views_of_the_columns(small):
    model = small()
    teachers, schools = model.state.teachers.school.size, 6
    assert len(model.agents) == teachers + schools + 2
    assert set(model.agent_types) == {ds.Teacher, ds.School, ds.District}
    assert len(model.agents_by_type[ds.Teacher]) == teachers
    assert len(model.agents_by_type[ds.School]) == schools and len(model.agents_by_type[ds.District]) == 2
    first = list(model.agents)
    model.run()
    assert list(model.agents) == first and made(model) == teachers + schools + 2, "made once"
    frame = model.teachers_frame()
    for agent, row in zip(model.agents_by_type[ds.Teacher], frame.itertuples(index=False), strict=True):
        assert (agent.teacher_id, agent.school_id, agent.stage) == (row.teacher_id, row.school_id, row.stage)
        assert agent.skill == row.skill and agent.conviction == row.conviction
        assert agent.using == (row.stage in ("TRIAL", "ROUTINE")) and agent.using == (not pd.isna(row.owned))
        assert agent.quality == row.quality or not agent.using
    users = sum(agent.using for agent in model.agents_by_type[ds.Teacher])
    assert users == model.outcomes["users"] > 0
    for agent, row in zip(model.agents_by_type[ds.School], model.schools_frame().itertuples(index=False), strict=True):
        assert (agent.school_id, agent.district_id) == (row.school_id, row.district_id)
        assert (agent.reach, agent.deep_use, agent.enrolled) == (row.reach, row.deep_use, row.enrolled)
        assert (agent.readiness, agent.norm) == (row.readiness, row.norm)
    for agent in model.agents_by_type[ds.District]:
        assert 0 <= agent.superintendent <= 1 and len(agent.alignment) == 6 and agent.district_id


def test_advisers_are_teachers(small):
    model = small()
    asked = [adviser for agent in model.agents_by_type[ds.Teacher] for adviser in agent.advisers]
    assert len(asked) == int(model.state.network.degree.sum()) > 0
    assert all(isinstance(adviser, ds.Teacher) for adviser in asked)


def test_agent_sets_work(small):
    model = small().run()
    teachers = model.agents_by_type[ds.Teacher]
    deep = teachers.select(lambda agent: agent.using and agent.quality >= 0.5)
    assert len(deep) == model.outcomes["deep_users"]
    assert np.mean(teachers.get("skill")) == pytest.approx(model.teachers_frame()["skill"].mean())
    by_school = teachers.groupby("school_id").count()
    assert by_school == model.teachers_frame().groupby("school_id").size().to_dict()


def test_the_agents_cannot_be_assigned(small):
    with pytest.raises(AttributeError):
        small().agents = []


def test_the_data_collector(small):
    model = small()
    for _ in range(12):
        model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == COLLECTED and len(frame) == 13
    assert frame.reset_index(drop=True).equals(model.series[COLLECTED].reset_index(drop=True))
    assert made(model) == 0


def test_a_data_collector_of_ones_own_with_agents(small):
    model = small()
    model.datacollector = mesa.DataCollector(
        model_reporters={"reach": "week"}, agent_reporters={"kind": lambda agent: type(agent).__name__}
    )
    for _ in range(2):
        model.step()
    frame = model.datacollector.get_agent_vars_dataframe()
    assert len(frame) == 2 * len(model.agents)
    assert frame["kind"].value_counts()["School"] == 12


@pytest.mark.skipif(not HAS_BATCH_RUN, reason="this Mesa has no batch_run")
def test_batch_run(small):
    said = {
        "case": "mid_size_district",
        "strategy": ["none", "directed_uniform"],
        "overrides": [{"population.schools": 3, "programme.years_support": 1, "programme.years_after": 0}],
    }
    how = {"rng": [1, 2]} if "rng" in _parameters(mesa.batch_run) else {"iterations": 1}
    if "iterations" in how:
        said["rng"] = [1, 2]
    rows = pd.DataFrame(
        mesa.batch_run(ds.ReformModel, said, number_processes=1, max_steps=36, display_progress=False, **how)
    )
    last = rows.groupby(["strategy", "RunId"]).tail(1)
    assert len(last) == 4
    for row in last.itertuples():
        model = ds.ReformModel(row.case, rng=row.rng, strategy=row.strategy, overrides=row.overrides).run()
        assert row.Step == 36 and {name: getattr(row, name) for name in COLLECTED} == approx(model.outcomes)
    reach = last.groupby("strategy")["reach"].mean()
    assert reach["directed_uniform"] > reach["none"]


def approx(outcomes) -> object:
    """The collected ones of outcomes, to the bit; undefined equals undefined."""
    return pytest.approx({name: outcomes[name] for name in COLLECTED}, rel=0, abs=0, nan_ok=True)


TINY = """
id: tiny
title: tiny
question: q?
population: {kind: synthetic, districts: 2, schools: 8, teachers_mean: 20, population_seed: 1}
strategy:
  recruitment: {kind: volunteer}
compare: [none, volunteer_uniform, directed_uniform]
initial_use: {share: 0.05}
"""


@pytest.mark.skipif(not HAS_BATCH_RUN, reason="this Mesa has no batch_run")
@pytest.mark.parametrize("processes", [1, 2])
def test_a_batch_gives_the_end_of_whole_runs(tmp_path, processes):
    case = tmp_path / "tiny.yaml"
    case.write_text(TINY)
    how, said = _on_seeds(range(1, 7))
    said |= {"case": str(case), "strategy": "directed_uniform"}
    rows = mesa.batch_run(
        ds.ReformModel, said, number_processes=processes, max_steps=10_000, display_progress=False, **how
    )
    assert len(rows) == 6
    for row in rows:
        end = ds.ReformModel(str(case), rng=row["rng"], strategy="directed_uniform").run()
        assert row["Step"] == end.week == 180
        assert {name: row[name] for name in COLLECTED} == approx(end.outcomes)
        assert {name: column[-1] for name, column in end.datacollector.model_vars.items()} == approx(end.outcomes)


def _on_seeds(seeds) -> tuple[dict, dict]:
    """(arguments of batch_run, parameters of the model) of runs on these seeds, one each."""
    return ({"rng": list(seeds)}, {}) if "rng" in _parameters(mesa.batch_run) else ({}, {"rng": list(seeds)})


class OnesOwn(ds.ReformModel):
    """A model whose collector of its own begins before the first step, as Mesa's examples do."""

    def __init__(self, **said):
        super().__init__("mid_size_district", overrides=SHORT, **said)
        self.datacollector = mesa.DataCollector(model_reporters={"left": "week", "reach": _reach})
        self.datacollector.collect(self)


def _reach(model):
    return model.outcomes["reach"]


SHORT = {"population.schools": 3, "programme.years_support": 1, "programme.years_after": 0}


@pytest.mark.skipif(not HAS_BATCH_RUN, reason="this Mesa has no batch_run")
@pytest.mark.parametrize("period", [-1, 1, 6, 7])
def test_each_row_of_a_batch_is_of_the_week_that_it_says(period):
    for kind in (ds.ReformModel, OnesOwn):
        how, said = _on_seeds([5])
        if kind is ds.ReformModel:
            said["overrides"] = [SHORT]
        rows = mesa.batch_run(
            kind, said, data_collection_period=period, number_processes=1, display_progress=False, **how
        )
        series = ds.ReformModel("mid_size_district", rng=5, overrides=SHORT).run().series["reach"]
        assert [row["reach"] for row in rows] == [series[row["Step"]] for row in rows]
        assert len(rows) >= (1 if period < 0 else 36 // period)
        assert all(row["left"] == row["Step"] for row in rows if "left" in row)
        assert rows[-1]["Step"] == 36 or period == 7, "periods that divide the weeks, and none, end with the run"


def test_the_collector_holds_every_week_however_the_model_came_there(small, tmp_path):
    def held(model):
        frame = model.datacollector.get_model_vars_dataframe()
        pd.testing.assert_frame_equal(frame, model.series[COLLECTED].rename_axis(index=None), check_exact=True)
        return len(frame)

    model = small()
    assert held(model) == 1
    model.step()
    model.run(until=20)
    assert held(model) == 21 and made(model) == 0
    model.step()
    twin = model.copy()
    assert held(twin) == held(model) == 22
    twin.datacollector.collect(twin)
    assert held(twin) == 22, "a week is held once"
    model.save(tmp_path / "m.npz")
    loaded = ds.load_model(tmp_path / "m.npz")
    assert held(loaded) == 22
    for each in (model, twin, loaded):
        assert held(each.run()) == 73


def test_a_collector_of_ones_own_gets_the_end_of_run(small):
    model = small()
    model.datacollector = mesa.DataCollector({"week": "week"}, {"kind": lambda agent: type(agent).__name__})
    model.datacollector.collect(model)
    model.step()
    model.run(until=30)
    model.step()
    model.run()
    assert model.datacollector.model_vars["week"] == [0, 1, 30, 31, 72]
    weeks = model.datacollector.get_agent_vars_dataframe().index.get_level_values(0)
    assert list(dict.fromkeys(weeks)) == [0, 1, 30, 31, 72]
    model.run()
    assert len(model.datacollector.model_vars["week"]) == 5, "nothing was run"


def _parameters(function) -> set[str]:
    import inspect

    return set(inspect.signature(function).parameters)


def test_plain_keywords_only():
    """Mesa's user interface makes the model anew from its parameters: each must be a plain keyword with a default."""
    import inspect

    parameters = list(inspect.signature(ds.ReformModel).parameters.values())
    assert [p.name for p in parameters][:4] == ["case", "rng", "strategy", "overrides"]
    assert all(p.kind is p.POSITIONAL_OR_KEYWORD and p.default is not p.empty for p in parameters)
    assert not {"seed", "scenario", "steps", "time"} & {p.name for p in parameters}


def test_copies_are_independent(small, differing):
    model = small()
    for _ in range(20):
        model.step()
    twin = model.copy()
    assert isinstance(twin, ds.ReformModel) and differing(model, twin) == []
    assert not any(np.shares_memory(a, b) for a, b in zip(
        model.state.arrays().values(), twin.state.arrays().values(), strict=True))  # fmt: skip
    before = {name: array.copy() for name, array in model.state.arrays().items()}
    twin.run()
    assert model.week == 20
    assert all(np.array_equal(before[k], a, equal_nan=a.dtype.kind == "f") for k, a in model.state.arrays().items())
    assert differing(model.run(), twin) == []


def test_a_copy_steps_on_as_the_model(small):
    model = small()
    for _ in range(20):
        model.step()
    twin = model.copy()
    twin.step()
    assert twin.week == 21 and len(twin.agents) == len(model.agents)


def _looked_at(model, _):
    assert len(model.agents) and model.agents_by_type[ds.Teacher][0].advisers is not None


def _stepped(model, _):
    _looked_at(model, _)
    model.step()
    model.agents.do("step")
    model.run(until=40)


def _copied(model, _):
    _looked_at(model, _)
    _looked_at(model.copy().run(), _)


def _saved(model, folder):
    _looked_at(model, folder)
    model.save(folder / "m.npz")


def _collected(model, _):
    model.datacollector = mesa.DataCollector({"week": "week"}, {"kind": lambda agent: type(agent).__name__})
    model.step()
    assert len(model.datacollector.get_agent_vars_dataframe())


def _with_agents_of_others(model, _):
    assert mesa.Agent(model).unique_id not in model.agents_by_type[ds.Teacher].get("unique_id")


def _intervened(model, _):
    _looked_at(model, _)
    model.intervene({"trial.q": 1.1})
    model.intervene({"kind": "lost_time", "weeks": 2, "share": 0.5}, week=10)
    model.run()


USES = {
    "run": lambda model, _: model.run(),
    "schools recorded": lambda model, _: model.run(record_schools=True).school_series,
    "agents": _looked_at, "agents stepped": _stepped, "copy": _copied, "save": _saved, "data collector": _collected,
    "agents of others": _with_agents_of_others, "intervene": _intervened,
    "broken": lambda model, _: pytest.raises(ds.errors.ScenarioError, model.intervene, {"trial.qq": 1}),
}  # fmt: skip


@pytest.mark.parametrize("use", USES)
def test_models_that_nobody_has_are_let_go(small, tmp_path, use):
    model = small()
    USES[use](model, tmp_path)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_loaded_models_are_let_go(small, tmp_path):
    small().save(tmp_path / "m.npz")
    model = ds.load_model(tmp_path / "m.npz")
    _stepped(model, tmp_path)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def models() -> int:
    """Models that exist."""
    gc.collect()
    return sum(issubclass(type(thing), ds.ReformModel) for thing in gc.get_objects())  # proxies may be dead


@pytest.mark.skipif(not HAS_BATCH_RUN, reason="this Mesa has no batch_run")
def test_models_of_a_batch_are_let_go():
    before = models()
    said = {"case": "mid_size_district", "overrides": [{"population.schools": 2}]}
    how = {"rng": [1, 2]} if "rng" in _parameters(mesa.batch_run) else {"iterations": 2}
    mesa.batch_run(ds.ReformModel, said, number_processes=1, max_steps=2, display_progress=False, **how)
    assert models() == before


def test_models_of_the_live_page_are_let_go(small):
    solara = pytest.importorskip("solara", reason="solara, which Mesa's live page needs, is not installed")
    visualization = pytest.importorskip("mesa.visualization", reason="this Mesa's live page cannot be loaded")
    before = models()
    model = small()
    page = visualization.SolaraViz(model, components=[visualization.make_plot_component("reach")])
    _, context = solara.render(page, handle_error=False)
    assert models() > before
    model.step()
    context.close()
    del model, page, context
    assert models() == before


def test_no_draw_comes_from_mesa_or_the_standard_library(small, differing):
    """Whoever uses model.rng or model.random disturbs nothing."""
    one, two = small(), small()
    two.rng.random(100)
    two.random.random()
    two.agents.shuffle(inplace=True)
    assert differing(one.run(), two.run()) == []


_QUIET = """
import warnings
warnings.simplefilter("error")
import diffusion_sim as ds
small = {"population.schools": 3, "programme.years_support": 1, "programme.years_after": 0}
m = ds.ReformModel("mid_size_district", rng=7, strategy="directed_uniform", overrides=small)
m.step()
m.run()
m.copy().outcomes
len(m.agents_by_type[ds.Teacher])
print(round(m.outcomes["reach"], 12), m.outcomes["deep_users"])
"""


def test_no_warnings_and_the_same_results_in_a_fresh_process(small):
    """Also across versions: the values are those of this machine type; every Mesa must give them."""
    done = subprocess.run([sys.executable, "-c", _QUIET], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    reach, deep = done.stdout.split()
    small_case = {"population.schools": 3, "programme.years_support": 1, "programme.years_after": 0}
    here = ds.ReformModel("mid_size_district", rng=7, strategy="directed_uniform", overrides=small_case).run().outcomes
    assert (round(here["reach"], 12), here["deep_users"]) == (float(reach), float(deep))


def test_the_interface_is_not_needed():
    """The live interface of Mesa is not loaded by a run."""
    assert importlib.util.find_spec("mesa") is not None
    code = "import sys, diffusion_sim.model; print(any(m.startswith('mesa.visualization') for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
