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
from diffusion_sim.viz.compare_figure import FOOTNOTE
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


@pytest.mark.parametrize(
    "made",
    [factorial, lambda: factorial([*ARMS, "equity_first", "lottery", "staged"]), drawn, two_scenarios,
     lambda: study(cells(1, 1))],
    ids=["factorial", "eight", "drawn", "scenarios", "one run each"],
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
    said = " ".join(text for text, _ in found)
    assert FOOTNOTE in said and "What the intervals cover: " + whole.design.covers("scenario") in said


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
