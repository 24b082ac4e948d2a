"""Pots, prices and the ledger by hand: what is paid, in which turn, and what it does to schools."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.dynamics import money
from diffusion_sim.dynamics.coaches import deliverable
from diffusion_sim.dynamics.staffing import trades_of
from diffusion_sim.state.tables import SCHOOL, rows

# An hour costs 300 + 50 dollars, one of leaders 300 + half of 50; outreach 2 x 100 in a quarter, an invitation
# .5 x 100, measurement 40, monitoring 8 / 4 x 60 = 120.
P = money.MoneyParams(
    budget_per_teacher=0.0, own_budget=0.0, price_coaching=300.0, price_released_time=50.0, released_leaders=0.5,
    outreach_hours=2.0, price_outreach=100.0, invite_hours=0.5, monitoring_hours=8.0, price_monitoring=60.0,
    price_measurement=40.0, mean_pay=0.0, traded_pay=0.8, supplement=0.2, price_transition=0.0, hours_max=10.0,
    stretch=0.0, carried=1.0, pays=1.0,
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


def test_invitations_are_paid_in_turn_all_of_a_school_or_none():
    named, pot, found = np.array([3.0, 2.0, 0.0]), np.array([200.0]), ledger()
    paid = money.pay_invitations.py_func(TURN, ONE_POT, pot, named, P, found)
    # The first names nobody; the second pays 3 x 50; the third would need 100 of the 50 that are left.
    assert paid.tolist() == [1, 0, 0] and pot.tolist() == [50.0] and booked(found) == {"outreach": 150.0}


def pay(planned, people, left, p=P, mix=(1.0, 0.0, 0.0, 0.0), building=(0.0, 0.0, 0.0), to_leaders=0.0):
    """(schools, what is left, ledger) of three schools of one pot."""
    schools, pot, found = rows(SCHOOL, 3, mix=mix, to_leaders=to_leaders), np.array([float(left)]), ledger()
    asked = np.array(planned), np.array(building), np.array(people)
    money.afford_hours.py_func(schools, ALL, STARTS, pot, *asked, p)
    money.book_hours.py_func(schools, ONE_POT, ALL, pot, p, found)
    return schools, pot[0], found


def test_hours_that_the_pot_can_pay():
    """4 hours a year for 10 and 8 for 5 people: 10 + 10 hours this quarter, 20 x 350 dollars."""
    schools, left, found = pay([4.0, 8.0, 0.0], [10.0, 5.0, 7.0], 8000.0)
    assert schools.hours.tolist() == [4.0, 8.0, 0.0] and schools.participants.tolist() == [10.0, 5.0, 0.0]
    assert left == 1000.0 and booked(found) == {"coaching": 6000.0, "released_time": 1000.0}


def test_expertise_costs_what_practice_costs():
    _, left, found = pay([4.0, 8.0, 0.0], [10.0, 5.0, 7.0], 8000.0, mix=(0.5, 0.5, 0.0, 0.0))
    assert left == 1000.0 and booked(found) == {"coaching": 6000.0, "released_time": 1000.0}


def test_a_quarter_of_the_hours_trains_coaches():
    """15 of the 20 hours at 350 dollars, 5 at 325: half of those who train have no class of their own."""
    _, left, found = pay([4.0, 8.0, 0.0], [10.0, 5.0, 7.0], 8000.0, mix=(0.75, 0.0, 0.0, 0.25))
    assert left == 1125.0
    assert booked(found) == {"coaching": 4500.0, "released_time": 750.0, "capacity": 1625.0}


def test_leaders_are_released_in_part():
    """Of 20 hours .4 go to leaders: 12 x 50 + 8 x 25 dollars of released time."""
    _, _, found = pay([4.0, 8.0, 0.0], [10.0, 5.0, 7.0], 8000.0, to_leaders=0.4)
    assert booked(found) == pytest.approx({"coaching": 6000.0, "released_time": 800.0})
    _, _, found = pay([4.0, 8.0, 0.0], [10.0, 5.0, 7.0], 8000.0, P._replace(released_leaders=0.0), to_leaders=1.0)
    assert booked(found) == {"coaching": 6000.0}


def test_building_is_paid_by_the_school():
    """Half of 10 hours at 350 dollars, the other half costs nothing by itself; 40 person-hours a year, 10 at 325."""
    schools, left, found = pay([4.0, 0.0, 0.0], [10.0, 5.0, 7.0], 9000.0, mix=(0.5, 0, 0.5, 0), building=[40.0, 0, 0])
    assert schools.building.tolist() == [40.0, 0.0, 0.0] and left == 9000.0 - 1750.0 - 3250.0
    assert booked(found) == {"coaching": 4500.0, "released_time": 500.0}


def test_building_needs_neither_hours_nor_people():
    schools, left, found = pay([0.0, 4.0, 0.0], [10.0, 0.0, 0.0], 9000.0, building=[40.0, 8.0, 0.0])
    assert schools.building.tolist() == [40.0, 8.0, 0.0] and schools.participants.tolist() == [0.0, 0.0, 0.0]
    assert left == 9000.0 - 12 * 325.0 and booked(found) == {"coaching": 3600.0, "released_time": 300.0}


def test_a_small_pot_shrinks_all_hours_alike():
    schools, left, _ = pay([4.0, 8.0, 0.0], [10.0, 5.0, 7.0], 3500.0)
    assert schools.hours.tolist() == [2.0, 4.0, 0.0] and left == 0.0
    schools, left, _ = pay([4.0, 8.0, 0.0], [10.0, 5.0, 7.0], -1.0)  # rounding may have overdrawn it
    assert schools.hours.tolist() == [0.0, 0.0, 0.0] and left == -1.0
    # 20 hours at 350 and 20 of building at 325 dollars: 13,500
    schools, left, _ = pay([4.0, 8.0, 0.0], [10.0, 5.0, 7.0], 6750.0, building=[40.0, 0.0, 40.0])
    assert schools.hours.tolist() == [2.0, 4.0, 0.0] and schools.building.tolist() == [20.0, 0.0, 20.0] and left == 0.0


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


def test_building_stretches_with_the_hours():
    """5 hours for 4 people, half of them practice, and 8 of building a year: 2.5 x 350 + 2 x 325 = 1,525 dollars."""
    p, plan, said = P._replace(stretch=1.0), ([5.0, 0.0, 0.0], [4.0, 0.0, 0.0]), {"mix": (0.5, 0.0, 0.5, 0.0)}
    schools, left, _ = pay(*plan, 5000.0, p, building=[8.0, 0.0, 0.0], **said)
    assert schools.hours[0] == 10.0 and schools.building[0] == pytest.approx(16.0)  # the cap: twice as much
    assert left == pytest.approx(5000.0 - 2 * 1525.0)
    schools, left, _ = pay(*plan, 762.5, p, building=[8.0, 0.0, 0.0], **said)
    assert schools.hours[0] == pytest.approx(2.5) and schools.building[0] == pytest.approx(4.0)
    schools, _, _ = pay([20.0, 0.0, 0.0], [4.0, 0.0, 0.0], 5000.0, p, building=[8.0, 0.0, 0.0], **said)
    assert schools.hours[0] == 10.0 and schools.building[0] == pytest.approx(4.0)  # cut to the cap: half of both
    schools, left, _ = pay([0.0, 0.0, 0.0], [4.0, 0.0, 0.0], 6500.0, p, building=[40.0, 0.0, 0.0], **said)
    assert schools.building[0] == pytest.approx(80.0) and left == pytest.approx(0.0, abs=1e-6)  # no cap without hours


def test_pots_do_not_pay_for_each_other():
    schools, pots, found = rows(SCHOOL, 3, mix=(1.0, 0.0, 0.0, 0.0)), np.array([350.0, 7000.0]), ledger()
    pot, starts, planned = np.array([0, 1, 1], np.int32), np.array([0, 1, 3]), np.array([4.0, 4.0, 4.0])
    money.afford_hours.py_func(schools, ALL, starts, pots, planned, np.zeros(3), np.full(3, 2.0), P)
    money.book_hours.py_func(schools, pot, ALL, pots, P, found)
    assert schools.hours.tolist() == [2.0, 4.0, 4.0] and pots.tolist() == [0.0, 7000.0 - 1400.0]


def test_what_a_provider_can_deliver():
    """It grows by 1 - exp(-.25 / lag) of the way a quarter, .3935 at half a year, and falls at once."""
    assert deliverable(0.0, 100.0, 0.5) == pytest.approx(39.3469, abs=1e-4)
    assert deliverable(40.0, 100.0, 0.25) == pytest.approx(40.0 + 60.0 * (1.0 - 1.0 / np.e))
    assert deliverable(40.0, 30.0, 0.5) == 30.0 and deliverable(40.0, 0.0, 0.5) == 0.0
    assert deliverable(0.0, 100.0, 0.0) == 100.0


def test_posts_that_are_traded():
    """A supplement is a fifth of mean pay, a traded post frees .8 of it: one post pays for four leaders."""
    posts, teams = np.array([2, 3, 20, 24, 41]), np.array([0, 1, 4, 5, 8])
    assert trades_of(posts, teams, P).tolist() == [0, 1, 1, 2, 2]
    assert trades_of(posts, teams, P._replace(pays=0.0)).tolist() == [0, 0, 2, 2, 4]
    # half of mean pay for a leader, freed by posts of half of it: one for each, but nobody can go who leads
    assert trades_of(np.array([5, 9]), np.array([3, 3]), P._replace(supplement=0.5, traded_pay=0.5)).tolist() == [2, 3]
