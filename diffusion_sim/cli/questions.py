"""The commands that ask whether something holds: over plausible ranges, for what money, against what was published, in
a system, and in one life."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from diffusion_sim.cli.options import RUNS_FAILED, Names, options, overrides


@click.command()
@click.option("--rows", type=Names(), help="Rows by id, such as A1,C24  [default: all].")
@click.option("--seeds", type=click.IntRange(min=2), default=30, metavar="N", show_default=True,
              help="Seeds of each row.")
@click.option("--no-off", is_flag=True, help="Leave out the runs with each row's mechanism switched off.")
@click.option("--off", "mechanism", metavar="MECHANISM",
              help="Switch this one off beside all rows, not each row's own.")
@click.option("--space", type=click.IntRange(min=0), default=0, metavar="N", show_default=True,
              help="Also at N draws of the plausible space: how many hold each row.")
@click.option("--space-seeds", type=click.IntRange(min=1), default=1, metavar="N", show_default=True,
              help="Seeds of each draw.")
@click.option("--keep", type=click.Path(path_type=Path), metavar="DIR",
              help="Keep what each seed shows, so that a stopped table goes on.")
@click.option("--out", type=click.Path(path_type=Path), metavar="PATH",
              help="A page (.md, whose ledger is kept), or a folder for page, CSV and JSON.")
@options("rng", "workers", "json")
def patterns(out: Path | None, as_json: bool, no_off: bool, mechanism: str | None, **said: Any) -> int:
    """Hold the model against empirical patterns: bands, values, and each row with its mechanism switched off."""
    from diffusion_sim.cli import patterns as page_shown
    from diffusion_sim.cli import show
    from diffusion_sim.patterns import page
    from diffusion_sim.patterns.check import check_patterns

    if no_off and mechanism is not None:
        raise click.UsageError("--no-off and --off: found both; give one of them")
    page.check_target(out, said["rows"])
    found = check_patterns(off=mechanism if mechanism is not None else not no_off, **said)
    files: list[str] = []
    if out is not None:
        made_by = page_shown.command_of(out, {**said, "no_off": no_off, "off": mechanism})
        files = [path.name for path in found.save(out, made_by)]
    if as_json:
        show.as_json({**page.as_said(found), "files": files})
    else:
        page_shown.show_page(found, out, files)
    return RUNS_FAILED if found.notes else 0


@click.command()
@click.argument("trials", nargs=-1, metavar="[TRIAL]...")
@click.option("--space", type=click.IntRange(min=0), metavar="N",
              help="Draws from the plausible ranges of all numbers, 2 or more; 0 = none.  [default: 100; none where "
              "trials that draws need are not named]")
@click.option("--replicates", type=click.IntRange(min=2), default=20, metavar="N", show_default=True,
              help="Seeds of each trial.")
@options("rng", "workers", "set")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Write the page and the tables into this folder, or the page alone to a file that ends in .md.")
@options("json")
def trials(trials: Sequence[str], settings: Any, out: Path | None, as_json: bool, **said: Any) -> None:
    """Re-enact published trials beside what they published.

    TRIAL: coaching, achievement_network, ceiling, contrasts  [default: all]. Draws need the first three. A page that
    is written again keeps its first look.
    """
    from diffusion_sim.analysis.trials.run import run_trials
    from diffusion_sim.cli import show
    from diffusion_sim.cli import trials as page

    page.check_out(out, trials)
    found = run_trials(trials or None, overrides=overrides(settings), **said)
    files = page.write(found, out, page.command_of(trials, out, settings, said)) if out is not None else []
    if as_json:
        return show.as_json(page.as_said(found, files))
    page.show_page(found, out, files)


@click.command()
@click.argument("system")
@click.option("--space", type=click.IntRange(min=0), default=0, metavar="N", show_default=True,
              help="Draws from the plausible ranges on which each statement is tried; 0 = none.")
@click.option("--replicates", type=click.IntRange(min=2), metavar="N",
              help="Seeds  [default: as many as take a minute or two on 2 cores].")
@options("rng", "workers", "set", "out", "json")
def answer(system: str, settings: Any, out: Path | None, as_json: bool, **said: Any) -> None:
    """Ask one of the systems of the articles its question.

    SYSTEM: achievement_network, deeper_learning, ed_partners, improvement_networks or opportunity_culture.
    """
    from diffusion_sim.cli import answer as page
    from diffusion_sim.cli import show
    from diffusion_sim.cli.files import check_writable
    from diffusion_sim.systems.answer import answer as asked

    check_writable(out)
    found = asked(system, overrides=overrides(settings), **said)
    files = sorted(file.name for file in found.save(out).iterdir()) if out is not None else []
    if as_json:
        return show.as_json(page.as_said(found, files))
    page.show_page(found, out, files)


@click.command("two_lives")
@click.argument("scenario")
@click.argument("a")
@click.argument("b")
@options("rng", "set")
@click.option("--out", type=click.Path(path_type=Path), metavar="PATH",
              help="A page (.md), or a folder for the page and its tables as CSV.")
@options("plain-ids", "allow-code", "any-size", "json")
def two_lives(
    scenario: str, a: str, b: str, settings: Any, out: Path | None, plain_ids: bool, as_json: bool, **said: Any
) -> None:
    """Tell two lives of one simulated teacher in SCENARIO, with the same chances, under strategies A and B.

    Whom it is told of is found by rule: of all who stay in their school in both runs, the one nearest the median
    difference in pupils' gain. Another seed invents somebody else.
    """
    from diffusion_sim.cli import show
    from diffusion_sim.cli import two_lives as page

    found = page.tell(scenario, a, b, overrides(settings), out, said)
    files = found.save(out, plain_ids) if out is not None else []
    if as_json:
        return show.as_json(page.as_said(found, files))
    page.show_page(found, out, files)


@click.command()
@click.argument("scenario")
@click.option("--measure", default="exposure_low_income", show_default=True, metavar="NAME",
              help="What is held against net spending.")
@click.option("--budgets", type=Names(), metavar="A,B",
              help="US dollars per teaching post and year of support  [default: 1/8, 1/4, 1/2, 1 and 2 times the "
              "scenario's].")
@click.option("--replicates", type=click.IntRange(min=2), default=20, metavar="N", show_default=True,
              help="Runs of each strategy at each budget, on the same seeds for all.")
@options("strategies", "rng", "workers", "set", "out", "plain-ids", "allow-code", "any-size", "json")
def budget(scenario: str, settings: Any, out: Path | None, plain_ids: bool, as_json: bool, **said: Any) -> int:
    """What money buys in SCENARIO: a measure against net spending per pupil, and which points no other beats.

    Hours stretch until the pot is used: --set money.spend has no effect here.
    """
    from diffusion_sim.analysis.budget import budget as over_budgets
    from diffusion_sim.cli import budget as page
    from diffusion_sim.cli import show
    from diffusion_sim.cli.files import check_writable
    from diffusion_sim.scenario import load_scenario

    sc = load_scenario(scenario, allow_code=said["allow_code"]).override(overrides(settings))
    check_writable(out)
    found = over_budgets(sc, said.pop("strategies"), budgets=page.numbers_of(said.pop("budgets")), **said)
    files = sorted(file.name for file in found.save(out, plain_ids).iterdir()) if out is not None else []
    if as_json:
        show.as_json(page.as_said(found, files))
    else:
        page.show_page(found, out, files)
    return RUNS_FAILED if found.provenance["failed_runs"] else 0


@click.command()
@click.argument("scenario")
@click.argument("contrasts", nargs=-1, required=True, metavar="CONTRAST...")
@click.option("--points", type=int, default=200, show_default=True, metavar="N", help="Draws.")
@click.option("--seeds", type=int, default=2, show_default=True, metavar="N", help="Runs of each strategy a draw.")
@click.option("--measures", type=Names(), help="Measures by name  [default: six that matter most].")
@click.option("--sections", type=Names(), help="Draw only the numbers of these sections.")
@click.option("--numbers", type=Names(),
              help="Draw only these dotted paths; everything: also those listed as inert  [default: all others with a "
                   "plausible range].")
@click.option("--at-equal-spending", multiple=True, metavar="CONTRAST",
              help="Also this contrast, with as much money for both as the thriftier can spend; repeatable.")
@click.option("--structures", type=Names(), default="all", show_default=True, help="all, none, or structures by name.")
@click.option("--leading", type=int, default=10, show_default=True, metavar="N", help="Numbers looked at one by one.")
@click.option("--seeds-at-defaults", type=int, default=10, show_default=True, metavar="N",
              help="Runs of each strategy, one number at a time.")
@options("rng", "workers", "set", "out", "plain-ids", "allow-code", "any-version", "any-size", "json")
def robust(
    scenario: str, contrasts: tuple[str, ...], settings: Any, out: Path | None, plain_ids: bool, as_json: bool,
    **said: Any,
) -> None:
    """Does a CONTRAST, "a - b" of two strategies, hold in SCENARIO over the model's own plausible ranges?

    With --out the runs are kept there, and the same command goes on where it stopped.
    """
    from diffusion_sim.analysis.robust.robust import robust as over_ranges
    from diffusion_sim.cli import robust as page
    from diffusion_sim.cli import show
    from diffusion_sim.cli.files import check_writable
    from diffusion_sim.scenario import load_scenario

    sc = load_scenario(scenario, allow_code=said["allow_code"]).override(overrides(settings))
    check_writable(out)
    words = said.pop("structures")
    words = words[0] if words in (["all"], ["none"]) else words
    numbers = said.pop("numbers") or "all"
    numbers = numbers[0] if numbers in (["all"], ["everything"]) else numbers
    found = over_ranges(sc, list(contrasts), said.pop("measures"), out=out, numbers=numbers, structures=words, **said)
    files = page.write(found, out, plain_ids) if out is not None else []
    if as_json:
        return show.as_json(page.as_said(sc, found, out, files))
    page.show_page(sc, found, out, files)
