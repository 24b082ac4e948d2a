"""Where two lives of one person first differ: the weeks of both, fact by fact."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from diffusion_sim.analysis.story.life import OWN, REACHES, SCHOOLS, Life
from diffusion_sim.analysis.story.life_told import in_week
from diffusion_sim.analysis.story.words import index, listed, percent, sd

COLUMNS = ["fact", "week", "first", "second"]
# Fact -> what it is called.
TITLES = {
    "enrolled": "whether the school is in the programme",
    "mandated": "whether the school is mandated",
    "outreach": "whether the school's teachers are told about it",
    "staffing": "the school's staffing",
    "principal": "which principal the school has",
    "superintendent": "which superintendent the district has",
    "like": "how far schools like this one use it",
    "partner_use": "teachers of partner schools who use it",
    "standing_in_use": "teachers of the school who use it",
    "norm": "what is usual in the school, by .01 or more",
    "invited": "whether the person is invited by name",
    "hours": "hours of help in the week",
    "asked": "whether coaches who come ask the person",
    "led_by": "who leads the person",
    "hours_from_leader": "hours of a leader's help in the week",
    "advisers_using": "advisers who use it",
    "wait": "how near the person's next step is",
    "stage": "the person's stage",
    "owned": "the person's use",
    "conviction": "conviction, by .01 or more",
    "skill": "skill, by .01 or more",
    "gain": "pupils' gain so far, by .01 or more",
}
_DIGITS = {"skill": 3, "conviction": 3, "like": 3, "wait": 4}
_SHOWS = {"hours": 0.005, "hours_from_leader": 0.005, "norm": 0.01, "conviction": 0.01, "skill": 0.01, "gain": 0.01}
_ORDER = [name for name in (*SCHOOLS, *REACHES, *OWN) if name in TITLES]


def first_differences(first: Life, second: Life) -> pd.DataFrame:
    """One row a fact of TITLES that ever differs: week (weeks done before; -1 = before week 1) in which it first does,
    and its value then in both lives; by week, facts of the school first."""
    rows: list[tuple[str, int, Any, Any]] = []
    for name in _ORDER:
        for number, (a, b) in enumerate(zip(first.weeks, second.weeks, strict=True)):
            if not alike(a[name], b[name], _SHOWS.get(name, 0.0)):
                rows.append((name, number - 1, a[name], b[name]))
                break
    rows.sort(key=lambda row: row[1])  # stable: the order of facts within a week
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object).astype({"week": int})


def alike(a: Any, b: Any, shows: float = 0.0) -> bool:
    """Whether two values are the same, numbers up to less than ``shows``; NaN is like NaN."""
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or a == b or abs(a - b) < shows
    return bool(a == b)


def value_said(name: str, value: Any) -> str:
    """A fact's value in words."""
    if name == "owned":
        return "no use" if value is None else "own use" if value else "compliant use"
    if value is None:
        return "nobody"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return listed(list(value)) if value else "nobody"
    if name in ("standing_in_use", "partner_use"):
        return percent(value)
    if name == "gain":
        return f"{sd(value, signed=True)} SD"
    if name in ("principal", "superintendent"):
        return "the first" if value == 0 else f"number {value + 1}"
    if isinstance(value, float):
        return f"{value:.{_DIGITS[name]}f}" if name in _DIGITS else index(value)
    return str(value) if name == "led_by" else str(value).lower().replace("_", " ")


def said(found: pd.DataFrame, names: tuple[str, str]) -> str:
    """The first difference of all, and the first in the person's own life, in words."""
    if found.empty:
        return "The two lives never differ by anything that is looked at here: no difference reached this person."
    rows = found.to_dict("records")
    lines = [f"They first differ in {in_week(rows[0]['week'])}: {_each(rows, rows[0]['week'], names)}."]
    reached = [row for row in rows if row["fact"] == "wait"]
    pace = "from then on the next step comes nearer at another pace"
    lines += [f"The difference reaches the person in {in_week(row['week'])}: {pace}." for row in reached]
    own = [row for row in rows if row["fact"] == "owned" and row["week"] > rows[0]["week"]]
    lines += [f"What the person does first differs in {in_week(row['week'])}: {_one(row, names)}." for row in own]
    return " ".join(lines)


def _each(rows: list[dict[str, Any]], week: int, names: tuple[str, str]) -> str:
    """Facts that first differ in that week: of the school and what reaches the person, else whatever there is."""
    there = [row for row in rows if row["week"] == week]
    before = [row for row in there if row["fact"] not in OWN]
    return "; ".join(f"{TITLES[row['fact']]} ({_one(row, names)})" for row in before or there)


def _one(row: dict[str, Any], names: tuple[str, str]) -> str:
    values = [value_said(row["fact"], row[which]) for which in ("first", "second")]
    return f"{values[0]} under {names[0]}, {values[1]} under {names[1]}"
