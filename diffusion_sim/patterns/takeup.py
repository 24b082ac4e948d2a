"""Rows on who takes up what is offered or told (C21, C23, C24)."""

from __future__ import annotations

from typing import Any

from diffusion_sim.patterns.record import CHECK, SHARE, Arm, Condition, Row
from diffusion_sim.patterns.seen import correlation, mean_of, quotient
from diffusion_sim.patterns.worlds import NINETY

_ALONE = {"programme.years_support": 1, "programme.years_after": 0, "programme.hours": 0.0}


def mandate_and_offer(at: Any) -> dict[str, float]:
    """C21: directive minus volunteers in reach and depth, and the directive without any hours beside it."""
    told, asked, bare = at("directed"), at("volunteers"), at("bare")
    found = {f"reach_{year}": told.reach(year) - asked.reach(year) for year in (1, 2)}
    depth = {name: _deep(run) for name, run in (("told", told), ("asked", asked), ("bare", bare))}
    gap, bare_gap = depth["asked"] - depth["told"], depth["asked"] - depth["bare"]
    return found | {"gap": gap, "shrinks": bare_gap - gap}


def _deep(run: Any) -> float:
    return quotient(run.measure("deep_users", 2), run.measure("users", 2))


def full_dose(at: Any) -> dict[str, float]:
    """C23: of teachers who tried an offer without support within a year, the share in regular use at its end."""
    run = at("offer")
    _, began = run.begun(1)
    there = began & run.enrolled(1)[run.years[1].teachers.school]
    return {"full": mean_of(run.regular(1), among=there), "tried": float(there.sum())}


def opt_in(at: Any) -> dict[str, float]:
    """C24: who tries in the first year of volunteering, of all and of those in schools that came; need; messages."""
    found = {}
    for name in ("volunteers", "messages"):
        run = at(name)
        fresh, began = run.begun(1)
        there = run.enrolled(1)[run.years[1].teachers.school]
        found[name] = mean_of(began, among=fresh)
        found[f"{name}_offered"] = mean_of(began, among=fresh & there)
        uptake, need = run.mean_by_school(began, 1, fresh), -run.years[1].schools.achievement
        found[f"{name}_need"] = correlation(need, uptake)
        inside = run.enrolled(1)
        found[f"{name}_need_offered"] = correlation(need[inside], uptake[inside])
    return found | {"regressive": float(found["volunteers_need"] < 0.0)}


ROWS = (
    Row(
        "C21", "a mandate wins in reach, not in depth",
        "Told from above, practices reach many and are changed or kept for form's sake.",
        "Berman & McLaughlin; Coburn 2004", "partly seen", CHECK,
        "Directive minus volunteers: reach after one and two years; deep users by users after two; the same gap where "
        "the directive brings no hours.",
        NINETY,
        {
            "directed": Arm("directed_uniform"), "volunteers": Arm("volunteer_uniform"),
            "bare": Arm("directed_uniform", overrides={"programme.hours": 0.0}),
        },
        mandate_and_offer,
        (
            Condition("reach, 1 year, directive - volunteers", "reach_1", 0.0, strict=True),
            Condition("reach, 2 years, directive - volunteers", "reach_2", 0.0, strict=True),
            Condition("deep share, volunteers - directive", "gap", 0.0, strict=True),
            Condition("gap that hours take away", "shrinks", 0.0, strict=True),
        ),
        (), "compliance",
    ),
    Row(
        "C23", "five per cent fidelity",
        "About one in twenty of those who use a product at all reach its recommended dose.",
        "Holt 2024", "seen", CHECK,
        "Volunteers without any hours, one year: of teachers in the programme who tried for the first time, the share "
        "in regular use at the year's end.",
        NINETY, {"offer": Arm("volunteer_uniform", overrides=_ALONE)}, full_dose,
        (Condition("regular use of those who tried", "full", 0.02, 0.15), Condition("tried", "tried")),
        (), "self_learners",
        reading=(
            "in the runs of this page one or two persons a run reach regular use, so that chance between seeds "
            "decides. The source counts pupils who use a product for the weekly time that is recommended."
        ),
    ),
    Row(
        "C24", "opting in is rare and regressive",
        "One in five ever took up help that was free for all, those in need less; messages raised that by half.",
        "Robinson et al.", "seen", CHECK,
        "Volunteers' first year: share of teachers who try (literal: of all; sharper: of those in schools that came); "
        "correlation over schools of need (low achievement) and that share; the share where messages come alone.",
        NINETY,
        {"volunteers": Arm("volunteer_uniform"), "messages": Arm("volunteer_uniform", overrides=_ALONE)}, opt_in,
        (
            Condition("try in the first year, of all", "volunteers", 0.1, 0.3),
            Condition("need and taking up", "volunteers_need", high=0.0, strict=True),
            Condition("messages alone, of all", "messages", high=0.4, strict=True),
        ),
        (
            Condition("try in the first year, of those offered", "volunteers_offered", 0.1, 0.3),
            Condition("need and taking up, where offered", "volunteers_need_offered", high=0.0, strict=True),
            Condition("messages alone, of those offered", "messages_offered", high=0.4, strict=True),
            Condition("runs that are regressive over all schools", "regressive", how=SHARE),
        ),
        "pressure",
        reading=(
            "an offer here is a coach in the building who asks: in the runs of this page seven in ten of the first "
            "year's trials begin so. Where coaches' asking moves half as many (`trial.p_hours`) the row holds, as it "
            "does over all teachers, since most schools are not in yet. The source's offer is tutoring on request, "
            "free for pupils, with nobody there who asks them to come."
        ),
    ),
)  # fmt: skip
