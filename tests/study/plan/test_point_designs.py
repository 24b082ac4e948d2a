"""Designs worked out by hand, and what holds of the drawn ones."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from diffusion_sim.errors import StudyError
from diffusion_sim.study.plan.distributions import make_distribution
from diffusion_sim.study.plan.extending import extend
from diffusion_sim.study.plan.plan import make_plan
from diffusion_sim.study.plan.point_designs import unit_points
from diffusion_sim.study.plan.read_study import from_mapping
from diffusion_sim.study.plan.spec import StudySpec

LABELS = {
    "levels": {"low": {"districts.regime": 0.5}, "as_is": {}, "high": {"districts.regime": 1.5, "trial.b_P": 1.4}}
}


def study(path=None, **said) -> StudySpec:
    base = {"id": "a", "scenarios": ["mid_size_district"], "strategies": ["volunteer_uniform"], "replicates": 2}
    return from_mapping({**base, **said}, "study.yaml", path)


def points(**said):
    return make_plan(study(**said)).points


def test_grid_by_hand():
    found = points(space={"trial.q": [0.8, 1], "programme.hours": {"range": [4, 8], "levels": 3}})
    q, hours = "trial.q", "programme.hours"
    assert [(p.number, p.values, p.labels) for p in found] == [
        (0, {q: 0.8, hours: 4.0}, {}),
        (1, {q: 0.8, hours: 6.0}, {}),
        (2, {q: 0.8, hours: 8.0}, {}),
        (3, {q: 1.0, hours: 4.0}, {}),
        (4, {q: 1.0, hours: 6.0}, {}),
        (5, {q: 1.0, hours: 8.0}, {}),
    ]


def test_labels_set_several_numbers():
    found = points(space={"pressure": LABELS, "trial.q": [0.8, 1]})
    assert [p.labels["pressure"] for p in found] == ["low", "low", "as_is", "as_is", "high", "high"]
    assert found[3].values == {"trial.q": 1.0}
    assert found[4].values == {"districts.regime": 1.5, "trial.b_P": 1.4, "trial.q": 0.8}


def test_without_factors_there_is_one_point():
    assert points() == [(0, {}, {})]


def test_one_at_a_time_by_hand():
    """The scenario as it is, then each level alone; the scenario's own levels (.93, 16, as_is) are that already."""
    space = {"trial.q": [0.8, 0.93, 1], "programme.hours": [16, 12], "pressure": LABELS}
    found = points(space=space, design="one_at_a_time")
    assert [(p.values, p.labels) for p in found] == [
        ({}, {}),
        ({"trial.q": 0.8}, {}),
        ({"trial.q": 1.0}, {}),
        ({"programme.hours": 12.0}, {}),
        ({"districts.regime": 0.5}, {"pressure": "low"}),
        ({"districts.regime": 1.5, "trial.b_P": 1.4}, {"pressure": "high"}),
    ]


@pytest.mark.parametrize(
    ("space", "values"),
    [
        ({"turnover.exit": {"range": [8, 24], "unit": "percent", "levels": 3}}, [0.08, 0.16, 0.24]),
        ({"turnover.exit": {"range": "plausible", "levels": 2}}, [0.14, 0.25]),
        ({"programme.years_after": {"range": [1, 5], "levels": 3}}, [1, 3, 5]),
        ({"mechanisms.norm": [True, False]}, [True, False]),
        ({"money.spend": ["offer", "stretch"]}, ["offer", "stretch"]),
        ({"population.population_seed": [None, 2**64 - 1]}, [None, 2**64 - 1]),
        ({"initial_use.share": [{"value": 5, "unit": "percent"}, 0.1]}, [0.05, 0.1]),
    ],
)
def test_values_are_those_of_a_scenario(space, values):
    found = [next(iter(p.values.values())) for p in points(space=space)]
    assert found == values and [type(v) for v in found] == [type(v) for v in values]


