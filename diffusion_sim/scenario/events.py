"""Dated events of a scenario: what each kind says, and when it may come.

An event is a plain mapping: ``kind``, ``week`` (school weeks done when it comes; 0 = before the first) and what the
kind needs. ``year: 2, week: 4`` means: when 4 weeks of the second school year are done. Which rows ``schools`` and
``districts`` mean is looked up once there is a world (``diffusion_sim.year.dated_events``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError

from diffusion_sim.errors import ScenarioError, nearest
from diffusion_sim.scenario.numbers import ScenarioNumber, plain, problem, read_number, short, unknown_key
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import INSTRUMENTS

Event = dict[str, Any]


class Kind(NamedTuple):
    """What an event of a kind must and may say, besides kind, week, year, source and note."""

    must: tuple[str, ...]
    may: tuple[str, ...]
    what: str


KINDS = {
    "lost_time": Kind(("share", "weeks"), ("schools", "districts"), "a share of school time is lost"),
    "suspended_support": Kind((), ("weeks", "schools", "districts"), "hours, outreach and monitoring stop"),
    "leader_leaves": Kind(
        (), ("schools", "districts"), "principals of schools, or superintendents of districts, leave"
    ),
    "new_mandate": Kind(("years",), ("schools", "districts"), "schools are told to use the practice"),
    "budget_cut": Kind(("share",), ("districts",), "a share of the pots is taken away for good"),
    "new_initiative": Kind((), ("weeks", "schools", "districts"), "a competing initiative begins"),
    "instrument": Kind(
        ("instrument",), ("value", "change", "districts"), "one instrument of districts fits the practice otherwise"
    ),
}
_NUMBERS = {
    "week": ScenarioNumber(0, "school weeks done", None, (0, 10_000), "", "", False, integer=True),
    "year": ScenarioNumber(1, "school year", None, (1, 1000), "", "", False, integer=True),
    "share": ScenarioNumber(0.0, "share", None, (0.0, 1.0), "", "", False),
    "weeks": ScenarioNumber(1, "school weeks", None, (1, 10_000), "", "", False, integer=True),
    "years": ScenarioNumber(1, "school years", None, (1, 20), "", "", False, integer=True),
    "value": ScenarioNumber(0.0, "alignment", None, (0.0, 1.0), "", "", False),
    "change": ScenarioNumber(0.0, "alignment", None, (-1.0, 1.0), "", "", False),
    "instrument": ScenarioNumber(INSTRUMENTS[0], "", None, None, "", "", False, INSTRUMENTS),
}
_MORE = ("share", "weeks", "years", "instrument", "value", "change")  # beside week and whom it concerns
UNITS = {key: number.unit for key, number in _NUMBERS.items()}
BOUNDS = {key: number.bounds for key, number in _NUMBERS.items()}
_ALWAYS = ("kind", "week", "year", "source", "note")
EVERYBODY = "all"


def read_events(raw: Any) -> list[Event]:
    """The events of a scenario's list, each checked on its own. Raises ``problem`` with the place."""
    if not isinstance(raw, list | tuple):
        raise problem(f"found {short(raw)}; a list of events, each with kind and week, is allowed")
    events = []
    for row, item in enumerate(raw):
        try:
            events.append(read_event(item))
        except PydanticCustomError as error:
            key = (error.context or {}).get("key", "")
            raise problem(str(error), f"{row}.{key}" if key else str(row)) from None
    return events


def read_event(raw: Any, week: int | None = None) -> Event:
    """One event in plain values, in a fixed order of keys; ``week`` stands in for one that is not said.

    Raises ``problem``: no mapping, unknown kind or key, a key missing, a value out of bounds.
    """
    if not isinstance(raw, Mapping):
        raise problem(f"found {short(raw)}; a mapping with kind and week is allowed")
    name = raw.get("kind")
    if not isinstance(name, str) or name not in KINDS:
        found = "the kind is missing" if "kind" not in raw else f"found {short(name)}"
        hint = nearest(name, KINDS) if isinstance(name, str) else ""
        raise problem(f"{found}; one of {', '.join(KINDS)} is allowed{hint}", "kind")
    kind = KINDS[name]
    allowed = [*_ALWAYS, *kind.must, *kind.may]
    for key in raw:
        if key not in allowed:
            raise problem(unknown_key(key, allowed).replace("key", f"key of a {name}", 1), str(key))
    for key in kind.must:
        if raw.get(key) is None:
            raise problem(f"is missing; {name} asks for {', '.join(kind.must)}", key)
    event: Event = {"kind": name, "week": _date(raw, week)}
    event |= {key: _number(key, raw[key]) for key in _MORE if raw.get(key) is not None}
    event |= {key: who for key in ("schools", "districts") if (who := _names(raw, key)) is not None}
    if "schools" in event and "districts" in event:
        raise problem("found both; schools or districts, not both, is allowed", "districts")
    if name == "leader_leaves" and not {"schools", "districts"} & set(event):
        raise problem("schools (their principals leave) or districts (their superintendents) is missing", "schools")
    if name == "instrument" and ("value" in event) == ("change" in event):
        found = "both" if "value" in event else "neither"
        raise problem(f"found {found}; value (what it is from then on) or change (by how much), not both, is allowed",
                      "value")  # fmt: skip
    for key in ("source", "note"):
        if key in raw:
            if not isinstance(raw[key], str):
                raise problem(f"found {short(raw[key])}; text is allowed", key)
            event[key] = raw[key]
    return event


