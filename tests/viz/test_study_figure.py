"""The figure of a study: drawn without a warning, everything inside, no text over other text, what it says is there."""

from __future__ import annotations

import itertools
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from diffusion_sim.analysis.studies import Study
from diffusion_sim.errors import StudyError
from diffusion_sim.viz.colours import looks
from diffusion_sim.viz.marks import FOOTNOTE
from diffusion_sim.viz.study_figure import study_figure
from tests.analysis.studies_by_hand import rows, spec, study
from tests.viz.test_compare_figure import texts

ARMS = ["none", "volunteer_uniform", "volunteer_differentiated", "directed_uniform", "directed_differentiated"]


def cells(points, replicates, arms=ARMS):
    rng = np.random.default_rng(1)
    return {
        (p, arm): {
            "deep_use": rng.normal(0.1 + 0.03 * k, 0.02, replicates),
            "equity_gap": rng.normal(-0.02, 0.01, replicates),
            "reach": rng.normal(0.3, 0.03, replicates),
        }
        for p in range(points)
        for k, arm in enumerate(arms)
    }


def factorial(arms=ARMS):
    levels = [[0.3, 0.7], ["low", "high"], ["sparse", "dense"], ["traditional", "led teams"]]
    factors = {
        p: {"p.schools.principal": a, "label.accountability": b, "label.collaboration_networks": c, "label.staffing": d}
        for p, (a, b, c, d) in enumerate(itertools.product(*levels))
    }
    names = ("schools.principal", "accountability", "collaboration_networks", "staffing")
    return study(cells(16, 6, arms), factors=factors, space=[SimpleNamespace(name=name) for name in names])


def drawn():
    return study(cells(40, 2), kind="sobol", seeds="by_point")


def two_scenarios():
    parts = [rows(cells(1, 8), scenario=name) for name in ("mid_size_district", "michigan")]
    return Study(spec(scenarios=("mid_size_district", "michigan")), pd.concat(parts, ignore_index=True))


PATHS = [
    "schools.principal", "leaders.principal_exit", "network.out_degree_mean", "districts.pressure_slope",
    "learning.compliant_intensity", "network.nobody_share", "districts.superintendent", "of_nothing.known",
]  # fmt: skip


def one_at_a_time(paths=PATHS, levels=(0.5, 1.5)):
    start = {f"p.{path}": 1.0 for path in paths}
    points = [start, *({**start, f"p.{path}": level} for path in paths for level in levels)]
    return study(cells(len(points), 3, ARMS[:3]), factors=dict(enumerate(points)), kind="one_at_a_time",
                 space=[SimpleNamespace(name=path) for path in paths])  # fmt: skip


def staffed():
    arms = [arm + end for arm in ARMS[1:] for end in ("", "_coach", "_led")]
    return factorial(["none", *arms])


def fewer_points():
    found = cells(3, 4)
    for p in (1, 2):
        found[p, "directed_uniform"] = {name: [None] * 4 for name in found[p, "directed_uniform"]}
    return study(found)


