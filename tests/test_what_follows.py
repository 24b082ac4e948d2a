"""experiments/what_follows.py: what is kept has its columns, and changes are what they say."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "experiments"))
what_follows = importlib.import_module("what_follows")
sys.path.pop(0)


@pytest.fixture(scope="module")
def few(request):
    """Two settings, four seeds, the strategies of one pair; the table and the outcomes of both settings."""
    patch = pytest.MonkeyPatch()
    request.addfinalizer(patch.undo)
    patch.setattr(what_follows, "STRATEGIES", ["none", "volunteer_uniform", "directed_uniform"])
    patch.setattr(what_follows, "PAIRS", what_follows.PAIRS[:1])
    names = [what_follows.USUAL, "hours do not recruit"]
    patch.setattr(what_follows, "SETTINGS", {name: what_follows.SETTINGS[name] for name in names})
    found = {name: what_follows.outcomes(what_follows.SETTINGS[name], 4) for name in names}
    return what_follows.table(4), found[names[0]], found[names[1]]


def row(table, **said):
    rows = table[(table[list(said)] == pd.Series(said)).all(axis=1)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_the_kept_table_has_these_columns_and_settings(few):
    kept = pd.read_csv(what_follows.OUT)
    assert list(kept.columns) == list(few[0].columns)
    said = (ROOT / "experiments" / "what_follows.py").read_text("utf-8")
    assert all(f'"{name}"' in said for name in kept["setting"].unique())


def test_a_lead_is_one_strategy_less_the_other(few):
    table, usual, _ = few
    here = {"setting": "as it is", "against": "-", "measure": "deep_use"}
    found = row(table, **here, strategy="directed_uniform", baseline="volunteer_uniform")
    lead = usual.loc["directed_uniform", "deep_use"].mean() - usual.loc["volunteer_uniform", "deep_use"].mean()
    assert found["mean"] == pytest.approx(lead) and found["n"] == 4 and found["low"] < lead < found["high"]


def test_a_change_is_against_the_same_seeds_as_it_is(few):
    table, usual, off = few
    here = {"setting": "hours do not recruit", "against": "as it is", "measure": "reach"}
    found = row(table, **here, strategy="volunteer_uniform", baseline="-")
    change = (off - usual).loc["volunteer_uniform", "reach"]
    assert found["mean"] == pytest.approx(change.mean()) and change.mean() < 0
    assert table.query("strategy == 'none' and setting == 'hours do not recruit'").empty, "none has no hours"
