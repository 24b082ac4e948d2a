"""``two_lives``: the same person and the same chances under two strategies."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diffusion_sim.analysis.story.page import SUFFIX
from diffusion_sim.analysis.story.two_lives import check_strategies, two_lives
from diffusion_sim.analysis.story.two_lives_page import TwoLives, check_out
from diffusion_sim.cli import show
from diffusion_sim.cli.files import check_writable
from diffusion_sim.scenario import load_scenario
from diffusion_sim.strategies import make_strategy
from diffusion_sim.study.run.warm_up import warm_up


def tell(case: str, a: str, b: str, settings: Mapping[str, Any], out: Path | None, said: Mapping[str, Any]) -> TwoLives:
    """Both lives, after what can be refused at once has been refused."""
    check_strategies(a, b)
    sc = load_scenario(case, allow_code=said["allow_code"]).override(dict(settings))
    for name in (a, b):
        make_strategy(name, sc, said["allow_code"])  # a wrong id is said before anything is compiled
    if out is not None:
        check_writable(out.parent if out.suffix == SUFFIX else out)
        check_out(out)
    warm_up(lambda line: print(line, file=sys.stderr, flush=True))
    return two_lives(case, a, b, overrides=settings, **said)


def as_said(found: TwoLives, files: list[str]) -> dict[str, Any]:
    """What ``--json`` prints."""
    return {
        "scenario": {"id": found.case.id, "digest": found.case.digest, "overrides": dict(found.case.overrides)},
        "strategies": found.strategies,
        "seed": found.seed,
        **{name: getattr(found, name) for name in ("person", "called", "school", "district")},
        "rule": found.rule._asdict(),
        **{name: getattr(found, name) for name in ("diary", "by_year", "apart")},
        "lives": [{"title": one.title, "paragraphs": one.paragraphs} for one in found.sections],
        "warnings": found.case.warnings,
        "files": files,
    }


def show_page(found: TwoLives, out: Path | None, files: list[str]) -> None:
    """Print it; the text ends with notes and statements."""
    print(found.text())
    if out is not None:
        folder = out.parent if out.suffix == SUFFIX else out
        show.lines([f"Files in {folder}: {', '.join(files)}"], "")
