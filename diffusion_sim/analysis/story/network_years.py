"""The years of one improvement network: what was paid, who studied, what was taken up, what is held and is true."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from diffusion_sim.analysis.story.follow import ALL, LEVELS
from diffusion_sim.analysis.story.follow_cycles import (
    ADAPTED,
    BORROWED,
    EVIDENCE,
    FAILED,
    HABIT,
    STUDIED,
    SWITCHED,
    UNTESTED,
    Event,
    FollowedCycles,
    Variant,
    variant_of,
)
from diffusion_sim.analysis.story.network import Network
from diffusion_sim.dynamics import cycles as rules
from diffusion_sim.measures.sums import SCALED_SCHOOLS, SCALED_TEACHERS
from diffusion_sim.model import ReformModel
from diffusion_sim.programme.networks_judged import recommend
from diffusion_sim.programme.own_programme import goes_on
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import OWN_COUNT, TAKEN_UP
from diffusion_sim.world.run_state import RunState

IMPROVED = 1e-9  # payoff, by which the measure true_improvement asks for more
WAYS = {EVIDENCE: "by_evidence", BORROWED: "by_borrowing", UNTESTED: "untested", FAILED: "failed", HABIT: "by_habit"}


def events_of(seen: FollowedCycles, network: Network, year: int, event: str) -> list[Event]:
    """Events of a kind of the network's cycles that the run counts in a year."""
    return [
        one
        for one in seen.events
        if one["year"] == year and one["event"] == event and one["row"] in network.by_quarter.get(one["of"], ())
    ]


def year_rows(seen: FollowedCycles, network: Network) -> list[dict[str, Any]]:
    """One dict a year, year 0 before week 1; see ``NetworkStory.years``."""
    model, end = seen.model, seen.model.support_weeks // WEEKS_PER_YEAR
    after = "own" if goes_on(model.maker, model.strategy, model.numbers) else "after"
    rows = []
    for year, state in seen.ends.items():
        phase = "start" if year == 0 else "support" if year <= end else after
        row: dict[str, Any] = {"year": year, "phase": phase} | _paid(seen, network, year)
        row["study_acts"] = len(events_of(seen, network, year, STUDIED))
        switches = events_of(seen, network, year, SWITCHED)
        row["switches"] = len(switches)
        row |= {name: sum(one["how"] == how for one in switches) for how, name in WAYS.items()}
        row["adaptations"] = len(events_of(seen, network, year, ADAPTED))
        rows.append(
            row
            | _held(state, network.at_end(year))
            | _spread(seen, network, year)
            | network_levels(model, state, network.rows)
        )
    return rows


def _paid(seen: FollowedCycles, network: Network, year: int) -> dict[str, float]:
    """Cycles of a year and their cost."""
    quarters = [(q, network.by_quarter.get(q.number, [])) for q in seen.quarters if q.year == year]
    return {
        "schools": len(network.in_year(year)) if year else 0,
        "cycles": sum(len(rows) for _, rows in quarters),
        "cost_measurement": float(sum(q.measurement[rows].sum() for q, rows in quarters)),
        "cost_hub": float(sum(q.hub[rows].sum() for q, rows in quarters)),
    }


def _held(state: RunState, members: Sequence[int]) -> dict[str, float]:
    """What those who have tested hold of the variants that they use, and what these are worth."""
    rows = [row for row in members if state.schools.slot[row] >= 0]
    s = state.schools[rows]
    claims, improved = s.claims == 1, s.fit > s.fit_start + IMPROVED

    def mean(values: Any) -> float:
        return float(np.mean(values)) if rows else math.nan

    return {
        "tested": len(rows),
        "variants": len({variant_of(state, row) for row in rows}),
        "claimed": int(claims.sum()),
        "improved": int(improved.sum()),
        "both": int((claims & improved).sum()),
        "fit": mean(s.fit),
        "held": mean(s.estimate),
    }


def _spread(seen: FollowedCycles, network: Network, year: int) -> dict[str, float]:
    """How far what the network would recommend is used by those who have not found it themselves, as it was judged
    last by the year's end, with users of the year's end."""
    judged = [number for number in seen.judged if number < 4 * year - 1]
    state = seen.ends[year]
    members = network.by_quarter.get(max(judged), []) if judged else []
    rows = [row for row in members if state.schools.network[row] >= 0]
    s = state.schools[rows]
    others = s.spread > 0
    taken = others & (s.spread == TAKEN_UP) & (s.users >= np.maximum(1.0, SCALED_TEACHERS * s.teaching))
    scaled = taken.sum() > 0 and taken.sum() >= SCALED_SCHOOLS * others.sum()
    return {
        "judged": len(rows),
        "others": int(others.sum()),
        "taken_up": int(taken.sum()),
        "scaled": float(scaled),
        "fit_new_area": float(s.fit_new_area[0]) if rows else math.nan,
    }


