"""A year of one school in sentences, persons by name. Each is there only where something was counted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from diffusion_sim.analysis.story.follow_school import FollowedSchool
from diffusion_sim.analysis.story.people import Event, Who
from diffusion_sim.analysis.story.words import (
    Row,
    dollars,
    if_any,
    index,
    listed,
    many,
    number,
    part,
    sentence,
    shows,
    times,
)

_ORDINAL = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}


def of_year(seen: FollowedSchool, year: int, *kinds: str) -> list[Event]:
    """Events of these kinds in a year, in their order."""
    return [event for event in seen.people.happened if event["year"] == year and event["event"] in kinds]


# ---- the programme ---------------------------------------------------------------------------------------------------
def programme(row: Row) -> list[str]:
    """Whether the school entered or left the programme, was mandated, kept it."""
    kept = row["phase"] == "after"
    came, went = (
        ("came back to the programme", "gave it up") if kept else ("entered the programme", "left the programme")
    )
    went += " before its end" if row["phase"] == "support" else ""
    said = [
        if_any(row["school_exits"], f"{went}{_often(row['school_exits'])}"),
        if_any(row["school_entries"], f"{came}{_often(row['school_entries'])}"),
        if_any(row["handed_over"], "was in the programme when support ended"),
        if_any(row["mandated"], f"was mandated{_often(row['mandated'])}"),
    ]
    return sentence(said, begin="the school ") + sentence(
        [
            if_any(row["mandates_broken"], "its mandate was broken"),
            if_any(row["mandates_ended"], "its mandate ended as promised"),
        ]
    )


def _often(n: float) -> str:
    return f" {times(n)}" if n > 1 else ""


def structure(row: Row, before: Row) -> list[str]:
    """Whether another staffing began or ended, what it cost and what traded posts freed."""
    paid, unpaid = row["structure_quarters_paid"], row["structure_quarters"] - row["structure_quarters_paid"]
    pay, transition, freed = row["supplements"] + row["own_coaches_pay"], row["transition"], row["freed"]
    preparation = row["preparation"]
    what = "supplements of leaders" if row["supplements"] > 0 else "the pay of its own coaches"
    spent = [
        f"{dollars(transition)} for the transition" if round(transition) > 0 else "",
        f"{dollars(preparation)} for preparing who leads" if round(preparation) > 0 else "",
        f"{dollars(pay)} for {what}" if round(pay) > 0 else "",
    ]
    costs = [text for text in spent if text]
    came = f"traded posts freed {dollars(freed)}" if round(freed) > 0 else ""
    net = pay + transition + preparation - freed
    balance = f"net that is {dollars(abs(net))}{' more freed than spent' if net < 0 else ''}"
    account = [
        f"{listed(costs)} {'was' if len(costs) == 1 else 'were'} paid" if costs else "",
        came,
        (balance if round(abs(net)) else "the two are equal") if costs and came else "",
    ]
    return [
        *sentence(
            [
                if_any(transition, "another staffing began"),
                if_any(before["staffing"] > row["staffing"], "its staffing is the usual one again"),
            ]
        ),
        *sentence(["; ".join(text for text in account if text)]),
        *sentence(
            [
                if_any(unpaid, f"in {many(unpaid, 'quarter')} the staffing could not be paid"),
                if_any(unpaid * paid, f"in {many(paid, 'quarter')} it was paid"),
            ]
        ),
    ]


# ---- who leads, who is led -------------------------------------------------------------------------------------------
def leaders(seen: FollowedSchool, year: int) -> list[str]:
    """Who leads or coaches from this year on, and who no longer does."""
    name, said = seen.people.name, []
    for event in of_year(seen, year, "leads", "coaches"):
        what = "leads a team" if event["event"] == "leads" else "coaches"
        use = "a user already" if event["user"] else "no user"
        known = f"prior growth {event['growth']:+.2f} SD, skill {index(event['skill'])}, {use}"
        said.append(f"{name(event['who'])} {what} ({known})")
    prepared, unpaid = ([name(e["who"]) for e in of_year(seen, year, kind)] for kind in ("prepared", "not prepared"))
    hours = f", {number(seen.years[year]['hours_preparing'])} hours in all"
    ended = [name(event["who"]) for event in of_year(seen, year, "leads no more", "coaches no more")]
    again = [f"{listed(ended)} teach{'es' if len(ended) == 1 else ''} without leading again"] if ended else []
    begun = [f"From this year on {listed(said)}."] if said else []
    begun += [f"Prepared to lead{hours}: {', '.join(prepared)}."] if prepared else []
    begun += [f"Not prepared, as it could not be paid: {', '.join(unpaid)}."] if unpaid else []
    return begun + sentence(again)


def teams(seen: FollowedSchool, year: int) -> list[str]:
    """Teams as they were formed, where they are not those of the year before."""
    now, was = seen.people.teams[year], seen.people.teams.get(year - 1, [])
    if not now or now == was:
        return ["The teams are those of the year before."] if now else []
    name = seen.people.name
    told = [
        f"{name(leader)} leads {_names(seen, members)}" if members else f"{name(leader)} leads nobody yet"
        for leader, members in now
    ]
    return [f"Teams: {'; '.join(told)}."]


def _names(seen: FollowedSchool, people: Iterable[Who]) -> str:
    return listed([seen.people.name(who) for who in people])


# ---- who comes and goes ----------------------------------------------------------------------------------------------
def came_and_went(seen: FollowedSchool, year: int) -> list[str]:
    """Who left, moved, lost a traded post, was hired or came from another school."""
    name, said = seen.people.name, []
    for kind, title in _CAME_AND_WENT.items():
        there = [name(event["who"]) + _where(event, name(event["who"])) for event in of_year(seen, year, kind)]
        said += [f"{title}: {', '.join(there)}."] if there else []
    return said


_CAME_AND_WENT = {
    "left": "Left",
    "moved": "Moved to another school",
    "traded": "Left because the post was traded",
    "hired": "Hired",
    "came": "Came from another school",
    "no longer concerned": "The practice is no longer for",
    "concerned": "The practice is now for",
}


def _where(event: Event, name: str) -> str:
    """`` (a user, to S0003)``; where somebody comes from only if the name does not say it."""
    whither = f"to {event['school']}" if event["event"] == "moved" else ""
    if event["event"] == "came" and not name.startswith(f"{event['school']}/"):
        whither = f"from {event['school']}"
    notes = [if_any(event["user"], "a user"), if_any(event.get("knew", False), "who knew the practice"), whither]
    there = [note for note in notes if note]
    return f" ({', '.join(there)})" if there else ""


# ---- use -------------------------------------------------------------------------------------------------------------
def use_by_person(seen: FollowedSchool, year: int) -> list[str]:
    """Who began and why, who reached routine, who stopped, week by week."""
    name = seen.people.name
    begun = [f"{name(e['who'])} in week {e['week']} ({why_begun(e)})" for e in of_year(seen, year, "began")]
    said = [f"Began: {', '.join(begun)}."] if begun else []
    for kind, title in (("routine", "Routine"), ("owned", "Compliant use became their own"), ("stopped", "Stopped")):
        there = [f"{name(e['who'])} in week {e['week']}" for e in of_year(seen, year, kind)]
        said += [f"{title}: {', '.join(there)}."] if there else []
    return said


# Causes of a trial in a word or two.
_SHORT = {
    "trial_initiative": "own initiative",
    "trial_outreach": "told about it",
    "trial_asked": "coach",
    "trial_peers": "colleagues",
    "trial_norm": "usual here",
    "trial_like": "like schools",
    "trial_team": "team's leader",
}


def why_begun(event: Event) -> str:
    """Causes of one trial, largest first, by their shares; no share where one cause is all."""
    again = f"for the {_ORDINAL.get(event['spell'], str(event['spell']) + 'th')} time" if event["spell"] > 1 else ""
    there = sorted(event["causes"].items(), key=lambda item: -item[1])
    told = [(value, _short(cause)) for cause, value in there if shows(value)]
    why = [words if len(told) == 1 else f"{words} {part(value)}" for value, words in told]
    if event["appointed"]:
        why = ["appointed"]
    complied = "" if event["owned"] else "in compliance"
    return ", ".join(text for text in (*why, again, complied) if text) or "together with others of that week"


def _short(cause: str) -> str:
    return _SHORT.get(cause, cause.removeprefix("trial_").replace("_", " "))


# ---- variants --------------------------------------------------------------------------------------------------------
def variants(row: Row) -> list[str]:
    """Improvement cycles: what was studied and taken up, and the variant in use at the year's end."""
    switches, borrowed = row["variant_switches"], row["variant_borrowed"]
    taken = if_any(borrowed, f" ({'as' if borrowed == switches else f'{times(borrowed)} as'} others' tests advised)")
    said = sentence(
        [
            if_any(row["tests_begun"], "the school began to test variants"),
            if_any(row["study_acts"], f"results were studied and acted on {times(row['study_acts'])}"),
            if_any(switches, f"another variant was taken up {times(switches)}{taken}"),
            if_any(row["variant_adaptations"], f"the one in use was adapted {times(row['variant_adaptations'])}"),
        ]
    )
    if row["variant"] is None:
        return said
    claim = ", and claims success" if row["claims"] else ""
    held = f"its true fit here is {index(row['fit'])}, the school holds it to be {index(row['estimate'])}{claim}"
    return [*said, f"At the year's end it uses variant {row['variant']}: {held}."]


