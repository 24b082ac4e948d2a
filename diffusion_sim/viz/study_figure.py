"""The figure of a study: what each strategy changes, by the levels of each factor, or over points that were drawn."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from diffusion_sim.analysis.by_level import MOST_LEVELS
from diffusion_sim.analysis.cells import SCENARIO, direction
from diffusion_sim.errors import StudyError, nearest
from diffusion_sim.measures import COMPARED, MEASURE_INFO, SUPPORT_END
from diffusion_sim.measures.info import LARGER, SMALLER
from diffusion_sim.scenario.numbers import defaults
from diffusion_sim.viz.compare_figure import _COLOURS, _INK, FOOTNOTE, _dark, _plain, _readable

if TYPE_CHECKING:
    from diffusion_sim.analysis.studies import Study

SHOWN = ("deep_use", "equity_gap", "reach")  # where neither the caller nor the study names measures
MOST = 4  # measures
MOST_STRATEGIES = 7  # of designs by level: one colour each
_VARIANT = "Variant of the strategy"
_COLUMNS, _BLOCKS = 6, 4  # panels side by side, and rows of them for each measure: more factors are not shown
_MARKS = ("o", "s", "^", "D", "v", "P", "X")
_WIDE = 13.0  # inches


class _Scale(NamedTuple):
    """How a measure is written. factor : of the values; title, unit, note : texts."""

    factor: float
    title: str
    unit: str
    note: str


def study_figure(
    study: Study, measures: Sequence[str] | None = None, strategies: Sequence[str] | None = None
) -> Figure:
    """Draw a study; returns the figure.

    measures : up to 4 names, None = the study's outcomes, or deep use, equity gap and reach. strategies : which are
    compared with the baseline, None = all; over points that are chosen up to 7, so that each has a colour of its own,
    None = of more the ones that others are variants of (``a`` of ``a_coach``; then a panel of its own shows all
    variants), else the first 7, and the figure says so. Raises StudyError.
    """
    names = _chosen(study, measures)
    others = [name for name in study.strategies if name != study.spec.baseline]
    if not others:
        raise StudyError(f"the study has no strategy besides its baseline '{study.spec.baseline}'; nothing to draw")
    asked = None if strategies is None else _asked(study, strategies, others)
    if study.design.drawn:
        return _over_points(study, names, asked or others)
    if asked is not None and len(asked) > MOST_STRATEGIES:
        raise StudyError(f"strategies: found {len(asked)} names; 1 to {MOST_STRATEGIES} fit into the figure")
    variants = _variants(others) if asked is None and len(others) > MOST_STRATEGIES else {}
    return _by_level(study, names, asked or list(variants) or others[:MOST_STRATEGIES], variants)


def _asked(study: Study, strategies: Sequence[str], others: list[str]) -> list[str]:
    if isinstance(strategies, str):
        raise StudyError(f"strategies: found the text '{strategies}'; a list such as ['{strategies}'] is allowed")
    asked = list(dict.fromkeys(strategies))
    if not asked:
        raise StudyError("strategies: the list is empty; name at least one, or leave it out for all")
    for name in asked:
        if name not in others:
            what = "is the baseline" if name == study.spec.baseline else "is not in the study"
            raise StudyError(
                f"strategies: '{name}' {what}; allowed are {', '.join(others)}" + nearest(str(name), others)
            )
    return asked


def _variants(others: list[str]) -> dict[str, dict[str, str]]:
    """Strategy -> {variant: strategy}, where all have the same variants and fit into the figure; else nothing.

    A variant's name is that of its strategy, an underscore and a word: ``a_coach`` of ``a``; "" is ``a`` itself.
    """
    found: dict[str, dict[str, str]] = {}
    for name in sorted(others, key=lambda name: (len(name), others.index(name))):
        own = next((base for base in found if name.startswith(base + "_")), None)
        if own is None:
            found[name] = {"": name}
        else:
            found[own][name[len(own) + 1 :]] = name
    words = [set(variants) for variants in found.values()]
    if len(found) > MOST_STRATEGIES or len(words[0]) < 2 or any(other != words[0] for other in words):
        return {}
    return {
        name: dict(sorted(found[name].items(), key=lambda own: others.index(own[1])))
        for name in others
        if name in found
    }


def _chosen(study: Study, measures: Sequence[str] | None) -> list[str]:
    if isinstance(measures, str):
        raise StudyError(f"measures: found the text '{measures}'; a list such as ['{measures}'] is allowed")
    if measures is not None:
        if not 1 <= len(measures) <= MOST:
            raise StudyError(f"measures: found {len(measures)} names; 1 to {MOST} fit into the figure")
        return list(measures)
    there = [str(name) for name in study.runs.columns]
    named = list(study.spec.outcomes or ())
    if study.spec.precision is not None:
        named = [study.spec.precision.measure, *(n for n in named or SHOWN if n != study.spec.precision.measure)]
    names = [name for name in named or SHOWN if name in there]
    return names[:3] or [name for name in there if name in MEASURE_INFO][:3]


def _scale(name: str) -> _Scale:
    stem = name.removesuffix(SUPPORT_END)
    info = (MEASURE_INFO | COMPARED).get(stem)
    title = (info.title if info else _readable(stem)) + (", end of support" if name != stem else "")
    title = title[0].upper() + title[1:]
    note = {"larger": "above 0: better", "smaller": "below 0: better"}.get(str(info and info.direction), "")
    if stem.startswith("equity_gap"):
        note = "above 0: better for low-income pupils"
    if info is not None and info.unit == "share":
        return _Scale(100.0, title, "percentage points", note)
    return _Scale(1.0, title, info.unit if info else "", note)


# ---- by level --------------------------------------------------------------------------------------------------------


class _Column(NamedTuple):
    """Panels one above another. title : its lines; table : differences with a text ``level``."""

    title: list[str]
    table: pd.DataFrame


def _by_level(study: Study, names: list[str], others: list[str], variants: dict[str, dict[str, str]]) -> Figure:
    """Rows of measures, a column a factor (and one of scenarios), strategies side by side at each level.

    More columns than fit side by side go on below, each block with all measures.
    """
    columns, notes, covers = _columns(study, names, others, variants)
    count = -(-len(columns) // _COLUMNS)
    across = -(-len(columns) // count)
    blocks = [columns[i : i + across] for i in range(0, len(columns), across)]
    gap = 0.6 + 0.17 * max(len(column.title) for column in columns)
    height = (2.1 * len(names) + gap) * len(blocks) + 2.1 - 0.5 * (len(blocks) - 1)
    height += 0.2 * sum(1 + note.count("\n") for note in notes)
    figure = Figure(figsize=(_WIDE, height))
    top = _words(figure, study, others, height, covers, notes)
    top -= 0.17 * max(len(column.title) for column in columns) / height
    left, right, bottom = 0.185, 0.985, 1.15 / height
    tall = (top - bottom - gap / height * (len(blocks) - 1)) / len(blocks)
    widest = max(_room(block) for block in blocks)
    for number, block in enumerate(blocks):
        start = top - number * (tall + gap / height)
        grid = figure.add_gridspec(
            len(names), len(block), left=left, right=left + (right - left) * _room(block) / widest, top=start,
            bottom=start - tall, hspace=0.22, wspace=0.09, width_ratios=[_room([column]) for column in block],
        )  # fmt: skip
        _block(figure, grid.subplots(squeeze=False), names, block, others, height)
    return figure


def _room(columns: Sequence[_Column]) -> float:
    """Width of columns, in levels."""
    return sum(max(2.0, float(column.table["level"].nunique())) for column in columns)


def _block(
    figure: Figure, cells: Any, names: list[str], columns: Sequence[_Column], others: list[str], height: float
) -> None:
    """Panels of some columns, with the measures' titles at their left."""
    for row, name in enumerate(names):
        scale = _scale(name)
        for column, (title, table) in enumerate(columns):
            ax = cells[row, column]
            _level_panel(ax, table[table["measure"] == name], others, scale.factor)
            if row == 0:
                ax.set_title("\n".join(title), fontsize=10, fontweight="bold", color=_INK, loc="left", pad=8)
            if row < len(names) - 1:
                ax.tick_params(axis="x", labelbottom=False)
        _same_height(cells[row])
        cells[row, 0].set_ylabel(scale.unit, color=_INK, fontsize=9)
        box = cells[row, 0].get_position()
        title, note = textwrap.fill(scale.title, 19), textwrap.fill(scale.note, 21)
        lines = 1 + title.count("\n")
        figure.text(0.012, box.y1, title, fontsize=10, fontweight="bold", color=_INK, va="top", linespacing=1.2)
        figure.text(0.012, box.y1 - 0.185 * lines / height, note, fontsize=8.5, color=_INK, va="top")


