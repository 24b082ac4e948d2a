"""What every built-in strategy promises; one generated list of tests over all of them."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

from diffusion_sim.errors import StrategyError
from diffusion_sim.measures import MEASURES
from diffusion_sim.model import ReformModel
from diffusion_sim.programme import planner_view
from diffusion_sim.scenario import BUILT_IN, STRATEGY_PARTS, complete_parts
from diffusion_sim.strategies import Parts, Plan, make_strategy
from diffusion_sim.strategies.contract import checked, make_draw

SMALL = {"population.schools": 12, "population.districts": 3, "programme.years_support": 2, "programme.years_after": 1}
IDS = list(BUILT_IN)


def combinations() -> list[dict[str, str]]:
    """Every built-in strategy's parts, and every word of every part at least once."""
    found = [dict(parts) for parts in BUILT_IN.values()]
    for part, kinds in STRATEGY_PARTS.items():
        for kind in kinds:
            found.append({"recruitment": "volunteer", part: kind})
    return found


ALL = combinations()
STATED = {"by_readiness": {"cut": 0.5}, "align": {"instrument": "evaluation"},
          "by_year": {"years": {"1": "conditions_first", "2": "practice_first"}}}  # fmt: skip
TABLE = [[f"S{row:04d}", year, 2.0 + row + year] for row in range(1, 12) for year in (1, 2)]
NAMES = [",".join(parts.values()) for parts in ALL]


def test_the_lists_are_not_empty():
    assert len(IDS) >= 8 and len(ALL) >= 20


def strategy_of(parts: dict[str, str], world=None) -> Parts:
    whole = complete_parts({part: {"kind": kind, **STATED.get(kind, {})} for part, kind in parts.items()})
    if whole["allocation"]["kind"] == "by_hand":
        whole["allocation"] |= {"table": TABLE, "scaled": 1.0}
    strategy = Parts(whole)
    return strategy.bound(world.table, world.schools.key) if world is not None else strategy


@pytest.fixture(scope="module")
def model() -> ReformModel:
    """After 45 weeks: some schools are in, some have users."""
    made = ReformModel("mid_size_district", rng=11, strategy="volunteer_uniform", overrides=SMALL)
    for _ in range(45):
        made.step()
    return made


@pytest.fixture
def view(model):
    s = model.state
    found = planner_view.make_view(
        model.world, s.teachers, s.schools, s.districts, s.network, s.week, model.numbers, s.memo
    )
    assert 0 < found.enrolled.sum() < found.enrolled.size
    return found


def columns(plan: Plan) -> dict[str, object]:
    said = {field.name: getattr(plan, field.name) for field in dataclasses.fields(plan)}
    return {name: value for name, value in said.items() if value is not None}


def same(a: Plan, b: Plan) -> bool:
    one, two = columns(a), columns(b)
    return one.keys() == two.keys() and all(np.array_equal(one[name], two[name]) for name in one)


def moved(columns_of, order):
    """``staff``, ``evidence`` or ``response`` of a view whose schools stand in another order."""
    found = columns_of()
    if hasattr(found, "school"):
        changed = dataclasses.replace(found, school=np.argsort(order)[found.school])
    else:
        changed = type(found)(*(getattr(found, column.name)[order] for column in dataclasses.fields(found)))
    return lambda: changed


@pytest.mark.parametrize("parts", ALL, ids=NAMES)
class TestEveryStrategy:
    def test_its_plan_keeps_the_contract(self, parts, view, model):
        plan = strategy_of(parts, model.world).plan(view, make_draw(11, view.quarter))
        done = checked(plan, "it", view.programme.size, view.staff().school.size)
        assert np.allclose(done.mix.sum(axis=1), 1.0)
        assert done.hours is not None and done.enrol is not None and done.mandate is not None

    def test_the_same_key_gives_the_same_plan(self, parts, view, model):
        first = strategy_of(parts, model.world).plan(view, make_draw(11, view.quarter))
        assert same(first, strategy_of(parts, model.world).plan(view, make_draw(11, view.quarter)))

    def test_it_keeps_nothing(self, parts, view, model):
        strategy = strategy_of(parts, model.world)
        before = pickle.dumps(vars(strategy))
        first = strategy.plan(view, make_draw(11, view.quarter))
        other = dataclasses.replace(view, quarter=view.quarter + 1, poverty=1.0 - view.poverty)
        strategy.plan(other, make_draw(11, other.quarter))
        assert same(first, strategy.plan(view, make_draw(11, view.quarter))) and pickle.dumps(vars(strategy)) == before

    def test_hours_go_to_enrolled_schools_of_the_programme(self, parts, view, model):
        hours = strategy_of(parts, model.world).plan(view, make_draw(11, view.quarter)).hours
        assert (hours[view.enrolled == 0] == 0).all() and (hours[view.programme == 0] == 0).all()

    def test_hours_sum_to_the_same_in_each_pot(self, parts, view, model):
        """Allocation moves hours between schools of one pot, never from pot to pot. A few who are named get the most
        hours that a teacher may."""
        plan = strategy_of(parts, model.world).plan(view, make_draw(11, view.quarter))
        people = view.teachers * view.enrolled
        paid = np.bincount(view.pot, weights=plan.hours * people)
        each = view.settings["hours_max" if parts["recruitment"] == "improvement_team" else "hours"]
        assert paid == pytest.approx(each * np.bincount(view.pot, weights=people))

    def test_it_asks_no_school_outside_the_programme(self, parts, view, model):
        outside = view.programme.copy()
        outside[::2] = 0
        fewer = dataclasses.replace(view, programme=outside)
        plan = strategy_of(parts, model.world).plan(fewer, make_draw(11, view.quarter))
        assert (np.asarray(plan.enrol)[::2] == 0).all() and (np.asarray(plan.mandate)[::2] == 0).all()

    def test_the_order_of_schools_does_not_matter(self, parts, view, model):
        plan = strategy_of(parts, model.world).plan(view, make_draw(11, view.quarter))
        order = np.random.default_rng(0).permutation(view.programme.size)
        by_school = {
            field.name: getattr(view, field.name)[order]
            for field in dataclasses.fields(view)
            if isinstance(getattr(view, field.name), np.ndarray) and getattr(view, field.name).shape[0] == order.size
        }
        by_school |= {"staff": moved(view.staff, order), "evidence": moved(view.evidence, order)}
        by_school["response"] = moved(view.response, order)
        other = dataclasses.replace(view, **by_school)
        shuffled = strategy_of(parts, model.world).plan(other, make_draw(11, view.quarter))
        for name, value in columns(plan).items():
            if isinstance(value, np.ndarray) and value.shape[0] != order.size:  # teachers stay, schools' rows move
                assert np.array_equal(value, columns(shuffled)[name]), name
            elif isinstance(value, np.ndarray):
                assert np.allclose(value[order], columns(shuffled)[name]), name
            else:
                assert value == columns(shuffled)[name]


