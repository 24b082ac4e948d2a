"""Differences at the levels of factors: one at a time with labels and scenarios of different own values, texts."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from diffusion_sim.analysis.studies import Study
from diffusion_sim.errors import StudyError
from tests.analysis.studies_by_hand import rows, spec, study

REACH = [0.0, 0.25, 0.5]


def reached(points):
    """Difference 10 + point in every run."""
    return {(p, arm): {"reach": [r + (10.0 + p) * (arm == "a") for r in REACH]}
            for p in points for arm in ("none", "a")}  # fmt: skip


def space(*names):
    return [SimpleNamespace(name=name) for name in names]


def shown(table):
    """(factor, level) -> difference."""
    return {(row.factor, row.level): pytest.approx(row.difference) for row in table.itertuples()}


def with_label(strong="strong", stored=False):
    """{trial.q: [.5, 1], pressure: {as_it_is, low, strong}}: no label at the first point and those of trial.q."""
    points = [(1.0, 0.5, None), (0.5, 0.5, None), (1.0, 0.0, "low"), (1.0, 1.5, strong)]
    factors = {
        p: {"p.trial.q": q, "p.districts.regime": regime, "label.pressure": label}
        for p, (q, regime, label) in enumerate(points)
    }
    frame = rows(reached(range(4)), factors)
    if stored:
        frame = frame.astype({"scenario": "category", "label.pressure": "category"})
    return Study(spec("one_at_a_time", space=space("trial.q", "pressure")), frame)


@pytest.mark.parametrize("stored", [False, True])
def test_the_first_point_has_a_level_of_labelled_factors(stored):
    whole = with_label(stored=stored)
    table = whole.by_level(["reach"])
    assert shown(table) == {
        ("trial.q", "0.5"): 11.0, ("trial.q", "1"): 10.0,
        ("pressure", "as it is"): 10.0, ("pressure", "low"): 12.0, ("pressure", "strong"): 13.0,
    }  # fmt: skip
    np.testing.assert_array_equal(table["value"], [0.5, 1.0, np.nan, np.nan, np.nan])
    whole.plot(["reach"])


def test_a_label_of_this_name_stays_another_level():
    levels = shown(with_label("as it is").by_level(["reach"]))
    assert (levels["pressure", "as it is"], levels["pressure", "(as it is)"]) == (13.0, 10.0)


def two_scenarios(left_out=()):
    """Own values .5 and .7; levels .6 and 1 of trial.q, 2 and 3 of turnover.exit, where 2 is the first one's own."""
    parts = []
    for scenario, q, leave in (("small", 0.5, 2.0), ("large", 0.7, 4.0)):
        points = [(q, leave), (0.6, leave), (1.0, leave), (q, 2.0), (q, 3.0)]
        factors = {p: {"p.trial.q": a, "p.turnover.exit": b} for p, (a, b) in enumerate(points)}
        there = [p for p in range(5) if (scenario, p) not in left_out]
        parts.append(rows(reached(there), factors, scenario))
    return Study(
        spec("one_at_a_time", "by_point", scenarios=("small", "large"), space=space("trial.q", "turnover.exit")),
        pd.concat(parts, ignore_index=True),
    )


def test_levels_of_scenarios_that_differ():
    table = two_scenarios().by_level(["reach"])
    for name in ("small", "large"):
        assert shown(table[table["scenario"] == name]) == {
            ("trial.q", "as it is"): 10.0, ("trial.q", "0.6"): 11.0, ("trial.q", "1"): 12.0,
            ("turnover.exit", "as it is"): 10.0, ("turnover.exit", "2"): 13.0, ("turnover.exit", "3"): 14.0,
        }  # fmt: skip
    two_scenarios().plot(["reach"])


def test_a_scenario_without_some_points_hides_no_level():
    table = two_scenarios({("small", 2), ("small", 3), ("small", 4)}).by_level(["reach"])
    assert shown(table[table["scenario"] == "small"]) == {("trial.q", "as it is"): 10.0, ("trial.q", "0.6"): 11.0,
                                                          ("turnover.exit", "as it is"): 10.0}  # fmt: skip
    assert len(table[table["scenario"] == "large"]) == 6
    # without its own first point: that says no level, and the others are known from the other scenario
    table = two_scenarios({("small", 0)}).by_level(["reach"])
    assert shown(table[table["scenario"] == "small"]) == {
        ("trial.q", "0.6"): 11.0, ("trial.q", "1"): 12.0, ("turnover.exit", "2"): 13.0, ("turnover.exit", "3"): 14.0
    }  # fmt: skip


def test_without_the_first_point_nothing_departs_from_it():
    with pytest.raises(StudyError, match="no factor has 2 to 12 levels"):
        two_scenarios({("small", 0), ("large", 0)}).by_level(["reach"])


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((1_000_000.0, 1_000_001.0), ["1000000", "1000001"]),
        ((0.1, 0.333333333333), ["0.1", "0.333333"]),
        ((0.3, 0.30000000000000004), ["0.29999999999999999", "0.30000000000000004"]),
    ],
)
def test_levels_are_told_apart(values, texts):
    factors = {p: {"p.trial.q": value} for p, value in enumerate(values)}
    whole = study(reached(range(2)), factors=factors, space=space("trial.q"))
    assert whole.by_level(["reach"])["level"].tolist() == texts
    whole.plot(["reach"])


def test_no_run_in_common():
    factors = {p: {"p.trial.q": float(p)} for p in range(2)}
    cells = reached(range(2))
    for p in range(2):
        cells[p, "none"]["reach"][0] = cells[p, "a"]["reach"][1] = cells[p, "a"]["reach"][2] = None
    whole = study(cells, factors=factors, space=space("trial.q"))
    for call in (whole.by_level, whole.differences, whole.plot):
        with pytest.raises(StudyError, match="no pair of strategies has a value of them in the same runs"):
            call(["reach"])
