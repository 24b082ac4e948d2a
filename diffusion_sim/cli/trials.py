"""``trials``: published trials beside what the model makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from diffusion_sim.analysis.trials.page import check_page, write_page
from diffusion_sim.analysis.trials.run import REPLICATES
from diffusion_sim.analysis.trials.sections import headline, sections
from diffusion_sim.analysis.trials.tables import SAVED
from diffusion_sim.cli import show
from diffusion_sim.cli.files import check_writable, said_otherwise
from diffusion_sim.errors import StoreError

PAGE, SUFFIX = "trials.md", ".md"


def check_out(out: Path | None, trials: Sequence[str]) -> None:
    """Raise where nothing can be written there, before anything is run."""
    if out is not None and out.suffix == SUFFIX and out.is_dir():
        raise StoreError(f"--out {out}: is a folder; a page ends in {SUFFIX}, so name a file, or another folder")
    if out is not None:
        check_writable(out.parent if out.suffix == SUFFIX else out)
        check_page(out if out.suffix == SUFFIX else out / PAGE, trials)


def command_of(trials: Sequence[str], out: Path, settings: Sequence[tuple[str, Any]], said: Mapping[str, Any]) -> str:
    """The command line that makes the page again, without what changes nothing in it."""
    usual = {"space": None, "replicates": REPLICATES, "rng": 1}
    own = [*said_otherwise(said, usual), *(f"--set {path}={value}" for path, value in settings)]
    return " ".join(["diffusion-sim trials", *trials, *own, f"--out {out}"])


def write(found: Any, out: Path, command: str) -> list[str]:
    """Write the page, and into a folder the tables too; returns the names of files."""
    if out.suffix == SUFFIX:
        write_page(found, out, command)
        return [out.name]
    names = found.save(out)
    write_page(found, out / PAGE, command)
    return [PAGE, *names]


def as_said(found: Any, files: list[str]) -> dict[str, Any]:
    """What --json prints."""
    head = {name: getattr(found, name) for name in ("scenario", "digest", "replicates", "rng", "numbers", "changed")}
    return head | {name: getattr(found, name) for name in SAVED} | {"files": files}


def show_page(found: Any, out: Path | None, files: list[str]) -> None:
    """Print it."""
    show.heading("Trials")
    show.lines(headline(found))
    for one in sections(found):
        print()
        show.text(one.title, "bold")
        show.lines(one.before)
        show.table(one.columns, one.rows)
        show.lines(one.after)
    folder = out.parent if out is not None and out.suffix == SUFFIX else out
    show.closing(["intervals cover chance between seeds only"], folder, files)
