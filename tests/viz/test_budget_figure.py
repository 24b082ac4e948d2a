"""The figure of a budget, from a made-up table."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

import diffusion_sim as ds
from diffusion_sim.analysis.budget_results import Budget
from diffusion_sim.viz.budget_figure import MOST_LINES, drawn, title
from diffusion_sim.viz.colours import STRATEGIES

NAMES = ["staged", "equity_first", "lottery", "ready_only", "directed_uniform", "directed_responsive",
         "volunteer_uniform", "volunteer_responsive"]  # fmt: skip


def point(strategy, budget, net, value, on_front, mark="", left=0.0):
    return {"strategy": strategy, "budget": budget, "net": net, "value": value, "on_front": on_front, "mark": mark,
            "left": left, "beaten_by": "" if on_front else "x", "harm": 0.0, "draws": 4,
            "harm_poorest": 0.0}  # fmt: skip


def made_up(points):
    sc = ds.load_scenario("mid_size_district")
    rows = pd.DataFrame([point("none", np.nan, 0.0, 0.01, True), *points])
    return Budget(scenario=sc, measure="deep_use", table=rows, runs=pd.DataFrame(), provenance={"replicates": 4},
                  warnings=())  # fmt: skip


@pytest.fixture
def two():
    return made_up([
        point("staged", 100.0, -5.0, 0.1, True, "frees money"),
        point("staged", 200.0, 60.4, 0.2, True),
        point("directed_uniform", 100.0, 20.0, 0.09, False),
        point("directed_uniform", 200.0, 30.0, 0.15, False, "leaves money", 0.4),
    ])  # fmt: skip


def test_filled_is_the_front_and_hollow_is_beaten(two):
    ax = two.plot().axes[0]
    faces = {(line.get_xdata()[0], round(float(line.get_ydata()[0]), 1)): to_rgba(line.get_markerfacecolor())
             for line in ax.lines if line.get_marker() not in ("None", None, "")}  # fmt: skip
    own = to_rgba(STRATEGIES["staged"].colour)
    assert faces == {(-5.0, 10.0): own, (60.4, 20.0): own, (20.0, 9.0): to_rgba("white"),
                     (30.0, 15.0): to_rgba("white")}  # fmt: skip


def test_its_words_name_the_cost_and_who_is_beaten(two):
    figure = two.plot()
    told = " ".join(" ".join(text.get_text() for text in figure.texts).split())
    assert "10.0 % for −$5 net a pupil and year and 20.0 % for $60 (staged)" in told
    assert "Beaten at no budget: staged. Beaten at every budget: directed uniform." in told
    beside = [text.get_text() for text in figure.axes[0].texts]
    assert "directed uniform\nleaves up to 40 % of its pot" in beside and "no programme ($0)" in beside
    assert any("frees money" in text for text in beside)


def test_more_than_seven_lines_are_not_drawn_and_that_is_said():
    points = [point(name, 100.0, 10.0, 0.1 + number / 100, name == NAMES[0]) for number, name in enumerate(NAMES)]
    found = made_up(points)
    arms, left_out = drawn(found)
    assert len(arms) == MOST_LINES and left_out == [NAMES[1]], "the first is on the front; of the others the lowest"
    told = " ".join(" ".join(text.get_text() for text in found.plot().texts).split())
    assert "Left out, with fewer points on the front: equity first." in told


def test_ax_in_figure_out(two):
    figure, ax = plt.subplots()
    assert two.plot(ax) is figure and not figure.texts
    plt.close(figure)


def test_where_nothing_is_on_the_front(two):
    two.table["on_front"] = False
    assert title(two, ["staged", "directed_uniform"]).endswith("no point is on the front")
    two.plot()
