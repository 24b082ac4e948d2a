"""The page of the six headline contrasts, from the tables of a robust run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

FIRST = 3  # numbers named beside a measure: those that stand out most
HEAD = """# Six headline contrasts over the plausible ranges

Made by `python benchmarks/headline_contrasts.py results/headline --points {points} --run`, then `--page`; do not edit
here. {version} Digest of all defaults and ranges {ranges}.

How to read it: [robust.md](robust.md). {points} draws of all {numbers} numbers with a plausible range and of
{structures} structures, {seeds} seeds each, in the synthetic mid-size district; differences at the end of the run. A
share of draws is no probability: the ranges are ours. Teachers are simulated; nothing here rates a person. These are
comparisons under stated assumptions, not forecasts. Equity is between schools.

Six contrasts were asked: fitted by readiness against the same for all (under a directive and among volunteers), hours
by need against the same for all, a hub against all with all in improvement networks, evaluation aligned with the
practice against as it is, and, both at equal net spending in each draw, staged scaling against a directive and teams
led by multi-classroom leaders against a school's own coaches. By rule a school's own coaches ask nobody to try, while
team leaders are prepared and expect members to try. These rules were not drawn: the last contrast says what they do,
not what coaches could do.
"""
COLUMNS = (
    "measure", "at the defaults (95 % over seeds)", "median of draws (5 to 95 %)", "above 0", "below 0",
    "numbers that move it most (rank coefficient)",
)  # fmt: skip
HARM = """## Harm

In how many draws pupils gain less than without a programme (mean over a draw's seeds; pots as they are, not at equal
spending).
"""


def figure(value: float) -> str:
    """Three decimals with a sign, no leading zero, no sign before zero."""
    text = f"{value:+.3f}"
    return ".000" if text[1:] == "0.000" else text.replace("0.", ".", 1)


def line(cells: Any) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |"


def contrast(name: str, rows: pd.DataFrame, numbers: pd.DataFrame) -> list[str]:
    """A contrast's table, one row a measure."""
    said = [f"## {name}", "", line(COLUMNS), "|---" * len(COLUMNS) + "|"]
    for row in rows.itertuples():
        its = numbers[(numbers["contrast"] == name) & (numbers["measure"] == row.measure) & numbers["stands_out"]]
        order = its["coefficient"].abs().sort_values(ascending=False).index[:FIRST]
        most = [f"`{its.loc[i, 'path']}` {its.loc[i, 'coefficient']:+.2f}".replace("0.", ".") for i in order]
        here = f"{figure(row.at_defaults)} ({figure(row.low)} to {figure(row.high)})"
        drawn = f"{figure(row.median)} ({figure(row.p5)} to {figure(row.p95)})"
        shares = f"{row.above} of {row.draws}", str(row.below)
        said.append(line((str(row.measure), here, drawn, *shares, ", ".join(most) or "-")))
    return [*said, ""]


def page_text(run: Path) -> str:
    """The page, from the folder of a run."""
    tables = {name: pd.read_csv(run / f"{name}.csv") for name in ("summary", "numbers", "harm")}
    record = json.loads((run / "provenance.json").read_text("utf-8"))
    said = [HEAD.format(
        points=record["points"], seeds=record["seeds"], numbers=len(record["numbers"]),
        structures=len(record["structures"]), ranges=record["ranges"]["digest"],
        version=f"diffusion-sim {record['version']}, version {record['model_version']} of the model.",
    )]  # fmt: skip
    for name, rows in tables["summary"].groupby("contrast", sort=False):
        said += contrast(str(name), rows, tables["numbers"])
    said += [HARM, line(("strategy", "all pupils", "the poorest quarter of schools")), "|---|---|---|"]
    for name, rows in tables["harm"].groupby("strategy", sort=False):
        by = {row.measure: f"{row.worse} of {row.draws}" for row in rows.itertuples()}
        said.append(line((str(name), by["pupil_gain_sd"], by["poorest_quarter_gain"])))
    return "\n".join(said) + "\n"
