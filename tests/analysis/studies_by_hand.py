"""Studies from made-up runs: what a store would give, without running anything."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from diffusion_sim.analysis.studies import Study
from diffusion_sim.study.plan.spec import Precision


def spec(kind="grid", seeds="common", precision=None, baseline="none", outcomes=None, space=(), scenarios=("x",),
         structure=None):  # fmt: skip
    """What of a study file is read by its results."""
    return SimpleNamespace(
        id="made_up", title="Made up", question="", scenarios=scenarios, baseline=baseline, design={"kind": kind},
        seeds=seeds, precision=precision, outcomes=outcomes, space=space, structure=structure,
    )  # fmt: skip


def rows(cells, factors=None, scenario="x", seed=lambda point, replicate: 1000 * (point + 1) + replicate):
    """Runs from {(point, strategy): {measure: values by replicate}}; NaN = undefined, None = the run failed."""
    found = []
    for (point, strategy), columns in cells.items():
        for r in range(len(next(iter(columns.values())))):
            values = {name: column[r] for name, column in columns.items()}
            bad = None in values.values()
            found.append({
                "scenario": scenario, "strategy": strategy, "point": point, "replicate": r, "seed": seed(point, r),
                "status": "error" if bad else "ok", "error": "it broke" if bad else "", "seconds": 0.1,
                **(factors or {}).get(point, {}), **{k: np.nan if bad else v for k, v in values.items()},
            })  # fmt: skip
    return pd.DataFrame(found)


def study(cells, **said):
    """A study of one scenario."""
    factors = said.pop("factors", None)
    keywords = {"seed": said.pop("seed")} if "seed" in said else {}
    return Study(spec(**said), rows(cells, factors, **keywords))


def precision(half_width, strategy="a", baseline="none", measure="reach", at_least=30, at_most=2000):
    """As a study file says it."""
    return Precision(measure, strategy, baseline, half_width, at_least, at_most)
