"""Keys of runs: a hash of all that a run's result depends on, but for the version of the model.

Equal content gives equal keys, however it is stated: a point that states the scenario's own value has the key of the
scenario itself. Titles, notes, sources and ranges are no part of it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from diffusion_sim import own_code
from diffusion_sim.errors import StudyError
from diffusion_sim.scenario import BUILT_IN, Scenario

_DIGEST = 8  # bytes
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def compact(value: Any) -> bytes:
    """Canonical JSON."""
    return _JSON.encode(value).encode("ascii")


class Keys:
    """Keys of a scenario's runs. The scenario and each strategy are hashed once; a run adds point and seed."""

    def __init__(self, scenario: Scenario, strategies: Iterable[str], paths: Iterable[str], where: str) -> None:
        """paths : that vary. Raises StudyError for an input file that cannot be read."""
        said = scenario.canonical()
        self.files = input_files(scenario, where)
        base = {
            "id": scenario.id,
            "structure": said["structure"],
            "events": said["events"],
            "numbers": {path: number.value for path, number in scenario.numbers.items()},
            "files": self.files,
        }
        if scenario.rules:  # no key of a scenario without them moves
            digests = {name: _code_digest(scenario, code, where) for name, code in scenario.rules.items()}
            base["rules"] = {name: [code.rpartition(":")[2], digests[name]] for name, code in scenario.rules.items()}
        if networks := scenario.section("networks"):
            base["networks"] = networks
        self._own = {path: scenario[path] for path in paths}
        self._hash = {}
        self.code: dict[str, str] = {}  # strategy with code of the user's own -> hash of that code
        for name in strategies:
            block = None if name in BUILT_IN else scenario.section("strategies")[name]
            if block and "code" in block:
                self.code[name] = _code_digest(scenario, block["code"], where)
            about = compact([base, name, block, self.code.get(name)])
            self._hash[name] = hashlib.blake2b(about + b"\n", digest_size=_DIGEST)

    def difference(self, values: Mapping[str, Any]) -> bytes:
        """What a point changes, as canonical JSON."""
        return compact({path: value for path, value in values.items() if self._own[path] != value})

    def of(self, difference: bytes, strategies: Iterable[str], seed: int) -> tuple[str, ...]:
        """Keys of one seed's runs, by strategy."""
        tail = difference + b"\n%d" % seed
        keys = []
        for name in strategies:
            digest = self._hash[name].copy()
            digest.update(tail)
            keys.append(digest.hexdigest())
        return tuple(keys)


def input_files(scenario: Scenario, where: str) -> dict[str, str]:
    """``population.source`` and ``network.file`` -> hash of the content, or the version of the package that has it."""
    found: dict[str, str] = {}
    for path in ("population.source", "network.file"):
        if path not in scenario:
            continue
        place = scenario.file(path)
        if isinstance(place, Path):
            found[path] = _hash_file(place, f"{where}, scenario '{scenario.id}', {path}")
        else:
            package = place.partition(":")[0]
            try:
                found[path] = f"{place} {importlib.metadata.version(package)}"
            except importlib.metadata.PackageNotFoundError:
                found[path] = place
    return found


def _code_digest(scenario: Scenario, code: str, where: str) -> str:
    """Hash of the file that holds a strategy's own code, ``file.py:Class`` or ``module:Class``."""
    file = own_code.source_of(code, scenario.path.parent if scenario.path else None)
    if file is None:
        return code.rpartition(":")[0]
    return _hash_file(file, f"{where}, scenario '{scenario.id}', code '{code}'")


def _hash_file(file: Path, what: str) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=_DIGEST)).hexdigest()
    except (OSError, ValueError) as error:
        raise StudyError(f"{what}: {file} cannot be read ({error})") from None
