"""Finding, loading, listing and starting scenarios."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion_sim.errors import ScenarioError, as_path, nearest
from diffusion_sim.scenario.build import check_files, from_mapping
from diffusion_sim.scenario.numbers import short
from diffusion_sim.scenario.parts import ID
from diffusion_sim.scenario.read_yaml import parse_yaml, read_text
from diffusion_sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

_PACKAGE = Path(__file__).resolve().parent.parent
_NOT_SCENARIOS = {"references"}
_SUFFIXES = (".yaml", ".yml")


def scenario_folder() -> Path:
    """Where the shipped scenarios lie: inside the installed package, or in the repository's ``scenarios``."""
    installed = _PACKAGE / "_scenarios"
    return installed if installed.is_dir() else _PACKAGE.parent / "scenarios"


def scenario_ids() -> list[str]:
    """Ids of the shipped scenarios, sorted."""
    return sorted(p.stem for p in scenario_folder().glob("*.yaml") if p.stem not in _NOT_SCENARIOS)


def load_scenario(id_or_path: str | os.PathLike[str] | Scenario, allow_code: bool = False) -> Scenario:
    """A shipped scenario by id, or a scenario from a YAML file by path. Raises ScenarioError for any bad input.

    ``allow_code``: let the file name Python code of your own strategies (``strategies: {id: {code: ...}}``).
    """
    if isinstance(id_or_path, Scenario):
        return id_or_path
    path = find(id_or_path)
    where = str(path)
    scenario = from_mapping(parse_yaml(read_text(path), where), where, path.absolute(), allow_code)
    check_files(scenario, where)
    return scenario


def find(id_or_path: str | os.PathLike[str]) -> Path:
    """The file of a shipped id or of a path. Raises ScenarioError: neither (nearest id)."""
    try:
        name = os.fspath(id_or_path)
    except TypeError:
        name = None
    if not isinstance(name, str) or not name:
        allowed = "the id of a scenario or the path of its YAML file is allowed"
        raise ScenarioError(f"scenario: found {short(id_or_path)}; {allowed}")
    ids = scenario_ids()
    if name in ids:
        return scenario_folder() / f"{name}.yaml"
    path = Path(name)
    try:
        exists = path.exists()
    except (OSError, ValueError):
        exists = False
    if not exists:
        stem = path.stem if name.endswith(_SUFFIXES) else name
        raise ScenarioError(
            f"{name!r:.200}: no such scenario and no such file{nearest(stem[:100], ids) or '.'} "
            f"Scenarios: {', '.join(ids) or 'none'}"
        )
    return path


def list_scenarios() -> pd.DataFrame:
    """The shipped scenarios: columns id, title, question; one row each, by id."""
    import pandas as pd

    loaded = [load_scenario(name) for name in scenario_ids()]
    return pd.DataFrame([(s.id, s.title, s.question) for s in loaded], columns=["id", "title", "question"])


_START = """\
# Your scenario '{id}', started as a copy of '{like}'.
# Change what is particular to your world; delete what is not: it then comes from the defaults with its source.
# A number is {{value: 3.6, unit: ..., range: [2, 6], source: key or assumption, note: why}} or just 3.6.
# Check it: diffusion-sim check {file}
# Rules of your own (docs/rules.md), with --allow-code:
#   rules: {{peer_force: my_rules.py:my_function}}
"""


def new_scenario(path: str | os.PathLike[str], like: str | os.PathLike[str] = "mid_size_district") -> Path:
    """Write a commented scenario to start from, a copy of ``like`` with the id of the new file's name.

    Raises ScenarioError: the file exists, its name is no id, its folder is missing or not writable, or the copy would
    not load there (a table beside the original).
    """
    target = as_path(path, "new_scenario", ScenarioError)
    if target.suffix not in _SUFFIXES:
        raise ScenarioError(f"{target}: a scenario's file ends with .yaml")
    if not ID.fullmatch(target.stem) or target.stem in scenario_ids():
        raise ScenarioError(
            f"{target}: '{target.stem}' becomes the id; lower-case letters, digits and _ are allowed, "
            "not the id of a shipped scenario"
        )
    original = find(like)
    body = "\n".join(line for line in read_text(original).splitlines())
    body = re.sub(r"(?m)^id:.*$", f"id: {target.stem}", body, count=1)
    body = re.sub(r"\A(#.*\n)+", "", body)  # the original's opening comment speaks of the original
    text = _START.format(id=target.stem, like=original.stem, file=target.name) + body + "\n"
    check_files(from_mapping(parse_yaml(text, str(target)), str(target), target.absolute(), False), str(target))
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise ScenarioError(f"{target}: exists; it is not overwritten, choose another name") from None
    except OSError as problem:
        raise ScenarioError(f"{target}: cannot be written ({problem.strerror})") from None
    return target
