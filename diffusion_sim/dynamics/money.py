"""Pots, prices and the ledger: nothing is delivered that is not paid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from diffusion_sim.compiled.jit import njit

LEDGER = (
    "coaching",
    "released_time",
    "outreach",
    "monitoring",
    "supplements",
    "transition",
    "hub",
    "measurement",
    "own",
    "capacity",
)
COACHING, RELEASED, OUTREACH, MONITORING, SUPPLEMENTS, TRANSITION = 0, 1, 2, 3, 4, 5
HUB, MEASUREMENT, OWN, CAPACITY = 6, 7, 8, 9
ROUNDING = 1e-9  # relative room for rounding when a cost is held against a pot


class MoneyParams(NamedTuple):
    """Section ``money`` (2024 US dollars); stretch 1 = spend rule 'stretch'; carried 1 =
    what a year of support leaves is carried to the next."""

    budget_per_teacher: float
    own_budget: float
    price_coaching: float
    price_released_time: float
    released_leaders: float
    outreach_hours: float
    price_outreach: float
    invite_hours: float
    monitoring_hours: float
    price_monitoring: float
    price_measurement: float
    mean_pay: float
    traded_pay: float
    supplement: float
    price_transition: float
    hours_max: float
    stretch: float
    carried: float


@njit
def place_cost(outreach, mandated, p):
    """One quarter's fixed cost of a school, US dollars: outreach, measurement, and monitoring if mandated."""
    cost = p.outreach_hours * p.price_outreach * outreach + p.price_measurement
    if mandated:
        cost += p.monitoring_hours / 4.0 * p.price_monitoring
    return cost


@njit
def affordable(cost, left):
    """Whether ``cost`` can be paid out of ``left``, up to rounding."""
    return cost <= left * (1.0 + ROUNDING)


can_pay = affordable.py_func  # the same, called from Python

@njit
def pay_fixed(schools, turn, pot, allowance, outreach, p, ledger):
    """Pay outreach and measurement of enrolled schools, in the order ``turn`` (rows).

    pot : int32[S], pot of each school, -1 = none. allowance : float64[pots], reduced by what is paid.
    outreach : float64[S], asked for; schools.outreach becomes what is paid for. Returns uint8[S]: 1 = may get hours.
    """
    served = np.zeros(schools.size, np.uint8)
    for s in turn:
        schools[s].outreach = 0.0
        if schools[s].enrolled == 0:
            continue
        g = pot[s]
        told = p.outreach_hours * p.price_outreach * outreach[s]
        if affordable(told + p.price_measurement, allowance[g]):
            allowance[g] -= told + p.price_measurement
            ledger[OUTREACH] += told
            ledger[MEASUREMENT] += p.price_measurement
            schools[s].outreach = outreach[s]
            served[s] = 1
    return served


@njit
def pay_monitoring(schools, turn, pot, allowance, column, p, ledger):
    """Pay a quarter's monitoring of every mandate in force, in the order ``turn``, booked in ``column`` of the ledger.

    Returns uint8[S]: 1 = a mandate in force whose monitoring cannot be paid.
    """
    cost = p.monitoring_hours / 4.0 * p.price_monitoring
    unpaid = np.zeros(schools.size, np.uint8)
    for s in turn:
        schools[s].monitored = 0
        if schools[s].mandate_weeks == 0:
            continue
        g = pot[s]
        if affordable(cost, allowance[g]):
            allowance[g] -= cost
            ledger[column] += cost
            schools[s].monitored = 1
        else:
            unpaid[s] = 1
    return unpaid


@njit
def hours_cost(rows, first, last, hours, people, factor, cap, price):
    """Cost of a quarter of hours at ``factor``, each capped at ``cap`` (inf = no cap), US dollars, for the schools
    rows[first:last]; hours, people : (S,)."""
    total = 0.0
    for j in range(first, last):
        s = rows[j]
        total += min(cap, hours[s] * factor) / 4.0 * people[s] * price
    return total


@njit
def stretch_factor(rows, first, last, hours, people, money, cap, price):
    """Largest factor on planned hours, each capped, that ``money`` pays for: bisection to the last bit that matters."""
    low = 0.0
    high = 1.0
    while hours_cost(rows, first, last, hours, people, high, cap, price) < money and high < 1e9:
        high *= 2.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if hours_cost(rows, first, last, hours, people, middle, cap, price) <= money:
            low = middle
        else:
            high = middle
    return low


@njit
def pay_hours(schools, pot, members, starts, allowance, planned, people, p, ledger):
    """Pay hours pot by pot and set schools.hours, schools.participants; shrinks or stretches them by the spend rule.

    members : int64, rows of schools sorted by pot; starts : int64[pots + 1], where each pot's schools begin.
    planned : float64[S], hours per participating teacher and year; people : float64[S], participants.
    """
    price = p.price_coaching + p.price_released_time
    for g in range(starts.size - 1):
        first, last = starts[g], starts[g + 1]
        cost = hours_cost(members, first, last, planned, people, 1.0, np.inf, price)
        factor = 1.0
        cap = np.inf
        if p.stretch > 0.0 and cost > 0.0:
            cap = p.hours_max
            factor = stretch_factor(members, first, last, planned, people, allowance[g], cap, price)
        elif cost > allowance[g]:
            factor = max(0.0, allowance[g]) / cost
        for j in range(first, last):
            s = members[j]
            schools[s].hours = min(cap, planned[s] * factor)
            schools[s].participants = people[s] if schools[s].hours > 0.0 else 0.0
            hours = schools[s].hours / 4.0 * people[s]
            training = schools[s].mix[3]  # of the district's own coaches
            ledger[COACHING] += hours * p.price_coaching * (1.0 - training)
            ledger[RELEASED] += hours * p.price_released_time * (1.0 - training)
            ledger[CAPACITY] += hours * price * training
            allowance[g] -= hours * price
