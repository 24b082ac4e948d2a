"""Numbers and reasons in words."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from diffusion_sim.cli import show
from diffusion_sim.cli.compare_tables import HEADLINE, title_and_unit
from diffusion_sim.cli.why import THEMES, reasons
from diffusion_sim.measures import MEASURE_INFO
from diffusion_sim.state.codes import FLOWS


@pytest.mark.parametrize(
    ("value", "unit", "signed", "text"),
    [
        (0.12345, "share", False, "0.123"),
        (-0.5, "share", True, "-0.500"),
        (0.5, "share", True, "+0.500"),
        (1234567.8, "US dollars", False, "1,234,568"),
        (0.0, "US dollars", False, "0"),
        (43272.0, "teachers", False, "43,272"),
        (250.0, "teachers", False, "250"),
        (250.55, "teachers", False, "250.6"),
        (float("nan"), "share", False, "-"),
        (math.inf, "US dollars", False, "inf"),
        (-math.inf, "", False, "-inf"),
        (None, "", False, "-"),
        ("district", "", False, "district"),
    ],
)
def test_numbers(value, unit, signed, text):
    assert show.number(value, unit, signed) == text


def test_intervals():
    assert show.interval(-0.01, 0.2, "share") == "-0.010 to +0.200"
    assert show.interval(float("nan"), 0.2) == "-"


def test_plain_json():
    frame = pd.DataFrame({"a": [1, 2], "b": [np.nan, 0.5], "c": ["x", None]})
    assert show.plain({"t": frame, "n": np.int64(3), "v": np.array([np.inf, 1.0])}) == {
        "t": [{"a": 1, "b": None, "c": "x"}, {"a": 2, "b": 0.5, "c": None}], "n": 3, "v": [None, 1.0],
    }  # fmt: skip


def flow(strategy, name, difference, half):
    return (strategy, name, 1.0, difference, difference - half, difference + half, 5)


def test_reasons_are_the_largest_clear_differences():
    rows = [
        ("none", "trial_peers", 5.0, np.nan, np.nan, np.nan, 5),
        flow("a", "trial_peers", 3.0, 1.0),
        flow("a", "trial_mandate", 40.0, 2.0),
        flow("a", "trial_norm", 2.0, 2.5),  # its interval holds 0
        flow("a", "trial_outreach", 0.01, 0.001),  # clear, and too small to speak of
        flow("a", "stop_owned", -4.0, 1.0),
        flow("b", "routine", 0.0, 0.0),
    ]
    table = pd.DataFrame(rows, columns=["strategy", "flow", "mean", "difference", "low", "high", "n"])
    assert reasons(table, "none") == {
        "a": [
            "begin: +40.0 tries under a mandate, +3.0 tries after colleagues' example",
            "stay: -4.0 stop what they owned",
        ]
    }
    assert reasons(table.iloc[:0], "none") == {}


def test_words_for_flows_and_measures_exist():
    assert {name for names in THEMES.values() for name in names} <= set(FLOWS)
    for name in HEADLINE:
        title, unit = title_and_unit(name)
        assert title and unit
    assert title_and_unit("reach_support_end") == ("reach at the end of support", MEASURE_INFO["reach"].unit)