# ---- quality ---------------------------------------------------------------------------------------------------------
def of_group(seen: FollowedSchool, year: int, role: str) -> dict[str, Any]:
    """How many have a role at a year's end, how many of them use, and the mean quality of their use."""
    there = [row for row in seen.people.by_year if row["year"] == year and row["role"] == role]
    quality = [row["quality"] for row in there if row["using"]]
    mean = sum(quality) / len(quality) if quality else math.nan
    return {"n": len(there), "users": len(quality), "quality": mean}


def quality(seen: FollowedSchool, year: int) -> list[str]:
    """Leaders and those they lead at the year's end."""
    lead, led = (of_group(seen, year, role) for role in ("leader", "member"))
    if lead["n"] == 0:
        return []
    parts = []
    for group, whose in ((lead, "who lead"), (led, "who are led")):
        use = f"{group['users'] or 'none'} of the {group['n']} {whose} used the practice"
        parts.append(use + (f" at a mean quality of {index(group['quality'])}" if group["users"] else ""))
    return sentence(parts[: 1 + (led["n"] > 0)], begin="at the year's end ")


def leaders_hours(row: Row) -> list[str]:
    """Hours of leaders' help, added up over those who are led."""
    hours = row["hours_from_leaders"]
    return sentence([f"leaders gave those they lead {number(hours)} hours in all" if round(hours) else ""])
