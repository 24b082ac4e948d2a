"""What happened to one person, in words, quarter by quarter."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from diffusion_sim.analysis.story import school_year_told as told
from diffusion_sim.analysis.story import year_told
from diffusion_sim.analysis.story.life import Life
from diffusion_sim.analysis.story.people import Event
from diffusion_sim.analysis.story.words import index, listed, number, percent, sd
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR

Said = dict[str, Any]  # week (weeks done before), event, text
Week = dict[str, Any]

_STAGES = {
    "UNAWARE": "has not heard of it",
    "AWARE": "has heard of it",
    "TRIAL": "tries it",
    "ROUTINE": "uses it as routine",
    "DISCONTINUED": "has stopped",
}
# What raises the hazard of stopping, as words.
_RAISES = {
    "conviction": "little conviction",
    "skill": "little skill",
    "norm": "hardly usual here",
    "readiness": "the school's conditions",
    "pressure": "pressure by accountability",
    "routine": "routine",
    "compliance": "compliant use that nobody watches",
    "new_principal": "a new principal",
    "school_left": "the school left the programme",
}
_RAISED = 1.05  # factors below are not told


def diary(life: Life) -> list[Said]:
    """All that is told of a life, in the order of weeks: what the school did, what reached the person, what the person
    did. event : the kind, as in ``people`` for the person's own."""
    said = [*_school(life), *_reached(life), *_own(life), *_asked(life)]
    return sorted(said, key=lambda one: one["week"])


def quarter_of(week: int) -> tuple[int, int]:
    """(year, quarter), both from 1, of the week after ``week`` weeks."""
    return week // WEEKS_PER_YEAR + 1, week % WEEKS_PER_YEAR // WEEKS_PER_QUARTER + 1


def in_week(week: int) -> str:
    """``week 3 of year 2``, after so many weeks."""
    return f"week {week % WEEKS_PER_YEAR + 1} of year {week // WEEKS_PER_YEAR + 1}"


def _changes(life: Life, key: str, text: Callable[[Week, Week], str], event: str = "") -> list[Said]:
    """Where a fact is not what it was a week before. text : of the weeks before and after; "" tells nothing."""
    found = []
    for week, (was, now) in enumerate(zip(life.weeks, life.weeks[1:], strict=False)):
        if was[key] != now[key] and (words := text(was, now)):
            found.append({"week": week, "event": event or key, "text": words})
    return found


def _begins(key: str, begun: str, ended: str = "") -> Callable[[Week, Week], str]:
    return lambda _, now: begun if now[key] else ended


# ---- the school, and what reaches the person -------------------------------------------------------------------------
def _school(life: Life) -> list[Said]:
    def structure(was: Week, now: Week) -> str:
        usual = "its staffing is the usual one again"
        return usual if now["staffing"] == "traditional" else f"its staffing is now {now['staffing'].replace('_', ' ')}"

    def principal(was: Week, now: Week) -> str:
        return f"a new principal (support {index(was['principal_support'])}, then {index(now['principal_support'])})"

    dated = [
        {"week": week, "event": "dated", "text": year_told.events([(year, week, event)])[0].rstrip(".").lower()}
        for year, week, event in life.events
    ]
    gone = "the school is no longer in the programme"
    return [
        *dated,
        *_changes(life, "enrolled", _begins("enrolled", "the school enters the programme", gone)),
        *_changes(life, "mandated", _begins("mandated", "the school is mandated", "the mandate ends")),
        *_changes(life, "staffing", structure),
        *_changes(life, "principal", principal),
        *_changes(life, "superintendent", lambda was, now: "a new superintendent"),
    ]


def _reached(life: Life) -> list[Said]:
    def led(was: Week, now: Week) -> str:
        return f"{now['led_by'] or 'nobody'} leads the person from now on"

    return [
        *_changes(life, "outreach", _begins("outreach", "the school's teachers are told about it")),
        *_changes(life, "invited", _begins("invited", "is invited by name")),
        *_changes(life, "help", _begins("help", "hours of help begin", "hours of help end")),
        *_changes(life, "led_by", led),
    ]


