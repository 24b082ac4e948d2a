"""The commands: what each is called, takes and prints. Large modules are imported only when a command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import diffusion_sim
from diffusion_sim.cli.options import RUNS_FAILED, Group, Names, options, overrides, rules_of
from diffusion_sim.cli.questions import answer, budget, patterns, robust, trials, two_lives
from diffusion_sim.cli.study import study


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(diffusion_sim.__version__, "--version", prog_name="diffusion-sim")
def cli() -> None:
    """How instructional practices spread among teachers, and what strategies to scale them do.

    \b
    diffusion-sim compare michigan --replicates 20 --out results/michigan

    Teachers are simulated; nothing here rates a person. Results are comparisons under stated assumptions, not
    forecasts. Equity is between schools.
    """


@cli.command()
@options("json")
def scenarios(as_json: bool) -> None:
    """List the scenarios that come with the program."""
    from diffusion_sim.cli import show
    from diffusion_sim.scenario import list_scenarios

    found = list_scenarios()
    if as_json:
        return show.as_json({"scenarios": found})
    show.heading("Scenarios")
    show.table(["id", "title", "question"], found.itertuples(index=False))
    show.text("All numbers of one: diffusion-sim check ID     One of your own: diffusion-sim new my_district.yaml")


@cli.command()
@click.argument("scenario", required=False)
@options("json")
def strategies(scenario: str | None, as_json: bool) -> None:
    """List the strategies, with those of SCENARIO where it is given."""
    from diffusion_sim.cli import show
    from diffusion_sim.strategies.catalogue import list_strategies

    found = list_strategies(scenario)
    if as_json:
        return show.as_json({"strategies": found})
    show.heading("Strategies, by their parts")
    show.table(list(found.columns), found.itertuples(index=False))


@cli.command()
@click.argument("rule", required=False)
@options("json")
def rules(rule: str | None, as_json: bool) -> None:
    """List the rules that a Python function of yours may replace, or say all of RULE (docs/rules.md)."""
    from diffusion_sim.cli import rules as page
    from diffusion_sim.cli import show
    from diffusion_sim.week.own_rules import list_rules

    found = list_rules()
    if as_json:
        return show.as_json({"rules": found, **found.attrs})
    page.show_page(found, rule)


@cli.command()
@click.argument("scenario")
@options("set", "rng", "allow-code", "any-size", "json")
def check(scenario: str, settings: Any, rng: int, allow_code: bool, any_size: bool, as_json: bool) -> None:
    """Check SCENARIO (id or YAML file): every number with unit, plausible range and source; its schools."""
    from diffusion_sim.cli import check as page
    from diffusion_sim.cli import show
    from diffusion_sim.scenario import load_scenario

    sc = load_scenario(scenario, allow_code=allow_code).override(overrides(settings))
    said = page.gather(sc, rng, any_size)
    if as_json:
        return show.as_json(said)
    page.show_page(sc, said)


@cli.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--like", default="mid_size_district", show_default=True, metavar="SCENARIO", help="Copy this one.")
def new(path: Path, like: str) -> None:
    """Write a scenario of your own to PATH (.yaml), a commented copy to start from."""
    from diffusion_sim.cli import show
    from diffusion_sim.scenario import new_scenario

    written = new_scenario(path, like=like)
    show.text(f"wrote {written}; change it, then: diffusion-sim check {written}")


@cli.command()
@click.argument("scenario")
@click.option("--strategy", "--strategies", "strategy", metavar="ID", help="[default: the scenario's own strategy]")
@options("rng", "set", "rule", "out", "plain-ids", "allow-code", "any-size", "json")
def run(
    scenario: str, strategy: str | None, rng: int, settings: Any, rules: Any, out: Path | None, plain_ids: bool,
    allow_code: bool, any_size: bool, as_json: bool,
) -> None:
    """Run SCENARIO once: outcomes and, with --out, the weekly series and the schools as CSV."""
    from diffusion_sim.cli import run as page
    from diffusion_sim.cli import show
    from diffusion_sim.cli.files import check_writable
    from diffusion_sim.scenario import load_scenario
    from diffusion_sim.strategies import make_strategy

    sc = load_scenario(scenario, allow_code=allow_code).override(overrides(settings))
    make_strategy(strategy, sc, allow_code)  # a wrong id is said before anything is compiled
    check_writable(out)
    model = page.run_once(sc, rng, strategy, allow_code, rules_of(rules), any_size)
    files = page.write(model, out, plain_ids) if out is not None else []
    if as_json:
        return show.as_json(page.as_said(model, out, files))
    page.show_page(model, out, files)


@cli.command()
@click.argument("scenario")
@options("strategies", "replicates", "rng", "workers", "set", "rule", "out", "plain-ids")
@options("allow-code", "any-size", "json")
@click.option("--baseline", default="none", show_default=True, metavar="ID", help="What the others are compared with.")
@click.option("--equal-spending", is_flag=True, help="Compare a second time, at equal spending.")
@click.option("--against-usual", is_flag=True, help="With --rule: the usual rules beside yours, on the same seeds.")
def compare(
    scenario: str, settings: Any, rules: Any, out: Path | None, plain_ids: bool, as_json: bool, **said: Any
) -> int:
    """Compare strategies in SCENARIO on the same seeds: paired differences with intervals, a figure, CSV files."""
    from diffusion_sim.analysis.compare import compare as compare_strategies
    from diffusion_sim.cli import compare as page
    from diffusion_sim.cli import show
    from diffusion_sim.cli.files import check_writable
    from diffusion_sim.scenario import load_scenario

    sc = load_scenario(scenario, allow_code=said["allow_code"]).override(overrides(settings))
    page.check_strategies(sc, said["strategies"], said["baseline"], said["allow_code"])
    check_writable(out)
    comparison = compare_strategies(sc, said.pop("strategies"), rules=rules_of(rules), **said)
    files = sorted(p.name for p in Path(comparison.save(out, plain_ids)).iterdir()) if out is not None else []
    if as_json:
        show.as_json(page.as_said(sc, comparison, out, files))
    else:
        page.show_page(sc, comparison, out, files)
    return RUNS_FAILED if comparison.failed else 0


@cli.command()
@click.argument("scenario")
@click.option("--mechanisms", type=Names(), help="Mechanisms to switch off, one at a time  [default: all].")
@options("strategies", "replicates", "rng", "workers", "set", "rule", "out", "allow-code", "any-size", "json")
@click.option("--baseline", default="none", show_default=True, metavar="ID", help="What the others are compared with.")
def decompose(scenario: str, settings: Any, rules: Any, out: Path | None, as_json: bool, **said: Any) -> int:
    """What part of each strategy's effect in SCENARIO each mechanism carries: runs with it switched off."""
    from diffusion_sim.analysis.decompose import decompose as take_apart
    from diffusion_sim.cli import compare, show
    from diffusion_sim.cli import decompose as page
    from diffusion_sim.cli.files import check_writable
    from diffusion_sim.scenario import load_scenario

    sc = load_scenario(scenario, allow_code=said["allow_code"]).override(overrides(settings))
    compare.check_strategies(sc, said["strategies"], said["baseline"], said["allow_code"])
    check_writable(out)
    found = take_apart(sc, said.pop("strategies"), rules=rules_of(rules), **said)
    files = page.write(found, out) if out is not None else []
    if as_json:
        show.as_json({"scenario": {"id": sc.id, "digest": sc.digest}, "parts": found, "files": files, **found.attrs})
    else:
        page.show_page(sc, found, out, files)
    return RUNS_FAILED if found.attrs["notes"] else 0


