"""``run``: one run, its outcomes and its files."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from diffusion_sim.analysis.results import text_in_csv, write_csv
from diffusion_sim.cli import show
from diffusion_sim.cli.files import write_all
from diffusion_sim.measures import MEASURE_INFO, SUPPORT_END
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import Scenario
from diffusion_sim.study.plan.arms_and_seeds import with_rules
from diffusion_sim.study.provenance import provenance
from diffusion_sim.study.run.warm_up import warm_up
from diffusion_sim.world.size import check_size


def run_once(
    sc: Scenario, rng: int, strategy: str | None, allow_code: bool, rules: dict[str, str] | None, any_size: bool
) -> ReformModel:
    """The model after all its weeks."""
    check_size(sc, any_size)
    sc = with_rules(sc, rules, allow_code)  # a rule that cannot be used is said before anything else is compiled
    warm_up(lambda line: print(line, file=sys.stderr, flush=True))
    return ReformModel(sc, rng=rng, strategy=strategy, allow_code=allow_code, any_size=True).run()


def outcomes(model: ReformModel) -> pd.DataFrame:
    """measure, unit, support_end, last: one row a measure."""
    found = model.outcomes
    rows = [(name, info.unit, found[name + SUPPORT_END], found[name]) for name, info in MEASURE_INFO.items()]
    return pd.DataFrame(rows, columns=["measure", "unit", "support_end", "last"])


def write(model: ReformModel, folder: Path, plain_ids: bool = False) -> list[str]:
    """series.csv, flows.csv, schools.csv, outcomes.csv and provenance.json. Raises StoreError."""
    said = {"seed": model.seed, "strategy": model.strategy, "weeks": model.week}
    record = provenance(model.case, **said, **text_in_csv(plain_ids))
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    return write_all(
        folder,
        {
            "outcomes.csv": lambda path: write_csv(outcomes(model), path),
            "series.csv": lambda path: write_csv(model.series.reset_index(), path),
            "flows.csv": lambda path: write_csv(model.flows.reset_index(), path),
            "schools.csv": lambda path: write_csv(model.schools_frame(), path, plain_ids),
            "provenance.json": lambda path: path.write_text(text, encoding="utf-8", newline="\n"),
        },
    )


def as_said(model: ReformModel, out: Path | None, files: list[str]) -> dict[str, Any]:
    """What ``--json`` prints."""
    return {
        "scenario": {"id": model.case.id, "digest": model.case.digest, "overrides": dict(model.case.overrides)},
        "strategy": model.strategy,
        "seed": model.seed,
        "weeks": model.week,
        "outcomes": model.outcomes,
        "warnings": model.case.warnings,
        "files": [str(out / name) for name in files] if out is not None else [],
    }


def show_page(model: ReformModel, out: Path | None, files: list[str]) -> None:
    """Print it."""
    strategy = model.strategy or "the scenario's own strategy"
    show.heading(f"{model.case.title}: {strategy}, seed {model.seed}")
    show.changes(model.case.changed)
    end = model.support_weeks // 36
    rows = []
    for row in show.records(outcomes(model)):
        unit = row["unit"]
        rows.append((row["measure"], unit, show.number(row["support_end"], unit), show.number(row["last"], unit)))
    columns = ["measure", "unit", f"end of support (year {end})", f"last week (year {model.weeks // 36})"]
    show.table(columns, rows, right=columns[2:])
    if model.case["structure.exposure"] == "threshold":
        scale = float(model.state.schools.peer_scale[0])
        nothing = ": nobody sees so many users then, and colleagues' example does nothing" if scale == 0.0 else ""
        show.text(f"Peers act by number; force x {scale:.3g}, so that its mean at the start stays what it is{nothing}")
    show.text("One run is one history; compare strategies over many: diffusion-sim compare")
    show.closing(model.case.warnings, out, files)
