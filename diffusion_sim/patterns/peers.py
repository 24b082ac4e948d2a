"""Rows on colleagues (C15, C17)."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.patterns.record import CHECK, RATIO, Arm, Condition, Row
from diffusion_sim.patterns.seen import correlation, mean_of
from diffusion_sim.patterns.worlds import NINETY

_NO_COACH = {"learning.l_help": 0.0, "learning.coaching_feedback": 0.0}
_NO_COLLEAGUES = {"learning.l_peer": 0.0, "learning.peer_feedback": 0.0}
_TWO_YEARS = {"programme.years_support": 2, "programme.years_after": 0}
_HELPERS_OFF = {"mechanisms.peers": False, "mechanisms.peer_learning": False}


def who_learns_from_whom(at: Any) -> dict[str, float]:
    """C15: from the same state after a year, one year with and without one channel: correlation over users of what
    the channel adds to skill with the skill they had."""
    runs = at.from_year("directed", 1, {"whole": {}, "no_coach": _NO_COACH, "no_colleagues": _NO_COLLEAGUES})
    whole, found = runs["whole"], {}
    level = whole.years[1].teachers.skill
    for name, other in (("coach", runs["no_coach"]), ("colleagues", runs["no_colleagues"])):
        both = whole.using(1) & whole.using(2) & other.using(2) & whole.same_person(2, 1) & other.same_person(2, 1)
        added = whole.years[2].teachers.skill - other.years[2].teachers.skill
        found[name] = correlation(level[both], added[both])
        found[f"{name}_adds"] = float(added[both].mean()) if both.any() else np.nan
    return found


def carried_by_colleagues(at: Any) -> dict[str, float]:
    """C17: effect of a programme after three years, whole and carried by colleagues, on practice and on use."""
    found = {}
    whole, apart = (_effects(at, names) for names in (("volunteers", "none"), ("volunteers_apart", "none_apart")))
    for name, all_of_it, direct in zip(("practice", "use"), whole, apart, strict=True):
        found |= {f"{name}_whole": all_of_it, f"{name}_carried": all_of_it - direct}
    return found


def _effects(at: Any, names: tuple[str, str]) -> list[float]:
    """Programme - none: mean quality over teachers, and reach."""
    runs = [at(name) for name in names]
    quality = [mean_of(run.quality(3), among=run.teaching(3)) for run in runs]
    return [quality[0] - quality[1], runs[0].reach(3) - runs[1].reach(3)]


ROWS = (
    Row(
        "C15", "who needs whom depends on the level",
        "Teachers at a low level of use gain from training, those at a high level from colleagues.",
        "Frank et al. 2011", "seen", CHECK,
        "A directive for all: from the same state after one year a second one with and without coaching, or with and "
        "without learning from colleagues, on the same random numbers; correlation over users of what the channel "
        "added with the skill before.",
        NINETY, {"directed": Arm("directed_uniform", overrides=_TWO_YEARS)}, who_learns_from_whom,
        (
            Condition("level and what coaching adds", "coach", high=0.0, strict=True),
            Condition("level and what colleagues add", "colleagues", 0.0, strict=True),
            Condition("skill that coaching adds", "coach_adds"),
            Condition("skill that colleagues add", "colleagues_adds"),
        ),
        (), "peer_learning",
    ),
    Row(
        "C17", "training spills over",
        "In 39 schools teachers who had not attended changed through colleagues who had.",
        "Sun et al. 2013", "seen", CHECK,
        "Volunteers against no programme after three years, whole and with colleagues' example, help and feedback off "
        "in both: share of the effect on practice (literal) and on use (sharper) that goes through colleagues.",
        NINETY,
        {
            "volunteers": Arm("volunteer_uniform"), "none": Arm("none"),
            "volunteers_apart": Arm("volunteer_uniform", overrides=_HELPERS_OFF),
            "none_apart": Arm("none", overrides=_HELPERS_OFF),
        },
        carried_by_colleagues,
        (Condition("share of the effect on practice", "practice_carried practice_whole", 0.1, 0.4, RATIO),),
        (Condition("share of the effect on use", "use_carried use_whole", 0.1, 0.4, RATIO),),
        "peers",
    ),
)  # fmt: skip
