"""Runs on advice ties that the user gives: by a file in the scenario, or as a graph or table in Python."""

from __future__ import annotations

import subprocess
import sys

import networkx as nx
import pandas as pd
import pytest

from diffusion_sim.errors import PopulationError
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario
from diffusion_sim.world.build import post_ids

CASE = """\
id: ring
title: Everybody asks the next
question: Do given ties reach the model and stay?
population: {kind: table, source: schools.csv}
initial_use: {share: 0.3}
network: {kind: given, file: ties.csv}
strategy: {recruitment: volunteer}
"""


@pytest.fixture
def folder(tmp_path):
    schools = pd.DataFrame({"district_id": "d", "school_id": ["a", "b"], "teachers": [6, 5], "pupils": [90, 70],
                            "poverty": [0.2, 0.7], "achievement": [0.5, -0.5]})  # fmt: skip
    schools.to_csv(tmp_path / "schools.csv", index=False)
    names = [f"d/a/{i}" for i in range(6)] + [f"d/b/{i}" for i in range(5)]
    ring = pd.DataFrame({"source": names, "target": names[1:] + names[:1]})
    ring.to_csv(tmp_path / "ties.csv", index=False)
    (tmp_path / "ring.yaml").write_text(CASE, encoding="utf-8")
    return tmp_path


def advisers(model):
    network, names = model.state.network, post_ids(model.world.table)
    return {
        names[i]: [names[j] for j in network.target[network.first[i] : network.first[i] + network.degree[i]]]
        for i in range(len(names))
    }


def test_a_file_of_ties_is_what_the_model_runs_on(folder):
    model = ReformModel(load_scenario(folder / "ring.yaml"), rng=1)
    before = advisers(model)
    assert before["d/a/0"] == ["d/a/1"]
    assert before["d/a/5"] == ["d/b/0"]
    model.run()
    assert advisers(model) == before, "given ties belong to the posts"


def test_the_same_ties_as_graph_table_and_file_give_the_same_run(folder):
    case = load_scenario(folder / "ring.yaml")
    table = pd.read_csv(folder / "ties.csv")
    graph = nx.from_pandas_edgelist(table, create_using=nx.DiGraph)
    by_file = ReformModel(case, rng=3).run().outcomes
    for ties in (graph, table, folder / "ties.csv"):
        assert ReformModel(case, rng=3, ties=ties).run().outcomes == pytest.approx(by_file, nan_ok=True, abs=0)


def test_without_ties_nobody_learns_of_it_from_colleagues(folder):
    numbers = {"aware.a_0": 0, "initial_use.share": 1, "turnover.exit": 0, "leaders.principal_exit": 0}
    model = ReformModel(load_scenario(folder / "ring.yaml"), rng=1, strategy="none", overrides=numbers,
                        ties=pd.DataFrame({"source": ["d/a/0"], "target": ["d/a/1"]}))  # fmt: skip
    flows = model.run().flows.iloc[-1]
    assert flows["skill_use"] > 0
    linked = ReformModel(load_scenario(folder / "ring.yaml"), rng=1, strategy="none", overrides=numbers)
    assert linked.run().flows.iloc[-1]["skill_peers"] > flows["skill_peers"]


def test_unknown_names_are_one_clear_error(folder):
    (folder / "ties.csv").write_text("source,target\nd/a/0,d/a/66\n", encoding="utf-8")
    with pytest.raises(PopulationError, match="d/a/66"):
        ReformModel(load_scenario(folder / "ring.yaml"), rng=1)


def test_check_and_compare_refuse_them_before_anything_runs(folder):
    from diffusion_sim.analysis.compare import compare

    (folder / "ties.csv").write_text("source,target\nd/a/0,d/a/66\n", encoding="utf-8")
    with pytest.raises(PopulationError, match="d/a/66"):
        compare(folder / "ring.yaml", ["none"], replicates=2, workers=1, progress=False)
    command = [sys.executable, "-m", "diffusion_sim", "check", str(folder / "ring.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert "d/a/66" in done.stderr
    assert "Traceback" not in done.stderr
