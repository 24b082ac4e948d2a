"""The table of a scenario's numbers: what ``diffusion-sim check`` prints and counts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario.events import BOUNDS, KINDS, UNITS
from diffusion_sim.scenario.load import scenario_folder
from diffusion_sim.scenario.numbers import ASSUMPTION, OVERRIDE
from diffusion_sim.scenario.read_yaml import parse_yaml, read_text
from diffusion_sim.scenario.scenario import Scenario
from diffusion_sim.scenario.words import STRATEGY_PARTS, YEARS

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("path", "value", "unit", "low", "high", "source", "stated", "assumption", "note")


def check_table(scenario: Scenario) -> pd.DataFrame:
    """One row a number: COLUMNS; low, high = plausible range (NaN for words); stated = by the scenario itself."""
    import pandas as pd

    nan = float("nan")
    rows: list[tuple[Any, ...]] = []
    for path, n in scenario.numbers.items():
        low, high = n.range or (nan, nan)
        rows.append((path, n.value, n.unit, low, high, n.source, n.stated, n.source == ASSUMPTION, n.note))
    rows += _option_rows(scenario) + _event_rows(scenario)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({"value": object, "low": float, "high": float, "stated": bool, "assumption": bool})


def _option_rows(scenario: Scenario) -> list[tuple[Any, ...]]:
    """The numbers inside the scenario's own strategy block: shares of hours and the like, all assumptions."""
    rows: list[tuple[Any, ...]] = []
    for part, block in scenario.section("strategy").items():
        for key, option in STRATEGY_PARTS[part][block["kind"]].items():
            path = f"strategy.{part}.{key}"
            source = OVERRIDE if path in scenario.overrides else ASSUMPTION
            known = (path, block[key], option.unit, option.low, option.high, source)
            rows.append((*known, scenario.states(path), source == ASSUMPTION, option.note))
        for year, word in block.get(YEARS, {}).items():
            path, nan = f"strategy.{part}.{YEARS}.{year}", float("nan")
            source = OVERRIDE if path in scenario.overrides else ASSUMPTION
            rows.append((path, word, "", nan, nan, source, True, source == ASSUMPTION, "content from this year on"))
    return rows


def _event_rows(scenario: Scenario) -> list[tuple[Any, ...]]:
    """The numbers of dated events; of an event without a source they are assumptions."""
    rows: list[tuple[Any, ...]] = []
    for row, event in enumerate(scenario.events):
        for key in ("week", "share", "weeks", "years", "value", "change"):
            if key in event:
                path, (low, high) = f"events.{row}.{key}", BOUNDS[key] or (float("nan"), float("nan"))
                source = OVERRIDE if path in scenario.overrides else event.get("source", ASSUMPTION)
                note = event.get("note", KINDS[event["kind"]].what)
                rows.append((path, event[key], UNITS[key], low, high, source, True, source == ASSUMPTION, note))
    return rows


def counts(scenario: Scenario) -> dict[str, int]:
    """numbers, stated, sourced, assumptions, overridden, outside_range, unknown_source: how many of each."""
    table = check_table(scenario)
    known = {*references(), *scenario.sources, ASSUMPTION, OVERRIDE}
    return {
        "numbers": len(table),
        "stated": int(table["stated"].sum()),
        "sourced": int((~table["assumption"] & (table["source"] != OVERRIDE)).sum()),
        "assumptions": int(table["assumption"].sum()),
        "overridden": int((table["source"] == OVERRIDE).sum()),
        "outside_range": len(scenario.warnings),
        "unknown_source": int((~table["source"].isin(known)).sum()),
    }


@cache
def references() -> dict[str, dict[str, str]]:
    """Source key -> {citation, seen, certainty, used_for}, from references.yaml."""
    path = scenario_folder() / "references.yaml"
    found = parse_yaml(read_text(path), path.name)
    for key, entry in found.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("citation"), str):
            raise ScenarioError(f"{path}, {key}: a reference is a mapping with citation:")
    return found
