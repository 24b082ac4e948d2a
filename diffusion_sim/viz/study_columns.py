"""What the figure of a study shows by level: strategies, columns and their titles, and what it leaves out."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from diffusion_sim.analysis.by_level import MOST_LEVELS
from diffusion_sim.analysis.cells import SCENARIO, listed
from diffusion_sim.errors import StudyError, nearest
from diffusion_sim.scenario.numbers import defaults
from diffusion_sim.viz.marks import readable

if TYPE_CHECKING:
    from diffusion_sim.analysis.studies import Study

MOST_STRATEGIES = 7  # one colour each
ACROSS, _BLOCKS = 6, 4  # panels side by side, and rows of them for each measure: more factors are not shown
_VARIANT = "Variant of the strategy"


class Column(NamedTuple):
    """Panels one above another. title : its lines; table : differences with a text ``level``."""

    title: list[str]
    table: pd.DataFrame


def columns_of(
    study: Study, names: list[str], others: list[str], variants: dict[str, dict[str, str]]
) -> tuple[list[Column], list[str], str]:
    """(columns, what is not shown, what intervals cover), in words."""
    pairs = [(name, study.spec.baseline) for name in others]
    overall = study.differences(names, by=SCENARIO, contrasts=pairs)
    covers = covered_by(study, overall)
    overall["level"] = overall["scenario"].astype(str).map(readable)
    try:
        table = study.by_level(names, contrasts=pairs)
    except StudyError:  # no factor of few levels
        table = pd.DataFrame(columns=["factor"])
    several, first = overall["level"].nunique() > 1, overall["level"].iloc[0]
    wanted: list[tuple[str, str, pd.DataFrame]] = []  # title, unit, table
    if several:
        wanted.append(("Scenario", "", overall))
        table = table[table["scenario"] == table["scenario"].iloc[0]] if len(table) else table
    elif table.empty and not variants:
        wanted.append(("All runs", "", overall))
    if variants:
        wanted.append((_VARIANT, "", _by_variant(study, names, variants)))
    factors = list(dict.fromkeys(table["factor"]))
    shown = factors[: ACROSS * _BLOCKS - len(wanted)]
    wanted += [(factor, _unit(study, factor), table[table["factor"] == factor]) for factor in shown]
    across = min(len(wanted), -(-len(wanted) // -(-len(wanted) // ACROSS)))
    wide = max(16, 108 // across)  # letters
    found = []
    for title, unit, part in wanted:
        lines = _broken(title if "." in title else title[0].upper() + readable(title)[1:], wide)
        lines += textwrap.wrap(f"({unit})", wide) if unit else []
        if several and part is not overall:
            lines += textwrap.wrap(f"({first})", wide)
        found.append(Column(lines, part))
    return found, not_shown(study, others, variants, shown), covers


def not_shown(study: Study, others: list[str], variants: dict[str, dict[str, str]], shown: list[str]) -> list[str]:
    """What the figure leaves out, in words."""
    notes = []
    count, space = len(study.strategies) - 1, len(study.factors)
    if variants:
        notes.append(
            f'Panel "{_VARIANT}": all {count} strategies. Other panels: {len(others)} of {count}, each as named; '
            "plot(strategies=[...]) shows others."
        )
    elif len(others) < count:
        notes.append(f"{len(others)} of {count} strategies shown; plot(strategies=[...]) shows others.")
    if len(shown) < space and not study.design.drawn:
        notes.append(
            f"{len(shown)} of {space} factors shown; of the others the levels are more than {MOST_LEVELS}, one, or the "
            "figure is full: by_level and differences hold what there is."
        )
    return notes


def _by_variant(study: Study, names: list[str], variants: dict[str, dict[str, str]]) -> pd.DataFrame:
    """Differences over all points, in the first scenario, with the variant as level and the strategy it is one of."""
    of = {name: (base, word) for base, own in variants.items() for word, name in own.items()}
    table = study.differences(names, by=SCENARIO, contrasts=[(name, study.spec.baseline) for name in of])
    table = table[table["scenario"] == table["scenario"].iloc[0]]
    arms = table["strategy"].astype(str)
    return table.assign(
        strategy=[of[name][0] for name in arms],
        level=[readable(of[name][1]) if of[name][1] else "as named" for name in arms],
    )


def covered_by(study: Study, table: pd.DataFrame) -> str:
    """What the intervals cover; where some rows cover less, which."""
    plain = study.design.covers(SCENARIO)
    less = table[table["covers"].astype(str) != plain]
    if less.empty:
        return plain
    arms = ", ".join(readable(name) for name in dict.fromkeys(less["strategy"].astype(str)))
    return f"{plain}. Of fewer points, where one has no runs: {arms}"


def _unit(study: Study, factor: str) -> str:
    """Unit of the number at a dotted path: what the study says, else what scenarios do; "" where nothing is known."""
    section, _, key = factor.partition(".")
    known = defaults().get(section, {}).get(key)
    said = next((getattr(own, "unit", None) for own in study.spec.space if own.name == factor), None)
    unit = said or (known.unit if known is not None else "")
    return "" if unit == "switch" else str(unit)


def _broken(name: str, wide: int) -> list[str]:
    """A name in lines, broken at its dots, underscores and spaces."""
    lines = [""]
    for piece in re.findall(r"[^._ ]*[._ ]?", name):
        if lines[-1] and len(lines[-1]) + len(piece) > wide:
            lines.append("")
        lines[-1] += piece
    return lines


def asked_for(study: Study, strategies: Sequence[str], others: list[str]) -> list[str]:
    """Strategies to show, each once. Raises StudyError."""
    asked = listed(strategies, "strategies", "all")
    for name in asked:
        if name not in others:
            what = "is the baseline" if name == study.spec.baseline else "is not in the study"
            raise StudyError(
                f"strategies: '{name}' {what}; allowed are {', '.join(others)}" + nearest(str(name), others)
            )
    return list(dict.fromkeys(asked))


def variants_of(others: list[str]) -> dict[str, dict[str, str]]:
    """Strategy -> {variant: strategy}, where all have the same variants and fit into the figure; else nothing.

    A variant's name is that of its strategy, an underscore and a word: ``a_coach`` of ``a``; "" is ``a`` itself.
    """
    found: dict[str, dict[str, str]] = {}
    for name in sorted(others, key=lambda name: (len(name), others.index(name))):
        own = next((base for base in found if name.startswith(base + "_")), None)
        if own is None:
            found[name] = {"": name}
        else:
            found[own][name[len(own) + 1 :]] = name
    words = [set(variants) for variants in found.values()]
    if len(found) > MOST_STRATEGIES or len(words[0]) < 2 or any(other != words[0] for other in words):
        return {}
    return {
        name: dict(sorted(found[name].items(), key=lambda own: others.index(own[1])))
        for name in others
        if name in found
    }
