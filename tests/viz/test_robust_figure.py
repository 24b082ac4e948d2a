"""The figure of a robust run, from made-up tables."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from diffusion_sim.analysis.robust.results import Robust
from diffusion_sim.errors import StudyError

CONTRAST = "a - b"


@pytest.fixture
def found():
    summary = pd.DataFrame({"contrast": CONTRAST, "measure": ["reach", "pupil_gain_sd"], "mean": [0.02, -0.1]})
    base = {"contrast": CONTRAST, "measure": "reach", "clear": False}
    numbers = pd.DataFrame([
        {**base, "path": "trial.q", "switch_averaged": 0.8, "switch_at_defaults": 0.9},
        {**base, "path": "stop.d0", "switch_averaged": float("nan"), "switch_at_defaults": float("nan")},
    ])  # fmt: skip
    curves = pd.DataFrame(
        [(CONTRAST, "reach", path, kind, x, y) for path, ends in (("trial.q", (-0.02, 0.06)), ("stop.d0", (0.02, 0.02)))
         for kind in ("averaged", "at_defaults") for x, y in zip((0.0, 1.0), ends, strict=True)],
        columns=["contrast", "measure", "path", "kind", "value", "difference"],
    )  # fmt: skip
    empty = pd.DataFrame()
    ranges = {"ranges": {"digest": "abc", "locked": "abd"}}
    return Robust(summary, numbers, empty, empty, empty, empty, pd.DataFrame(index=range(7)), curves, ranges)


def test_ax_in_axes_out(found):
    _, ax = plt.subplots()
    assert found.plot(ax, measure="reach") is ax
    assert [label.get_text() for label in ax.get_yticklabels()] == ["trial.q", "stop.d0"]
    bars = [(bar.get_x(), bar.get_width()) for bar in ax.patches]
    assert bars == [(pytest.approx(-2.0), pytest.approx(8.0)), (pytest.approx(2.0), pytest.approx(0.0))]
    texts = [text.get_text() for text in ax.texts]
    assert "0.8 averaged\n(0.9) at defaults" in texts and texts.count("+") == 1, "no ends where nothing moves"
    plt.close("all")


def test_the_whole_figure(found):
    figure = found.plot()
    assert sum(ax.axison for ax in figure.axes) == 2
    assert any("7 draws from our own ranges" in text.get_text() and "NOT those locked" in text.get_text()
               for text in figure.texts)  # fmt: skip


def test_names_that_are_not_there(found):
    with pytest.raises(StudyError, match="measure: found 'reech'; did you mean 'reach'"):
        found.plot(measure="reech")
    with pytest.raises(StudyError, match="contrast: found 'b - a'"):
        found.plot(contrast="b - a")