# ---- drawn -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [0, 7])
def test_a_hypercube_has_one_point_in_each_slice(first):
    chances = unit_points("latin_hypercube", 20, 3, 5, first)
    assert (np.sort(np.floor(chances * 20), axis=0) == np.arange(20)[:, None]).all()
    assert (chances != unit_points("latin_hypercube", 20, 3, 6, first)).any()
    assert (chances == unit_points("latin_hypercube", 20, 3, 5, first)).all()


def test_fewer_sobol_points_are_the_first_of_more():
    many = unit_points("sobol", 100, 4, 1)
    for count in (1, 2, 3, 33, 64, 65):
        assert (unit_points("sobol", count, 4, 1) == many[:count]).all()
    # a (0, m, 2)-net in base 2: the first 64 points have one in each 1/64 of the first two factors
    assert (np.sort(np.floor(many[:64, 0] * 64)) == np.arange(64)).all()
    cells = {tuple(cell) for cell in np.floor(many[:64, :2] * 8).astype(int).tolist()}
    assert len(cells) == 64


def test_hypercube_values():
    space = {
        "trial.q": {"range": [0.6, 1.2]},
        "programme.years_after": {"range": [1, 4]},
        "money.spend": ["offer", "stretch"],
        "pressure": LABELS,
    }
    found = points(space=space, design={"kind": "latin_hypercube", "points": 24})
    q = sorted(p.values["trial.q"] for p in found)
    assert all(0.6 + 0.025 * i <= value < 0.6 + 0.025 * (i + 1) for i, value in enumerate(q))
    years = [p.values["programme.years_after"] for p in found]
    assert [years.count(n) for n in (1, 2, 3, 4)] == [6] * 4 and all(type(y) is int for y in years)
    assert [p.values["money.spend"] for p in found].count("offer") == 12
    assert sorted(p.labels["pressure"] for p in found) == ["as_is"] * 8 + ["high"] * 8 + ["low"] * 8


# By hand: quantiles of the distributions at chances .25, .5 and .75.
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"distribution": "uniform", "low": 2, "high": 4}, [2.5, 3, 3.5]),
        ({"distribution": "normal", "mean": 1, "sd": 2}, [1 - 2 * 0.6744898, 1, 1 + 2 * 0.6744898]),
        # of a standard normal cut at 0: chances .625, .75, .875 of the whole
        ({"distribution": "normal", "mean": 0, "sd": 1, "low": 0}, [0.3186394, 0.6744898, 1.1503494]),
        ({"distribution": "lognormal", "median": 2, "sd_log": 1}, [2 / 1.9630311, 2, 2 * 1.9630311]),
        ({"distribution": "lognormal", "median": 1, "sd_log": 1, "low": 1}, [1.3752553, 1.9630311, 3.1592966]),
        # the density rises to 1 and falls to 4: F(x) = x^2 / 4 up to 1, 1 - (4 - x)^2 / 12 beyond
        ({"distribution": "triangular", "low": 0, "mode": 1, "high": 4}, [1, 4 - 6**0.5, 4 - 3**0.5]),
        # Beta(2, 1): F(x) = x^2, here from 1 to 3
        ({"distribution": "beta", "a": 2, "b": 1, "low": 1, "high": 3}, [2, 1 + 2 * 0.5**0.5, 1 + 2 * 0.75**0.5]),
    ],
)
def test_quantiles(said, expected):
    made = make_distribution(said, "study.yaml", "space.x")
    assert made.quantile(np.array([0.25, 0.5, 0.75])) == pytest.approx(expected, abs=1e-6)


def test_truncated_values_stay_inside():
    space = {"trial.q": {"distribution": "normal", "mean": 0.9, "sd": 2, "low": 0.7, "high": 1.1}}
    found = [p.values["trial.q"] for p in points(space=space, design={"kind": "sobol", "points": 200})]
    assert 0.7 <= min(found) < 0.71 and 1.09 < max(found) <= 1.1
    assert all(value == float(f"{value:.12g}") for value in found)


