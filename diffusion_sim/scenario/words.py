"""The words of a strategy: its seven parts, the kinds of each, their options, and the ids of whole strategies.

The words are fixed. What the kinds do stands in ``diffusion_sim.strategies``; numbers that all kinds share (places by
year, the readiness asked of ``ready_only``) are scenario numbers of the section ``programme``.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from diffusion_sim.state.codes import INSTRUMENTS


class Option(NamedTuple):
    """An option of a kind: a number with its default, unit and hard bounds (whole where the unit is of WHOLE), or one
    of the words ``choices``."""

    default: float | str | None  # None: the scenario's own number, or nothing where it must be stated (NEEDED)
    unit: str
    low: float
    high: float
    note: str
    choices: tuple[str, ...] = ()


# Units of options that are whole numbers.
WHOLE = frozenset({"0 or 1", "teachers", "quarters"})

# What hours can be spent on; the order of the columns of a plan's mix.
CONTENT = ("practice", "expertise", "conditions", "capacity")

# Plain contents: shares of hours in the order of CONTENT. The shares are assumptions.
PLAIN_CONTENT: dict[str, tuple[float, float, float, float]] = {
    "practice_first": (0.9, 0.0, 0.1, 0.0),
    "mixed": (0.6, 0.1, 0.2, 0.1),
    "conditions_first": (0.1, 0.0, 0.9, 0.0),
    "responsive": (0.4, 0.2, 0.4, 0.0),
}
MINIMA = "min_quarters"  # option of the tempo gated_asked: a list of whole numbers, one for each stage with a gate
STAGES_WITH_GATE = 4
YEARS = "years"  # option of the content by_year: programme year -> plain content
TABLE = "table"  # option of the allocation by_hand: hours by school and year

# What has no default, and what it is.
NEEDED: dict[str, tuple[str, str]] = {
    "by_hand": (TABLE, "by_hand asks for a table of hours by school and year"),
    "by_readiness": ("cut", "by_readiness asks for the surveyed readiness, 0 to 1, below which a school gets the "
                            "content below"),
    "align": ("instrument", f"align asks for the instrument that is aligned: {', '.join(INSTRUMENTS)}"),
    "by_year": (YEARS, "by_year asks for a mapping of programme year to content, {1: conditions_first, 2: mixed}"),
}  # fmt: skip

_EVERY_CONTENT = {
    "departments": Option(0.0, "share", 0.0, 1.0, "of the conditions' hours, share for the district's departments"),
    "to_leaders": Option(0.0, "share", 0.0, 1.0, "of all hours, share for schools' leaders, who pass them on"),
}
_BY_READINESS = {
    "cut": Option(None, "share", 0.0, 1.0, "surveyed readiness below which a school gets the content below"),
    "below": Option("responsive", "", math.nan, math.nan, "content of schools below the cut", tuple(PLAIN_CONTENT)),
    "above": Option("practice_first", "", math.nan, math.nan, "content of all other schools", tuple(PLAIN_CONTENT)),
}


def _mix(*shares: float) -> dict[str, Option]:
    hours = {
        name: Option(share, "share", 0.0, 1.0, f"share of hours that go to {name}; the four sum to 1")
        for name, share in zip(CONTENT, shares, strict=True)
    }
    return hours | _EVERY_CONTENT


_LOOK = {
    "look": Option(0.0, "0 or 1", 0.0, 1.0, "1 = every programme school is looked at before: its survey errs by half"),
}
_TEAM = {
    "team": Option(3.0, "teachers", 1.0, 20.0, "appointed to the improvement team of a pilot school"),
    "colleagues": Option(2.0, "teachers", 0.0, 20.0, "willing colleagues invited for each member of the team"),
    "focal": Option(0.5, "share", 0.0, 1.0, "share of a school's grade bands that are focal, from the lowest"),
}
TEAM_ORDERS = ("readiness", "poverty", "lottery")
_TEAMS_FOR = {
    "share": Option(1.0, "share", 0.01, 1.0, "of a school's posts that teams are for, from the lowest grade bands"),
    "schools": Option(1.0, "share", 0.01, 1.0, "of the enrolled schools of a pot that have teams"),
    "by": Option(
        "readiness", "", math.nan, math.nan, "which come first: the readiest, the poorest, by lottery", TEAM_ORDERS
    ),
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


def _goes_on(usual: float) -> dict[str, Option]:
    says = "1 = the district goes on with the programme after support, on its own money"
    return {"after_support": Option(usual, "0 or 1", 0.0, 1.0, says)}


_GATES_ASKED = {
    MINIMA: Option(
        None, "quarters", 1.0, 40.0, "least time in stages 1 to 4, four of them; null = programme.min_quarters_1 to _4"
    ),
    "payoff": _GATES["payoff"],
    "willing": Option(None, "share", 0.0, 1.0, "of all who were asked, convinced users; null = programme.gate_willing"),
    "pilot_share": Option(0.25, "share", 0.01, 1.0, "of a district's schools, open in stages 1 to 3: the readiest"),
}


# How schools in improvement cycles measure, and who reads whose reports.
MEASURES_WORDS = ("own", "common")
TOPOLOGIES = ("isolated", "pairs", "groups", "hub", "all_to_all", "groups_hub", "pairs_hub")
WITH_HUB = ("hub", "groups_hub", "pairs_hub")


def _testing(measures: str, topology: str) -> dict[str, Option]:
    none = math.nan
    return {
        "measures": Option(measures, "", none, none, "each school's own measures, or common ones", MEASURES_WORDS),
        "topology": Option(topology, "", none, none, "whose reports a school reads", TOPOLOGIES),
        "study_act": Option(
            None, "probability a quarter", 0.0, 1.0, "that a school studies and acts; null = testing.study_act"
        ),
    }


_NAN = math.nan
_ALIGN = {"instrument": Option(None, "", _NAN, _NAN, "which the district aligns with the practice", INSTRUMENTS)}
_RELIEF = {
    "schools": Option(
        "designated", "", _NAN, _NAN, "whose pressure is relieved: those named, the lowest third, or all",
        ("designated", "low", "all"),
    )
}  # fmt: skip

# part -> kind -> option -> what it may be; TABLE, YEARS and MINIMA, mappings and a list, are read by themselves
# (parts.py).
STRATEGY_PARTS: dict[str, dict[str, dict[str, Option]]] = {
    "recruitment": {
        "none": _LOOK,
        "volunteer": _LOOK,
        "directed": _LOOK,
        "team_outward": _TEAM | _LOOK,
        "improvement_team": _TEAM | _LOOK,
        "equity_first": _LOOK,
        "lottery": _LOOK,
        "ready_only": _LOOK,
    },
    "allocation": {"uniform": {}, "readiness_gap": {}, "need_weighted": {}, "by_hand": _BY_HAND},
    "content": {
        **{kind: _mix(*shares) for kind, shares in PLAIN_CONTENT.items()},
        "by_readiness": _BY_READINESS | _EVERY_CONTENT,
        "by_year": _EVERY_CONTENT,
    },
    "tempo": {
        "at_once": _goes_on(0.0),
        "waves": _goes_on(0.0),
        "gated": _GATES | _goes_on(0.0),
        "gated_asked": _GATES_ASKED | _goes_on(1.0),
    },
    "staffing": {
        "traditional": {},
        "coach": {},
        "multi_classroom_leader": _TEAMS_FOR,
        "multi_classroom_leader_first": {},
    },
    "testing": {"none": {}, "local": _testing("own", "isolated"), "menu": _testing("common", "hub")},
    "district": {"as_it_is": {}, "align": _ALIGN, "relief": _RELIEF, "autonomy": {}, "vision": {}},
}

NONE = "none"  # the strategy without a programme

# Strategy id -> kinds of its parts. A scenario's `strategies:` may add ids, never redefine these.
BUILT_IN: dict[str, dict[str, str]] = {
    "none": {"recruitment": "none", "allocation": "uniform", "content": "practice_first"},
    "volunteer_uniform": {"recruitment": "volunteer", "allocation": "uniform", "content": "practice_first"},
    "directed_uniform": {"recruitment": "directed", "allocation": "uniform", "content": "practice_first"},
    "volunteer_differentiated": {"recruitment": "volunteer", "allocation": "readiness_gap", "content": "by_readiness"},
    "directed_differentiated": {"recruitment": "directed", "allocation": "readiness_gap", "content": "by_readiness"},
    "volunteer_responsive": {"recruitment": "volunteer", "allocation": "readiness_gap", "content": "responsive"},
    "directed_responsive": {"recruitment": "directed", "allocation": "readiness_gap", "content": "responsive"},
    "directed_need_weighted": {"recruitment": "directed", "allocation": "need_weighted", "content": "practice_first"},
    "equity_first": {"recruitment": "equity_first", "allocation": "uniform", "content": "practice_first"},
    "lottery": {"recruitment": "lottery", "allocation": "uniform", "content": "practice_first"},
    "ready_only": {"recruitment": "ready_only", "allocation": "uniform", "content": "practice_first"},
    "staged": {"recruitment": "improvement_team", "allocation": "uniform", "content": "mixed"},
    "staged_first": {"recruitment": "team_outward", "allocation": "uniform", "content": "practice_first"},
    "improvement_network": {
        "recruitment": "volunteer",
        "allocation": "uniform",
        "content": "mixed",
        "tempo": "waves",
        "testing": "menu",
    },
    "improvement_network_first": {
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
    "multi_classroom_leader_first": {
        "recruitment": "volunteer",
        "allocation": "uniform",
        "content": "practice_first",
        "staffing": "multi_classroom_leader_first",
    },
}
# What an id says beyond the kinds of its parts.
_FITTED = {"content": {"cut": 0.5, "below": "responsive", "above": "practice_first"}}
BUILT_IN_OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "volunteer_differentiated": _FITTED,
    "directed_differentiated": _FITTED,
    "staged": {"recruitment": {"look": 1.0}},
    "improvement_network": {"testing": {"measures": "common", "topology": "groups_hub"}},
    "improvement_network_first": {"testing": {"measures": "common", "topology": "hub"}},
}


def built_in_parts(name: str) -> dict[str, dict]:
    """All seven parts of a built-in id, with all their options."""
    more = BUILT_IN_OPTIONS.get(name, {})
    return complete_parts({part: {"kind": kind, **more.get(part, {})} for part, kind in BUILT_IN[name].items()})


def complete_parts(stated: dict[str, dict]) -> dict[str, dict]:
    """All seven parts with all their options, from the parts stated as ``{part: {"kind": word, option: value}}``.

    A part that is not stated: allocation uniform, content practice_first, staffing traditional, testing none, district
    as_it_is, tempo at_once when directed, gated for team_outward, gated_asked for improvement_team and waves otherwise.
    ``stated`` must be valid (``schema.read_parts``).
    """
    tempos = {"directed": "at_once", "team_outward": "gated", "improvement_team": "gated_asked"}
    tempo = tempos.get(stated["recruitment"]["kind"], "waves")
    kinds = {
        "recruitment": "none",
        "allocation": "uniform",
        "content": "practice_first",
        "tempo": tempo,
        "staffing": "traditional",
        "testing": "none",
        "district": "as_it_is",
    }
    whole = {}
    for part, kind in kinds.items():
        chosen = stated.get(part, {"kind": kind})
        defaults = {name: option.default for name, option in STRATEGY_PARTS[part][chosen["kind"]].items()}
        whole[part] = {"kind": chosen["kind"], **defaults, **{k: v for k, v in chosen.items() if k != "kind"}}
    return whole
