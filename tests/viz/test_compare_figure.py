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
from diffusion_sim.viz.colours import looks
from diffusion_sim.viz.compare_facts import PANELS, RATIO
from diffusion_sim.viz.compare_figure import compare_figure
from diffusion_sim.viz.marks import FOOTNOTE, spread

SMALL = {"population.schools": 4, "population.teachers_mean": 8, "programme.years_support": 1}
ALL = [
    *("none", "volunteer_uniform", "volunteer_differentiated", "directed_uniform", "directed_differentiated"),
    "directed_need_weighted",
]


def comparison(arms, **keywords):
    overrides = SMALL | {"programme.years_after": 1}
    said = {"replicates": 3, "workers": 1, "overrides": overrides, "progress": False, "full_intensity": False}
    return compare("mid_size_district", arms, **(said | keywords))


@pytest.fixture(scope="module")
def six():
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
    ids=["six", "two", "nine"],
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


def words_of(figure: Figure):
    return " ".join(text.get_text() for text in figure.texts).split()


def test_every_strategy_is_named_once_a_row(six):
    figure = six.plot()
    assert isinstance(figure, Figure) and len(figure.axes) == 2 * len(PANELS)
    for ax, panel in zip(figure.axes[::2], PANELS, strict=True):
        found = sorted(text.get_text().replace("\n", " ") for text in ax.texts)
        assert found == sorted(name.replace("_", " ") for name in ALL)
        assert len(ax.collections) == (0 if panel.measure == RATIO else len(ALL))  # a band each
    said = " ".join(words_of(figure))
    assert FOOTNOTE in said and ("teachers are in deep use" in said or "no strategy leaves" in said)


def test_what_is_said_first():
    """Low-income pupils' exposure, its ratio to others', the poorest quarter; money last."""
    assert [panel.measure for panel in PANELS] == [
        "exposure_low_income", "equity_ratio", "poorest_quarter", "reach", "cost_per_pupil",
    ]  # fmt: skip


def test_what_is_drawn_is_what_the_tables_say(six):
    figure = six.plot()
    table = six.table.set_index(["measure", "strategy"])["mean"]
    lines = figure.axes[0].lines[: len(ALL)]
    for line, name in zip(lines, ALL, strict=True):
        assert line.get_ydata()[-1] == pytest.approx(100 * table["exposure_low_income", name])
        assert line.get_xdata()[-1] == 2
    rows = six.differences.set_index(["strategy", "measure"])
    order = sorted(ALL[1:], key=lambda name: -table["exposure_low_income", name])
    points = [line for line in figure.axes[1].lines if line.get_marker() == "o"]
    assert len(points) == 10
    for i, name in enumerate(order):
        for line, end in zip(points[2 * i : 2 * i + 2], ("_support_end", ""), strict=True):
            wanted = rows.loc[(name, "exposure_low_income" + end), "difference"]
            assert line.get_xdata()[0] == pytest.approx(100 * wanted)


def test_the_ratio_is_drawn_as_its_parts(six):
    """Bars that begin at 1 and end at the ratio of the tables; the line over time ends there too."""
    left, right = six.plot().axes[2:4]
    table = six.table.set_index(["measure", "strategy"])["mean"]
    arms = [name for name in ALL[1:] if np.isfinite(table["ratio_kept", name]) and table["equity_ratio", name] > 0]
    assert len(arms) >= 3
    ends = {line.get_color(): line.get_ydata()[-1] for line in left.lines if line.get_linewidth() == 2}
    dots = {line.get_color(): line.get_xdata()[0] for line in right.lines if line.get_marker() == "o"}
    for name in arms:
        colour = looks([name])[name].colour
        assert dots[colour] == pytest.approx(table["equity_ratio", name]) == pytest.approx(ends[colour])
    bars = [line.get_xdata() for line in right.lines if line.get_linewidth() == 4]
    assert [bar[0] for bar in bars[::3]] == [1.0] * len(arms)


def test_nothing_is_shown_against_none_where_that_says_nothing(six):
    """A sign and one footnote instead; with another baseline, differences."""
    figure = six.plot()
    assert "* no difference to none:" in " ".join(words_of(figure))
    ratio, cost = figure.axes[3], figure.axes[9]
    assert [text.get_text() for text in ratio.texts] == ["*"]
    assert not any(line.get_color() == looks(["none"])["none"].colour for line in figure.axes[2].lines)
    assert sum("US dollars a pupil and year*" in text.get_text() for text in figure.texts) == 1
    table = six.table.set_index(["measure", "strategy"])["mean"]
    dots = {line.get_color(): line.get_xdata()[0] for line in cost.lines if line.get_marker() == "o"}
    for name in ALL:
        assert dots[looks([name])[name].colour] == pytest.approx(table["cost_per_pupil_year", name])
    other = comparison(["volunteer_uniform", "directed_uniform"], baseline="volunteer_uniform").plot()
    assert "* no difference to none" not in " ".join(words_of(other))
    own = looks(["volunteer_uniform"])["volunteer_uniform"].colour  # a baseline keeps its colour
    assert own in {line.get_color() for line in other.axes[0].lines}
    right = [t.get_text().replace("\n", " ") for t in other.texts]  # long lines are wrapped
    assert any("difference to volunteer uniform, US dollars a pupil and year" in text for text in right)


def test_harm_is_said(six):
    said = " ".join(words_of(six.plot()))
    found = six.harm.set_index(["strategy", "measure"])["worse"]
    whose = "pupils gain less than without a programme / pupils of the poorest quarter of schools"
    assert f"Harm: {whose}, in so many of 3" in said
    for name in ALL[1:]:
        worse, poorest = found[name, "pupil_gain_sd"], found[name, "poorest_quarter_gain"]
        assert f"{name.replace('_', ' ')} {worse} / {poorest}" in said
    other = comparison(["volunteer_uniform", "directed_uniform"], baseline="volunteer_uniform").plot()
    assert "is not known: 'none' was not run" in " ".join(words_of(other))


def test_one_replicate_and_no_years_after():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        single = comparison(["volunteer_uniform"], replicates=1, overrides=SMALL | {"programme.years_after": 0})
        single.plot().canvas.draw()


def test_into_given_axes(six):
    axes = Figure().subplots()
    assert isinstance(axes, Axes)
    assert six.plot(axes) is axes.figure and len(axes.figure.axes) == 1
    grid = Figure(figsize=(12, 20)).subplots(len(PANELS), 2)
    assert compare_figure(six, grid) is grid[0, 0].figure
    assert all(ax.lines for ax in grid.flat)


def test_spread_moves_apart_and_no_more():
    assert spread([], 0.1) == []
    assert spread([0.1, 0.5], 0.1) == pytest.approx([0.1, 0.5])
    assert spread([0.5, 0.5], 0.1) == pytest.approx([0.45, 0.55])
    found = spread([0.1, 0.11, 0.12, 0.3, 0.31, 0.9], 0.1)
    assert np.all(np.diff(found) >= 0.1 - 1e-9)
    assert found[-1] == pytest.approx(0.9)