# ---- tables ----------------------------------------------------------------------------------------------------------


def table(tmp_path, text, **said):
    (tmp_path / "points.csv").write_text(text, "utf-8")
    design = {"kind": "table", "file": "points.csv"}
    return make_plan(study(tmp_path / "study.yaml", design=design, **said)).points


def test_table_by_hand(tmp_path):
    text = "﻿trial.q,pressure,money.spend\n0.8,low,offer\n\n1,as_is, stretch\n0.8,low,offer\n"
    found = table(tmp_path, text, space={"pressure": LABELS})
    assert [(p.values, p.labels["pressure"]) for p in found] == [
        ({"trial.q": 0.8, "districts.regime": 0.5, "money.spend": "offer"}, "low"),
        ({"trial.q": 1.0, "money.spend": "stretch"}, "as_is"),
        ({"trial.q": 0.8, "districts.regime": 0.5, "money.spend": "offer"}, "low"),
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["points.csv", "no rows"]),
        ("trial.q\n", ["points.csv", "no rows"]),
        ("trial.q\n0.8\n-3\n", ["points.csv line 3", "column trial.q", "-3"]),
        ("trial.q,trial.p\n0.8\n", ["points.csv line 2", "1 cells", "2"]),
        ("trial.q,trial.p\n0.8,\n", ["points.csv line 2", "column trial.p", "empty"]),
        ("trial.q,trial.q\n1,1\n", ["trial.q", "twice"]),
        ("trial.q,\n1,1\n", ["column 2", "no name"]),
        ("trial.qq\n1\n", ["points.csv line 2", "trial.qq", "'trial.q'"]),
        ("q\n1\n", ["column q", "dotted path"]),
        ("strategy.tempo.kind\nwaves\n", ["strategy.tempo.kind", "by id"]),
        ('trial.q\n"0.8\n', ["points.csv", "not readable"]),
        ("trial.q\nmuch\n", ["points.csv line 2", "'much'"]),
        ("trial.q,pressure\n1,lo\n", ["points.csv line 2", "column pressure", "'low'"]),
    ],
)
def test_bad_tables_name_file_row_and_column(tmp_path, text, names):
    space = {"space": {"pressure": LABELS}} if "pressure" in text else {}
    with pytest.raises(StudyError) as caught:
        table(tmp_path, text, **space)
    for name in ["study.yaml", *names]:
        assert name in str(caught.value)


def test_tables_that_cannot_be_read(tmp_path):
    for name, says in (("pionts.csv", "'points.csv'"), ("", "path of a CSV"), (".", "folder"), ("raw.csv", "UTF-8")):
        (tmp_path / "raw.csv").write_bytes(b"trial.q\n\xff\n")
        (tmp_path / "points.csv").write_text("trial.q\n1\n")
        with pytest.raises(StudyError, match=says):
            study(tmp_path / "study.yaml", design={"kind": "table", "file": name})


def test_a_changed_table_is_another_study(tmp_path):
    (tmp_path / "points.csv").write_text("trial.q\n1\n")
    said = {"design": {"kind": "table", "file": "points.csv"}}
    before = study(tmp_path / "study.yaml", **said).digest
    assert before == study(tmp_path / "study.yaml", **said).digest
    (tmp_path / "points.csv").write_text("trial.q\n1.1\n")
    assert before != study(tmp_path / "study.yaml", **said).digest


# ---- expanding -------------------------------------------------------------------------------------------------------


def numbered(found):
    return {p.number: p.values for p in found}


