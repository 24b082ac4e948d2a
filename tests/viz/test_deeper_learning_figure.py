"""The figure of the answer on deeper learning, from made-up quantities."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from diffusion_sim.systems.lever_plans import LEVERS
from diffusion_sim.viz import deeper_learning_figure as made


def answer(draws):
    """What the figure reads of an answer: goals 0, .2, .3 and .4; every lever adds .06 alone and .04 last."""
    values = dict(zip((f"{arm}.goal" for arm in made.ARMS), (0.0, 0.2, 0.3, 0.4), strict=True))
    for lever in LEVERS:
        values |= {f"{lever}.alone.use": 0.06, f"{lever}.last.use": 0.04, f"{lever}.alone.cost": 17.0}
        values |= {f"{lever}.alone.gain": 0.03}
    values |= {"together.more.use": 0.25, "together.more.cost": 95.0, "together.more.gain": 0.1}
    for arm in made.LEFT_OUT:
        values |= {f"{arm}.named_use": 0.2, f"{arm}.others_use": 0.4, f"{arm}.gap_use": -0.2}
    values |= {f"{event}.{arm}.use": -0.08 for event in made.EVENTS for arm in ("volunteers", "together")}
    rows = [{"key": key, "mean": value, "low": value - 0.01, "high": value + 0.01} for key, value in values.items()]
    districts = pd.DataFrame(
        [{"strategy": arm, "which": which, "p10": 20.0, "p50": 40.0, "p90": 60.0} for arm in made.ARMS
         for which in ("all", "told")]
    )  # fmt: skip
    drawn = pd.DataFrame({key: [0.1, -0.1, 0.2][:draws] for key in values})
    return SimpleNamespace(quantities=pd.DataFrame(rows), tables={"districts": districts}, draws=drawn,
                           provenance={"replicates": 7})  # fmt: skip


def texts(figure):
    """All words of a figure."""
    return [text.get_text() for ax in figure.axes for text in ax.texts] + [text.get_text() for text in figure.texts]


def test_the_figure_says_the_answer():
    figure = made.draw(answer(3))
    said = texts(figure)
    assert any("volunteers 0 have 80 %" in text and "20 with all six levers; 30" in text for text in said)
    assert any("7 seeds" in text and "not forecasts" in text for text in said)
    assert said.count("2") == len(made.LEVERS) == len(LEVERS) + 1, "in two of three draws each lever is ahead"
    assert said.count("−20") == len(made.LEFT_OUT) and said.count("+17") == len(LEVERS)
    levers = figure.axes[3]
    dots = next(line for line in levers.lines if line.get_label() == "added to the five others")
    assert list(dots.get_xdata()) == pytest.approx([4.0] * len(LEVERS))


def test_without_draws_no_column_of_them():
    assert not any("draws" in text for text in texts(made.draw(answer(0))))


def test_nothing_leaves_the_figure():
    figure = made.draw(answer(3))
    figure.canvas.draw()
    whole = figure.bbox
    for text in [*figure.texts, *(label for ax in figure.axes for label in ax.get_yticklabels())]:
        box = text.get_window_extent()
        assert box.x0 >= whole.x0 and box.x1 <= whole.x1, text.get_text()
