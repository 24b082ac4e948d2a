"""Who is left worse off than without a programme: strategies against ``none``, draw by draw."""

from __future__ import annotations

import numpy as np
import pandas as pd

from diffusion_sim.analysis.arms import NONE, gather

# Measure at the end of the run -> who is worse off where it is below that of ``none`` on the same seed.
WHOSE = {
    "pupil_gain_sd": "pupils gain less than without a programme",
    "poorest_quarter_gain": "pupils of the poorest quarter of schools",
}
COLUMNS = ["strategy", "measure", "worse", "draws", "share"]
UNKNOWN = f"Whether pupils gain less than without a programme is not known: '{NONE}' was not run on these seeds."


def harm(runs: pd.DataFrame) -> pd.DataFrame:
    """In how many draws (seeds, replicates) each strategy leaves pupils' gain, of all or of the poorest quarter, below
    that of ``none`` on the same seed, at the end of the run; columns COLUMNS.

    Gain, not use: ``none`` has next to no use to fall below, while first uses, class time, larger classes and a
    programme's load cost pupils.

    runs : one row a run, as in :mod:`diffusion_sim.analysis.paired`. draws : seeds on which both have a value. Without
    ``none``, or without these outcomes, no rows.
    """
    arms = gather(runs)
    rows = []
    for a, strategy in enumerate(arms.strategies):
        for name in WHOSE:
            if strategy == NONE or NONE not in arms.strategies or name not in arms.values:
                continue
            own, none = arms.values[name][a], arms.values[name][arms.row(NONE)]
            draws = int(np.isfinite(own + none).sum())
            worse = int((own < none).sum())
            rows.append((strategy, name, worse, draws, worse / draws if draws else np.nan))
    return pd.DataFrame(rows, columns=COLUMNS)


def harm_by_cell(runs: pd.DataFrame) -> pd.DataFrame:
    """``harm`` of each scenario and point of a study's runs that has draws; columns scenario, point, then COLUMNS."""
    columns = ["strategy", "seed", *(name for name in WHOSE if name in runs.columns)]
    cells = runs.groupby(["scenario", "point"], observed=True, sort=False)[columns]
    found = [harm(rows).assign(scenario=str(cell[0]), point=cell[1]) for cell, rows in cells]
    found = [table[table["draws"] > 0] for table in found]
    found = [table for table in found if len(table)]
    columns = ["scenario", "point", *COLUMNS]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def said(table: pd.DataFrame) -> dict[str, str] | str:
    """``lines``, or that it is not known."""
    return lines(table) or UNKNOWN


def lines(table: pd.DataFrame) -> dict[str, str]:
    """strategy -> "pupils gain less than without a programme in 3 of 20 draws; pupils of the poorest quarter of
    schools in 0 of 20"."""
    found = {}
    for strategy, rows in table.groupby("strategy", sort=False):
        said = [f"{WHOSE[row.measure]} in {row.worse} of {row.draws}" for row in rows.itertuples(index=False)]
        draws = "draw" if rows["draws"].iloc[0] == 1 else "draws"
        found[str(strategy)] = "; ".join([f"{said[0]} {draws}", *said[1:]])
    return found