def _asked(life: Life) -> list[Said]:
    """From when on coaches who come ask the person; who has just stopped knows that already."""

    def ask(was: Week, now: Week) -> str:
        return "coaches who come ask to try it" if now["asked"] and was["owned"] is None else ""

    return _changes(life, "asked", ask)


# ---- the person ------------------------------------------------------------------------------------------------------
def _own(life: Life) -> list[Said]:
    found = []
    for event in life.happened:
        week = WEEKS_PER_YEAR * (event["year"] - 1) + event["week"] - 1
        if words := _words(life, event, week):
            found.append({"week": week, "event": event["event"], "text": words})
    return found


def _words(life: Life, event: Event, week: int) -> str:
    kind = event["event"]
    if kind == "began":
        use = "own use" if event["owned"] else "in compliance"
        causes = told.why_begun(event).removesuffix(", in compliance").removesuffix("in compliance")
        return f"BEGINS, {use}" + (f" ({causes})" if causes else "")
    if kind == "stopped":
        return f"STOPS ({why_stopped(life.stops[week], event['owned'])})" if week in life.stops else "STOPS"
    if kind == "heard" and life.weeks[week + 1]["mandated"]:
        return "hears of it, as all do under a mandate"
    return {
        "heard": "hears of it",
        "routine": "use is ROUTINE",
        "owned": "compliant use becomes the person's OWN",
        "leads": "leads a team from now on",
        "leads no more": "leads no team any more",
        "prepared": "is prepared to lead",
        "not prepared": "is not prepared to lead, as it cannot be paid",
    }.get(kind, "")


def why_stopped(factors: dict[str, float], owned: bool) -> str:
    """What raised the hazard of stopping, largest first."""
    raised = sorted(((value, name) for name, value in factors.items() if name in _RAISES), reverse=True)
    words = [f"{_RAISES[name]} x {value:.1f}" for value, name in raised if value >= _RAISED][:3]
    kind = "own use" if owned else "compliant use"
    why = f"raised by {listed(words)}" if words else "raised by nothing: chance"
    return f"{kind}; hazard {factors['hazard']:.2f} a year, {why}"


# ---- a year ----------------------------------------------------------------------------------------------------------
def of_year(life: Life, year: int) -> list[Week]:
    """The weeks of a year."""
    return life.weeks[WEEKS_PER_YEAR * (year - 1) + 1 : WEEKS_PER_YEAR * year + 1]


def year_row(life: Life, year: int) -> dict[str, Any]:
    """A year in numbers: hours of help of coaches and of a leader, uses (compliant ones count for less), and what there
    is at its end. Year 0 is before week 1."""
    weeks = of_year(life, year) if year else life.weeks[:1]
    last = weeks[-1]
    return {
        "year": year,
        "hours": sum(week["hours"] for week in weeks),
        "hours_from_leader": sum(week["hours_from_leader"] for week in weeks),
        "uses": sum(week["uses"] for week in weeks),
        **{name: last[name] for name in ("stage", "owned", "skill", "quality", "deep", "conviction", "gain")},
        "advisers_using": list(last["advisers_using"]),
        "advisers": last["advisers"],
        "school_in_use": last["standing_in_use"],
    }


def year_cells(row: dict[str, Any]) -> dict[str, str]:
    """The row as words, by title."""
    stage = _STAGES[row["stage"]]
    if row["owned"] is not None:
        stage += " (own use)" if row["owned"] else " (in compliance)"
    quality = f", quality of use {index(row['quality'])}" if not math.isnan(row["quality"]) else ""
    hours = f"{number(row['hours'])}"
    hours += f", and {number(row['hours_from_leader'])} of a team's leader" if round(row["hours_from_leader"]) else ""
    users = listed(row["advisers_using"]) if row["advisers_using"] else ""
    return {
        "hours of help": hours,
        "uses": number(row["uses"]),
        "at the end": stage,
        "skill": index(row["skill"]) + quality + (", deep" if row["deep"] else ""),
        "advisers who use it": f"{len(row['advisers_using'])} of {row['advisers']}" + (f": {users}" if users else ""),
        "teachers here who use it": percent(row["school_in_use"]),
        "pupils' gain so far": f"{sd(row['gain'], signed=True)} SD",
    }
