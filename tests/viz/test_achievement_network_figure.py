"""The figure of the Achievement Network's answer, from made-up quantities."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from diffusion_sim.scenario import load_scenario
from diffusion_sim.viz.achievement_network_figure import ARMS, QUARTERS, SEEN, UNIFORM, draw


def answer(draws):
    """What the figure reads of an answer. Quarters gain 3, 1, -1, -2 months; all forms end .05 SD ahead."""
    values = dict.fromkeys([f"{UNIFORM}.true.true.all", *(f"{UNIFORM}.{name}" for name in SEEN)], 0.01)
    for head in (f"{UNIFORM}.months.true", f"{UNIFORM}.months.surveyed", "uniform_no_load.months.true"):
        values |= {
            f"{head}.{group}": value for group, value in zip([*QUARTERS, "all"], (3, 1, -1, -2, 0.3), strict=True)
        }
    values |= {
        f"{arm} - {UNIFORM}.{when}.all": size for arm in ARMS for when, size in (("trial", -0.01), ("end", 0.05))
    }
    values |= {f"{arm}.cost": 1234.0 for arm in (UNIFORM, *ARMS)} | {f"{UNIFORM}.end.true.all": 0.1}
    values |= {f"{UNIFORM}.error": 0.03}
    rows = [{"key": key, "mean": value, "low": value - 0.01, "high": value + 0.01} for key, value in values.items()]
    drawn = pd.DataFrame({f"{arm} - {UNIFORM}.end.all": [0.1, -0.1, 0.2][:draws] for arm in ARMS})
    return SimpleNamespace(
        quantities=pd.DataFrame(rows), scenario=load_scenario("achievement_network"), question="Does it work?",
        provenance={"replicates": 8}, draws=drawn,
    )  # fmt: skip


def texts(figure):
    """All words of a figure."""
    return [text.get_text() for ax in figure.axes for text in ax.texts] + [text.get_text() for text in figure.texts]


def test_the_figure_says_the_answer():
    figure = draw(answer(3))
    left, _, right = figure.axes
    said = texts(figure)
    assert "Does it work?" in said and any("+0.3 months in two years: +3.0 in the readiest" in text for text in said)
    assert any("8 seeds" in text and "not forecasts" in text for text in said)
    dots = next(line for line in left.lines if line.get_label() == "by true readiness at the start")
    assert list(dots.get_xdata()) == [3, 1, -1, -2]
    later = next(line for line in right.lines if line.get_label() == "after 4 years")
    assert list(later.get_xdata()) == pytest.approx([36 * 0.05] * len(ARMS)), "months by the scenario's conversion"
    assert said.count("2") == len(ARMS) and said.count("1,234") == len(ARMS)


def test_without_draws_no_column_of_them():
    assert not any("draws" in text for text in texts(draw(answer(0))))
