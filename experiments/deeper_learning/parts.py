"""What lies behind the answer on deeper learning: who is told, parts of events, what levers move.

    python experiments/deeper_learning/parts.py

writes findings/parts.csv. One row a comparison and value: mean and 95 % interval over seeds of the paired difference
after three years.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.systems import deeper_learning as asked
from diffusion_sim.systems.lever_plans import LEVERS, VOLUNTEERS, WithLevers, central_half
from diffusion_sim.systems.tables import over_seeds

SEEDS = 40
HERE = Path(__file__).resolve().parent
FLOWS = ("internalised", "trial_compliant", "stop_owned", "stop_compliant", "trial_asked", "trial_mandate")
NOBODY, CENTRAL, OTHER, ALL = "nobody", "central", "other", "all"


def pandemic(share: float, weeks: float, suspended: float) -> list[dict[str, Any]]:
    """Events of a pandemic; 0 weeks = that part does not come."""
    lost, stopped = (dict(event) for event in asked.PANDEMIC)
    lost |= {"share": share, "weeks": int(weeks)}
    stopped |= {"weeks": int(suspended)}
    return [event for event in (lost, stopped) if event["weeks"]]


def once(sc: Any, seed: int, levers: tuple[str, ...], told: str = NOBODY, events: Any = ()) -> dict[str, float]:
    """Outcomes after three years, flows for 100 teachers, and what schools get."""
    model = ReformModel(sc, rng=seed, strategy=VOLUNTEERS)
    schools = model.state.schools
    central = central_half(model.state.districts, schools)
    who = {NOBODY: central & False, CENTRAL: central, OTHER: ~central, ALL: central | True}[told]
    model.maker = WithLevers(sc, levers, who)
    for event in events:
        model.intervene(event)
    model.run(until=2 * WEEKS_PER_YEAR)
    hours = model.state.schools.hours[model.state.schools.enrolled == 1]
    model.run(until=asked.YEARS * WEEKS_PER_YEAR)
    found, s = model.outcomes, model.state.schools
    values = {name: float(found[name]) for name in ("reach", "deep_use", "owned_share", "pupil_gain_sd")}
    values |= {"told_use": asked.pooled(s.users, s, who), "coherence": float(s.coherence.mean())}
    few = float(np.quantile(hours, 0.1)) if hours.size else np.nan
    inside, named = s.enrolled == 1, s.designated == 1
    for which, schools_of in (("named", inside & named), ("others", inside & ~named)):
        values[f"use_inside_{which}"] = asked.pooled(s.users, s, schools_of)
    return values | {"hours_fewest": few} | {name: 100.0 * found[f"flow_{name}"] / found["teachers"] for name in FLOWS}


def comparisons() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Name -> (arm, the arm that it is set against), as arguments of ``once``."""
    base: dict[str, Any] = {"levers": ()}
    full = {"levers": LEVERS, "told": CENTRAL}
    found: dict[str, Any] = {
        f"{lever} - volunteers": ({"levers": (lever,)}, base) for lever in LEVERS if lever != "power"
    }
    found["told in the central half - volunteers"] = ({"levers": (), "told": CENTRAL}, base)
    found["told in the other half - volunteers"] = ({"levers": (), "told": OTHER}, base)
    found["told: central half - other half"] = ({"levers": (), "told": CENTRAL}, {"levers": (), "told": OTHER})
    found["told: autonomy - without"] = ({"levers": ("autonomy",), "told": ALL}, {"levers": (), "told": ALL})
    own = (asked.LOST_SHARE, asked.LOST_WEEKS, asked.SUSPENDED_WEEKS)
    low, high = pandemic(*(one.low for one in own)), pandemic(*(one.high for one in own))
    share, weeks, suspended = (one.value for one in own)
    events: dict[str, Any] = {
        "pandemic at its low ends": low, "pandemic at its high ends": high,
        "lost time alone": pandemic(share, weeks, 0), "support stops alone": pandemic(0, 0, suspended),
        "superintendents alone": asked.LEADERS[:1], "principals alone": asked.LEADERS[1:],
    }  # fmt: skip
    for name, its in events.items():
        for arm, args in (("volunteers", base), ("all levers", full)):
            found[f"{name}: {arm}"] = (args | {"events": its}, args)
    return found


def main() -> None:
    """Run the comparisons and write the table."""
    sc, rows = load_scenario("deeper_learning"), []
    for seed in range(1, SEEDS + 1):
        known: dict[str, dict[str, float]] = {}
        for name, pair in comparisons().items():
            for args in pair:
                if repr(args) not in known:
                    known[repr(args)] = once(sc, seed, **args)
            one, other = (known[repr(args)] for args in pair)
            rows.append({"what": name} | {value: one[value] - other[value] for value in one if value != "told_use"})
        alone = known[repr({"levers": ()})]
        rows.append({"what": "volunteers"} | {name: alone[name] for name in ("use_inside_named", "use_inside_others")})
        for told in (CENTRAL, OTHER):
            rows.append(
                {"what": f"told in the {told} half", "told_use": known[repr({"levers": (), "told": told})]["told_use"]}
            )
    table: pd.DataFrame = over_seeds(rows, ("what",))
    table.round(6).to_csv(HERE / "findings" / "parts.csv", index=False, lineterminator="\n")
    print(f"{len(table)} rows, {SEEDS} seeds: {HERE.name}/findings/parts.csv")


if __name__ == "__main__":
    main()
