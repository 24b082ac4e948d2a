"""Numbers that moved nothing in two robust runs: which they are, and how the list is made.

``python -m diffusion_sim.analysis.robust.inert_list FOLDER FOLDER`` writes inert.yaml anew from two folders of results.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from diffusion_sim.errors import ScenarioError, StudyError
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.ranges_lock import digest
from diffusion_sim.scenario.read_yaml import parse_yaml, read_text

FILE = Path(__file__).with_name("inert.yaml")
INERT = 0.06  # a rank coefficient below it explains less than .4 % of the variance of ranks
LEAST_POINTS = 500  # with fewer, chance alone exceeds INERT too often for "below it" to say anything
_COMMAND = "python -m diffusion_sim.analysis.robust.inert_list FOLDER FOLDER"
_HEAD = f"""\
# Numbers that moved nothing in two robust runs: `robust` draws them only with --numbers everything (docs/robust.md).
# Made by `{_COMMAND}`, never typed.
"""
_MAKES = "`diffusion-sim robust ... --out` writes it"


# ---- reading ---------------------------------------------------------------------------------------------------------


def inert_in(sc: Scenario) -> set[str]:
    """Numbers of a scenario that are listed, with the range that they were drawn from; none of a list of other ranges.
    Raises StudyError: the list cannot be read."""
    said = _read()
    if said["ranges"] != digest():
        return set()
    listed = {entry["path"]: tuple(entry["range"]) for entry in said["inert"]}
    return {path for path, drawn in listed.items() if path in sc.numbers and sc.number(path).range == drawn}


def out_of_date() -> str:
    """What must be said where the list is one of other ranges, "" where it holds or is empty."""
    said = _read()
    if not said["inert"] or said["ranges"] == digest():
        return ""
    return f"the list of inert numbers is one of the ranges {said['ranges']}, not of those of now, so all are drawn"


def _read() -> dict[str, Any]:
    try:
        said = parse_yaml(read_text(FILE), FILE.name)
        entries = [(entry["path"], *entry["range"], entry["largest"]) for entry in said["inert"]]
        if all(len(entry) == 4 for entry in entries) and isinstance(said["ranges"], str):
            return said
    except (KeyError, TypeError):
        pass
    except ScenarioError as error:
        raise StudyError(str(error)) from None
    raise StudyError(f"{FILE.name}: no list of inert numbers; `{_COMMAND}` makes it anew")


# ---- making ----------------------------------------------------------------------------------------------------------


class Result(NamedTuple):
    """Of a robust run. about : its provenance. largest : by number the largest size of its rank coefficients, over all
    contrasts and measures; without those that never had one."""

    name: str
    about: Mapping[str, Any]
    largest: Mapping[str, float]

    def range_of(self, path: str) -> list[float]:
        """What a number was drawn from."""
        return list(self.about["drawn_from"][path])


def read_result(folder: Path) -> Result:
    """The results of a robust run. Raises StudyError: none there, of other ranges, of too few draws."""
    about, table = _files(folder)
    of, now = about["ranges"]["digest"], digest()
    if of != now:
        raise StudyError(f"{folder}: was drawn from the ranges {of}; those of now are {now}. Run it again")
    if about["points"] < LEAST_POINTS:
        raise StudyError(
            f"{folder}: found {about['points']} points; {LEAST_POINTS} or more are allowed, since with fewer chance "
            f"alone often gives coefficients above {INERT}"
        )
    its = table[table["path"].isin(list(about["drawn_from"]))]
    largest = its.assign(size=its["coefficient"].abs()).groupby("path", sort=False)["size"].max().dropna()
    return Result(folder.name, about, largest.to_dict())


def _files(folder: Path) -> tuple[Mapping[str, Any], pd.DataFrame]:
    """(provenance, coefficients). Raises StudyError."""
    file = folder / "provenance.json"
    try:
        about = json.loads(file.read_text("utf-8"))
        file = folder / "coefficients.csv"
        table = pd.read_csv(file)
    except OSError as error:
        raise StudyError(f"{file}: cannot be read ({error.strerror or error}); {_MAKES}") from None
    except ValueError as error:
        raise StudyError(f"{file}: is not what a robust run writes ({error}); {_MAKES}") from None
    lacks = [key for key in ("ranges", "points", "seeds", "rng", "contrasts", "drawn_from") if key not in about]
    lacks += [name for name in ("path", "coefficient") if name not in table]
    if lacks:
        raise StudyError(f"{folder}: has no {lacks[0]}, which every robust run of this version writes; run it again")
    return about, table


def make(one: Path, other: Path) -> dict[str, Any]:
    """The list, from the results of two robust runs: numbers that both drew from the same range, and whose rank
    coefficient is below INERT for every measure of every contrast in both. Raises StudyError."""
    runs = [read_result(folder) for folder in (one, other)]
    first, second = (result.about for result in runs)
    if one.resolve() == other.resolve() or _told(first) == _told(second):
        raise StudyError(f"{one} and {other} are the same run; two that differ in contrasts or --rng are needed")
    found = []
    for path, size in runs[0].largest.items():
        if path not in runs[1].largest:
            continue
        ranges = [result.range_of(path) for result in runs]
        if ranges[0] != ranges[1]:
            raise StudyError(f"{other}: {path} was drawn from {ranges[1]}, in {one} from {ranges[0]}; one is allowed")
        largest = max(size, runs[1].largest[path])
        if largest < INERT:
            found.append({"path": path, "range": ranges[0], "largest": round(largest, 4)})
    said = ("points", "seeds", "rng", "contrasts")
    about = [{"name": result.name, **{key: result.about[key] for key in said}} for result in runs]
    return {"ranges": digest(), "runs": about, "inert": found}


def _told(about: Mapping[str, Any]) -> list[Any]:
    return [about[key] for key in ("scenario", "points", "rng", "contrasts")]


def write(one: Path, other: Path, file: Path | None = None) -> dict[str, Any]:
    """Write the list that ``make`` gives (None = over the one there is); returns it."""
    said = make(one, other)
    rows = [f"ranges: {json.dumps(said['ranges'])}"]
    for key in ("runs", "inert"):
        rows += [f"{key}:", *(f"  - {json.dumps(entry)}" for entry in said[key])] if said[key] else [f"{key}: []"]
    (file or FILE).write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return said


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("two folders of results of `diffusion-sim robust ... --out` are needed")
    try:
        made = write(*map(Path, sys.argv[1:]))
    except StudyError as problem:
        sys.exit(f"error: {problem}")
    print(f"{FILE.name}: {len(made['inert'])} numbers of ranges {made['ranges']}")
