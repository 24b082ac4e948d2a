"""What hours are spent on: the practice, expertise, conditions, capacity; and what is built where conditions are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.scenario.words import CONTENT, PLAIN_CONTENT, YEARS
from diffusion_sim.state.tables import Floats, Ints
from diffusion_sim.strategies.contract import View

KINDS = tuple(PLAIN_CONTENT)
RESPONSIVE = KINDS.index("responsive")  # its hours for conditions go to what is lowest
ALL_ALIKE = -1  # building hours are spread over the four conditions and trust


def content_of(view: View, block: dict[str, Any]) -> tuple[Floats, Ints]:
    """The part ``content`` of a plan: shares of hours, (S, 4), and the target of building hours, (S,).

    A target is 0 to 3 for a condition, 4 for trust, -1 for all five alike.
    """
    kind = kind_of(view, block)
    shares = np.array(list(PLAIN_CONTENT.values()), np.float64)
    if block["kind"] in PLAIN_CONTENT:
        shares[KINDS.index(block["kind"])] = [block[name] for name in CONTENT]
    return shares[kind], np.where(kind == RESPONSIVE, lowest_surveyed(view), ALL_ALIKE).astype(np.int32)


def kind_of(view: View, block: dict[str, Any]) -> NDArray[np.int64]:
    """Which plain content each school gets this year, as its place in KINDS, (S,)."""
    size, word = view.programme.size, block["kind"]
    if word == "by_readiness":
        below = view.surveyed_readiness < block["cut"]
        return np.where(below, KINDS.index(block["below"]), KINDS.index(block["above"]))
    if word == "by_year":
        word = of_year(block[YEARS], view.year + 1)
    return np.full(size, KINDS.index(word))


def of_year(years: dict[str, str], year: int) -> str:
    """The content of a programme year: that of the last year named up to then, of the first one named before it."""
    named = sorted(int(number) for number in years)
    begun = [number for number in named if number <= year]
    return years[str(begun[-1] if begun else named[0])]


def lowest_surveyed(view: View) -> Ints:
    """Which of the four surveyed conditions and surveyed trust (4) is lowest, the first at ties, (S,)."""
    return np.column_stack([view.surveyed, view.surveyed_trust]).argmin(axis=1).astype(np.int32)


def building_of(view: View, hours: Floats, mix: Floats) -> Floats:
    """Person-hours a year for a school's conditions, (S,): hours a teacher x their share for conditions x the mean
    number of posts that teach in the enrolled schools of the pot, so that small schools get as much as large ones."""
    inside = (view.enrolled == 1) & (view.pot >= 0)
    pot = np.where(inside, view.pot, 0)
    posts = np.bincount(pot, weights=view.teachers * inside, minlength=1)
    schools = np.bincount(pot, weights=inside, minlength=1)
    mean = np.divide(posts, schools, out=np.zeros(posts.size), where=schools > 0)
    return np.where(inside, hours * mix[:, CONTENT.index("conditions")] * mean[pot], 0.0)
