"""The table end to end, small; what is kept; the page and its ledger; bad input."""

from __future__ import annotations

import json

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.cli import call
from diffusion_sim.errors import StoreError, StudyError
from diffusion_sim.patterns import page
from diffusion_sim.patterns.catalogue import rows
from diffusion_sim.patterns.record import RATIO
from diffusion_sim.patterns.seen import At, Runs
from diffusion_sim.patterns.tasks import VALUES, Kept, Task, run_task
from diffusion_sim.scenario.ranges_lock import digest

FEW = dict(rows=["C23", "C6"], seeds=2, workers=1, progress=False)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def found(kept):
    return ds.check_patterns(**FEW, keep=kept, space=1)


def test_the_table(found):
    assert found.rows["row"].tolist() == ["C6", "C23"] and found.seeds == 2 and found.digest == digest()
    assert set(found.rows["sharper"]) <= {"holds", "fails"} and set(found.rows["sharper_off"]) <= {"holds", "fails"}
    assert (found.rows["space_draws"] == 1).all() and not found.notes
    one = found.conditions.set_index(["row", "reading", "condition"]).loc[("C23", "sharper", "tried")]
    usual = found.values.query("row == 'C23' and off == '' and draw < 0 and name == 'tried'")["value"]
    assert one["value"] == np.median(usual) > 0 and one["value_off"] > 0
    assert found.not_measured["id"].tolist() == ["B12", "C18", "C19", "C29"]


def test_a_switch_changes_what_is_read(found):
    table = found.conditions.set_index(["row", "reading", "condition"])
    coached = table.loc[("C6", "literal", "regular use, coached")]
    assert coached["value"] > 2 * coached["value_off"] > 0


def test_values_are_those_of_the_runs(found):
    seed = int(found.values["seed"].iloc[0])
    runs = Runs(seed)
    again = rows()["C6"].read(At(runs, rows()["C6"]))
    said = found.values.query("row == 'C6' and off == '' and draw < 0 and seed == @seed").set_index("name")["value"]
    assert again == said.to_dict()


def test_a_kept_table_goes_on(found, kept, monkeypatch):
    from diffusion_sim.patterns import check

    def nothing(left, where, shown):
        assert not left
        return iter(())

    monkeypatch.setattr(check, "carry_out", nothing)
    again = ds.check_patterns(**FEW, keep=kept, space=1)
    assert again.rows.equals(found.rows) and again.conditions.equals(found.conditions)


def test_lines_that_were_cut_off_or_of_another_table_are_read_anew(kept, tmp_path):
    lines = (kept / VALUES).read_text().splitlines()
    assert len(lines) == 2 * 2 * 2 + 2  # rows x seeds x on and off, and one draw
    other = json.dumps(json.loads(lines[1]) | {"of": "0" * 12})
    (tmp_path / VALUES).write_text("\n".join([lines[0], other, lines[2][:40], "7"]) + "\n")
    first = json.loads(lines[0])
    task = Task((first["row"],), first["seed"], first["off"])
    there, left = Kept(tmp_path).split([task, task._replace(seed=first["seed"] + 1)])
    assert [read.values for read in there] == [first["values"]] and len(left) == 1
    with pytest.raises(StoreError, match="cannot be used"):
        Kept(tmp_path / VALUES)


def test_a_row_that_cannot_be_read_says_why(monkeypatch):
    row = rows()["C23"]
    monkeypatch.setitem(rows(), "C23", type(row)(**{**row.__dict__, "read": lambda at: 1 / 0}))
    (read,) = run_task(Task(("C23",), 1))
    assert read.error == "ZeroDivisionError: division by zero" and np.isnan(read.values["full"])


def test_rows_share_runs(monkeypatch):
    from diffusion_sim.patterns import seen

    made = []
    monkeypatch.setattr(Runs, "_model", lambda self, arm: made.append(arm) or arm)
    monkeypatch.setattr(seen, "seen", lambda model: model)
    runs = Runs(1)
    for name in ("C7", "C9", "C26", "C27"):
        At(runs, rows()[name])("volunteers")
    assert len(made) == 1
    At(runs, rows()["C1"])("volunteers")
    At(runs, rows()["C9"])("volunteers", {"trial.q": 1.0})
    assert len(made) == 3


