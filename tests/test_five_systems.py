"""docs/five_systems.md is what its command writes; a row says what its CSV says; a system that is missing is named."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from diffusion_sim.systems.question import SYSTEMS

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "experiments"))
page = importlib.import_module("five_systems")
rows = importlib.import_module("five_systems_rows")
pages = importlib.import_module("systems_page")
sys.path.pop(0)
CONFIG = yaml.safe_load((ROOT / "experiments" / "five_systems.yaml").read_text("utf-8"))


def test_the_page_is_what_is_made():
    assert (ROOT / page.PAGE).read_text("utf-8") == page.made(), "python experiments/five_systems.py"


def test_it_is_of_all_systems_that_can_be_asked():
    assert set(CONFIG["systems"]) == set(SYSTEMS)


def test_a_row_says_what_its_statement_says():
    """The row that is the contrary of a statement, too."""
    said = pd.read_csv(ROOT / "experiments" / "opportunity_culture" / "findings" / "statements.csv")
    its = said[said["text"].str.startswith("the poorest quarter of schools gains at least as much")].iloc[0]
    begins = "| Opportunity Culture | poorest quarter of schools less than all"
    line = next(one for one in page.made().splitlines() if one.startswith(begins))
    assert f"| {pages.shown(its['value'], its['low'], its['high'], ['3'], '')} |" in line
    assert not its["holds"] and f"| yes | {its['draws'] - its['holds_in']} of {its['draws']} |" in line


def test_the_poorest_quarter_is_paired_with_no_programme():
    """By runs.csv as Opportunity Culture's own quantity has it, which is of the same seeds."""
    found = pages.Findings("opportunity_culture")
    own = found.quantities.loc["poorest_more", ["mean", "low", "high"]].to_numpy(float)
    assert rows.over_seeds(found, "teams", "poorest") == pytest.approx(own, abs=1e-9)


@pytest.fixture
def two(tmp_path):
    """A repository in which two systems have findings."""
    for system in ("achievement_network", "improvement_networks"):
        shutil.copytree(ROOT / "experiments" / system, tmp_path / "experiments" / system)
    return tmp_path


def test_missing_systems_are_named(two):
    text = page.made(two)
    assert "Not run yet: Opportunity Culture, Ed Partners and Deeper learning." in text
    assert "| Ed Partners | not run yet |" in text and "| Opportunity Culture | poorest quarter" not in text


def test_a_number_that_is_not_there_is_one_clear_error(two):
    file = two / "experiments" / "achievement_network" / "findings" / "quantities.csv"
    table = pd.read_csv(file)
    table[table["key"] != "uniform_90_10.matching"].to_csv(file, index=False)
    with pytest.raises(pages.PageError, match="achievement_network: no quantity 'uniform_90_10.matching'"):
        page.made(two)


def told(name, yes, held=0, told=True):
    return rows.Told(name, name, "", "", yes, told, held, 200 if held else 0)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([told("A", True, 190), told("B", True)], "yes in all 2 rows. In most draws: yes in A, which alone is asked."),
        ([told("A", True, 90), told("B", True, 190)], "yes in B; no in A. Most draws say otherwise than the"),
        ([told("A", True, 120), told("B", False)], "yes in A; no in B. In most"),
        ([told("A", True, told=False), told("B", True)], "yes in B; not told from chance in A. Over draws it is not"),
    ],
)
def test_what_rows_agree_on(said, words):
    assert words in rows.agreed(said)


def size(mean, half):
    return rows.Size("", mean, mean - half, mean + half, "")


@pytest.mark.parametrize(
    ("first", "second", "larger"),
    [
        (size(-0.3, 0.1), size(0.1, 0.05), "the first"),
        (size(0.1, 0.05), size(-0.3, 0.1), "the second"),
        (size(0.1, 0.2), size(0.25, 0.1), "open"),
    ],
)
def test_which_is_larger_goes_by_size(first, second, larger):
    assert rows.which_larger(first, second) == larger
    assert np.isfinite(rows.ends(first)).all()
