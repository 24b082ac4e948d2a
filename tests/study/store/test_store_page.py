"""docs/store.md says what is written: its columns and its queries, on the store of a real study."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

import diffusion_sim as ds
from diffusion_sim.model import ReformModel
from diffusion_sim.study import commands
from diffusion_sim.study.store.store import Store
from tests.study.small_study import plan_at, write_study

PAGE = (Path(__file__).parents[3] / "docs" / "store.md").read_text("utf-8")
CODE = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
SEEDS = [1, 2**53 + 1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where ``results`` of a small study lie."""
    space = {"trial.q": [0.7, 1.0], "population.population_seed": SEEDS}
    folder = tmp_path_factory.mktemp("page")
    study = write_study(folder, strategies=["none", "directed_uniform"], replicates=2, space=space,
                        keep={"schools": "end"})  # fmt: skip
    assert commands.start(study, workers=1, progress=False).counts.done == 16
    return folder


def results(code):
    """The value of each expression that stands alone in ``code``."""
    names, found = {}, []
    for part in ast.parse(code).body:
        if isinstance(part, ast.Expr):
            found.append(eval(compile(ast.Expression(part.value), "store.md", "eval"), names))
        else:
            exec(compile(ast.Module([part], []), "store.md", "exec"), names)
    return found


@pytest.mark.parametrize("code", CODE, ids=lambda code: code.split()[1])
def test_the_code_of_the_page_runs(folder, monkeypatch, code):
    library = code.split()[1].partition(".")[0]
    pytest.importorskip(library, reason=f"{library} is not installed")
    monkeypatch.chdir(folder)
    found = results(code)
    mean = ds.open_study("results").runs.groupby("strategy", observed=True).reach.mean().to_dict()
    if library == "pandas":
        assert found[0].to_dict() == pytest.approx(mean)
    elif library == "polars":
        assert dict(found[0].iter_rows()) == pytest.approx(mean)
    elif library == "duckdb":
        assert dict(found[0].fetchall()) == pytest.approx(mean)
        rows = found[1].fetchall()
        series = ds.open_study("results").series
        assert len(rows) == 2 * 2 * series.week.nunique() and {q for q, *_ in rows} == {0.7, 1.0}
        for _, strategy, week, reach in rows[-1:]:
            assert week == series.week.max() and strategy == "none" and reach > 0
    else:
        table, status = found
        assert len(table) == 16 and list(table.columns) == ["strategy", "reach"] and not status["running"]


def test_there_is_code_for_each_library():
    assert [code.split()[1] for code in CODE] == ["pandas", "polars", "duckdb", "diffusion_sim.study.store.store"]


def test_the_columns_of_the_page_are_those_that_are_written(folder):
    """Every column but the measures is named on the page, and every column that the page names is there."""
    columns = {kind: list(said) for kind, said in Store.open(folder / "results").manifest["columns"].items()}
    table = PAGE[PAGE.index("Rows of `runs/`:") : PAGE.index("always have a value")]
    named = {name for row in re.findall(r"^\|([^|]+)\|", table, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)}
    about = [name for name in columns["runs"] if not name.startswith("p.")]
    about = about[: about.index("posts") + 1]
    assert named == {*about, "p.<path>", "label.<factor>", "structure.<key>"}
    head, series, schools = re.search(
        r"begin with (.*?) of their run\. Then follow in `series/` (.*?), in `schools/` (.*?)\. Runs", PAGE, re.DOTALL
    ).groups()
    head, series = re.findall(r"`(\w+)`", head), re.findall(r"`(\w+)`", series)
    assert columns["series"] == head + series
    model = ReformModel(plan_at(folder / "study.yaml").scenarios["mid_size_district"], rng=1)
    assert schools == "the columns of `ReformModel.schools_frame()`"
    assert columns["schools"] == head + list(model.schools_frame().columns)


def test_the_manifest_of_the_page_is_the_one_that_is_written(folder, tmp_path):
    table = PAGE[PAGE.index("The manifest says") : PAGE.index("Files are called")]
    named = {name for row in re.findall(r"^\|([^|]+)\|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert commands.start(folder, tmp_path, shard="1/2", workers=1, progress=False).counts.skipped == 0
    told = json.loads((tmp_path / "shards" / "1-of-2" / "manifest.json").read_text("utf-8"))
    assert named == {*told, "also_written_by"}


def test_values_that_vary_have_the_type_of_the_scenario(folder):
    runs = Store.open(folder / "results").load(columns=["p.population.population_seed", "p.trial.q", "error"])
    assert [str(field.type) for field in runs.schema] == ["int64", "double", "string"]
    assert set(runs.column("p.population.population_seed").to_pylist()) == set(SEEDS)
    assert set(runs.column("error").to_pylist()) == {None}


def test_a_seed_of_all_bits_is_stored_whole(tmp_path):
    seeds = [2**64 - 1, 5]
    study = write_study(tmp_path, strategies=["none"], replicates=1, space={"population.population_seed": seeds})
    done = commands.start(study, workers=1, progress=False)
    assert ds.open_study(done.folder).runs["p.population.population_seed"].tolist() == seeds
