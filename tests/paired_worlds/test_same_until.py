"""Strategies that do the same, or nothing, are the same for every teacher: nothing of a plan leaks back in time."""

from __future__ import annotations

import pytest

from diffusion_sim.model import ReformModel
from diffusion_sim.scenario.words import BUILT_IN

# A user's own strategies: volunteers first, from a certain quarter of the run on a directive.
LATE = '''
from dataclasses import replace
from diffusion_sim.scenario.words import built_in_parts
from diffusion_sim.strategies import Parts


def built_in(name):
    return Parts(built_in_parts(name))


class Changes:
    quarter = None

    def plan(self, view, draw):
        early, late = built_in("volunteer_uniform"), built_in("directed_differentiated")
        return (early if view.quarter < self.quarter else late).plan(view, draw)


class AtQuarter2(Changes):
    quarter = 2


class AtYear1(Changes):
    quarter = 4


class Never(Changes):
    quarter = 99
'''
OWN = """
strategies:
  at_quarter_2: {code: "late.py:AtQuarter2"}
  at_year_1: {code: "late.py:AtYear1"}
  never: {code: "late.py:Never"}
"""


@pytest.mark.parametrize("strategy", [name for name in BUILT_IN if name != "none"])
@pytest.mark.parametrize("pool", ["district", "world"])
def test_without_money_nothing_happens(worlds, differing_teachers, strategy, pool):
    """Nobody can be enrolled and no mandate be paid: every teacher is as without any strategy, week by week."""
    broke = {"money.budget_per_teacher": 0, "money.pool": pool}
    model, none = worlds.model(strategy, overrides=broke), worlds.model("none", overrides=broke)
    while model.running:
        model.step()
        none.step()
        assert differing_teachers(model, none) == [], model.week
    said = ["cost_total", "stage", "districts_complete"]  # the last two are where a strategy says that districts stand
    said += [name for name in model.series if "takers" in name]  # who waits for a place would come
    assert model.series.drop(columns=said).equals(none.series.drop(columns=said))
    assert model.state.ledger.sum() == 0
    assert not model.state.schools.enrolled.any()


def test_little_money_makes_a_difference(worlds, differing_teachers):
    some = {"money.budget_per_teacher": 600, "money.pool": "world"}
    model, none = worlds.model("directed_uniform", overrides=some), worlds.model("none", overrides=some)
    assert differing_teachers(model.run(), none.run()) != []


@pytest.mark.parametrize(("name", "first_week"), [("at_quarter_2", 18), ("at_year_1", 36), ("never", 108)])
def test_the_same_until_the_plans_differ(worlds, differing_teachers, differing_arrays, name, first_week):
    """Equal for every teacher while the plans are equal; ``first_week`` weeks are done when they first differ."""
    (worlds.folder / "late.py").write_text(LATE, encoding="utf-8")
    case = worlds.case(extra=OWN, allow_code=True)
    late = ReformModel(case, rng=11, strategy=name, allow_code=True)
    early = ReformModel(case, rng=11, strategy="volunteer_uniform")
    while late.week < first_week:
        late.step()
        early.step()
        assert differing_teachers(late, early) == [], late.week
    assert differing_arrays(late, early) == []
    assert (differing_teachers(late.run(), early.run()) != []) == (name != "never")
