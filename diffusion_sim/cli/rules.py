"""``rules``: what may be replaced by a function of the user's own."""

from __future__ import annotations

from typing import Any

import click

from diffusion_sim.cli import show
from diffusion_sim.errors import nearest


def show_page(found: Any, rule: str | None) -> None:
    """All rules, or one in full."""
    if rule is None:
        show.heading("Rules of a teacher's week that a function of yours may replace")
        rows = [(r.rule, r.arguments, r.unit, r.meaning.splitlines()[0]) for r in found.itertuples()]
        show.table(["rule", "arguments", "returns", "meaning"], rows)
        show.text("One in full: diffusion-sim rules stop_hazard     Use: --rule stop_hazard=mine.py:f --allow-code")
        return
    chosen = found[found["rule"] == rule]
    if chosen.empty:
        raise click.UsageError(f"no rule '{rule}'{nearest(rule, found['rule'])}; diffusion-sim rules lists them")
    one = chosen.iloc[0]
    show.heading(f"{one['rule']}({one['arguments']})")
    show.lines(one["meaning"].splitlines(), "")
    show.text(f"Returns {one['unit']}, from {one['lowest']:g} to {one['highest']:g}.")
    known = found.attrs["arguments"].set_index("name")
    own = [(n, known.loc[n, "unit"], known.loc[n, "meaning"]) for n in one["arguments"].split(", ") if n in known.index]
    show.heading("Arguments (p: numbers of the scenario, by key)")
    show.table(["argument", "unit", "meaning"], own)
    show.heading("What any rule may ask for by name as well")
    show.table(["argument", "unit", "meaning"], found.attrs["facts"].itertuples(index=False))