def network_levels(model: ReformModel, state: RunState, rows: Sequence[int]) -> dict[str, float]:
    """LEVELS of some schools, their posts that teach, and, ending in ALL, LEVELS of all schools of the world."""
    s = state.schools[rows]
    users, posts = float(s.users.sum()), float(s.teaching.sum())
    own = {
        "teachers": posts,
        "reach": users / max(1.0, posts),
        "deep_use": float(s.deep.sum()) / max(1.0, posts),
        "mean_depth": float(s.quality.sum()) / users if users > 0.0 else math.nan,
        "pupil_gain_sd": float((s.pupils * s.gain).sum() / s.pupils.sum()),
    }
    whole = model.series.loc[state.week, list(LEVELS)]
    return own | {f"{name}{ALL}": float(whole[name]) for name in LEVELS}


# ---- variants --------------------------------------------------------------------------------------------------------
def schools_at(seen: FollowedCycles, network: Network, year: int) -> list[dict[str, Any]]:
    """One dict a school that belongs to the network at a year's end and has tested: what it uses, its true fit there,
    what the school holds of it."""
    state, context = seen.ends[year], seen.model.world.context
    found = []
    for row in network.at_end(year):
        s = state.schools[row]
        if s.slot >= 0:
            own = float(state.evidence[row, s.slot, OWN_COUNT])
            found.append(
                {"year": year, "row": row, "context": int(context[row]), "variant": variant_of(state, row),
                 "fit_start": float(s.fit_start), "fit": float(s.fit), "held": float(s.estimate), "own_tests": own,
                 "claims": bool(s.claims), "improved": bool(s.fit > s.fit_start + IMPROVED),
                 "borrowed": bool(s.borrowed), "users": float(s.users), "teachers": int(s.teaching)}
            )  # fmt: skip
    return found


def recommended_at(seen: FollowedCycles, network: Network, year: int) -> list[dict[str, Any]]:
    """What the network would recommend at a year's end, one dict a context in which one of its schools stands: variant,
    its true fit there, and the best true fit there of all that members have observed. Empty where nothing is."""
    state, world, p = seen.ends[year], seen.model.world, seen.model.numbers.cycles
    rows = np.array(_members(network, year), np.int64)
    in_force = [q.rule_of(row) for q in seen.quarters if q.year <= year for row in rows[:1].tolist()]
    best = recommend(world, state, rows, in_force[-1].measures, p) if rows.size else None
    if best is None:
        return []
    observed = _observed(state, rows)
    found = []
    for c in sorted({int(context) for context in world.context[rows]}):
        variant = int(best.origin[c]), int(best.number[c])
        there = {"year": year, "context": c, "schools": int((world.context[rows] == c).sum()), "variant": variant}
        most = float(_true(seen, observed, c).max())
        found.append(there | {"fit": float(best.fit[c]), "best_fit": most, "observed": len(observed)})
    return found


def _members(network: Network, year: int) -> list[int]:
    """Who had a cycle in the last quarter with cycles by a year's end."""
    quarters = [number for number, rows in network.by_quarter.items() if rows and number < 4 * year]
    return network.by_quarter[max(quarters)] if quarters else []


def _observed(state: RunState, rows: Any) -> list[Variant]:
    """Variants of which members have observed something themselves."""
    member, place = np.nonzero(state.evidence[rows][:, :, OWN_COUNT] > 0.0)
    at = (rows[member], place)
    pairs = zip(state.variant_origin[at].tolist(), state.variant_number[at].tolist(), strict=True)
    return sorted(set(pairs))


def _true(seen: FollowedCycles, variants: Sequence[Variant], context: int) -> Any:
    origin = np.array([one[0] for one in variants], np.uint64)
    number = np.array([one[1] for one in variants], np.int32)
    where = np.full(len(variants), context)
    return rules.true_fit(seen.model.world.seed, origin, number, where, seen.model.numbers.cycles)
