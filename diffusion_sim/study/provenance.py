"""The record of what was run: enough to run it again and to see what differs where it does not agree."""

from __future__ import annotations

import importlib.metadata
import math
import platform
import sys
from datetime import UTC, datetime
from typing import Any

from diffusion_sim import __version__
from diffusion_sim.errors import encodable
from diffusion_sim.model_version import model_version
from diffusion_sim.own_code import file_digest
from diffusion_sim.scenario import Scenario

_SOFTWARE = ("numpy", "numba", "llvmlite", "mesa", "pandas", "scipy", "loky")


def provenance(sc: Scenario, **said: Any) -> dict[str, Any]:
    """Versions, platform, the whole scenario and what else is said, as plain JSON values (NaN becomes null)."""
    record = {
        **environment(),
        "scenario": {"id": sc.id, "digest": sc.digest, "canonical": sc.canonical()},
        "overrides": dict(sc.overrides),
        "rules": {
            name: {"code": where, "digest": file_digest(where, sc.path.parent if sc.path else None)}
            for name, where in sc.rules.items()
        },
        "changed": sc.changed,
        "out_of_range": list(sc.warnings),
        **said,
    }
    return strict(record)


def environment() -> dict[str, Any]:
    """Versions, platform, time and command."""
    return {
        "package": "diffusion-sim",
        "version": __version__,
        "model_version": model_version(),
        "python": platform.python_version(),
        "software": {name: _version(name) for name in _SOFTWARE},
        "platform": platform.platform(),
        "machine": platform.machine(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": list(sys.argv) if sys.argv and sys.argv[0] not in ("", "-c", "-") else None,
    }


def strict(value: Any) -> Any:
    """``value`` in what JSON knows: text keys, lists, whole and finite numbers, text, true, false and null."""
    if isinstance(value, dict):
        return {encodable(str(key)): strict(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return strict(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [strict(item) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return encodable(str(value))


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
