"""Tables of studies whose structures vary, against numbers worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from diffusion_sim.analysis.crossed_points import crossed
from diffusion_sim.analysis.studies import Study
from diffusion_sim.study.plan.structures import read_structures
from tests.analysis.studies_by_hand import rows, spec

DOSE, LIKE = "structure.dose", "structure.like"


def study(reach, factors, structure, space=(), **said):
    """Arms none (0 throughout) and a, with ``reach`` of a by point and replicate."""
    cells = {}
    for point, values in enumerate(reach):
        cells[point, "none"] = {"reach": [0.0] * len(values)}
        cells[point, "a"] = {"reach": list(values)}
    space = [SimpleNamespace(name=name) for name in space]
    it = spec(space=space, structure=read_structures(structure, "a study"), **said)
    seeds = said.get("seeds") == "by_point"
    each = len(set(zip(*(factors[name] for name in factors if name.startswith("structure.")), strict=True)))
    frame = rows(cells, {p: {name: column[p] for name, column in factors.items()} for p in range(len(reach))},
                 seed=lambda point, r: (1000 * (point // each) if seeds else 0) + r)  # fmt: skip
    return Study(it, frame)


def one(table, **where):
    for name, value in where.items():
        table = table[table[name].astype(str) == str(value)]
    assert len(table) == 1
    return table.iloc[0]


def test_drawn_points_are_units_and_structures_are_averaged_in_them():
    factors = {"p.trial.q": [0.7, 0.7, 0.8, 0.8, 0.9, 0.9], DOSE: ["hill", "saturating"] * 3}
    s = study([[1, 3], [5, 7], [2, 2], [4, 8], [0, 4], [2, 2]], factors, {"dose": None}, ["trial.q"],
              kind="latin_hypercube", seeds="by_point")  # fmt: skip
    units = np.array([(2 + 6) / 2, (2 + 6) / 2, (2 + 2) / 2])
    row = s.differences(["reach"], by="scenario").iloc[0]
    assert (row["difference"], row["n"], row["runs"]) == (pytest.approx(units.mean()), 3, 12)
    half = 4.302652729911275 * units.std(ddof=1) / np.sqrt(3)  # t of 2 degrees of freedom
    assert (row["low"], row["high"]) == pytest.approx((units.mean() - half, units.mean() + half))
    assert row["covers"] == ("parameters and chance: points drawn from their ranges, one value a point; mean of 2 "
                             "structures, which are chosen")  # fmt: skip
    at = s.by_level(["reach"])
    assert at["factor"].unique().tolist() == ["trial.q", DOSE]
    assert one(at, factor=DOSE, level="saturating")["difference"] == pytest.approx((6 + 6 + 2) / 3)
    assert one(at, factor=DOSE, level="hill")["n"] == 3
    assert s.best(["reach"]).iloc[0]["better_by"] == pytest.approx(units.mean())


def test_a_point_without_runs_of_a_structure_is_no_unit():
    """A mean over structures of one point and over one structure of another would compare points with structures."""
    factors = {"p.trial.q": [0.7, 0.7, 0.8, 0.8, 0.9], DOSE: ["hill", "saturating", "hill", "saturating", "hill"]}
    s = study([[1, 3], [5, 7], [2, 2], [4, 8], [90, 90]], factors, {"dose": None}, ["trial.q"], kind="sobol",
              seeds="by_point")  # fmt: skip
    row = s.differences(["reach"], by="scenario").iloc[0]
    assert (row["difference"], row["n"]) == (4, 2)


def test_one_drawn_point_under_two_structures_is_no_spread_of_parameters():
    factors = {"p.trial.q": [0.7, 0.7], DOSE: ["hill", "saturating"]}
    s = study([[1, 3, 2], [5, 7, 3]], factors, {"dose": None}, ["trial.q"], kind="sobol", seeds="by_point")
    row = s.differences(["reach"], by="scenario").iloc[0]
    assert not s.design.drawn and (row["n"], row["difference"]) == (3, pytest.approx(3.5))
    assert row["covers"] == "chance only: replicates at fixed parameters; mean of 2 structures, which are chosen"


def test_shares_of_variance_by_structure():
    values = np.random.default_rng(5).normal(size=(8, 3)) + np.repeat([0.0, 5.0, 9.0, 1.0], 2)[:, None]
    values[1::2] *= 3
    factors = {"p.trial.q": np.repeat([0.7, 0.8, 0.9, 1.0], 2), DOSE: ["hill", "saturating"] * 4}
    s = study(values, factors, {"dose": None}, ["trial.q"], kind="sobol", seeds="by_point")
    found = s.variance_shares(["reach"])
    assert found[DOSE].tolist() == ["hill", "saturating"]
    for row, its in zip(found.itertuples(), (values[::2], values[1::2]), strict=True):
        assert row.chance_variance == pytest.approx(its.var(axis=1, ddof=1).mean())
        between = 3 * its.mean(axis=1).var(ddof=1)
        assert row.parameter_variance == pytest.approx((between - row.chance_variance) / 3)


def test_levels_of_structures_one_at_a_time_over_a_space_one_at_a_time():
    """Space and structures are crossed: a level of one is over all of the other, a level alone over itself."""
    space = [(0.8, 10), (0.7, 10), (0.8, 20)]
    words = [("hill", "schools"), ("saturating", "schools"), ("hill", "off"), ("hill", "trying")]
    pairs = [(*s, *w) for s in space for w in words]
    columns = zip(*pairs, strict=True)
    factors = dict(zip(("p.trial.q", "p.programme.hours", DOSE, LIKE), columns, strict=True))
    reach = np.arange(24.0).reshape(12, 2)
    s = study(reach, factors, {"mode": "one_at_a_time", "dose": None, "like": None}, ["trial.q", "programme.hours"],
              kind="one_at_a_time")  # fmt: skip
    table = s.by_level(["reach"])
    mean = reach.mean(axis=1).reshape(3, 4)  # points of the space x structures
    expected = {
        **{("trial.q", "0.7"): mean[1].mean(), ("trial.q", "0.8"): mean[0].mean()},
        **{("programme.hours", "10"): mean[0].mean(), ("programme.hours", "20"): mean[2].mean()},
        **{(DOSE, "hill"): mean[:, 0].mean(), (DOSE, "saturating"): mean[:, 1].mean()},
        **{(LIKE, word): mean[:, row].mean() for word, row in (("schools", 0), ("off", 2), ("trying", 3))},
    }
    found = {(row.factor, row.level): row.difference for row in table.itertuples()}
    assert found == pytest.approx(expected)
    assert one(table, factor="trial.q", level="0.7")["covers"].endswith("; mean of 4 structures, which are chosen")


def test_which_points_belong_together():
    frame = pd.DataFrame({
        "point": [0, 1, 2, 3, 4, 5], "p.a": [1.0, 1.0, 1.0, 1.0, np.nan, np.nan],
        DOSE: ["hill", "saturating"] * 3,
    })  # fmt: skip
    assert crossed(frame, range(6), [DOSE]).table.tolist() == [[0, 2, 4], [1, 3, 5]], "a row that is said twice is two"
    words = ["hill", "hill", "hill", "saturating", "hill", "saturating"]
    late = frame.assign(**{DOSE: words, "p.a": [1, 2, 3, 1, 4, 3]})
    assert crossed(late, range(6), [DOSE]).table.tolist() == [[0, 1, 2, 4], [3, -1, 5, -1]]


def test_points_that_draw_their_structures_are_units_of_their_own():
    factors = {"p.trial.q": [0.7, 0.8, 0.9, 1.0], DOSE: ["hill", "saturating", "saturating", "hill"]}
    said = {"mode": "drawn", "dose": None}
    s = study([[1, 3], [5, 7], [2, 2], [4, 8]], factors, said, ["trial.q"], kind="latin_hypercube", seeds="by_point")
    frame = s.runs.assign(seed=range(len(s.runs)))
    s = Study(s.spec, frame.assign(seed=frame["point"] * 10 + frame["replicate"]))
    row = s.differences(["reach"], by="scenario").iloc[0]
    assert (row["difference"], row["n"]) == (pytest.approx(4.0), 4) and "structures" not in row["covers"]
    assert one(s.by_level(["reach"]), factor=DOSE, level="saturating")["difference"] == pytest.approx(4.0)
    assert s.variance_shares(["reach"]).iloc[0]["points"] == 4