def _date(raw: Mapping[str, Any], otherwise: int | None) -> int:
    if raw.get("week") is None and (otherwise is None or "year" in raw):
        raise problem("is missing; school weeks done when the event comes", "week")
    week = _number("week", raw["week"]) if raw.get("week") is not None else otherwise
    if raw.get("year") is None:
        return int(week or 0)
    if int(week or 0) >= WEEKS_PER_YEAR:
        raise problem(f"found {week}; with year, a whole number from 0 to {WEEKS_PER_YEAR - 1} is allowed", "week")
    return WEEKS_PER_YEAR * (int(_number("year", raw["year"])) - 1) + int(week or 0)


def _number(key: str, raw: Any) -> float | int:
    raw = plain(raw)
    if isinstance(raw, Mapping) and not set(raw) <= {"value", "unit"}:
        raise problem(f"found {short(dict(raw))}; a number, or {{value, unit}}, is allowed", key)
    try:
        return read_number(_NUMBERS[key], dict(raw) if isinstance(raw, Mapping) else raw).value  # type: ignore[return-value]
    except PydanticCustomError as error:
        raise problem(str(error), key) from None


def _names(raw: Mapping[str, Any], key: str) -> list[str] | str | None:
    """Ids as stated, or the word all; None where nothing is said (all, for most kinds)."""
    said = raw.get(key)
    if said is None:
        return None
    if said == EVERYBODY:
        return EVERYBODY
    names = [said] if isinstance(said, str) else said
    if not isinstance(names, list | tuple) or not names or not all(isinstance(n, str) and n for n in names):
        hint = "; put ids of digits in quotes" if isinstance(names, list | tuple | int) else ""
        raise problem(f"found {short(said)}; a list of ids, or all, is allowed{hint}", key)
    twice = next((n for i, n in enumerate(names) if n in names[:i]), None)
    if twice is not None:
        raise problem(f"'{twice}' stands twice", key)
    return list(names)


def place_of(event: Event, row: int) -> str:
    """How errors name an event of a scenario's list."""
    return f"events.{row} ({event['kind']})"


def check_dates(
    events: Sequence[Event], years_support: int, years_after: int, place: Callable[[Event, int], str]
) -> None:
    """Raises ScenarioError for an event that comes when it can do nothing any more.

    place : how the text names an event, from itself and its number.
    """
    support, weeks = WEEKS_PER_YEAR * years_support, WEEKS_PER_YEAR * (years_support + years_after)
    for row, event in enumerate(events):
        found = f"{place(event, row)}.week: found {event['week']}"
        if event["week"] >= weeks:
            raise ScenarioError(f"{found}; the run ends after {weeks} weeks, so 0 to {weeks - 1} is allowed")
        if event["kind"] == "suspended_support" and event["week"] >= support:
            raise ScenarioError(f"{found}; support ends after {support} weeks, so 0 to {support - 1} is allowed")
        if event["kind"] in ("new_mandate", "budget_cut") and first_quarter(event["week"]) >= weeks:
            last = weeks - WEEKS_PER_QUARTER
            what = "a mandate begins" if event["kind"] == "new_mandate" else "a cut bites"
            raise ScenarioError(f"{found}; {what} with a quarter, so 0 to {last} is allowed")


def first_quarter(week: int) -> int:
    """Weeks done at the first quarter's start that is not before ``week``."""
    return -(-week // WEEKS_PER_QUARTER) * WEEKS_PER_QUARTER


def read_intervention(raw: Any, week: Any, now: int, years_support: int, years_after: int) -> Event:
    """An event that a user lets come in a run of which ``now`` weeks are done. Raises ScenarioError.

    week : weeks done when it comes; None = what the event itself says, or now.
    """
    stated = isinstance(raw, Mapping) and (raw.get("week") is not None or raw.get("year") is not None)
    if week is not None and (isinstance(week, bool) or not isinstance(plain(week), int) or week < 0):
        raise ScenarioError(f"intervene: week is {week!r:.60}; weeks done, a whole number from {now} on, is allowed")
    if week is not None and stated:
        raise ScenarioError("intervene: the event says its week itself; give week once")
    try:
        event = read_event(raw, now if week is None else week)
    except PydanticCustomError as error:
        key = (error.context or {}).get("key", "")
        raise ScenarioError(f"intervene, event{'.' + key if key else ''}: {error}") from None
    if event["week"] < now:
        raise ScenarioError(f"intervene, event.week: found {event['week']}; {now} weeks are done already")
    check_dates([event], years_support, years_after, lambda event, _: f"intervene, event ({event['kind']})")
    return event


def override_event(events: Sequence[Event], path: str, raw: Any) -> tuple[Event, ...]:
    """The events with ``events.<number>.<key>`` set to ``raw``. Raises ``problem``."""
    _, _, rest = path.partition(".")
    number, _, key = rest.partition(".")
    rows = [str(row) for row in range(len(events))]
    if number not in rows or key not in ("week", *_MORE, "schools", "districts"):
        allowed = "events.<number>.<key>, for example events.0.share"
        raise problem(f"no such event or key; the scenario has {len(rows)} events, numbered from 0; {allowed}")
    changed = [dict(event) for event in events]
    changed[int(number)] = read_event({**changed[int(number)], key: raw})
    return tuple(changed)


def in_words(event: Event) -> str:
    """One line: when, what, how much, for whom."""
    year, week = divmod(event["week"], WEEKS_PER_YEAR)
    said = [f"{key} {event[key]:g}" if key != "instrument" else str(event[key]) for key in _MORE if key in event]
    who = next((f"{key}: {_listed(event[key])}" for key in ("schools", "districts") if key in event), EVERYBODY)
    lasting = ["for good"] if event["kind"] in ("suspended_support", "new_initiative") and "weeks" not in event else []
    when = f"after week {event['week']} (year {year + 1}, week {week})"
    return f"{when}: {event['kind']}, {', '.join([*said, *lasting, who])}"


def _listed(names: Iterable[str] | str) -> str:
    return names if isinstance(names, str) else ", ".join(names)