@pytest.mark.parametrize("design", ["grid", "one_at_a_time"])
def test_more_levels_keep_the_numbers(design):
    old = make_plan(study(space={"trial.q": [0.8, 1], "trial.p": [0.06, 0.08]}, design=design))
    new = study(space={"trial.q": [0.8, 0.9, 1], "trial.p": [0.06, 0.08]}, design=design)
    found = extend(old.spec, old.points, new)
    assert found[: len(old.points)] == old.points
    fresh = make_plan(new).points
    assert sorted(map(repr, numbered(found).values())) == sorted(repr(p.values) for p in fresh)
    assert [p.number for p in found] == list(range(len(fresh)))
    assert all(p.values["trial.q"] == 0.9 for p in found[len(old.points) :])


def test_more_rows_of_a_table():
    rows = [{"trial.q": 0.8}, {"trial.q": 1}]
    old = make_plan(study(design={"kind": "table", "rows": rows}))
    found = extend(old.spec, old.points, study(design={"kind": "table", "rows": [{"trial.q": 0.9}, *rows]}))
    assert [p.values["trial.q"] for p in found] == [0.8, 1.0, 0.9]


SPACE = {"trial.q": {"range": [0.6, 1.2]}, "trial.p": {"range": "plausible"}}


def test_sobol_goes_on():
    old = make_plan(study(space=SPACE, design={"kind": "sobol", "points": 5}))
    new = study(space=SPACE, design={"kind": "sobol", "points": 12})
    assert extend(old.spec, old.points, new) == make_plan(new).points
    assert extend(old.spec, old.points, new)[:5] == old.points


def test_a_further_hypercube():
    old = make_plan(study(space=SPACE, design={"kind": "latin_hypercube", "points": 5}))
    new = study(space=SPACE, design={"kind": "latin_hypercube", "points": 15})
    found = extend(old.spec, old.points, new)
    assert found[:5] == old.points and [p.number for p in found] == list(range(15))
    further = sorted(p.values["trial.q"] for p in found[5:])
    assert all(0.6 + 0.06 * i <= value <= 0.6 + 0.06 * (i + 1) for i, value in enumerate(further))
    plan = make_plan(new, points=found)
    third = extend(plan.spec, plan.points, study(space=SPACE, design={"kind": "latin_hypercube", "points": 20}))
    assert third[:15] == found and len(third) == 20
    assert len({p.values["trial.q"] for p in third}) == 20


@pytest.mark.parametrize(
    "changes",
    [{"rng": 2}, {"seeds": "common"}, {"set": {"trial.qN": 0.8}}, {"strategies": ["lottery"]}, {"baseline": "lottery"}],
)
def test_what_runs_rest_on_cannot_change(changes):
    said = {"space": SPACE, "design": {"kind": "sobol", "points": 4}}
    old = make_plan(study(**said))
    with pytest.raises(StudyError, match=f"{next(iter(changes))}: was .* begin a new store"):
        extend(old.spec, old.points, study(**said, **changes))


def test_a_drawn_design_in_another_space_does_not_go_on():
    old = make_plan(study(space=SPACE, design={"kind": "sobol", "points": 4}))
    other = {**SPACE, "trial.p": {"range": [0.05, 0.09]}}
    with pytest.raises(StudyError, match="space: differs"):
        extend(old.spec, old.points, study(space=other, design={"kind": "sobol", "points": 8}))
    with pytest.raises(StudyError, match="design: differs"):
        extend(old.spec, old.points, study(space=SPACE, design={"kind": "latin_hypercube", "points": 8}))


def test_a_grid_of_many_is_counted_before_it_is_made():
    levels = {"levels": 100, "range": [0.1, 1]}
    spec = study(space={"trial.p": levels, "trial.q": levels, "trial.qN": levels}, replicates=10)
    with pytest.raises(StudyError, match="1,000,000 points x 10 replicates x 2 strategies are 20,000,000 runs, about"):
        make_plan(spec)


def test_grid_is_the_product():
    space = {"trial.p": [0.05, 0.06], "trial.q": [0.7, 0.8, 0.9], "trial.qN": [0.5, 0.6]}
    found = [tuple(p.values.values()) for p in points(space=space)]
    assert found == list(itertools.product(*space.values()))
