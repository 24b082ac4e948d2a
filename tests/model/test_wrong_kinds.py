"""Arguments of the wrong kind are one clear error of ours that names the argument, never a TypeError."""

from __future__ import annotations

import os
import subprocess
import sys

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.errors import DiffusionSimError
from diffusion_sim.network.given import from_edges

SMALL = {"population.schools": 2, "programme.years_support": 1, "programme.years_after": 0}
JUNK = [5, -1, 2.5, float("nan"), "no such thing", b"x", True, [1, 2], ["x", None], (), {}, {1: 2}, {"x": []}, {3},
        object(), len, 10**30, np.array([1, 2]), np.array(None), np.float64(3), pd.NA, pd.DataFrame({"a": [1]}),
        nx.Graph([(1, 2)]), "\0", None, int, range(3), "=1"]  # fmt: skip
FEW = {"replicates": 1, "workers": 1, "progress": False, "overrides": SMALL, "strategies": ["none"]}
EDGES = pd.DataFrame({"source": ["a/0"], "target": ["a/1"]})
DECOMPOSED = FEW | {"mechanisms": ["norm"]}


def small() -> ds.ReformModel:
    return ds.ReformModel("mid_size_district", rng=1, overrides=SMALL)


CALLS = {
    "ReformModel": (lambda **said: ds.ReformModel(**{"rng": 1, "overrides": SMALL} | said),
                    ["case", "rng", "strategy", "overrides", "allow_code", "threads", "ties", "rules", "plain",
                     "any_size"]),
    "compare": (lambda case="mid_size_district", **said: ds.compare(case, **FEW | said),
                ["case", "strategies", "baseline", "replicates", "rng", "workers", "measures", "ensemble", "rules",
                 "equal_spending", "executor", "allow_code", "overrides", "full_intensity", "progress", "any_size"]),
    "decompose": (lambda case="mid_size_district", **said: ds.decompose(case, **DECOMPOSED | said),
                  ["case", "strategies", "mechanisms", "baseline", "replicates", "rng", "measures", "workers", "rules",
                   "executor", "allow_code", "overrides", "progress", "any_size"]),
    "load_model": (lambda path="none.npz", **said: ds.load_model(path, **said), ["path", "allow_code"]),
    "load_scenario": (ds.load_scenario, ["id_or_path"]),
    "run": (lambda **said: small().run(**{"until": 1} | said), ["until", "record_schools"]),
    "from_edges": (lambda **said: from_edges(**{"edges": EDGES, "teacher_ids": ["a/0", "a/1"]} | said),
                   ["edges", "columns", "relations", "separator"]),
    "save": (lambda path: small().save(path), ["path"]),
    "intervene": (lambda change=SMALL, **said: small().intervene(change, **said), ["change", "week"]),
}  # fmt: skip
CASES = [(name, argument) for name, (_, arguments) in CALLS.items() for argument in arguments]
# What the error calls an argument that has another name in the sentence.
CALLED = {"case": "scenario", "id_or_path": "scenario", "path": "", "change": "", "rules": "rule", "week": "",
          "until": "until", "ties": "", "edges": "", "relations": "relation",
          "overrides": "", "strategies": "strateg", "baseline": "strateg"}  # fmt: skip


@pytest.mark.parametrize(("call", "argument"), CASES)
def test_a_clear_error(call, argument, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused = 0
    for value in JUNK:
        try:
            CALLS[call][0](**{argument: value})
        except DiffusionSimError as error:
            refused += 1
            text = str(error)
            assert CALLED.get(argument, argument) in text or value is True, text
            assert "Traceback" not in text and len(text) < 1500, text
    assert refused > len(JUNK) / 2


@pytest.mark.parametrize("ties", [5, [1, 2], {}, b"x"])
def test_ties(ties):
    with pytest.raises(DiffusionSimError, match=r"ties: found .*; a networkx graph, a DataFrame, the path"):
        ds.ReformModel("mid_size_district", rng=1, overrides=SMALL, ties=ties)


@pytest.mark.parametrize("separator", [";;", 5, "", "x", "\n", [","], b","])
def test_separator_of_an_edge_list(tmp_path, separator):
    EDGES.to_csv(tmp_path / "e.csv", index=False)
    with pytest.raises(DiffusionSimError, match=r"^separator: found .*; ',', ';', '\\t', '\|' or None is allowed$"):
        from_edges(tmp_path / "e.csv", ["a/0", "a/1"], separator=separator)


@pytest.mark.parametrize("code", ["import diffusion_sim as ds; ds.compare", "import diffusion_sim.cli as c; c.main()"])
def test_a_numba_that_may_not_compile(code):
    done = subprocess.run([sys.executable, "-c", code, "check", "mid_size_district"], capture_output=True, text=True,
                          env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, check=False)  # fmt: skip
    assert done.returncode and done.stderr.splitlines()[-1].count("NUMBA_DISABLE_JIT: found '1'; the model runs") == 1


@pytest.mark.parametrize("name", ["new", "study"])
def test_other_calls(name):
    with pytest.raises(DiffusionSimError, match="found"):
        {"new": ds.new_scenario, "study": ds.open_study}[name](None)
