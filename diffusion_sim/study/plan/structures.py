"""Structures of a study: other ways in which the same thing may work, crossed with the points of its space."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from diffusion_sim.errors import nearest
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.numbers import defaults, short
from diffusion_sim.study.plan.factors import Factor, Level, other_levels, problem, settle_factors

SECTION = "structure"
GRID, ONE_AT_A_TIME, DRAWN = MODES = ("grid", "one_at_a_time", "drawn")
ALL, _MODE = "all", "mode"
_FORM = "a mapping of structure to a list of its words such as {dose: [hill, saturating]}, or all"


class Structures(NamedTuple):
    """What ``structure`` of a study file says. mode : "grid" = every combination of the words, "one_at_a_time" = the
    scenario's own, then each other word alone, "drawn" = each point of a drawn design draws its words, as it draws its
    numbers. factors : named by dotted path, with the words as levels."""

    mode: str
    factors: tuple[Factor, ...]

    @property
    def said(self) -> dict[str, Any]:
        """Plain JSON; the order of structures and words counts."""
        return {_MODE: self.mode, "vary": [[factor.name.partition(".")[2], factor.said] for factor in self.factors]}


def from_said(said: Any) -> Any:
    """What ``Structures.said`` gave, as a file says it. Raises TypeError, ValueError: it is something else."""
    if not isinstance(said, Mapping) or set(said) != {_MODE, "vary"}:
        raise ValueError
    return {_MODE: said[_MODE], **dict(said["vary"])}


def read_structures(raw: Any, where: str) -> Structures:
    """The structures of a study file. Raises StudyError: none, one that does not exist, a word that is not one of its,
    one named twice."""
    known = defaults()[SECTION]
    if raw == ALL:
        return Structures(ONE_AT_A_TIME, tuple(_factor(name, None, where) for name in known))
    if not isinstance(raw, Mapping) or not set(raw) - {_MODE}:
        text = f"found {short(raw)}; {_FORM} is allowed. Structures: {', '.join(known)}"
        raise problem(where, SECTION, text)
    mode = raw.get(_MODE, GRID)
    if mode not in MODES:
        text = f"found {short(mode)}; {', '.join(MODES[:-1])} or {DRAWN} is allowed"
        raise problem(where, f"{SECTION}.{_MODE}", text)
    return Structures(mode, tuple(_factor(name, said, where) for name, said in raw.items() if name != _MODE))


def _factor(name: Any, said: Any, where: str) -> Factor:
    """A structure with its words; without any, with all there are."""
    known, key = defaults()[SECTION], f"{SECTION}.{name}"
    if name not in known:
        hint = nearest(str(name).removeprefix(f"{SECTION}."), known) or "."
        text = f"there is no such structure{hint} Structures: {', '.join(known)}"
        raise problem(where, key, text)
    words = list(known[name].choices)
    found = words if said is None else said
    if not isinstance(found, list) or not found:
        text = f"found {short(said)}; a list of its words, {', '.join(words)}, is allowed, or nothing for all of them"
        fixed = f"; for one word in all runs: set: {{{key}: {said}}}" if said in words else ""
        raise problem(where, key, text + fixed)
    for row, word in enumerate(found):
        if word not in words:
            hint = nearest(word, words) if isinstance(word, str) else ""
            raise problem(where, f"{key}[{row}]", f"found {short(word)}; one of {', '.join(words)} is allowed{hint}")
        if word in found[:row]:
            raise problem(where, f"{key}[{row}]", f"'{word}' stands twice")
    return Factor(key, found, levels=tuple(Level("", {key: word}) for word in found))


def crossing(structures: Structures | None) -> Structures | None:
    """Structures that every point of the space is run under; None where there are none, or points draw theirs."""
    return None if structures is None or structures.mode == DRAWN else structures


def drawn_factors(structures: Structures | None) -> tuple[Factor, ...]:
    """Structures whose words points draw, as they draw their numbers."""
    return structures.factors if structures is not None and structures.mode == DRAWN else ()


def check_mode(structures: Structures, kind: str, drawn: Iterable[str], where: str) -> None:
    """Raises StudyError where words are to be drawn and points are not."""
    if structures.mode == DRAWN and kind not in drawn:
        text = f"found {DRAWN}; design {kind} draws nothing, so {GRID} or {ONE_AT_A_TIME} is allowed"
        raise problem(where, f"{SECTION}.{_MODE}", f"{text}, or design {' or '.join(drawn)}")


def check_apart(
    structures: Structures, set_: Mapping[str, Any], space: Iterable[Factor], rows: Sequence[Mapping[str, Any]],
    where: str,
) -> None:  # fmt: skip
    """Raises StudyError where ``set``, ``space`` or a table's column sets a structure that varies."""
    said = [(f"set.{path}", path) for path in set_]
    said += [(f"space.{factor.name}", path) for factor in space for path in factor.paths]
    said += [(f"design, column {name}", name) for name in (rows[0] if rows else ())]
    varied = {factor.name for factor in structures.factors}
    for key, path in said:
        if path in varied:
            text = f"sets {path}, which structure: varies, too" if path not in key else "structure: varies it, too"
            raise problem(where, key, f"{text}; let one of them do it")


# ---- which there are -------------------------------------------------------------------------------------------------


def variants(structures: Structures | None, scenarios: Sequence[Scenario], where: str) -> list[dict[str, Any]]:
    """Words by dotted path of each structure that is run; what one does not say is the scenario's own. Without any,
    that alone; so it is where points draw their words."""
    structures = crossing(structures)
    if structures is None:
        return [{}]
    settled = settle_factors(structures.factors, scenarios, where, under="")
    if structures.mode == ONE_AT_A_TIME:
        return [{}, *(level.values for factor in settled for level in other_levels(factor, scenarios))]
    return [
        {path: word for level in levels for path, word in level.values.items()}
        for levels in itertools.product(*(factor.levels for factor in settled))
    ]