def _columns(
    study: Study, names: list[str], others: list[str], variants: dict[str, dict[str, str]]
) -> tuple[list[_Column], list[str], str]:
    """(columns, what is not shown, what intervals cover), in words."""
    pairs = [(name, study.spec.baseline) for name in others]
    overall = study.differences(names, by=SCENARIO, contrasts=pairs)
    covers = _covers(study, overall)
    overall["level"] = overall["scenario"].astype(str).map(_readable)
    try:
        table = study.by_level(names, contrasts=pairs)
    except StudyError:  # no factor of few levels
        table = pd.DataFrame(columns=["factor"])
    several, first = overall["level"].nunique() > 1, overall["level"].iloc[0]
    wanted: list[tuple[str, str, pd.DataFrame]] = []  # title, unit, table
    if several:
        wanted.append(("Scenario", "", overall))
        table = table[table["scenario"] == table["scenario"].iloc[0]] if len(table) else table
    elif table.empty and not variants:
        wanted.append(("All runs", "", overall))
    if variants:
        wanted.append((_VARIANT, "", _by_variant(study, names, variants)))
    factors = list(dict.fromkeys(table["factor"]))
    shown = factors[: _COLUMNS * _BLOCKS - len(wanted)]
    wanted += [(factor, _unit(study, factor), table[table["factor"] == factor]) for factor in shown]
    across = min(len(wanted), -(-len(wanted) // -(-len(wanted) // _COLUMNS)))
    wide = max(16, 108 // across)  # letters
    found = []
    for title, unit, part in wanted:
        lines = _broken(title if "." in title else title[0].upper() + _readable(title)[1:], wide)
        lines += textwrap.wrap(f"({unit})", wide) if unit else []
        if several and part is not overall:
            lines += textwrap.wrap(f"({first})", wide)
        found.append(_Column(lines, part))
    return found, _not_shown(study, others, variants, shown), covers


def _not_shown(study: Study, others: list[str], variants: dict[str, dict[str, str]], shown: list[str]) -> list[str]:
    """What the figure leaves out, in words."""
    notes = []
    count, space = len(study.strategies) - 1, len(study.spec.space)
    if variants:
        notes.append(
            f'Panel "{_VARIANT}": all {count} strategies. Other panels: {len(others)} of {count}, each as named; '
            "plot(strategies=[...]) shows others."
        )
    elif len(others) < count:
        notes.append(f"{len(others)} of {count} strategies shown; plot(strategies=[...]) shows others.")
    if len(shown) < space and not study.design.drawn:
        notes.append(
            f"{len(shown)} of {space} factors shown; of the others the levels are more than {MOST_LEVELS}, one, or the "
            "figure is full: by_level and differences hold what there is."
        )
    return notes


def _by_variant(study: Study, names: list[str], variants: dict[str, dict[str, str]]) -> pd.DataFrame:
    """Differences over all points, in the first scenario, with the variant as level and the strategy it is one of."""
    of = {name: (base, word) for base, own in variants.items() for word, name in own.items()}
    table = study.differences(names, by=SCENARIO, contrasts=[(name, study.spec.baseline) for name in of])
    table = table[table["scenario"] == table["scenario"].iloc[0]]
    arms = table["strategy"].astype(str)
    return table.assign(
        strategy=[of[name][0] for name in arms],
        level=[_readable(of[name][1]) if of[name][1] else "as named" for name in arms],
    )


def _covers(study: Study, table: pd.DataFrame) -> str:
    """What the intervals cover; where some rows cover less, which."""
    plain = study.design.covers(SCENARIO)
    less = table[table["covers"].astype(str) != plain]
    if less.empty:
        return plain
    arms = ", ".join(_readable(name) for name in dict.fromkeys(less["strategy"].astype(str)))
    return f"{plain}. Of fewer points, where one has no runs: {arms}"


def _unit(study: Study, factor: str) -> str:
    """Unit of the number at a dotted path: what the study says, else what scenarios do; "" where nothing is known."""
    section, _, key = factor.partition(".")
    known = defaults().get(section, {}).get(key)
    said = next((getattr(own, "unit", None) for own in study.spec.space if own.name == factor), None)
    unit = said or (known.unit if known is not None else "")
    return "" if unit == "switch" else str(unit)


def _broken(name: str, wide: int) -> list[str]:
    """A name in lines, broken at its dots, underscores and spaces."""
    lines = [""]
    for piece in re.findall(r"[^._ ]*[._ ]?", name):
        if lines[-1] and len(lines[-1]) + len(piece) > wide:
            lines.append("")
        lines[-1] += piece
    return lines


def _level_panel(ax: Axes, table: pd.DataFrame, others: list[str], factor: float) -> None:
    levels = list(dict.fromkeys(table["level"]))
    step = 0.7 / max(len(others), 1)
    for number, arm in enumerate(others):
        colour, mark = _look(number)
        rows = table[table["strategy"] == arm].set_index("level").reindex(levels)
        x = np.arange(len(levels)) + (number - (len(others) - 1) / 2.0) * step
        value, low, high = (factor * rows[name].to_numpy(dtype=float) for name in ("difference", "low", "high"))
        ax.plot(x, value, color=colour, linewidth=0.8, alpha=0.35)
        ax.vlines(x, low, high, color=colour, linewidth=2.2)
        ax.plot(x, value, linestyle="none", marker=mark, color=colour, markersize=6, markeredgecolor="white",
                markeredgewidth=0.7)  # fmt: skip
    ax.axhline(0, color=_INK, linewidth=0.9)
    ax.set_xlim(-0.55, len(levels) - 0.45)
    ax.set_xticks(range(len(levels)), [textwrap.fill(str(level), 14) for level in levels])
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(_signed))
    _plain(ax)
    ax.grid(axis="x", visible=False)
    for edge in range(1, len(levels)):
        ax.axvline(edge - 0.5, color="#E6E6E6", linewidth=0.7)
    ax.tick_params(axis="x", length=0)


def _same_height(cells: Any) -> None:
    """One scale for a row; numbers at its first panel alone."""
    ends = [ax.get_ylim() for ax in cells]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    for ax in cells:
        ax.set_ylim(low, high)
        ax.tick_params(axis="y", labelleft=ax is cells[0])


def _signed(value: float, _: Any = None) -> str:
    return f"{value:+,g}".replace("-", "−") if value else "0"


def _look(number: int) -> tuple[str, str]:
    return _COLOURS[number % len(_COLOURS)], _MARKS[number // len(_COLOURS) % len(_MARKS) + number % 3]


# ---- over drawn points -----------------------------------------------------------------------------------------------


def _over_points(study: Study, names: list[str], others: list[str]) -> Figure:
    """A column a measure, a row a strategy (and scenario): every point's difference, their mean and its interval."""
    pairs = [(name, study.spec.baseline) for name in others]
    points = study.differences(names, contrasts=pairs)
    means = study.differences(names, by=SCENARIO, contrasts=pairs)
    scenarios = list(dict.fromkeys(means["scenario"].astype(str)))
    lines = [(arm, scenario) for scenario in scenarios for arm in others]
    notes = _not_shown(study, others, {}, [])
    height = 0.75 * len(lines) + 3.75 + 0.2 * len(notes)
    figure = Figure(figsize=(_WIDE, height))
    cells = figure.subplots(1, len(names), squeeze=False)[0]
    top = _words(figure, study, others, height, _covers(study, means), notes, points=True)
    figure.subplots_adjust(left=0.17, right=0.985, top=top - 0.6 / height, bottom=1.35 / height, wspace=0.08)
    for ax, name in zip(cells, names, strict=True):
        scale = _scale(name)
        for row, (arm, scenario) in enumerate(lines):
            here = [t[(t["strategy"] == arm) & (t["measure"] == name) & (t["scenario"].astype(str) == scenario)]
                    for t in (points, means)]  # fmt: skip
            _strip(ax, row, others.index(arm), *here, scale.factor, direction(name))
        ax.axvline(0, color=_INK, linewidth=0.9)
        ax.set_ylim(len(lines) - 0.4, -0.6)
        labels = [
            _readable(arm) + (f"\n{_readable(scenario)}" if len(scenarios) > 1 else "") for arm, scenario in lines
        ]
        ax.set_yticks(range(len(lines)), labels if ax is cells[0] else [""] * len(lines))
        ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        ax.xaxis.set_major_formatter(FuncFormatter(_signed))
        ax.set_xlabel(scale.unit, color=_INK)
        ax.set_title(textwrap.shorten(scale.title, 36, placeholder=" ..."), loc="left", fontsize=11,
                     fontweight="bold", color=_INK, pad=20)  # fmt: skip
        ax.text(0, 1.0 + 0.06 / len(lines), scale.note, transform=ax.transAxes, fontsize=8.5, color=_INK)
        _plain(ax)
        ax.tick_params(axis="y", length=0)
    for label, (arm, _) in zip(cells[0].get_yticklabels(), lines, strict=True):
        label.set_color(_dark(_look(others.index(arm))[0]))
    return figure


def _strip(
    ax: Axes, row: int, number: int, points: pd.DataFrame, mean: pd.DataFrame, factor: float, way: str | None
) -> None:
    """One line: points as dots, their middle 80 % as a pale bar, the mean with its interval, share of points better."""
    values = factor * points["difference"].dropna().to_numpy(dtype=float)
    if not values.size:
        return
    colour, mark = _look(number)
    low, high = np.quantile(values, [0.1, 0.9])
    ax.plot([low, high], [row] * 2, color=colour, linewidth=11, alpha=0.22, solid_capstyle="butt")
    golden = (np.arange(values.size) * 0.6180339887) % 1.0  # spreads dots without chance
    ax.plot(values, row + 0.32 * (golden - 0.5), linestyle="none", marker=".", color=colour, alpha=0.45, markersize=4,
            markeredgewidth=0)  # fmt: skip
    value, left, right = (factor * float(mean[name].iloc[0]) for name in ("difference", "low", "high"))
    ax.plot([left, right], [row] * 2, color=_INK, linewidth=3.0, solid_capstyle="butt")
    ax.plot(value, row, marker=mark, markersize=5.5, color=colour, markeredgecolor=_INK, markeredgewidth=0.9)
    share = 100.0 * np.mean(values < 0.0 if way == SMALLER else values > 0.0)
    word = "better" if way in (LARGER, SMALLER) else "above 0"
    ax.text(0.995, row - 0.36, f"{word} at {share:.0f} % of sets", transform=ax.get_yaxis_transform(), ha="right",
            va="center", fontsize=7.5, color=_INK)  # fmt: skip


# ---- words -----------------------------------------------------------------------------------------------------------


def _words(
    figure: Figure,
    study: Study,
    others: list[str],
    height: float,
    covers: str,
    notes: Sequence[str] = (),
    points: bool = False,
) -> float:
    """Title, legend, what the marks mean, footnote; returns how high panels may reach, as a share."""
    spec = study.spec
    y = 1.0 - 0.15 / height
    title = textwrap.fill(spec.title or _readable(spec.id), 100)
    figure.text(0.012, y, title, fontsize=14, fontweight="bold", color=_INK, va="top")
    y -= (0.27 * (1 + title.count("\n")) + 0.05) / height
    said = [f"Difference to {_readable(spec.baseline)}, run by run on the same seeds. {_runs(study)}."]
    if points:
        said.append("Dot = one set of parameters, pale bar = middle 80 % of sets, mark and dark bar = mean and "
                    "95 % interval.")  # fmt: skip
    else:
        said.append("Mark = mean, bar = 95 % interval." + (" Each panel: over all levels of the other factors."
                    if spec.design["kind"] == "grid" and len(spec.space) > 1 else ""))  # fmt: skip
    for line in [*said, *notes]:
        figure.text(0.012, y, line, fontsize=9.5, color=_INK, va="top")
        y -= 0.2 / height
    if not points:
        keys = [Line2D([], [], color=_look(i)[0], marker=_look(i)[1], linewidth=2.2, markersize=6,
                       label=_readable(arm)) for i, arm in enumerate(others)]  # fmt: skip
        columns = min(len(others), 5)
        figure.legend(handles=keys, loc="upper left", bbox_to_anchor=(0.005, y + 0.03 / height), ncols=columns,
                      frameon=False, fontsize=10, handletextpad=0.5, columnspacing=1.6, borderaxespad=0)  # fmt: skip
        y -= 0.24 * -(-len(others) // columns) / height
        y -= 0.2 / height
    covers = textwrap.fill(f"What the intervals cover: {covers}.", 160)
    figure.text(0.012, 0.38 / height, covers, fontsize=9, color=_INK, va="bottom")
    figure.text(0.012, 0.13 / height, FOOTNOTE, fontsize=9, color=_INK, va="bottom")
    return y


def _runs(study: Study) -> str:
    ok = study.counts["ok"]
    count = study.design.points
    replicates = study.runs.groupby(["scenario", "point"], observed=True)["replicate"].nunique()
    low, high = int(replicates.min()), int(replicates.max())
    each = f"{low}" if low == high else f"{low} to {high}"
    sets = f"{count:,} set{'s' * (count != 1)} of parameters"
    return f"{ok:,} runs: {sets}, {each} replicate{'s' * (high != 1)} of each"
