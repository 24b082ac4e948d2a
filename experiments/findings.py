"""The tables and the figure that the README of a study of this folder quotes, from the study's results.

    python experiments/findings.py leadership_pressure_networks_staffing [FOLDER OF RESULTS]

Writes <study>/findings/*.csv and <study>/figure.png. Which tables: findings_tables.py.
"""

import sys
from pathlib import Path

import findings_figure as figures
import findings_tables as tables

import diffusion_sim as ds

HERE = Path(__file__).resolve().parent
DIRECTED_VOLUNTEERS = "directed_uniform - volunteer_uniform"
FITTED = ["directed_differentiated - directed_uniform", "volunteer_differentiated - volunteer_uniform"]
RESPONSIVE = ["directed_responsive - directed_uniform", "volunteer_responsive - volunteer_uniform"]
NEED = "directed_need_weighted - directed_uniform"
# What is compared beside each strategy with none.
CONTRASTS = {
    "leadership_pressure_networks_staffing": [
        f"{a}{staffing} - {b}{staffing}"
        for a, b in (pair.split(" - ") for pair in [DIRECTED_VOLUNTEERS, *FITTED, NEED])
        for staffing in ("", "_coach", "_led")
    ]
    + RESPONSIVE
    + [f"{one}_{kind} - {one}" for one in ("volunteer_uniform", "directed_uniform") for kind in ("coach", "led")],
    "chance_and_parameters": [
        DIRECTED_VOLUNTEERS,
        *FITTED,
        *RESPONSIVE,
        "directed_differentiated - directed_responsive",
        NEED,
        "directed_need_weighted - directed_differentiated",
    ],
    "withdrawal_and_turnover": [
        DIRECTED_VOLUNTEERS,
        "improvement_network - volunteer_uniform",
        "staged - volunteer_uniform",
        "multi_classroom_leader - volunteer_uniform",
        "multi_classroom_leader - directed_uniform",
        "improvement_network - directed_uniform",
    ],
}


def main(name, results=None):
    """Write what the README of the study ``name`` quotes."""
    study = ds.open_study(results or HERE / name / "results")
    folder = HERE / name / "findings"
    folder.mkdir(exist_ok=True)
    for kind, table in tables.of(study, CONTRASTS[name]).items():
        table.to_csv(folder / f"{kind}.csv", index=False, float_format="%.6g", lineterminator="\n")
    figures.FIGURES[name](study).savefig(HERE / name / "figure.png", dpi=110)
    print(f"{study.counts}: {folder}")


if __name__ == "__main__":
    main(*sys.argv[1:])
