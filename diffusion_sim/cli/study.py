"""``study``: run, status, expand, retry, merge, plan. Each calls what a Python user calls, and prints."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import Any

import click

from diffusion_sim.cli.options import OPTIONS, Group, options

SHARED = {
    "dask": click.option("--dask", metavar="ADDRESS", help="Run on the dask cluster of this scheduler."),
    "timeout": click.option("--timeout", type=click.FloatRange(min=0.0, min_open=True), metavar="SECONDS",
                            help="End a run that takes longer  [default: none]."),
    "shard": click.option("--shard", metavar="I/N", help="Run only this part of N, into OUT/shards; see merge."),
    "to": click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
                       help="Folder of results  [default: results, beside the file]."),
}  # fmt: skip
OPTIONS.update(SHARED)
NOT_WHOLE = 1  # exit code: runs crashed, or not one succeeded
_RETRY = ("diffusion-sim", "study", "retry")
_WIDTH = 100  # characters of an error's text
_RUNNING = ("to", "workers", "dask", "timeout", "allow-code", "any-version", "any-size", "json")


@click.group(cls=Group)
def study() -> None:
    """Thousands of runs, described in a study.yaml, that survive whatever stops them."""


@study.command()
@click.argument("path", metavar="STUDY", type=click.Path(path_type=Path))
@options("shard", *_RUNNING)
def run(path: Path, out: Path | None, as_json: bool, **how: Any) -> int:
    """Run STUDY (a study.yaml, its folder, or a folder of results), or go on with it."""
    from diffusion_sim.study import commands

    return _ended(commands.start(path, out, **how), as_json)


@study.command()
@click.argument("path", metavar="STUDY", type=click.Path(path_type=Path))
@click.option("--replicates", type=click.IntRange(min=1), metavar="N", help="So many in all.")
@options("shard", *_RUNNING)
def expand(path: Path, out: Path | None, as_json: bool, replicates: int | None, **how: Any) -> int:
    """Add what STUDY (a changed study.yaml, or a folder of results with --replicates) says more, and run it."""
    from diffusion_sim.study import commands

    return _ended(commands.expand(path, out, replicates, **how), as_json)


@study.command()
@click.argument("path", metavar="STUDY", type=click.Path(path_type=Path))
@options("shard", *_RUNNING)
def retry(path: Path, out: Path | None, as_json: bool, **how: Any) -> int:
    """Run again what failed or crashed in STUDY's results."""
    from diffusion_sim.study import commands

    return _ended(commands.retry(path, out, **how), as_json)


@study.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("shards", nargs=-1, type=click.Path(path_type=Path))
@options("any-version", "json")
def merge(folder: Path, shards: tuple[Path, ...], any_version: bool, as_json: bool) -> int:
    """Put SHARDS  [default: those in DIR/shards] together into DIR."""
    from diffusion_sim.cli import show
    from diffusion_sim.study import commands
    from diffusion_sim.study.status import say_crashed

    said = commands.merge(folder, shards, any_version)
    code = NOT_WHOLE if said["crashed_arms"] else 0
    if as_json:
        show.as_json({"folder": str(folder), **said})
        return code
    show.text(f"{folder}: {said['runs']:,} runs added from {len(said['shards'])} shards; it holds {said['of']:,}")
    for word, what in (("missing", "not there"), ("unfinished", "not at their end")):
        if said[word]:
            show.lines([f"shards {what}: {', '.join(said[word])}; run them, then merge again"], "")
    if code:
        show.lines([say_crashed(said["crashed_arms"], shlex.join([*_RETRY, str(folder)]))], "")
    return code


@study.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@options("json")
def status(folder: Path, as_json: bool) -> None:
    """How far the study in DIR (a folder of results, or of a study.yaml) is, also while another terminal runs it."""
    from diffusion_sim.cli import show
    from diffusion_sim.study.status import status as status_of

    said = status_of(folder)
    if as_json:
        return show.as_json(said)
    if "stored" in said:
        show.lines(in_words(said), "")
    for name, shard in said["shards"].items():
        show.lines([f"shard {name.replace('-of-', '/')}:", *in_words(shard)[1:]], "")
    return None


