"""Invitations by name: who is paid for, and since which quarter of the school year somebody is invited."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.state.codes import FIRST_INVITED, INVITED, NEW_HERE
from tests.programme.conftest import Says
from tests.small_world import steps

Q1, Q2, Q3, Q4 = FIRST_INVITED


def first(*numbers):
    """A plan's invitations: in quarter q of the run the first ``numbers[q]`` of all posts, the last number from then
    on."""
    return lambda v: (np.arange(v.staff().school.size) < numbers[min(v.quarter, len(numbers) - 1)]).astype(float)


def test_each_person_named_is_paid(world):
    """.3 hours at 100 dollars, 4 of the first school and 2 of the second; only they take part."""
    prices = {"money.invite_hours": 0.3, "money.price_outreach": 100}
    model = world({"d": [4, 10]}, Says(hours=8.0, invite=first(6)), prices)
    told = 2 * model.case["money.outreach_hours"] * 100
    steps(model, 1)
    schools = model.state.schools
    assert model.state.ledger[2] == pytest.approx(told + 6 * 30)
    assert schools.participants.tolist() == [4.0, 2.0] and schools.by_name.tolist() == [1, 1]


def test_a_school_pays_for_all_it_names_or_invites_nobody(world):
    """One school needs 2,000 dollars a quarter to be told and watched; what is left of 2,500 pays 5 invitations at 100
    dollars, not 6. Who is not invited takes no part, and the school still counts as one that invites by name."""
    numbers = {"money.budget_per_teacher": 1000, "money.invite_hours": 100 / 80, "money.price_outreach": 80}
    for named, paid in ((5, 5), (6, 0)):
        model = world({"d": [10]}, Says(hours=8.0, invite=first(named)), numbers)
        fixed = model.case["money.outreach_hours"] * 80 + model.case["money.price_measurement"]
        assert fixed + model.case["money.monitoring_hours"] / 4 * model.case["money.price_monitoring"] == 2000
        steps(model, 1)
        schools, t = model.state.schools, model.state.teachers
        assert (t.invited > 0).sum() == paid and schools.by_name[0] == 1
        assert schools.participants[0] == 0 and schools.hours[0] == (0 if paid else 8.0)
        assert model.state.ledger[2] == pytest.approx(model.case["money.outreach_hours"] * 80 + 100 * paid)


def test_the_quarter_of_the_first_invitation_is_kept_through_the_year(world):
    """Posts 0 and 1 are named in the first quarter, 0 to 2 in the second, nobody in the third, all in the fourth."""
    model = world({"d": [4]}, Says(invite=first(2, 3, 0, 4, 1)))
    found = [steps(model, 1 if q == 0 else 9).state.teachers.invited.tolist() for q in range(4)]
    assert found[0] == [INVITED + Q1, INVITED + Q1, 0, 0]
    assert found[1] == [INVITED + Q1, INVITED + Q1, INVITED + Q2, 0]
    assert found[2] == [Q1, Q1, Q2, 0] and model.state.schools.by_name[0] == 1
    assert found[3] == [INVITED + Q1, INVITED + Q1, INVITED + Q2, INVITED + Q4]
    assert steps(model, 9).state.teachers.invited.tolist() == [INVITED + Q1, 0, 0, 0], "a new year begins anew"
    assert steps(model, 36).state.teachers.invited.tolist() == [0, 0, 0, 0], "support has ended"


def test_who_is_not_paid_for_keeps_the_quarter(world):
    """Named again in a school whose quarter is not paid at all: not invited, but asked before."""
    model = world({"d": [4]}, Says(invite=first(2)))
    model.intervene({"kind": "suspended_support", "week": 9, "weeks": 9})
    assert steps(model, 10).state.teachers.invited.tolist() == [Q1, Q1, 0, 0]
    assert steps(model, 9).state.teachers.invited.tolist() == [INVITED + Q1, INVITED + Q1, 0, 0]


def test_invitations_are_to_persons(world):
    """All are named once, in the first quarter; after a summer with many leaving only those who stayed are invited."""
    model = world({"d": [40]}, Says(invite=first(40)), {"turnover.exit": 0.5})
    steps(model, 1)
    model.maker = Says()
    before = steps(model, 35).state.teachers.tag.copy()
    steps(model, 1)
    new = model.state.teachers.tag != before
    assert 5 < new.sum() < 35 and model.state.schools.by_name[0] == 1
    assert (model.state.teachers.invited == np.where(new, NEW_HERE, INVITED + Q1)).all()
