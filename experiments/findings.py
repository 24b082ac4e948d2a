"""The tables and the figure that the README of a study of this folder quotes, from the study's results.

    python experiments/findings.py leadership_pressure_networks_staffing [FOLDER OF RESULTS]

Writes <study>/findings/*.csv and <study>/figure.png.
"""

import sys
from pathlib import Path

import pandas as pd

import diffusion_sim as ds

HERE = Path(__file__).resolve().parent
DIRECTED_VOLUNTEERS = "directed_uniform - volunteer_uniform"
MEASURES = ["reach", "deep_use", "equity_gap", "sustained_deep_use_2y"]
# What is compared beside each strategy with none, and which strategies the figure shows (None = as many as fit).
STUDIES = {
    "leadership_pressure_networks_staffing": (
        [
            DIRECTED_VOLUNTEERS,
            "directed_uniform_coach - volunteer_uniform_coach",
            "directed_uniform_led - volunteer_uniform_led",
            "directed_differentiated - directed_uniform",
            "directed_differentiated_coach - directed_uniform_coach",
            "directed_differentiated_led - directed_uniform_led",
            "volunteer_differentiated - volunteer_uniform",
            "volunteer_differentiated_coach - volunteer_uniform_coach",
            "volunteer_differentiated_led - volunteer_uniform_led",
        ],
        [
            "volunteer_uniform",
            "volunteer_differentiated",
            "directed_uniform",
            "directed_differentiated",
            "volunteer_uniform_led",
            "directed_uniform_led",
        ],
    ),
    "chance_and_parameters": (
        [
            DIRECTED_VOLUNTEERS,
            "directed_differentiated - directed_uniform",
            "volunteer_differentiated - volunteer_uniform",
        ],
        None,
    ),
    "withdrawal_and_turnover": (
        [
            "improvement_network - volunteer_uniform",
            DIRECTED_VOLUNTEERS,
            "staged - directed_uniform",
            "multi_classroom_leader - directed_uniform",
        ],
        None,
    ),
}


def tables(study, contrasts):
    """Name -> table."""
    means = study.runs.groupby(["scenario", "strategy"], observed=True, sort=False)[[*MEASURES, "cost_total", "cost_own"]].mean()
    found = {
        "means": means.reset_index(),
        "differences": study.differences(MEASURES, by="scenario"),
        "contrasts": study.differences(MEASURES, by="scenario", contrasts=contrasts),
        "best": study.best(MEASURES),
    }
    if study.design.kind == "grid":
        found["by_level"] = study.by_level(MEASURES[:3])
        found["contrasts_by_level"] = study.by_level(MEASURES[:3], contrasts=contrasts)
        found["contrasts_by_point"] = study.differences(["deep_use"], by="point", contrasts=contrasts)
    else:
        found["variance_shares"] = study.variance_shares(MEASURES, contrasts=contrasts)
        found["rank_correlations"] = rank_correlations(study, "deep_use", contrasts)
    if study.spec.precision is not None:
        found["precision"] = study.precision
    return found


def rank_correlations(study, measure, contrasts):
    """Spearman's correlation over points of each number with the mean difference at the point."""
    cells = study.differences([measure], by="point", contrasts=contrasts)
    cells = cells.assign(contrast=cells["strategy"].astype(str) + " - " + cells["baseline"].astype(str))
    wide = cells.pivot(index="point", columns="contrast", values="difference").rank()
    values = study.points.set_index("point").filter(regex="^p[.]").rank()
    return pd.DataFrame({name: values.corrwith(wide[name]) for name in wide}).rename_axis("number").reset_index()


def main(name, results=None):
    """Write what the README of the study ``name`` quotes."""
    contrasts, shown = STUDIES[name]
    study = ds.open_study(results or HERE / name / "results")
    folder = HERE / name / "findings"
    folder.mkdir(exist_ok=True)
    for kind, table in tables(study, contrasts).items():
        table.to_csv(folder / f"{kind}.csv", index=False, float_format="%.6g", lineterminator="\n")
    study.plot(MEASURES[:3], shown).savefig(HERE / name / "figure.png", dpi=110)
    print(f"{study.counts}: {folder}")


if __name__ == "__main__":
    main(*sys.argv[1:])
