"""``import diffusion_sim`` and ``--help`` load next to nothing; every public name is there."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import diffusion_sim as ds

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ["numpy", "numba", "pandas", "mesa", "scipy", "matplotlib", "networkx", "pyarrow", "pydantic", "yaml", "loky",
         "rich"]  # fmt: skip
PUBLIC = {
    "list_rules", "list_scenarios", "list_strategies", "load_scenario",
    "new_scenario", "ReformModel", "load_model", "compare", "check_patterns",
    "decompose", "describe_network", "School", "District", "Teacher", "Scenario", "Plan", "errors", "__version__",
    "run_study", "open_study", "Study", "robust", "run_trials", "story", "answer", "budget",
    "two_lives",
}  # fmt: skip
LATER = ["explore", "calibrate", "load_ensemble", "to_ema"]


def fresh(code: str, *args: str) -> str:
    """What a new interpreter prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code, *args], capture_output=True, text=True,
                          env=environment, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


_LOADED = "; import sys; print(*sorted({m.split('.')[0] for m in sys.modules}))"


def test_the_import_loads_nothing_heavy():
    out = fresh("import diffusion_sim" + _LOADED)
    assert "diffusion_sim" in out.split() and not set(out.split()) & set(HEAVY)


def test_help_loads_nothing_heavy():
    out = fresh("from diffusion_sim.cli import call; call(['--help']); call(['compare', '--help'])" + _LOADED)
    assert "Usage: diffusion-sim" in out and not set(out.splitlines()[-1].split()) & set(HEAVY)


def test_mesas_experimental_parts_are_left_to_whoever_uses_them():
    seen = "print('scipy.spatial' in sys.modules)"
    used = "print(mesa.experimental.continuous_space.ContinuousSpace.__name__)"
    out = fresh(f"import sys, diffusion_sim.model, mesa; {seen}; {used}; {seen}")
    assert out.split() == ["False", "ContinuousSpace", "True"]


def test_public_names():
    assert set(ds.__all__) == PUBLIC == set(dir(ds))
    for name in PUBLIC:
        assert getattr(ds, name) is not None
        assert getattr(ds, name) is getattr(ds, name)
    for name in PUBLIC - {"errors", "__version__", "Plan"}:
        assert getattr(ds, name).__doc__, name


def test_star_import():
    space: dict[str, object] = {}
    exec("from diffusion_sim import *", space)
    assert PUBLIC <= set(space)


@pytest.mark.parametrize("name", [*LATER, "nothing", "app"])
def test_names_that_are_not_there(name):
    with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
        getattr(ds, name)


def test_one_version_everywhere():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert pyproject["tool"]["hatch"]["version"]["path"] == "diffusion_sim/__init__.py"
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {ds.__version__}\n" in citation
    assert importlib.import_module("diffusion_sim").__version__ == ds.__version__


def test_list_strategies():
    table = ds.list_strategies().set_index("id")
    parts = ["recruitment", "allocation", "content", "tempo", "staffing", "testing", "district"]
    assert list(table.columns) == [*parts, "sources"]
    assert table.loc["directed_differentiated", ["recruitment", "allocation", "content", "tempo"]].tolist() == [
        "directed", "readiness_gap", "by_readiness", "at_once",
    ]  # fmt: skip
    from diffusion_sim.scenario import BUILT_IN, references

    assert list(table.index) == list(BUILT_IN)
    assert set(table["sources"]) <= {*references(), "assumption", ""}


def test_list_strategies_of_a_scenario_runs_no_code(tmp_path: Path):
    (tmp_path / "mine.py").write_text("raise SystemExit('ran')")
    text = (
        "id: own\ntitle: t\nquestion: q?\nsources: [anet_i3]\npopulation: {kind: synthetic}\n"
        "initial_use: {share: 0.1}\nstrategy: {recruitment: {kind: none}}\n"
        "strategies:\n  mine: {code: 'mine.py:Mine'}\n  more: {recruitment: volunteer, allocation: need_weighted}\n"
    )
    (tmp_path / "own.yaml").write_text(text)
    table = ds.list_strategies(tmp_path / "own.yaml").set_index("id")
    assert table.loc["mine", "sources"] == "mine.py:Mine" and table.loc["mine", "recruitment"] == "code"
    assert table.loc["more", "allocation"] == "need_weighted" and table.loc["more", "sources"] == "anet_i3"
