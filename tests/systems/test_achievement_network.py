"""The Achievement Network's system: the matched trial, what it sees taken apart, groups, months, arms."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from diffusion_sim.errors import StudyError
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario
from diffusion_sim.strategies.contract import Plan, make_draw
from diffusion_sim.systems import achievement_network as network
from diffusion_sim.systems import achievement_network_words as words
from diffusion_sim.systems.achievement_network import GROUPS, effects, reckon, tables
from diffusion_sim.systems.achievement_network_runs import Seen, course, strategy_of
from diffusion_sim.systems.matched_design import Design, DistrictFirst, ForTreated, check_design, design_of, supported
from diffusion_sim.viz import achievement_network_figure as figure

SMALL = {"population.schools": 44, "population.districts": 2, "population.teachers_mean": 24}
SEED = 5


def small(**more):
    """The scenario with 44 schools."""
    return load_scenario("achievement_network").override(SMALL | more)


@cache
def rows():
    """All arms on one seed."""
    return network.run(small(), SEED)


def seen(gain, **said):
    """Schools with a gain, all else 0."""
    zero = np.zeros(len(gain))
    return Seen(
        **{name: np.array(said.get(name, zero), float) for name in Seen._fields} | {"gain": np.array(gain, float)}
    )


# ---- the estimate, by hand -------------------------------------------------------------------------------------------
def four_pairs():
    """Schools 0 to 3 are supported, 4 to 7 their controls, 8 and 9 beside; quarters of readiness by row."""
    design = Design(np.arange(4), np.arange(4, 8))
    quarter = np.array([0, 1, 2, 3, 3, 3, 3, 3, 0, 0])
    without = seen([0.0, 0.1, 0.2, 0.3, 0.1, 0.1, 0.1, 0.1, 0.5, 0.5])
    with_it = seen([-0.1, 0.1, 0.3, 0.6, 0.15, 0.1, 0.1, 0.05, 0.6, 0.5], use=[0.5, 0, 0, 0.1] + [0] * 6)
    found = effects(with_it, without, design, {"true": quarter, "surveyed": quarter[[3, 2, 1, 0, *range(4, 10)]]})
    return {(row["by"], row["group"]): row for row in found}


def test_the_estimate_is_true_effect_and_matching_less_spill_over():
    row = four_pairs()["true", "all"]
    assert row["true"] == pytest.approx((-0.1 + 0.0 + 0.1 + 0.3) / 4)
    assert row["matching"] == pytest.approx((-0.1 + 0.0 + 0.1 + 0.2) / 4)
    assert row["spill"] == pytest.approx((0.05 + 0.0 + 0.0 - 0.05) / 4)
    differences = np.array([-0.25, 0.0, 0.2, 0.55])
    assert row["estimate"] == pytest.approx(differences.mean())
    assert row["error"] == pytest.approx(differences.std(ddof=1) / 2)
    assert row["others"] == pytest.approx(0.05) and row["use"] == pytest.approx(0.15) and row["schools"] == 4


def test_a_pair_is_in_the_group_of_its_supported_school():
    found = four_pairs()
    assert [found["true", group]["true"] for group in ("least_ready", "second", "third", "readiest")] == pytest.approx(
        [-0.1, 0.0, 0.1, 0.3]
    )
    assert found["true", "readier_half"]["true"] == pytest.approx(0.2)
    assert found["surveyed", "readiest"]["true"] == pytest.approx(-0.1), "the survey orders them the other way round"
    assert all(found["true", group]["schools"] == len(quarters) for group, quarters in GROUPS.items())


def test_a_group_without_schools_has_no_value():
    design, quarter = Design(np.array([0]), np.array([1])), np.zeros(2, int)
    found = effects(seen([0.1, 0.0]), seen([0.0, 0.0]), design, {"true": quarter, "surveyed": quarter})
    of = {(row["by"], row["group"]): row for row in found}
    assert np.isnan(of["true", "readiest"]["true"]) and of["true", "readiest"]["schools"] == 0
    assert of["true", "least_ready"]["true"] == pytest.approx(0.1) and np.isnan(of["true", "all"]["error"])
    assert np.isnan(of["true", "all"]["others"])


def test_the_parts_add_up_in_the_model():
    for row in rows():
        if row["table"] == "effects" and row["schools"]:
            assert row["estimate"] == pytest.approx(row["true"] + row["matching"] - row["spill"], abs=1e-12)
            assert row["months"] == pytest.approx(36.0 * row["true"])


def test_months_go_by_the_scenarios_own_conversion():
    sc = small(**{"pupils.months_per_sd": 24, "programme.years_after": 0, "programme.years_support": 2})
    of_arms = [row for row in network.run(sc.override({"strategies.conditions_first_year.content.years.2": "mixed"}), 1)
               if row["table"] == "effects"]  # fmt: skip
    assert all(row["months"] == pytest.approx(24.0 * row["true"], nan_ok=True) for row in of_arms)
    assert {row["year"] for row in of_arms} == {1, 2}


# ---- who is in the trial ---------------------------------------------------------------------------------------------
def test_pairs_are_of_one_district_and_alike():
    sc = load_scenario("achievement_network")
    schools = ReformModel(sc, rng=3, strategy="none").state.schools
    design = design_of(sc, 3, schools)
    assert supported(sc) == 45 == len(design.treated) == len(design.control)
    assert len({*design.treated.tolist(), *design.control.tolist()}) == 90, "nobody is in two pairs"
    assert (schools.district[design.treated] == schools.district[design.control]).all()
    same_level = (schools.level[design.treated] == schools.level[design.control]).mean()
    apart = np.abs(schools.poverty[design.treated] - schools.poverty[design.control]).mean()
    shuffled = np.abs(schools.poverty[design.treated] - np.roll(schools.poverty[design.control], 7)).mean()
    assert same_level > 0.8 and apart < 0.5 * shuffled
    again = design_of(sc, 3, schools)
    assert (again.treated == design.treated).all() and (design_of(sc, 4, schools).treated != design.treated).any()


def test_the_coin_is_fair_over_seeds():
    sc = load_scenario("achievement_network")
    schools = ReformModel(sc, rng=3, strategy="none").state.schools
    first = [
        (design.treated < design.control).mean() for design in (design_of(sc, seed, schools) for seed in range(40))
    ]
    assert abs(np.mean(first) - 0.5) < 3 * 0.5 / np.sqrt(40 * 45)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"programme.wave_1": 0.49}, "programme.wave_1: found 0.49, 59 supported schools of 120 in 5 districts; each "
                                     "needs a matched control of its own district, and only 57 pairs are sure: at most "
                                     "0.475 is allowed"),
        ({"population.schools": 12}, "only 3 pairs are sure: more schools are needed"),
        ({"programme.wave_1": 0.05}, "6 supported schools of 120; at least 8 are needed"),
    ],
)  # fmt: skip
def test_missing_matched_controls_are_one_clear_error(said, told):
    with pytest.raises(StudyError) as error:
        network.check(load_scenario("achievement_network").override(said))
    assert told in str(error.value) and "achievement_network" in str(error.value)


def test_what_is_said_to_be_allowed_is_allowed():
    check_design(load_scenario("achievement_network").override({"programme.wave_1": 0.475}))


def test_a_trial_of_one_year_is_none():
    sc = small(**{"strategies.conditions_first_year.content.kind": "practice_first", "programme.years_support": 1})
    with pytest.raises(StudyError, match="programme.years_support: found 1; 2 or more"):
        network.check(sc)


# ---- what supported schools get --------------------------------------------------------------------------------------
class Everybody:
    """Everything for everybody, told to."""

    def plan(self, view, draw):
        size = view.programme.size
        return Plan(enrol=np.zeros(size), mandate=np.ones(size), hours=np.full(size, 9.0), building=np.full(size, 5.0),
                    outreach=np.ones(size))  # fmt: skip


class View:
    """What the wrappers read of a view."""

    def __init__(self, year, size=4):
        self.year, self.programme = year, np.ones(size, np.uint8)


def test_only_supported_schools_are_offered_anything():
    plan = ForTreated(Everybody(), np.array([True, False, True, False])).plan(View(0), make_draw(1, 0))
    for field in ("enrol", "no_wait", "outreach"):
        assert getattr(plan, field).tolist() == [1, 0, 1, 0], field
    assert plan.hours.tolist() == [9, 0, 9, 0] and plan.building.tolist() == [5, 0, 5, 0]
    assert plan.mandate.tolist() == [0] * 4 and plan.places == 2


def test_the_district_builds_in_the_first_year_and_the_network_comes_in_the_second():
    strategy = DistrictFirst(Everybody(), 3)
    first, second = (strategy.plan(View(year), make_draw(1, 0)) for year in (0, 1))
    assert first.hours.tolist() == [0] * 4 and first.building.tolist() == [5] * 4 and first.align.tolist() == [3] * 4
    assert second.hours.tolist() == [9] * 4 and second.align.tolist() == [-1] * 4
    assert DistrictFirst(Everybody()).plan(View(0), make_draw(1, 0)).align.tolist() == [-1] * 4


def test_controls_are_never_enrolled_and_supported_schools_are_at_once():
    sc = small()
    model = ReformModel(sc, rng=SEED, strategy="none")
    design = design_of(sc, SEED, model.state.schools)
    chosen = np.zeros(44, bool)
    chosen[design.treated] = True
    model.maker = ForTreated(strategy_of(sc, network.UNIFORM), chosen)
    model.run(until=1)
    assert (model.state.schools.enrolled.astype(bool) == chosen).all()
    assert (model.state.schools.to_leaders[chosen] == 1.0).all() and (model.state.schools.hours[chosen] > 0).all()
    model.run()
    assert (model.state.schools.spells[~chosen] == 0).all()


def test_ready_schools_only_are_those_the_survey_calls_ready():
    sc = small()
    model = ReformModel(sc, rng=SEED, strategy="none")
    everybody = np.arange(44)
    found = course(sc, SEED, "ready_schools_only", everybody)
    assert found.years[0].enrolled.sum() < 44
    in_it = found.years[0].enrolled > 0
    assert found.surveyed[in_it].min() >= 0.5 > found.surveyed[~in_it].mean()
    assert model.state.readiness_start[in_it].mean() > model.state.readiness_start[~in_it].mean()


def test_without_its_load_the_programme_costs_unready_schools_nothing():
    """Load changes what pupils lose and nothing else, so that the difference is load x (1 - R / enough) by hand."""
    of = reckon(rows())
    assert of["uniform_no_load.use"] == of["uniform_90_10.use"]
    assert of["uniform_no_load.true.true.least_ready"] > of["uniform_90_10.true.true.least_ready"]
    assert of["load"] == pytest.approx(of["uniform_90_10.true.true.all"] - of["uniform_no_load.true.true.all"])
    assert of["uniform_no_load.true.true.readiest"] - of["uniform_90_10.true.true.readiest"] < 0.03


def test_conditions_first_has_no_tests_in_the_first_year():
    sc = small(**{"pupils.load": 0.25})
    schools = ReformModel(sc, rng=SEED, strategy="none").state.schools
    treated = design_of(sc, SEED, schools).treated
    with_load, without = (
        course(one, SEED, network.CONDITIONS_FIRST, treated) for one in (sc, small(**{"pupils.load": 0}))
    )
    assert (with_load.years[0].gain == without.years[0].gain).all()
    lost = (without.years[1].gain - with_load.years[1].gain)[treated]
    assert lost.max() > 0.05 and (np.delete(without.years[1].gain - with_load.years[1].gain, treated) == 0).all()
    assert (with_load.years[-1].use == without.years[-1].use).all()


def test_quantities_of_contrasts_and_money():
    of = reckon(rows())
    for a, b in network.CONTRASTS:
        for when, what in network.WHEN.items():
            own = of[f"{a}.{what}.true.readier_half"] - of[f"{b}.{what}.true.readier_half"]
            assert of[f"{a} - {b}.{when}.readier_half"] == own
    for arm in network.ARMS:
        assert of[f"{arm}.per_100_dollars"] == pytest.approx(100 * of[f"{arm}.end.true.all"] / of[f"{arm}.cost"])
    assert of["ready_schools_only.cost"] < of["uniform_90_10.cost"]
    assert of["unfitted_40_60.readiness"] > of["uniform_90_10.readiness"], (
        "forty per cent of the hours build conditions"
    )
    assert of["uniform_to_teachers.arriving"] > of["uniform_90_10.arriving"] > of["unfitted_40_60.arriving"]


def test_tables_hold_every_arm_and_group():
    table = tables([row | {"seed": 1} for row in rows()])["effects"]
    assert set(table["strategy"]) == {*network.ARMS, *network.BESIDE} and set(table["year"]) == {1, 2, 3, 4}
    assert set(table["group"]) == set(GROUPS) and set(table["by"]) == {"surveyed", "true"}
    assert not table.duplicated(["strategy", "year", "by", "group", "value"]).any()


def test_five_lines_are_said():
    quantities = {key: (value, value - 0.01, value + 0.01, 2) for key, value in reckon(rows()).items()}
    from diffusion_sim.systems.question import Estimate

    lines = network.QUESTION.say({key: Estimate(*found) for key, found in quantities.items()}, small())
    assert len(lines) == 5 and all(line.endswith(".") and len(line) < 300 for line in lines)
    known = {one.key for one in network.QUESTION.statements}
    assert known <= set(quantities)


# ---- what the article says -------------------------------------------------------------------------------------------
def test_the_scenario_says_what_is_cited_from_the_article():
    path = Path(__file__).resolve().parents[2] / "experiments" / "achievement_network" / "cited.csv"
    cited = pd.read_csv(path).set_index("key")["value"]
    content = load_scenario("achievement_network").section("strategies")
    uniform, fitted = (content[arm]["content"] for arm in ("uniform_90_10", "differentiated_40_60"))
    assert 100 * uniform["practice"] == pytest.approx(cited["coaching_on_data_at_first"])
    assert 100 * fitted["practice"] == pytest.approx(cited["coaching_on_data_today"])
    assert 100 * (fitted["expertise"] + fitted["conditions"]) == pytest.approx(cited["coaching_on_needs_today"])
    assert (cited["months_low"], cited["months_high"]) == words.ARTICLE == figure.ARTICLE
    assert cited["years"] == network.TRIAL_YEARS and all(
        block["content"]["to_leaders"] == 1 for block in content.values()
    )


def test_without_fitting_means_the_same_shares():
    content = load_scenario("achievement_network").section("strategies")
    shares = ("practice", "expertise", "conditions", "capacity")
    own, other = (
        [content[arm]["content"][name] for name in shares] for arm in ("unfitted_40_60", "differentiated_40_60")
    )
    assert own == other
