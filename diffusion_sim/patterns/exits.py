"""Rows on schools that leave a programme and come back (C7, C9, C12)."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.patterns.record import CALIBRATION, CHECK, RATIO, RISK_RATIO, Arm, Condition, Row
from diffusion_sim.patterns.seen import mean_of
from diffusion_sim.patterns.worlds import NINETY

# Leaders leave twice as often as they do.
_UNSTABLE = {"leaders.principal_exit": 0.36, "leaders.superintendent_exit": 0.31}
_VOLUNTEERS = {"volunteers": Arm("volunteer_uniform")}


def left_in_three_years(at: Any) -> dict[str, float]:
    """C7: of the schools that enrolled in the first year, the share that left within three years."""
    found = {}
    for name in ("volunteers", "unstable"):
        run = at(name)
        stayed = np.all([run.enrolled(year) for year in (1, 2, 3, 4)], axis=0)
        found[name] = 1.0 - mean_of(stayed, among=run.enrolled(1))
    return found | {"more": found["unstable"] - found["volunteers"]}


def use_after_exit(at: Any) -> dict[str, float]:
    """C9: users in schools that leave in a summer, in the year before and a year later: sums over exits."""
    run, before, after = at("volunteers"), 0.0, 0.0
    for year in range(1, len(run.years) - 1):
        gone = run.enrolled(year) & ~run.enrolled(year + 1)
        then, now = run.years[year].schools, run.years[year + 1].schools
        before += float((then.users / np.maximum(1, then.teaching))[gone].sum())
        after += float((now.users / np.maximum(1, now.teaching))[gone].sum())
    return {"before": before, "after": after}


def new_administrators(at: Any) -> dict[str, float]:
    """C12: entries, exits and entries anew in years that begin with a new principal and in others: counts."""
    run = at("volunteers")
    names = [f"{what}_{who}" for what in ("entries", "outside", "exits", "inside") for who in ("new", "same")]
    found = dict.fromkeys([*names, "again", "again_new"], 0.0)
    for year in range(1, len(run.years) - 1):
        then, now = run.years[year].schools, run.years[year + 1].schools
        changed = then.principal_number != now.principal_number
        inside, enters = run.enrolled(year), ~run.enrolled(year) & run.enrolled(year + 1)
        leaves, again = inside & ~run.enrolled(year + 1), enters & (then.spells > 0)
        for who, which in (("new", changed), ("same", ~changed)):
            found[f"entries_{who}"] += float((enters & which).sum())
            found[f"outside_{who}"] += float((~inside & which).sum())
            found[f"exits_{who}"] += float((leaves & which).sum())
            found[f"inside_{who}"] += float((inside & which).sum())
        found["again"] += float(again.sum())
        found["again_new"] += float((again & changed).sum())
    return found


ROWS = (
    Row(
        "C7", "a third of the schools leave",
        "Of schools in whole-school reforms about a third left within two or three years, about half in a district "
        "whose leaders changed.",
        "CRPE 2006; Taylor 2006; Datnow 2005", "seen", CALIBRATION,
        "Volunteers, support goes on: of schools that enrolled in the first year, the share that left within three; "
        "the same where leaders leave twice as often.",
        NINETY, {**_VOLUNTEERS, "unstable": Arm("volunteer_uniform", overrides=_UNSTABLE)}, left_in_three_years,
        (
            Condition("left within 3 years", "volunteers", 0.25, 0.45),
            Condition("more where leaders change", "more", 0.0, strict=True),
        ),
        (), "leader_turnover",
        reading=(
            "a year under a new principal nearly doubles exits, but few years are such years: in the runs of this "
            "page twice as many leavers among leaders cost about one more of the 27 schools that began."
        ),
    ),
    Row(
        "C9", "leaving is not the end of the practice",
        "Schools that dropped their model kept most of what they did.",
        "Taylor 2006", "seen", CHECK,
        "The same runs: share of teachers who use a year after their school has left, by the share before.",
        NINETY, _VOLUNTEERS, use_after_exit,
        (Condition("use, after / before", "after before", 0.7, how=RATIO),),
        (), "norm",
        reading=(
            "in the runs of this page a sixth of the users leave in that summer's turnover and more than a quarter "
            "stop; new users make up for less than a third of that. The source asks what schools have kept, not who."
        ),
    ),
    Row(
        "C12", "a new administrator cuts both ways",
        "Loss of buy-in is the first reason to leave a programme, a new administrator the first reason to come back.",
        "Kittelman et al. 2020", "seen", CHECK,
        "The same runs: of entries anew, the share in a year that begins with a new principal; entries and exits, "
        "years with a new principal by others.",
        NINETY, _VOLUNTEERS, new_administrators,
        (
            Condition("entries anew under a new principal", "again_new again", 0.5, how=RATIO),
            Condition("entries, new / same principal", "entries_new outside_new entries_same outside_same", 1.0,
                      how=RISK_RATIO, strict=True),
            Condition("exits, new / same principal", "exits_new inside_new exits_same inside_same", 1.0,
                      how=RISK_RATIO, strict=True),
        ),
        (), "leader_turnover",
        reading=(
            "in the runs of this page about 18 % of school years begin with a new principal "
            "(`leaders.principal_exit`). For half of the entries anew such a year would have to bring about five "
            "times as many as another; a new principal brings attention alone (`trial.agenda`), which at most doubles "
            "the chance, and support that is drawn around the same mean as before. With both numbers at the upper end "
            "of their ranges the share stays far below a half. The source counts reasons that people give, not years."
        ),
    ),
)  # fmt: skip
