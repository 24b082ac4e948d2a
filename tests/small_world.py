"""The scenario of a table of schools in several districts, written to a folder."""

from __future__ import annotations

import pandas as pd

from diffusion_sim.scenario import Scenario, load_scenario

CASE = """\
id: {name}
title: A small world of several districts
question: What stays the same when something else changes?
population:
  kind: table
  source: schools.csv
initial_use:
  share: 0.1
programme:
  years_support: 2
  years_after: 1
strategy:
  recruitment: {{kind: volunteer}}
"""


def write_case(folder, rows: list[dict], name: str, extra: str = "", **options) -> Scenario:
    """The scenario of ``rows``, two years of support and one after; ``extra`` : more YAML, options of load_scenario."""
    pd.DataFrame(rows).to_csv(folder / "schools.csv", index=False)
    path = folder / "small.yaml"
    path.write_text(CASE.format(name=name) + extra, encoding="utf-8")
    return load_scenario(path, **options)


def steps(model, weeks):
    """``weeks`` weeks further on."""
    for _ in range(weeks):
        model.step()
    return model
