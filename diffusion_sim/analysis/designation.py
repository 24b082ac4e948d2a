"""What is odd about whom accountability names: nobody, or everybody, so that nobody is pressed more than others."""

from __future__ import annotations

import pandas as pd

from diffusion_sim.scenario import Scenario


def notes(runs: pd.DataFrame, sc: Scenario) -> list[str]:
    """A line where in some worlds nobody or everybody is named; none where pressure goes by degree.

    runs : one row a run, as in :mod:`diffusion_sim.analysis.paired`.
    """
    names = ["enrolled_designated", "enrolled_others"]
    if sc["structure.accountability"] == "smooth" or not set(names) <= set(runs.columns):
        return []
    worlds = runs[runs["status"] == "ok"].groupby("seed")[names].first()
    nobody, everybody = (int(worlds[name].isna().sum()) for name in names)
    if not nobody + everybody:
        return []
    said = [f"nobody in {nobody:,}"] * (nobody > 0) + [f"everybody in {everybody:,}"] * (everybody > 0)
    return [
        f"of {len(worlds):,} worlds accountability names {' and '.join(said)}: there all schools are under the same "
        f"pressure (districts.designated = {sc['districts.designated']:g}, or the table's column)"
    ]
