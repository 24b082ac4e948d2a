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
    "district",
    "freed",  # negative: what traded posts free comes into the pots
)
COACHING, RELEASED, OUTREACH, MONITORING, SUPPLEMENTS, TRANSITION = 0, 1, 2, 3, 4, 5
HUB, MEASUREMENT, OWN, CAPACITY, DISTRICT, FREED = 6, 7, 8, 9, 10, 11
ROUNDING = 1e-9  # relative room for rounding when a cost is held against a pot


class MoneyParams(NamedTuple):
    """Section ``money`` (2024 US dollars), and words that say what is done with it: stretch 1 = spend rule 'stretch';
    carried 1 = what a year leaves is carried to the next; pays 1 = as many posts are traded as pay for the supplements
    (``staffing.trade``), 0 = one for two teams."""

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
    pays: float


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
def pay_invitations(turn, pot, allowance, named, p, ledger):
    """Pay a quarter's invitations by name in the order ``turn``, all of a school or none.

    named : float64[S], persons to be invited in each school. Returns uint8[S]: 1 = paid (nobody named: nothing to pay).
    """
    paid = np.zeros(named.size, np.uint8)
    for s in turn:
        if named[s] == 0.0:
            continue
        cost = named[s] * p.invite_hours * p.price_outreach
        if affordable(cost, allowance[pot[s]]):
            allowance[pot[s]] -= cost
            ledger[OUTREACH] += cost
            paid[s] = 1
    return paid


@njit
def hours_prices(s, hours, people, building, p):
    """What a quarter of school s (a record) costs, US dollars: (coaching, released time, training of own coaches).

    hours : a participant and year, in the school's mix, of which the share for conditions costs nothing here;
    people : participants; building : person-hours of the school a year for its conditions. Of leaders' hours, those for
    conditions and those that train coaches only the part ``released_leaders`` takes somebody out of a class.
    """
    whole = hours / 4.0 * people
    taught = whole * (s.mix[0] + s.mix[1])
    part = p.released_leaders
    release = p.price_released_time * (1.0 - s.to_leaders + s.to_leaders * part)
    coaching = taught * p.price_coaching + building / 4.0 * p.price_coaching
    released = taught * release + building / 4.0 * part * p.price_released_time
    return coaching, released, whole * s.mix[3] * (p.price_coaching + part * p.price_released_time)


@njit
def at_factor(hours, building, factor, cap):
    """(hours, building) at ``factor``, hours capped at ``cap`` (inf = no cap); building goes with the hours, if any."""
    if hours <= 0.0:
        return 0.0, building * factor
    given = min(cap, hours * factor)
    return given, building * given / hours


@njit
def hours_cost(schools, rows, first, last, hours, building, people, factor, cap, p):
    """Cost of a quarter of hours and building at ``factor``, US dollars, for the schools rows[first:last]; hours,
    building, people : (S,)."""
    total = 0.0
    for j in range(first, last):
        s = rows[j]
        given, built = at_factor(hours[s], building[s], factor, cap)
        coaching, released, training = hours_prices(schools[s], given, people[s], built, p)
        total += coaching + released + training
    return total


@njit
def stretch_factor(schools, rows, first, last, hours, building, people, money, cap, p):
    """Largest factor on what is planned, hours capped, that ``money`` pays for: bisection to the last bit that
    matters."""
    low = 0.0
    high = 1.0
    while hours_cost(schools, rows, first, last, hours, building, people, high, cap, p) < money and high < 1e9:
        high *= 2.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if hours_cost(schools, rows, first, last, hours, building, people, middle, cap, p) <= money:
            low = middle
        else:
            high = middle
    return low


@njit
def afford_hours(schools, members, starts, allowance, hours, building, people, p):
    """Set schools.hours, schools.building and schools.participants to what the pots can pay, by the spend rule.

    members : int64, rows of schools sorted by pot; starts : int64[pots + 1], where each pot's schools begin.
    hours : float64[S], planned, per participating teacher and year; building : float64[S], planned, person-hours a
    year; people : float64[S], participants.
    """
    for g in range(starts.size - 1):
        first, last = starts[g], starts[g + 1]
        cost = hours_cost(schools, members, first, last, hours, building, people, 1.0, np.inf, p)
        factor = 1.0
        cap = np.inf
        if p.stretch > 0.0 and cost > 0.0:
            cap = p.hours_max
            factor = stretch_factor(schools, members, first, last, hours, building, people, allowance[g], cap, p)
        elif cost > allowance[g]:
            factor = max(0.0, allowance[g]) / cost
        for j in range(first, last):
            s = members[j]
            schools[s].hours, schools[s].building = at_factor(hours[s], building[s], factor, cap)
            schools[s].participants = people[s] if schools[s].hours > 0.0 else 0.0


@njit
def book_hours(schools, pot, members, allowance, p, ledger):
    """Pay the hours and building that schools get, out of the pots."""
    for s in members:
        school = schools[s]
        coaching, released, training = hours_prices(school, school.hours, school.participants, school.building, p)
        ledger[COACHING] += coaching
        ledger[RELEASED] += released
        ledger[CAPACITY] += training
        allowance[pot[s]] -= coaching + released + training
