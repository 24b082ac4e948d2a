"""The words of a strategy: its six parts, the kinds of each, their options, and the ids of whole strategies.

The words are fixed; kinds and ids that this version cannot run yet are listed so that an error can say so. What the
kinds do stands in ``diffusion_sim.strategies``; numbers that all kinds share (places by year, the readiness asked of
``ready_only``) are scenario numbers of the section ``programme``.
"""

from __future__ import annotations

from typing import NamedTuple


class Option(NamedTuple):
    """An option of a kind: a number with its default, unit and hard bounds."""

    default: float
    unit: str
    low: float
    high: float
    note: str


# What hours can be spent on; the order of the columns of a plan's mix.
CONTENT = ("practice", "expertise", "conditions", "capacity")


def _mix(*shares: float) -> dict[str, Option]:
    return {
        name: Option(share, "share", 0.0, 1.0, f"share of hours that go to {name}; the four sum to 1")
        for name, share in zip(CONTENT, shares, strict=True)
    }


# part -> kind -> option -> what it may be. The content shares are assumptions.
STRATEGY_PARTS: dict[str, dict[str, dict[str, Option]]] = {
    "recruitment": {
        "none": {},
        "volunteer": {},
        "directed": {},
        "team_outward": {},
        "equity_first": {},
        "lottery": {},
        "ready_only": {},
    },
    "allocation": {"uniform": {}, "readiness_gap": {}, "need_weighted": {}, "by_hand": {}},
    "content": {
        "practice_first": _mix(0.9, 0.0, 0.1, 0.0),
        "mixed": _mix(0.6, 0.1, 0.2, 0.1),
        "responsive": _mix(0.4, 0.2, 0.4, 0.0),
    },
    "tempo": {"at_once": {}, "waves": {}, "gated": {}},
    "staffing": {"traditional": {}, "coach": {}, "multi_classroom_leader": {}},
    "testing": {"none": {}, "local": {}, "menu": {}},
}

# Known words that this version does not run.
NOT_AVAILABLE: dict[str, frozenset[str]] = {
    "recruitment": frozenset({"team_outward"}),
    "allocation": frozenset({"by_hand"}),
    "content": frozenset(),
    "tempo": frozenset({"gated"}),
    "staffing": frozenset(),
    "testing": frozenset({"local", "menu"}),
}

# Strategy id -> kinds of its parts. A scenario's `strategies:` may add ids, never redefine these.
BUILT_IN: dict[str, dict[str, str]] = {
    "none": {"recruitment": "none", "allocation": "uniform", "content": "practice_first"},
    "volunteer_uniform": {"recruitment": "volunteer", "allocation": "uniform", "content": "practice_first"},
    "directed_uniform": {"recruitment": "directed", "allocation": "uniform", "content": "practice_first"},
    "volunteer_differentiated": {"recruitment": "volunteer", "allocation": "readiness_gap", "content": "responsive"},
    "directed_differentiated": {"recruitment": "directed", "allocation": "readiness_gap", "content": "responsive"},
    "equity_first": {"recruitment": "equity_first", "allocation": "uniform", "content": "practice_first"},
    "lottery": {"recruitment": "lottery", "allocation": "uniform", "content": "practice_first"},
    "ready_only": {"recruitment": "ready_only", "allocation": "uniform", "content": "practice_first"},
    "multi_classroom_leader": {
        "recruitment": "volunteer",
        "allocation": "uniform",
        "content": "practice_first",
        "staffing": "multi_classroom_leader",
    },
}
IDS_NOT_AVAILABLE = frozenset({"staged", "improvement_network"})


def complete_parts(stated: dict[str, dict]) -> dict[str, dict]:
    """All six parts with all their options, from the parts stated as ``{part: {"kind": word, option: value}}``.

    A part that is not stated: allocation uniform, content practice_first, staffing traditional, testing none, tempo
    at_once when directed and waves otherwise. ``stated`` must be valid (``schema.read_parts``).
    """
    directed = stated["recruitment"]["kind"] == "directed"
    kinds = {
        "recruitment": "none",
        "allocation": "uniform",
        "content": "practice_first",
        "tempo": "at_once" if directed else "waves",
        "staffing": "traditional",
        "testing": "none",
    }
    whole = {}
    for part, kind in kinds.items():
        chosen = stated.get(part, {"kind": kind})
        defaults = {name: option.default for name, option in STRATEGY_PARTS[part][chosen["kind"]].items()}
        whole[part] = {"kind": chosen["kind"], **defaults, **{k: v for k, v in chosen.items() if k != "kind"}}
    return whole