@pytest.mark.parametrize(
    "made",
    [
        factorial, one_at_a_time, staffed, fewer_points, lambda: one_at_a_time([f"a.b{k}" for k in range(30)]),
        lambda: factorial([*ARMS, "equity_first", "lottery", "staged"]), drawn, two_scenarios,
        lambda: study(cells(1, 1)),
    ],
    ids=["factorial", "eight factors", "variants", "fewer points", "thirty factors", "eight strategies", "drawn",
         "scenarios", "one run each"],
)  # fmt: skip
def test_no_text_over_text(made):
    whole = made()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = study_figure(whole)
        found = texts(figure)
    width, height = figure.canvas.get_width_height()
    for text, box in found:
        assert 0 <= box.x0 and box.x1 <= width and 0 <= box.y0 and box.y1 <= height, text
    for (one, a), (two, b) in itertools.combinations(found, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        along = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across <= 1 or along <= 1, (one, two)
    shown = " ".join(said(figure))
    assert FOOTNOTE in shown and "What the intervals cover: " + whole.design.covers("scenario") in shown


def test_marks_are_the_differences():
    whole = factorial()
    figure = study_figure(whole, ["deep_use"])
    ax = figure.axes[1]  # accountability
    table = whole.by_level(["deep_use"])
    wanted = table[(table["factor"] == "accountability") & (table["strategy"] == "directed_uniform")]
    marks = [line for line in ax.lines if line.get_linestyle() == "None"][2]
    np.testing.assert_allclose(marks.get_ydata(), 100 * wanted["difference"])


def test_too_many_measures():
    with pytest.raises(StudyError, match="1 to 4 fit"):
        study_figure(drawn(), ["deep_use"] * 5)


def test_what_says_nothing_against_none_is_left_out():
    whole = factorial()
    figure = study_figure(whole, ["deep_use", "equity_gap"])
    assert len(figure.axes) == 4  # a column for each factor, one row
    assert "Not shown against none, where hardly anybody uses the practice: Equity gap in deep use." in said(figure)
    with pytest.raises(StudyError, match="equity_gap cannot be shown against 'none'"):
        study_figure(whole, ["equity_gap"])
    whole.spec.baseline = "directed_uniform"
    assert len(study_figure(whole, ["deep_use", "equity_gap"]).axes) == 8


def test_a_strategy_has_the_colour_it_has_everywhere():
    figure = factorial(["none", "my_own", *ARMS[1:]]).plot(["deep_use"], strategies=[ARMS[3], "my_own", ARMS[1]])
    found = {line.get_label(): line.get_color() for line in figure.legends[0].legend_handles}
    wanted = looks([ARMS[3], "my_own", ARMS[1]])
    assert found == {name.replace("_", " "): look.colour for name, look in wanted.items()}


def said(figure):
    return [text.replace("\n", " ") for text, _ in texts(figure)]


def test_every_factor_has_panels_with_its_path_and_unit():
    figure = study_figure(one_at_a_time(), ["deep_use"])
    titles = [ax.get_title(loc="left").replace("\n", " ") for ax in figure.axes]
    assert [title.split(" (")[0].replace(" ", "") for title in titles] == PATHS
    assert titles[1] == "leaders.principal_exit (share per school year)" and titles[-1] == "of_nothing.known"
    assert not any("factors shown" in text for text in said(figure))


def test_factors_left_out_are_said():
    figure = study_figure(one_at_a_time([f"a.b{k}" for k in range(30)]), ["deep_use"])
    assert len(figure.axes) == 24
    assert any(text.startswith("24 of 30 factors shown") for text in said(figure))


def test_variants_of_strategies_have_a_panel():
    whole = staffed()
    figure = study_figure(whole, ["deep_use"])
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["as named", "coach", "led"]
    marks = [line for line in figure.axes[0].lines if line.get_linestyle() == "None"]
    assert len(marks) == 4
    table = whole.differences(["deep_use"], by="scenario").set_index("strategy")["difference"]
    wanted = [100 * table[f"directed_uniform{end}"] for end in ("", "_coach", "_led")]
    np.testing.assert_allclose(marks[2].get_ydata(), wanted)
    assert any("all 12 strategies. Other panels: 4 of 12" in text for text in said(figure))


def test_chosen_strategies():
    whole = staffed()
    figure = whole.plot(["deep_use"], strategies=["directed_uniform_led", "volunteer_uniform"])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["directed uniform led", "volunteer uniform"]
    assert any(text.startswith("2 of 12 strategies shown") for text in said(figure))
    assert any(text.startswith("1 of 4 strategies shown") for text in said(drawn().plot(strategies=ARMS[1:2])))
    unlike = factorial(["none", *(f"arm{k}" for k in range(9))])
    assert any(text.startswith("7 of 9 strategies shown") for text in said(unlike.plot(["deep_use"])))


def test_fewer_points_are_said():
    wanted = "Of fewer points, where one has no runs: directed uniform."
    assert any(wanted in text for text in said(fewer_points().plot()))


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"measures": "deep_use"}, r"measures: found the text 'deep_use'; a list such as \['deep_use'\]"),
        ({"measures": []}, "measures: the list is empty"),
        ({"measures": 5}, "measures: found 5; a list of names is allowed"),
        ({"measures": ["raech"]}, "measure 'raech' is not in the study's runs; did you mean 'reach'"),
        ({"strategies": "staged"}, r"strategies: found the text 'staged'; a list"),
        ({"strategies": []}, "strategies: the list is empty"),
        ({"strategies": 5}, "strategies: found 5; a list of names is allowed"),
        ({"strategies": [["staged"]]}, "is not in the study; allowed are"),
        ({"strategies": ["none"]}, "strategies: 'none' is the baseline; allowed are volunteer_uniform, "),
        ({"strategies": ["directed_unifrm"]}, "is not in the study; allowed are .*did you mean 'directed_uniform'"),
        ({"strategies": [f"arm{k}" for k in range(8)]}, "strategies: 'arm0' is not in the study"),
    ],
)
def test_wrong_choices(how, text):
    with pytest.raises(StudyError, match=text):
        factorial().plot(**how)


def test_too_many_strategies():
    with pytest.raises(StudyError, match="found 8 names; 1 to 7 fit"):
        staffed().plot(strategies=staffed().strategies[1:9])


def test_marks_of_any_number_of_strategies():
    arms = ["none", *(f"arm{k}" for k in range(36))]
    figure = study(cells(3, 2, arms), kind="sobol", seeds="by_point").plot(["deep_use"])
    assert len(figure.axes[0].get_yticks()) == 36
