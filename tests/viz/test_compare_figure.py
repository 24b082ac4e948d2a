"""The comparison's figure: drawn without a warning, with everything named and no text over other text."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from diffusion_sim.analysis.compare import compare
from diffusion_sim.viz.compare_figure import FOOTNOTE, PANELS, compare_figure, spread

SMALL = {"population.schools": 4, "population.teachers_mean": 8, "programme.years_support": 1}
ALL = ["none", "volunteer_uniform", "volunteer_differentiated", "directed_uniform", "directed_differentiated"]


def comparison(arms, **keywords):
    overrides = SMALL | {"programme.years_after": 1}
    said = {"replicates": 3, "workers": 1, "overrides": overrides, "progress": False, "full_intensity": False}
    return compare("mid_size_district", arms, **(said | keywords))


@pytest.fixture(scope="module")
def five():
    return comparison(ALL)


def texts(figure: Figure):
    """Every text that is shown, with its place in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    found = [*figure.texts]
    for ax in figure.axes:
        found += [*ax.texts, ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label]
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            found += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    shown = [text for text in found if text.get_visible() and text.get_text().strip()]
    # the text's own place: an annotation's extent would hold its line as well
    return [(text.get_text(), super(type(text), text).get_window_extent(renderer)
             if type(text).__name__ == "Annotation" else text.get_window_extent(renderer)) for text in shown]


@pytest.mark.parametrize(
    "arms",
    [ALL, ["volunteer_uniform"], [*ALL, "equity_first", "lottery", "ready_only"]],
    ids=["five", "two", "eight"],
)
def test_drawn_without_warnings_and_no_text_over_text(arms):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = compare_figure(comparison(arms))
        found = texts(figure)
    width, height = figure.canvas.get_width_height()
    for text, box in found:
        assert box.x0 >= -1 and box.x1 <= width + 1 and box.y0 >= -1 and box.y1 <= height + 1, f"outside: {text}"
    for (one, a), (other, b) in itertools.combinations(found, 2):
        apart = a.x1 <= b.x0 + 1 or b.x1 <= a.x0 + 1 or a.y1 <= b.y0 + 1.5 or b.y1 <= a.y0 + 1.5
        assert apart, f"'{one}' over '{other}'"


def test_every_strategy_is_named_beside_its_line(five):
    figure = five.plot()
    assert isinstance(figure, Figure) and len(figure.axes) == 2 * len(PANELS)
    for ax in figure.axes[::2]:
        assert {text.get_text() for text in ax.texts} >= {name.replace("_", " ") for name in ALL}
        assert len(ax.collections) == len(ALL)  # a band each
    for ax in figure.axes[1::2]:
        assert [label.get_text() for label in ax.get_yticklabels()] == [name.replace("_", " ") for name in ALL[1:]]
    said = [text.get_text() for text in figure.texts]
    assert FOOTNOTE in said
    assert any("of teachers are in deep use" in text or "no strategy leaves" in text for text in said)


def test_what_is_drawn_is_what_the_tables_say(five):
    figure = five.plot()
    lines = figure.axes[0].lines[: len(ALL)]
    reach = five.table[five.table["measure"] == "reach"].set_index("strategy")["mean"]
    for line, name in zip(lines, ALL, strict=True):
        assert line.get_ydata()[-1] == pytest.approx(100 * reach[name])
        assert line.get_xdata()[-1] == 2
    rows = five.differences.set_index(["strategy", "measure"])
    points = [line for line in figure.axes[1].lines if line.get_marker() == "o"]
    assert len(points) == 8
    for i, name in enumerate(ALL[1:]):
        for line, end in zip(points[2 * i : 2 * i + 2], ("_support_end", ""), strict=True):
            assert line.get_xdata()[0] == pytest.approx(100 * rows.loc[(name, "reach" + end), "difference"])


def test_one_replicate_and_no_years_after():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        single = comparison(["volunteer_uniform"], replicates=1, overrides=SMALL | {"programme.years_after": 0})
        single.plot().canvas.draw()


def test_into_given_axes(five):
    axes = Figure().subplots()
    assert isinstance(axes, Axes)
    assert five.plot(axes) is axes.figure and len(axes.figure.axes) == 1
    grid = Figure(figsize=(12, 12)).subplots(3, 2)
    assert compare_figure(five, grid) is grid[0, 0].figure
    assert all(ax.lines for ax in grid.flat)


def test_spread_moves_apart_and_no_more():
    assert spread([], 0.1) == []
    assert spread([0.1, 0.5], 0.1) == pytest.approx([0.1, 0.5])
    assert spread([0.5, 0.5], 0.1) == pytest.approx([0.45, 0.55])
    found = spread([0.1, 0.11, 0.12, 0.3, 0.31, 0.9], 0.1)
    assert np.all(np.diff(found) >= 0.1 - 1e-9)
    assert found[-1] == pytest.approx(0.9)