@cli.command()
@click.argument("scenario", metavar="CASE")
@click.option("--strategy", "--strategies", "strategy", metavar="ID", help="[default: the scenario's own strategy]")
@click.option("--district", metavar="ID", help="[default: the first one with a school that can take part]")
@click.option("--school", metavar="ID", help="Tell of one school, person by person: its id, or district/school.")
@click.option("--network", metavar="NAME", is_flag=False, flag_value="largest",
              help="Tell of one improvement network: its name, a number, or 'largest', as without a NAME.")
@options("rng", "set", "rule")
@click.option("--out", type=click.Path(path_type=Path), metavar="PATH",
              help="A page (.md), or a folder for the page and the years as CSV.")
@options("plain-ids", "allow-code", "any-size", "json")
def story(
    scenario: str, settings: Any, rules: Any, out: Path | None, plain_ids: bool, as_json: bool, **said: Any
) -> None:
    """Tell what happened in one district, school or improvement network in one run of CASE (id or YAML file), year by
    year, by counted events.

    Ends with the same seed without a programme. Another seed tells another story.
    """
    from diffusion_sim.cli import show
    from diffusion_sim.cli import story as page

    found = page.tell(scenario, overrides(settings), out, {**said, "rules": rules_of(rules)})
    files = found.save(out, plain_ids) if out is not None else []
    if as_json:
        return show.as_json(page.as_said(found, files))
    page.show_page(found, out, files)


for command in (two_lives, budget, robust, patterns, trials, answer, study):
    cli.add_command(command)
