"""The tables of ``compare``: measures by strategy, what the equity ratio is made of, harm, the account of users."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from diffusion_sim.analysis.accounts import TOTAL
from diffusion_sim.analysis.arms import ADDITIONAL, BOUGHT, NONE, PER_TENTH
from diffusion_sim.cli import show
from diffusion_sim.measures import COMPARED, MEASURE_INFO, SUPPORT_END, compares

# Measures on the page, in this order, as far as they exist; the files hold every measure.
HEADLINE = (
    "exposure_low_income",
    "equity_ratio",
    "poorest_quarter",
    "equity_gap",
    "reach",
    "reach_support_end",
    "deep_use",
    "deep_use_40",
    "deep_use_60",
    "mean_depth",
    "owned_share",
    "sustained_deep_use_1y",
    "sustained_deep_use_2y",
    "pupil_gain_sd",
    "poorest_quarter_gain",
    "cost_per_pupil_year",
    PER_TENTH,
    "cost_total",
    "cost_per_sustained_user",
    ADDITIONAL,
)
_ROOM = 92  # columns below which the table leaves out how many seeds agree
_TITLES = {
    ADDITIONAL: ("cost per additional deep user, against none", "US dollars"),
    PER_TENTH: ("net spending of the whole run per .1 SD of gain, against none", "US dollars per pupil"),
}
NOT_AGAINST_NONE = "*"
_FOOTNOTE = (
    f"{NOT_AGAINST_NONE} no difference to {NONE}: the measure divides by what there is hardly any of without a "
    "programme, or has no meaning there, as spending has."
)
_RATIO = ("equity_ratio", "ratio_ever", "ratio_kept", "ratio_deepened")
# What stands beside the ratio: the end of a measure's name, by what it is shown, whether it needs a wide page.
_BESIDE = {"places": (SUPPORT_END, 100.0, False), "hours": (SUPPORT_END, 1.0, False), "comers": ("", 100.0, True)}


def title_and_unit(measure: str) -> tuple[str, str]:
    """How a table calls a measure."""
    if measure in _TITLES:
        return _TITLES[measure]
    stem = measure.removesuffix(SUPPORT_END)
    info = (MEASURE_INFO | COMPARED)[stem]
    return info.title + (" at the end of support" if stem != measure else ""), info.unit


def baseline_of(comparison: Any) -> str:
    """With which strategy the others are compared."""
    found = comparison.differences["baseline"]
    said = comparison.provenance.get("baseline")
    return str(said or (found.iloc[0] if len(found) else comparison.table["strategy"].iloc[0]))


def show_measures(comparison: Any, baseline: str) -> None:
    """Mean and paired difference of each measure and strategy."""
    columns = ["measure and strategy", "mean", "difference", "95 % interval", "better in"]
    narrow = show.width() < _ROOM
    columns = columns[:-1] if narrow else columns
    rows = _rows(comparison, baseline)
    show.table(columns, [row and row[: len(columns)] for row in rows], right=columns[1:])
    if any(row and row[2] == NOT_AGAINST_NONE for row in rows):
        show.lines([_FOOTNOTE], "")
    if narrow:
        show.lines(["In how many draws a strategy is better: in a wider terminal, and in --json."], "")


def _rows(comparison: Any, baseline: str) -> list[Any]:
    means = comparison.table.set_index(["measure", "strategy"])
    differences = comparison.differences.set_index(["measure", "strategy"])
    strategies = list(dict.fromkeys(comparison.table["strategy"]))
    present = set(comparison.table["measure"])
    names = [name for name in HEADLINE if name in present] or list(dict.fromkeys(comparison.table["measure"]))
    rows: list[Any] = []
    for name in names:
        title, unit = title_and_unit(name)
        block = []
        for strategy in strategies:
            if (name, strategy) not in means.index:
                continue
            row = means.loc[(name, strategy)]
            cells = [f"  {strategy}", show.number(float(row["mean"]), unit), "", "", ""]
            if name in BOUGHT:
                cells[3] = show.interval(float(row["low"]), float(row["high"]), unit)
            elif strategy != baseline and not all(compares(name, arm, MEASURE_INFO) for arm in (baseline, strategy)):
                cells[2] = NOT_AGAINST_NONE
            elif strategy != baseline and (name, strategy) in differences.index:
                cells[2:] = _difference(differences.loc[(name, strategy)], unit)
            block.append(cells)
        if all(cells[1] == show.NOTHING for cells in block):
            continue  # defined for no arm, such as what is left two years on in a shorter run
        rows += [[f"{title} ({unit})", "", "", "", ""], *block, None]
    return rows[:-1]


def _difference(row: Any, unit: str) -> list[str]:
    better = float(row["p_better"])
    return [
        show.number(float(row["difference"]), unit, signed=True),
        show.interval(float(row["low"]), float(row["high"]), unit),
        show.NOTHING if better != better else f"{better:.0%}",
    ]


def show_ratio(comparison: Any) -> None:
    """The equity ratio taken apart, with places, hours and comers beside it; where room is short comers in a line."""
    wide = comparison.table.pivot(index="strategy", columns="measure", values="mean")
    if not set(_RATIO) <= set(wide.columns):
        return
    columns, rows = ["equity ratio of deep use", "ratio", "began", "went on", "deep"], []
    pairs = {of: [f"{of}_{who}{end}" for who in ("low_income", "other")] for of, (end, _, _) in _BESIDE.items()}
    pairs = {of: both for of, both in pairs.items() if set(both) <= set(wide.columns)}
    in_lines = [of for of in pairs if _BESIDE[of][2] and show.width() < _ROOM]
    in_columns = [of for of in pairs if of not in in_lines]

    def beside(of: str, strategy: str) -> str:
        return "/".join(f"{_BESIDE[of][1] * wide.loc[strategy, measure]:.0f}" for measure in pairs[of])

    strategies = [str(name) for name in comparison.table["strategy"].unique()]
    for strategy in strategies:
        cells = [show.number(float(wide.loc[strategy, name]), "ratio") for name in _RATIO]
        rows.append([strategy, *cells, *(beside(of, strategy) for of in in_columns)])
    show.table([*columns, *in_columns], rows, right=[*columns[1:], *in_columns])
    show.lines(
        [
            *(f"{of}: {', '.join(f'{name} {beside(of, name)}' for name in strategies)}." for of in in_lines),
            "ratio = began x went on x deep: low-income pupils' to other pupils' share of teachers who ever used, of "
            "these who use now, of these in deep use; ratios of means. places: % of low-income / other pupils whose "
            "school is enrolled; hours: of practice and expertise that reach a teacher a year, schools without support "
            "counted; both in the last week of support. comers: hires of the whole run who knew the practice, per "
            "100 posts."
        ],
        "",
    )


def show_harm(said: Mapping[str, str] | str) -> None:
    """Who is left worse off than without a programme. said : by strategy, or that it is not known."""
    if isinstance(said, str):
        show.lines([said], "")
        return
    show.text("Harm, at the end of the run", "bold")
    show.lines(f"{strategy}: {whose}" for strategy, whose in said.items())


def show_account(comparison: Any, baseline: str) -> None:
    """What the difference in users is made of: one column a strategy, rows that add up."""
    account = comparison.account
    if account.empty:
        return
    show.text(f"Where the difference in users comes from: per 100 teachers, against {baseline}; adds up", "bold")
    parts = account.pivot(index="part", columns="strategy", values="difference")
    parts = parts.loc[account["part"].unique(), account["strategy"].unique()]
    parts = parts[(parts.abs() >= 0.05).any(axis=1) | (parts.index == TOTAL)]
    rows: list[Any] = [
        [part, *(show.NOTHING if math.isnan(x) else f"{x:+.1f}" for x in row)]
        for part, row in zip(parts.index, parts.to_numpy(), strict=True)
    ]
    show.numbers(["part", *map(str, parts.columns)], [*rows[:-1], None, rows[-1]])