def test_the_view_refuses_to_be_written_to(view):
    found = 0
    for field in dataclasses.fields(view):
        value = getattr(view, field.name)
        if isinstance(value, np.ndarray):
            found += 1
            with pytest.raises(ValueError, match="read-only"):
                value[...] = 0
    assert found >= 15
    with pytest.raises(ValueError, match="read-only"):
        view.staff().prior_growth[...] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        view.week = 0


def test_the_view_shares_nothing_with_the_model(model, view):
    held = model.state.arrays().values()
    for field in dataclasses.fields(view):
        value = getattr(view, field.name)
        if isinstance(value, np.ndarray):
            assert not any(np.shares_memory(value, array) for array in held), field.name


def test_ids_make_strategies(model):
    for name in IDS:
        assert callable(make_strategy(name, model.case).plan)


def test_draws_are_keyed():
    keys = np.arange(5, dtype=np.uint64)
    draw = make_draw(1, 3)
    first = draw("a", keys)
    assert ((first > 0) & (first < 1)).all() and np.unique(first).size == 5
    assert np.array_equal(first, make_draw(1, 3)("a", keys)) and np.array_equal(first[2:3], draw("a", keys[2:3]))
    for other in (draw("b", keys), make_draw(2, 3)("a", keys), make_draw(1, 4)("a", keys)):
        assert not np.isin(first, other).any()
    assert np.array_equal(draw("a", ["x", "y"]), draw("a", ["y", "x"])[::-1]) and draw("a", []).size == 0


@pytest.mark.parametrize("name", [name for name in IDS if name != "none"])
def test_without_money_and_mandate_everything_is_none(name):
    """A pot of 0 pays nothing, so nobody enrols: whoever is asked, it is the run without a programme."""
    nothing = SMALL | {"money.budget_per_teacher": 0}
    run = ReformModel("mid_size_district", rng=5, strategy=name, overrides=nothing).run()
    none = ReformModel("mid_size_district", rng=5, strategy="none", overrides=nothing).run()
    for column in none.state.arrays():
        # What the plan asked for is kept, and how long schools have waited for a place; neither reaches anybody.
        kept = ("mix", "target_condition", "to_leaders", "enter_sum", "places", "invited", "memo", "variant_rule")
        kept += ("stage",)
        if column.startswith("asked.") or column.split(".")[-1] in kept and column != "teachers.invited":
            continue
        one, two = run.state.arrays()[column], none.state.arrays()[column]
        if column == "series":  # a staged strategy says where districts stand, and who waits would come
            rest = [name not in ("stage", "districts_complete") and "takers" not in name for name in MEASURES]
            one, two = one[:, rest], two[:, rest]
        assert np.array_equal(one, two, equal_nan=one.dtype.kind == "f"), column
    assert run.outcomes["cost_total"] == 0


def test_money_makes_the_difference():
    run = ReformModel("mid_size_district", rng=5, strategy="directed_uniform", overrides=SMALL).run()
    none = ReformModel("mid_size_district", rng=5, strategy="none", overrides=SMALL).run()
    assert run.outcomes["users"] > none.outcomes["users"]
    assert run.outcomes["cost_total"] > 0 == none.outcomes["cost_total"]


def test_an_error_names_the_value_that_is_wrong():
    """Other values stand at their limits, which are allowed."""
    at_limits = {"enrol": np.array([0, 1]), "staffing": np.array([0, 2]), "target_condition": np.array([-1, 4])}
    checked(Plan(**at_limits), "it", 2, 3)
    with pytest.raises(StrategyError, match="'it': outreach holds 1.5; 0 to 1 is allowed"):
        checked(Plan(**at_limits, outreach=np.array([1.0, 1.5])), "it", 2, 3)
