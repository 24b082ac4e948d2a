"""What the benchmarks share: a figure measured in a process of its own, and the table of all figures."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Rows = list[tuple[str, str, str]]  # what was measured, the figure, the bar


def apart(
    file: str, name: str, *arguments: Any, cache: str | None = None, package: str | Path = ROOT
) -> dict[str, Any]:
    """The figures of ``name`` of the benchmark ``file``, from a process of its own. cache : of compiled code; package :
    the folder whose ``diffusion_sim`` is measured."""
    environment = dict(os.environ, PYTHONPATH=str(package))
    if cache is not None:
        environment["DIFFUSION_SIM_CACHE"] = cache
    command = [sys.executable, file, "--one", name, *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


def main(
    doc: str | None, title: str, made_by: str, figures: Mapping[str, Callable[..., Any]], rows: Callable[[bool], Rows],
    against: Callable[[Path], Rows] | None = None,
) -> None:  # fmt: skip
    """The command line of a benchmark.

    figures : name -> what measures it, run by ``apart``. rows : the table, from whether a quick one will do; against :
    the table beside another version of the package, from its folder.
    """
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path)
    if against is not None:
        parser.add_argument("--against", type=Path, metavar="DIR", help="only ratios to the version in this checkout")
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, *said = options.one
        print(json.dumps(figures[name](*(int(a) if a.isdigit() else a for a in said))))
        return
    other = getattr(options, "against", None)
    found = rows(options.quick) if other is None or against is None else against(other.resolve())
    lines = [
        f"Measured on {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}.",
        "",
        "| what | measured | bar |",
        "|---|---|---|",
        *(f"| {a} | {b} | {c} |" for a, b, c in found),
    ]
    print("\n".join(lines))
    if options.out:
        head = f"# {title}\n\nMade by `{made_by}{' --quick' if options.quick else ''}`.\n\n"
        options.out.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