# ---- the page --------------------------------------------------------------------------------------------------------
LEDGER = "## Ledger\n\nwhat stands here\n\n| digest | what |\n|---|---|\n| `36c0d862b689` | first |\n"


def test_the_page_keeps_its_ledger(found, tmp_path):
    target = tmp_path / "patterns.md"
    target.write_text("# Patterns\n\nold\n\n" + LEDGER)
    assert found.save(target) == [target]
    text = target.read_text()
    assert text.endswith(LEDGER) and "\nold\n" not in text
    assert page.FIRST in " ".join(text.split()) and text.index("design, not") < text.index("## How the rows stand")
    assert "no default is changed by them" in " ".join(text.split()) and f"`{digest()}`" in text
    assert "1 draws from our own ranges (uniform, independent)" in " ".join(text.split())
    for one in ("C18", "C19", "C29", "B12"):
        assert f"| {one} |" in text
    found.save(target)
    assert target.read_text() == text, "made again it is the same"


def test_the_shipped_page_has_a_ledger():
    from pathlib import Path

    shipped = Path(__file__).parents[2] / "docs" / "patterns.md"
    assert page.kept_ledger(shipped).count("| `") >= 2


def test_a_page_without_a_ledger_is_not_written_over(found, tmp_path):
    target = tmp_path / "mine.md"
    target.write_text("# My notes\n")
    with pytest.raises(StoreError, match="has no line '## Ledger'"):
        found.save(target)
    assert target.read_text() == "# My notes\n"


def test_files(found, tmp_path):
    files = found.save(tmp_path / "out")
    names = ["patterns.csv", "conditions.csv", "values.csv", "patterns.json", "patterns.md"]
    assert [path.name for path in files] == names
    said = json.loads((tmp_path / "out" / "patterns.json").read_text())
    assert said["ranges"] == digest() and [one["row"] for one in said["rows"]] == ["C6", "C23"]
    assert said["conditions"][0]["low"] is None, "two seeds have no interval of a median"


# ---- bad input -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"rows": ["A77"]}, "rows: there is no pattern 'A77'"),
        ({"seeds": 1}, "seeds: found 1; a whole number from 2"),
        ({"seeds": True}, "seeds: found True"),
        ({"off": "pears"}, "off: found 'pears'; did you mean 'peers'"),
        ({"off": 3}, "off: found 3; True, False or a mechanism"),
        ({"space": -1}, "space: found -1"),
        ({"space_seeds": 0}, "space_seeds: found 0"),
        ({"rng": "x"}, "rng: found 'x'"),
        ({"workers": 0}, "workers: found 0"),
        ({"keep": 3}, "keep: found 3"),
        ({"progress": "no"}, "progress: found 'no'"),
    ],
)
def test_bad_input(said, text):
    with pytest.raises(StudyError, match=text):
        ds.check_patterns(**FEW | said)


def test_the_command(found, kept, tmp_path, capsys):
    words = ["patterns", "--rows", "C6,C23", "--seeds", "2", "--workers", "1", "--keep", str(kept), "--space", "1"]
    assert call([*words, "--out", str(tmp_path / "new")]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert page.FIRST in out and f"ranges.lock {digest()}" in out and "five per cent fidelity" in out
    assert "C18 is not measured" in out and "(uniform, independent)" in out and "conditions.csv" in out
    assert call([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ranges"] == digest()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--rows", "Z9"], "there is no pattern 'Z9'"),
        (["--seeds", "1"], "1 is not in the range x>=2"),
        (["--off", "pears"], "did you mean 'peers'"),
        (["--off", "norm", "--no-off"], "found both"),
        (["--out", "nowhere/page.md"], "there is no folder"),
    ],
)
def test_bad_commands(words, text, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert call(["patterns", *words]) == 2
    assert text in " ".join(capsys.readouterr().err.split())


def test_ratios_name_what_the_rows_read():
    for row in rows().values():
        for one in (*row.literal, *row.sharper):
            assert one.how != RATIO or len(set(one.value.split())) == 2
