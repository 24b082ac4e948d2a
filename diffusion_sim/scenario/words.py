"""The words of a strategy: its six parts, the kinds of each, their options, and the ids of whole strategies.

The words are fixed. What the kinds do stands in ``diffusion_sim.strategies``; numbers that all kinds share (places by
year, the readiness asked of ``ready_only``) are scenario numbers of the section ``programme``.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple


class Option(NamedTuple):
    """An option of a kind: a number with its default, unit and hard bounds (whole where the unit is of WHOLE), or one
    of the words ``choices``."""

    default: float | str | None  # None: the scenario's own number
    unit: str
    low: float
    high: float
    note: str
    choices: tuple[str, ...] = ()


# Units of options that are whole numbers.
WHOLE = frozenset({"0 or 1", "teachers", "quarters"})

# What hours can be spent on; the order of the columns of a plan's mix.
CONTENT = ("practice", "expertise", "conditions", "capacity")


def _mix(*shares: float) -> dict[str, Option]:
    hours = {
        name: Option(share, "share", 0.0, 1.0, f"share of hours that go to {name}; the four sum to 1")
        for name, share in zip(CONTENT, shares, strict=True)
    }
    return hours | {
        "departments": Option(0.0, "share", 0.0, 1.0, "of the conditions' hours, share for the district's departments"),
        "to_leaders": Option(0.0, "0 or 1", 0.0, 1.0, "1 = hours go to schools' leaders, who pass them on"),
    }


_TEAM = {
    "team": Option(3.0, "teachers", 1.0, 20.0, "appointed to the improvement team of a pilot school"),
    "colleagues": Option(2.0, "teachers", 0.0, 20.0, "willing colleagues invited for each member of the team"),
    "focal": Option(0.5, "share", 0.0, 1.0, "share of a school's grade bands that are focal, from the lowest"),
}
_BY_HAND = {
    "scaled": Option(0.0, "0 or 1", 0.0, 1.0, "1 = the table's hours are weights, scaled to the hours of other rules"),
}
_GATES = {
    "quarters": Option(2.0, "quarters", 1.0, 40.0, "between two gates of a district"),
    "payoff": Option(0.0, "payoff", -2.0, 3.0, "observed payoff that a gate asks for"),
    "willing": Option(0.5, "share", 0.0, 1.0, "observed share of willing users that a gate asks for"),
    "pilot_share": Option(
        0.25, "share", 0.01, 1.0, "of a district's schools, open before its last stage: the readiest"
    ),
}


# How schools in improvement cycles measure, and who reads whose reports.
MEASURES_WORDS = ("own", "common")
TOPOLOGIES = ("isolated", "pairs", "groups", "hub", "all_to_all")


def _testing(measures: str, topology: str) -> dict[str, Option]:
    none = math.nan
    return {
        "measures": Option(measures, "", none, none, "each school's own measures, or common ones", MEASURES_WORDS),
        "topology": Option(topology, "", none, none, "whose reports a school reads", TOPOLOGIES),
        "study_act": Option(
            None, "probability a quarter", 0.0, 1.0, "that a school studies and acts; null = testing.study_act"
        ),
    }


# part -> kind -> option -> what it may be. The content shares are assumptions.
STRATEGY_PARTS: dict[str, dict[str, dict[str, Option]]] = {
    "recruitment": {
        "none": {},
        "volunteer": {},
        "directed": {},
        "team_outward": _TEAM,
        "equity_first": {},
        "lottery": {},
        "ready_only": {},
    },
    "allocation": {"uniform": {}, "readiness_gap": {}, "need_weighted": {}, "by_hand": _BY_HAND},
    "content": {
        "practice_first": _mix(0.9, 0.0, 0.1, 0.0),
        "mixed": _mix(0.6, 0.1, 0.2, 0.1),
        "responsive": _mix(0.4, 0.2, 0.4, 0.0),
    },
    "tempo": {"at_once": {}, "waves": {}, "gated": _GATES},
    "staffing": {"traditional": {}, "coach": {}, "multi_classroom_leader": {}},
    "testing": {"none": {}, "local": _testing("own", "isolated"), "menu": _testing("common", "hub")},
}

NONE = "none"  # the strategy without a programme

# Strategy id -> kinds of its parts. A scenario's `strategies:` may add ids, never redefine these.
BUILT_IN: dict[str, dict[str, str]] = {
    "none": {"recruitment": "none", "allocation": "uniform", "content": "practice_first"},
    "volunteer_uniform": {"recruitment": "volunteer", "allocation": "uniform", "content": "practice_first"},
    "directed_uniform": {"recruitment": "directed", "allocation": "uniform", "content": "practice_first"},
    "volunteer_differentiated": {"recruitment": "volunteer", "allocation": "readiness_gap", "content": "responsive"},
    "directed_differentiated": {"recruitment": "directed", "allocation": "readiness_gap", "content": "responsive"},
    "directed_need_weighted": {"recruitment": "directed", "allocation": "need_weighted", "content": "practice_first"},
    "equity_first": {"recruitment": "equity_first", "allocation": "uniform", "content": "practice_first"},
    "lottery": {"recruitment": "lottery", "allocation": "uniform", "content": "practice_first"},
    "ready_only": {"recruitment": "ready_only", "allocation": "uniform", "content": "practice_first"},
    "staged": {"recruitment": "team_outward", "allocation": "uniform", "content": "practice_first"},
    "improvement_network": {
        "recruitment": "volunteer",
        "allocation": "uniform",
        "content": "mixed",
        "tempo": "waves",
        "testing": "menu",
    },
    "multi_classroom_leader": {
        "recruitment": "volunteer",
        "allocation": "uniform",
        "content": "practice_first",
        "staffing": "multi_classroom_leader",
    },
}
# What an id says beyond the kinds of its parts.
BUILT_IN_OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "improvement_network": {"testing": {"measures": "common", "topology": "hub"}},
}


def built_in_parts(name: str) -> dict[str, dict]:
    """All six parts of a built-in id, with all their options."""
    more = BUILT_IN_OPTIONS.get(name, {})
    return complete_parts({part: {"kind": kind, **more.get(part, {})} for part, kind in BUILT_IN[name].items()})


def complete_parts(stated: dict[str, dict]) -> dict[str, dict]:
    """All six parts with all their options, from the parts stated as ``{part: {"kind": word, option: value}}``.

    A part that is not stated: allocation uniform, content practice_first, staffing traditional, testing none, tempo
    at_once when directed, gated for team_outward and waves otherwise. ``stated`` must be valid (``schema.read_parts``).
    """
    tempo = {"directed": "at_once", "team_outward": "gated"}.get(stated["recruitment"]["kind"], "waves")
    kinds = {
        "recruitment": "none",
        "allocation": "uniform",
        "content": "practice_first",
        "tempo": tempo,
        "staffing": "traditional",
        "testing": "none",
    }
    whole = {}
    for part, kind in kinds.items():
        chosen = stated.get(part, {"kind": kind})
        defaults = {name: option.default for name, option in STRATEGY_PARTS[part][chosen["kind"]].items()}
        whole[part] = {"kind": chosen["kind"], **defaults, **{k: v for k, v in chosen.items() if k != "kind"}}
    return whole