@study.command("plan")
@click.argument("path", metavar="STUDY", type=click.Path(path_type=Path))
@click.option("--quick", is_flag=True, help="Estimate by formula; no run is timed.")
@options("workers", "allow-code", "json")
def plan_(path: Path, quick: bool, workers: int | None, allow_code: bool, as_json: bool) -> None:
    """How many runs STUDY has, how long they will take and how much room they need."""
    from diffusion_sim.cli import show
    from diffusion_sim.study.estimate import estimate
    from diffusion_sim.study.plan.plan import make_plan
    from diffusion_sim.study.plan.read_study import read_study
    from diffusion_sim.study.plan.structures import drawn_factors
    from diffusion_sim.study.run.executors import cores

    spec = read_study(path, allow_code)
    plan = make_plan(spec, allow_code)
    found = estimate(plan, workers or cores(), measured=not quick)
    arms = {name: len(its) for name, its in plan.arms.items()}
    said = {
        "study": {"id": spec.id, "title": spec.title, "digest": spec.digest}, "design": spec.design["kind"],
        "seeds": spec.seeds, "points": len(plan.points), "structures": plan.structures,
        "replicates": spec.replicates, "strategies": arms,
        "workers": workers or cores(), **found._asdict(),
    }  # fmt: skip
    if as_json:
        return show.as_json(said)
    show.heading(f"{spec.title}  [{spec.id}]")
    most = "at most " if spec.precision is not None else ""
    counts = " + ".join(f"{many} in {name}" for name, many in arms.items())
    points = f"{len(plan.points) // plan.structures:,} points ({spec.design['kind']})"
    if drawn_factors(spec.structure):
        points += f", each with structures of its own ({', '.join(f.name for f in drawn_factors(spec.structure))})"
    elif spec.structure is not None:
        points += f" x {plan.structures:,} structures ({spec.structure.mode})"
    show.lines([
        f"{points} x {most}{spec.replicates:,} replicates "
        f"({spec.seeds.replace('_', ' ')} seeds) x strategies ({counts}): {most}{found.runs:,} runs",
        f"{found.seconds_a_run:.3g} s a run, about {_hours(found.hours)} with {workers or cores()} processes",
        f"about {max(found.megabytes, 0.1):,.1f} MB on the disk, {found.memory_gb:,.1f} GB of memory",
    ])  # fmt: skip
    if found.memory_gb > found.limit_gb:
        has = f"this machine has {found.limit_gb:,.1f} GB"
        show.lines([f"{has}: study run refuses it without --any-size; fewer --workers need less"])
    return None


def _ended(finished: Any, as_json: bool) -> int:
    """Print how a study ended; the exit code."""
    from diffusion_sim.cli import show

    counts, error = finished.counts, finished.commonest_error
    code = NOT_WHOLE if counts.all_failed or finished.crashed_arms else 0
    if as_json:
        said = {"folder": str(finished.folder), **counts._asdict(), "seconds": round(finished.seconds, 3)}
        show.as_json({**said, "commonest_error": error, "crashed_arms": finished.crashed_arms})
        return code
    show.text(f"{finished.folder}: {counts}")
    if error:
        show.lines([_commonest(error)], "")
        show.lines([f"what failed is in the results with its error; to run it again: {finished.retry}"], "")
    print()
    show.lines(show.STATEMENTS, "")
    return code


def _commonest(error: dict[str, Any]) -> str:
    """The most frequent error on one line."""
    text = " ".join(str(error["error"]).split())
    text = text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."
    return f"most frequent error: {text} (strategy {error['strategy']}, {error['runs']:,} runs)"


def in_words(said: dict[str, Any]) -> list[str]:
    """A status, line by line."""
    from diffusion_sim.study.status import say_crashed
    from diffusion_sim.study.store.counts import Counts

    state = "running" if said["running"] else said.get("state", "not begun")
    stored, of = said["stored"], said.get("of", said.get("runs"))
    kept = sum(stored.values())
    lines = [f"{said['title']}  [{said['id']}] in {said['folder']}"]
    since = said.get("since")
    when = f" since {time.strftime('%Y-%m-%d %H:%M', time.localtime(since))}" if since and said["running"] else ""
    lines.append(f"  {state}{when}: {kept:,} of {of:,} runs in the store" if of else f"  {state}: {kept:,} runs")
    lines.append(f"  {stored['ok']:,} ok, {stored['error']:,} failed, {stored['crashed']:,} crashed")
    if said.get("commonest_error"):
        lines.append(f"  {_commonest(said['commonest_error'])}")
    if said.get("crashed_arms"):
        lines.append(f"  {say_crashed(said['crashed_arms'], shlex.join([*_RETRY, said['folder']]))}")
    if "done" in said:
        lines.append(f"  this time: {Counts(*(said.get(name, 0) for name in Counts._fields))}")
    if said["running"] and said.get("rate"):
        left = said.get("seconds_left")
        lines.append(f"  {said['rate']:.3g} runs a second" + (f", about {_hours(left / 3600)} left" if left else ""))
    if not said["running"] and kept < (of or 0) and said.get("resume") and said.get("state") != "done":
        lines.append(f"  to go on: {said['resume']}")
    return lines


def _hours(hours: float) -> str:
    from diffusion_sim.study.run.progress import in_words as words

    return words(hours * 3600)
