"""Pots, prices and the ledger by hand: what is paid, in which turn, and what it does to schools."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.dynamics import money
from diffusion_sim.state.tables import SCHOOL, rows

# An hour costs 300 + 50 dollars, outreach 2 x 100 in a quarter, measurement 40, monitoring 8 / 4 x 60 = 120.
P = money.MoneyParams(
    budget_per_teacher=0.0, own_budget=0.0, price_coaching=300.0, price_released_time=50.0, outreach_hours=2.0,
    price_outreach=100.0, monitoring_hours=8.0, price_monitoring=60.0, price_measurement=40.0, mean_pay=0.0,
    supplement=0.0, price_transition=0.0, hours_max=10.0, stretch=0.0,
)  # fmt: skip
ONE_POT = np.zeros(3, np.int32)
TURN = np.array([2, 0, 1])
ALL, STARTS = np.arange(3), np.array([0, 3])


def ledger() -> np.ndarray:
    return np.zeros(len(money.LEDGER))


def booked(found: np.ndarray) -> dict[str, float]:
    return {name: float(value) for name, value in zip(money.LEDGER, found, strict=True) if value}


def test_a_place_costs_outreach_measurement_and_monitoring():
    assert money.place_cost.py_func(0.5, 0, P) == 140.0
    assert money.place_cost.py_func(0.5, 1, P) == 260.0


def test_what_can_be_paid():
    assert money.can_pay(100.0, 100.0) and not money.can_pay(100.1, 100.0)
    assert money.can_pay(100.0 * (1 + 5e-10), 100.0)  # rounding keeps nobody out
    assert money.can_pay(0.0, 0.0)  # what costs nothing needs no money


def test_outreach_and_measurement_are_paid_in_turn():
    schools, pot, found = rows(SCHOOL, 3, enrolled=[1, 1, 0], outreach=9.0), np.array([250.0]), ledger()
    served = money.pay_fixed.py_func(schools, TURN, ONE_POT, pot, np.array([1.0, 0.5, 1.0]), P, found)
    # The first takes 200 + 40; the second asks for 100 + 40 of the 10 that are left; the third is not enrolled.
    assert served.tolist() == [1, 0, 0] and schools.outreach.tolist() == [1.0, 0.0, 0.0] and pot.tolist() == [10.0]
    assert booked(found) == {"outreach": 200.0, "measurement": 40.0}


def test_monitoring_is_paid_in_turn():
    schools, pot, found = rows(SCHOOL, 3, mandate_weeks=[3, 3, 0], monitored=1), np.array([200.0]), ledger()
    unpaid = money.pay_monitoring.py_func(schools, TURN, ONE_POT, pot, money.MONITORING, P, found)
    assert unpaid.tolist() == [0, 1, 0] and schools.monitored.tolist() == [1, 0, 0] and pot.tolist() == [80.0]
    assert booked(found) == {"monitoring": 120.0}


def pay(planned, people, left, p=P, mix=(1.0, 0.0, 0.0, 0.0)):
    """(schools, what is left, ledger) of three schools of one pot."""
    schools, pot, found = rows(SCHOOL, 3, mix=mix), np.array([float(left)]), ledger()
    money.pay_hours.py_func(schools, ONE_POT, ALL, STARTS, pot, np.array(planned), np.array(people), p, found)
    return schools, pot[0], found


def test_hours_that_the_pot_can_pay():
    """4 hours a year for 10 and 8 for 5 people: 10 + 10 hours this quarter, 20 x 350 dollars."""
    schools, left, found = pay([4.0, 8.0, 0.0], [10.0, 5.0, 7.0], 8000.0)
    assert schools.hours.tolist() == [4.0, 8.0, 0.0] and schools.participants.tolist() == [10.0, 5.0, 0.0]
    assert left == 1000.0 and booked(found) == {"coaching": 6000.0, "released_time": 1000.0}


def test_a_quarter_of_the_hours_trains_coaches():
    _, left, found = pay([4.0, 8.0, 0.0], [10.0, 5.0, 7.0], 8000.0, mix=(0.75, 0.0, 0.0, 0.25))
    assert left == 1000.0
    assert booked(found) == {"coaching": 4500.0, "released_time": 750.0, "capacity": 1750.0}


def test_a_small_pot_shrinks_all_hours_alike():
    schools, left, _ = pay([4.0, 8.0, 0.0], [10.0, 5.0, 7.0], 3500.0)
    assert schools.hours.tolist() == [2.0, 4.0, 0.0] and left == 0.0
    schools, left, _ = pay([4.0, 8.0, 0.0], [10.0, 5.0, 7.0], -1.0)  # supplements may have overdrawn it
    assert schools.hours.tolist() == [0.0, 0.0, 0.0] and left == -1.0


def test_an_empty_pot_without_plans():
    schools, left, found = pay([0.0, 0.0, 0.0], [10.0, 5.0, 7.0], 0.0)
    assert schools.hours.tolist() == [0.0, 0.0, 0.0] and left == 0.0 and booked(found) == {}


def test_a_rich_pot_stretches_hours_to_the_cap():
    p = P._replace(stretch=1.0)
    schools, left, _ = pay([2.0, 8.0, 0.0], [10.0, 4.0, 7.0], 350.0 * 20, p)
    # 8 hours reach the cap of 10 at a factor of 1.25: 10 of the 20 hours. The other 10 are 4 a year for 10 people.
    assert schools.hours == pytest.approx([4.0, 10.0, 0.0]) and left == pytest.approx(0.0, abs=1e-6)
    schools, left, _ = pay([2.0, 8.0, 0.0], [10.0, 4.0, 7.0], 350.0 * 100, p)
    assert schools.hours == pytest.approx([10.0, 10.0, 0.0]) and left == pytest.approx(350.0 * 65)
    schools, left, _ = pay([2.0, 8.0, 0.0], [10.0, 4.0, 7.0], 350.0 * 6.5, p)  # 13 hours are planned: just half of them
    assert schools.hours.tolist() == [1.0, 4.0, 0.0] and left == 0.0


def test_pots_do_not_pay_for_each_other():
    schools, pots, found = rows(SCHOOL, 3, mix=(1.0, 0.0, 0.0, 0.0)), np.array([350.0, 7000.0]), ledger()
    pot, starts, planned = np.array([0, 1, 1], np.int32), np.array([0, 1, 3]), np.array([4.0, 4.0, 4.0])
    money.pay_hours.py_func(schools, pot, ALL, starts, pots, planned, np.full(3, 2.0), P, found)
    assert schools.hours.tolist() == [2.0, 4.0, 4.0] and pots.tolist() == [0.0, 7000.0 - 1400.0]
