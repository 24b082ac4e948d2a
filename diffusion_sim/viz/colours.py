"""How a strategy looks: one colour, dash and marker each, the same in every figure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from diffusion_sim.scenario.words import NONE


class Look(NamedTuple):
    """dash : of lines, as Matplotlib takes it."""

    colour: str
    dash: Any
    marker: str


_SOLID, _DASHED, _DOTTED, _MIXED = "-", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1.2, 1, 1.2))
BASELINE = Look("#6E6E6E", _SOLID, "o")
# Blues are volunteers, oranges directives. Any two of these and of FREE stay apart with any colour vision, which a test
# measures; the first five are Okabe and Ito's, the others were found as far from all before as could be.
STRATEGIES: dict[str, Look] = {
    NONE: BASELINE,
    "volunteer_uniform": Look("#0072B2", _SOLID, "o"),
    "volunteer_differentiated": Look("#56B4E9", _SOLID, "s"),
    "volunteer_responsive": Look("#A5CCD4", _DASHED, "D"),
    "directed_uniform": Look("#D55E00", _SOLID, "o"),
    "directed_differentiated": Look("#E69F00", _SOLID, "s"),
    "directed_responsive": Look("#662200", _DASHED, "D"),
    "directed_need_weighted": Look("#AA00FF", _SOLID, "^"),
    "equity_first": Look("#00E070", _MIXED, "v"),
    "lottery": Look("#977049", _MIXED, "P"),
    "ready_only": Look("#D4C4A5", _MIXED, "X"),
    "staged": Look("#00473C", _SOLID, "D"),
    "staged_first": Look("#69A53C", _DASHED, "D"),
    "improvement_network": Look("#1D1D87", _SOLID, "P"),
    "improvement_network_first": Look("#6050C8", _DASHED, "P"),
    "multi_classroom_leader": Look("#000000", _SOLID, "X"),
    "multi_classroom_leader_first": Look("#2D005A", _DASHED, "X"),
}
# Strategies of the user's own, in the order of the alphabet; after the last the first comes again with another dash.
FREE = ("#A77AFF", "#A33600", "#CA919A", "#522B5A", "#A30088", "#6100C2", "#290029")
_OWN = ((_DASHED, "s"), (_DOTTED, "^"), (_MIXED, "v"), (_SOLID, "D"), (_DASHED, "P"), (_DOTTED, "X"))


def looks(strategies: Iterable[str]) -> dict[str, Look]:
    """Strategy -> its look, in the given order: of known ids always the same, of others the next free ones by name."""
    names = list(dict.fromkeys(strategies))
    found = dict(STRATEGIES)
    for number, name in enumerate(sorted(name for name in names if name not in STRATEGIES)):
        dash, marker = _OWN[number // len(FREE) % len(_OWN)]
        found[name] = Look(FREE[number % len(FREE)], dash, marker)
    return {name: found[name] for name in names}


def luminance(colour: str) -> float:
    """Relative luminance in [0, 1] (WCAG 2.1)."""
    parts = [int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def dark(colour: str) -> str:
    """The colour, as dark as text on white must be: contrast 4.5 or more (WCAG 2.1)."""
    while 1.05 / (luminance(colour) + 0.05) < 4.5:
        colour = "#" + "".join(f"{int(int(colour[i : i + 2], 16) * 0.94):02X}" for i in (1, 3, 5))
    return colour
