"""The options that several commands share, with the same words and meaning everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from diffusion_sim.errors import nearest

RUNS_FAILED = 1  # exit code: some runs failed, so that what is shown lacks them


class Group(click.Group):
    """A group whose error for an unknown command names the nearest one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command of the first word; a usage error where there is none."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            known = self.list_commands(ctx)
            hint = nearest(name, known) or "."
            raise click.UsageError(f"no command '{name}'{hint} Commands: {', '.join(known)}", ctx)
        return super().resolve_command(ctx, args)


class Assignment(click.ParamType):
    """``path=value``: a dotted path of the scenario and a value as a scenario's file would write it, a list in
    brackets."""

    name = "path=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """(path, value)."""
        from diffusion_sim.scenario.read_yaml import scalar

        path, equals, text = str(value).partition("=")
        if not equals or not path.strip():
            self.fail(f"'{value}': path=value is allowed, for example trial.q=0.9", param, ctx)
        text = text.strip()
        if text.startswith("[") and text.endswith("]"):
            inner = text[1:-1].strip()
            return path.strip(), [scalar(one.strip()) for one in inner.split(",")] if inner else []
        return path.strip(), scalar(text)


class Rule(click.ParamType):
    """``rule=file.py:function``."""

    name = "rule=file.py:function"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """(rule, place of the code)."""
        rule, equals, place = str(value).partition("=")
        if not equals or not rule.strip() or ":" not in place:
            self.fail(f"'{value}': rule=file.py:function is allowed, for example peer_force=mine.py:f", param, ctx)
        return rule.strip(), place.strip()


class Names(click.ParamType):
    """``a,b``: names between commas."""

    name = "a,b"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        """The names, in order."""
        names = [name.strip() for name in str(value).split(",")]
        if not all(names):
            self.fail(f"'{value}': names between commas are allowed, for example none,directed_uniform", param, ctx)
        return names


def rules_of(pairs: tuple[tuple[str, str], ...]) -> dict[str, str] | None:
    """What ``--rule`` said. Raises a usage error where a rule stands twice."""
    said: dict[str, str] = {}
    for rule, place in pairs:
        if rule in said:
            raise click.UsageError(f"--rule {rule} stands twice")
        said[rule] = place
    return said or None


def overrides(pairs: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """What ``--set`` said, as overrides. Raises a usage error where a path stands twice."""
    values: dict[str, Any] = {}
    for path, value in pairs:
        if path in values:
            raise click.UsageError(f"--set {path} stands twice")
        values[path] = value
    return values


def _option(*names: str, **said: Any) -> Callable[[Any], Any]:
    return click.option(*names, **said)


OPTIONS: dict[str, Callable[[Any], Any]] = {
    "out": _option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write files into this folder."),
    "replicates": _option("--replicates", type=click.IntRange(min=1), default=50, metavar="N", show_default=True,
                          help="Runs of each strategy, on the same seeds for all."),
    "rng": _option("--rng", type=click.IntRange(0, 2**64 - 1), default=1, metavar="N", show_default=True,
                   help="Seed: the same seed gives the same results."),
    "workers": _option("--workers", type=click.IntRange(min=1), metavar="N",
                       help="Processes at once  [default: one a core]."),
    "set": _option("--set", "settings", type=Assignment(), multiple=True,
                   help="Change a number of the scenario; may stand several times."),
    "rule": _option("--rule", "rules", type=Rule(), multiple=True,
                    help="A rule of your own, with --allow-code; may stand several times (see: diffusion-sim rules)."),
    "strategies": _option("--strategies", type=Names(), help="Strategies by id  [default: the scenario's list]."),
    "any-size": _option("--any-size", is_flag=True, help="Also where it needs more memory than this machine has."),
    "any-version": _option("--any-version", is_flag=True, help="Take results of another version of the model."),
    "plain-ids": _option("--plain-ids", is_flag=True,
                         help="Write text into CSV as it is, also where a spreadsheet may run it (= + - @)."),
    "json": _option("--json", "as_json", is_flag=True, help="Print JSON instead of tables."),
    "allow-code": _option("--allow-code", is_flag=True, help="Let the scenario run Python code of yours."),
}  # fmt: skip


def options(*names: str) -> Callable[[Any], Any]:
    """Decorate a command with shared options, in this order."""

    def decorate(function: Any) -> Any:
        for name in reversed(names):
            function = OPTIONS[name](function)
        return function

    return decorate
