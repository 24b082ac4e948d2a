"""What the schools of a district share, in what districts differ, and what a table says of its districts."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim import rng, saved_bounds
from diffusion_sim.dynamics.districts import PRINCIPALS_PART, TRUST_PART, shared
from diffusion_sim.dynamics.leaders import succeed_principal
from diffusion_sim.errors import ScenarioError
from diffusion_sim.model import ReformModel
from diffusion_sim.population.catalogue import COLUMNS, READINESS
from diffusion_sim.scenario.mechanisms import mechanisms
from diffusion_sim.scenario.numbers import defaults
from diffusion_sim.world.build import LONG_AGO, build_world
from diffusion_sim.world.numbers import TRAITS, numbers_of
from diffusion_sim.world.start import initial_shares

from ..small_world import write_case

CASE = ds.load_scenario("mid_size_district")
MANY = CASE.override({"population.districts": 900, "population.schools": 5400, "population.teachers_mean": 9})
SOME = CASE.override({"population.districts": 4, "population.schools": 16, "population.teachers_mean": 12})
OFF = mechanisms()["districts_differ"].off
# Nothing is cut at its bounds, so that sums can be told apart.
NARROW = {"schools.readiness_sd": 0.05, "schools.readiness_poverty": 0, "schools.principal_sd": 0.05,
          "schools.trust_sd": 0.05, "readiness.focus_crowding": 0}  # fmt: skip
SEED = 8


def world(sc, **numbers):
    return build_world(sc.override({name.replace("__", "."): value for name, value in numbers.items()}), SEED)


def drawn(w):
    """What schools draw, by name, (S,)."""
    s = w.schools
    found = {f"condition {j}": s.conditions_start[:, j] for j in range(4)}
    return found | {"principal": s.principal, "trust": s.trust, "initiatives": s.initiatives_usual}


def alike_in_districts(values, w):
    first = w.districts.first[w.schools.district]
    return np.array_equal(values, values[first])


def pairs_of(w):
    """Rows of the first two schools of each district that has two, (2, P)."""
    first = w.districts.first[w.districts["last"] - w.districts.first > 1]
    return np.array([first, first + 1])


# ---- schools of a district -------------------------------------------------------------------------------------------
def test_the_ends_are_the_own_and_the_district_s_number_to_the_last_bit():
    for a, b in rng.normals(3, np.arange(40, dtype=np.uint64), 0, 99, 0).reshape(20, 2):
        assert shared.py_func(0.0, a, b) == b and shared.py_func(1.0, a, b) == a
        assert shared.py_func(0.36, a, b) == pytest.approx(0.6 * a + 0.8 * b)


def test_with_icc_0_schools_draw_what_they_drew():
    w = world(SOME, districts__icc=0, initial_use__icc_districts=0)
    key, n = w.schools.key, numbers_of(SOME).schools
    for j in range(4):
        mean = n.readiness + n.readiness_poverty * (w.schools.poverty - 0.5)
        expected = np.clip(mean + n.readiness_sd * rng.normals(SEED, key, 0, rng.CONDITION, j), 0, 1)
        assert np.array_equal(w.schools.conditions_start[:, j], expected)
    trust = n.trust + n.trust_sd * rng.normals(SEED, key, 0, rng.TRUST, 0)
    assert np.array_equal(w.schools.trust, np.clip(trust, 0, 1))
    support = numbers_of(SOME).leader_start
    z = rng.normals(SEED, key, 0, rng.PRINCIPAL_SUPPORT, 0)
    assert np.array_equal(w.schools.principal, np.clip(support.principal + support.principal_sd * z, 0, 1))
    assert (w.districts.usual_principal == support.principal).all()


def test_with_icc_1_all_schools_of_a_district_share():
    w = world(SOME, **{name.replace(".", "__"): value for name, value in NARROW.items()}, districts__icc=1)
    for name, values in drawn(w).items():
        assert alike_in_districts(values, w), name
        assert np.unique(values).size > 1, name
    z = rng.normals(SEED, w.districts.key, 0, rng.DISTRICT_PART, TRUST_PART)
    trust = np.clip(CASE["schools.trust"] + 0.05 * z, 0, 1)
    assert np.array_equal(w.schools.trust, trust[w.schools.district])
    z = rng.normals(SEED, w.districts.key, 0, rng.DISTRICT_PART, PRINCIPALS_PART)
    assert w.schools.principal == pytest.approx((CASE["schools.principal"] + 0.05 * z)[w.schools.district])
    assert w.schools.principal == pytest.approx(w.districts.usual_principal[w.schools.district])


def test_one_school_by_hand():
    """icc .36: six tenths of the district's number and eight of the school's."""
    w = world(SOME, districts__icc=0.36)
    s, d = w.schools, w.schools.district
    for j in range(4):
        district, own = (rng.normals(SEED, k, 0, p, j) for k, p in
                         ((w.districts.key[d], rng.DISTRICT_PART), (s.key, rng.CONDITION)))  # fmt: skip
        mean = CASE["schools.readiness"] + CASE["schools.readiness_poverty"] * (s.poverty - 0.5)
        expected = np.clip(mean + CASE["schools.readiness_sd"] * (0.6 * district + 0.8 * own), 0, 1)
        assert s.conditions_start[:, j] == pytest.approx(expected)


@pytest.mark.parametrize("icc", [0.0, 0.2, 0.6])
def test_sd_is_kept_and_schools_of_a_district_correlate(icc):
    """A pair of schools from each of 400 districts and more: SDs within 10 %, correlations within .15, 3 SE or more."""
    w = build_world(MANY.override(NARROW | {"districts.icc": icc}), SEED)
    sds = {"principal": 0.05, "trust": 0.05, "initiatives": math.sqrt(CASE["schools.initiatives"])}
    for name, values in drawn(w).items():
        pairs = values[pairs_of(w)]
        assert pairs.shape[1] > 400 and pairs.std() == pytest.approx(sds.get(name, 0.05), rel=0.1), name
        assert np.corrcoef(pairs)[0, 1] == pytest.approx(icc, abs=0.15), name


def test_initiatives_are_the_district_s_and_the_school_s():
    """By hand over the quarters of a run, each sum of the two Poisson numbers by inversion."""
    from scipy.stats import poisson

    case = SOME.override({"districts.icc": 0.4, "schools.initiatives": 5.0, "schools.initiative_years": 1})
    model = ReformModel(case, rng=SEED, strategy="none")
    s, keys = model.state.schools, model.state.districts.key
    for quarter in (0, 1, 5):
        model.run(until=max(model.week, 9 * quarter + 1))
        for row in range(s.size):
            u = [(rng.uniform(SEED, keys[s.district[row]], 0, rng.DISTRICT_INITIATIVES, q + 1000),
                  rng.uniform(SEED, s.key[row], 0, rng.INITIATIVES, q + 1000))
                 for q in range(quarter - 3, quarter + 1)]  # fmt: skip
            assert s.initiatives[row] == sum(poisson.ppf(a, 0.5) + poisson.ppf(b, 0.75) for a, b in u)


def test_initiatives_keep_their_poisson_law():
    """One school of each of 1,200 districts: mean, variance and the chance of none are those of one Poisson law."""
    case = CASE.override({"population.districts": 1200, "population.schools": 1200, "population.teachers_mean": 9})
    found = build_world(case.override({"districts.icc": 0.4}), SEED).schools.initiatives_usual
    mean = CASE["schools.initiatives"]
    assert found.mean() == pytest.approx(mean, abs=3 * math.sqrt(mean / 1200))
    assert found.var() == pytest.approx(mean, rel=3 * math.sqrt(2 / 1200 + 1 / (mean * 1200)))
    assert (found == 0).mean() == pytest.approx(math.exp(-mean), abs=3 * math.sqrt(math.exp(-mean) / 1200))


@pytest.mark.parametrize("between", [0.0, 0.64, 1.0])
def test_initial_use_has_its_own_share_between_districts(between):
    """On the scale of normal scores, before the quantile of the Beta law."""
    from scipy.stats import beta, norm

    sc = SOME.override({"initial_use.share": 0.4, "initial_use.icc": 0.2, "initial_use.icc_districts": between})
    w = build_world(sc, SEED)
    found = initial_shares(sc, SEED, w.schools, w.districts, w.table)
    district = rng.normals(SEED, w.districts.key, 0, rng.DISTRICT_USE, 0)[w.schools.district]
    own = rng.normals(SEED, w.schools.key, 0, rng.SCHOOL_USE, 0)
    z = math.sqrt(between) * district + math.sqrt(1 - between) * own
    assert found == pytest.approx(beta.ppf(norm.cdf(z), 0.4 * 4, 0.6 * 4), abs=1e-4)
    assert alike_in_districts(found, w) == (between == 1.0)


def test_successors_keep_the_district_s_part():
    """With icc 1 nobody who comes changes a school's support; with icc .5 the district's part stays."""
    for icc in (1.0, 0.5):
        model = ReformModel(SOME.override(NARROW | {"districts.icc": icc}), rng=SEED, strategy="none")
        s, d, n = model.state.schools, model.state.districts, model.numbers
        before = s.principal.copy()
        for row in range(s.size):
            succeed_principal(
                row, np.uint64(SEED), s, d, n.leaders._replace(successor_norm=0.0), n.leader_start, 0.0, 0.0,
                model.state.flow_rows,
            )  # fmt: skip
        assert (s.principal_number == 1).all()
        if icc == 1.0:
            assert np.array_equal(s.principal, before)
            continue
        of_district = rng.normals(SEED, d.key, 0, rng.DISTRICT_PART, PRINCIPALS_PART)[s.district]
        own = rng.normals(SEED, s.key, 1, rng.PRINCIPAL_SUPPORT, 0)
        expected = CASE["schools.principal"] + 0.05 * math.sqrt(0.5) * (of_district + own)
        assert s.principal == pytest.approx(expected) and not np.array_equal(s.principal, before)


def test_trust_rests_under_the_district_s_usual_principals():
    """Where all principals are as they usually are in their district, and none leaves, trust stays where it starts."""
    model = ReformModel(SOME.override({"districts.icc": 1, "leaders.principal_exit": 0}), rng=SEED, strategy="none")
    start = model.state.schools.trust.copy()
    model.run(until=30)
    assert np.unique(model.state.districts.usual_principal).size == 4
    assert model.state.schools.trust == pytest.approx(start, abs=1e-12)


# ---- districts -------------------------------------------------------------------------------------------------------
def test_traits_are_drawn_around_their_means_and_cut():
    by_degree = {"structure__accountability": "smooth", "districts__regime": 0.1, "districts__regime_sd": 1}
    w = world(SOME, pupils__effect_sd=0.1, **by_degree)
    for number, (column, path) in enumerate(TRAITS.items()):
        section, key = path.split(".")
        low, high = defaults()[section][key].bounds
        mean, sd = {"regime": (0.1, 1.0), "effect": (CASE[path], 0.1)}.get(column, (CASE[path], CASE[f"{path}_sd"]))
        z = rng.normals(SEED, w.districts.key, 0, rng.DISTRICT_TRAIT, number)
        assert np.array_equal(w.districts[column], np.clip(mean + sd * z, low, high)), column
        assert np.array_equal(w.districts.deviation[:, number], sd * z)
    assert (w.districts.regime == 0).any(), "cut at its bound"
    felt = 1 / (1 + np.exp(CASE["districts.pressure_slope"] * w.schools.achievement))
    assert w.schools.pressure == pytest.approx(w.districts.regime[w.schools.district] * felt)
    assert np.array_equal(w.schools.fit, w.districts.fit[w.schools.district])


def test_with_the_mechanism_off_every_column_is_its_mean():
    w = build_world(SOME.override({"mechanisms.districts_differ": False}).in_force, SEED)
    for column, path in TRAITS.items():
        assert (w.districts[column] == CASE[path]).all(), column
    assert (w.schools.fit == CASE["experience.fit"]).all() and not w.districts.deviation.any()
    assert (w.districts.usual_principal == CASE["schools.principal"]).all()


def test_the_mechanism_is_all_that_differs():
    assert set(OFF.values()) == {0}
    assert set(OFF) == {"districts.icc", "initial_use.icc_districts", *(f"{path}_sd" for path in TRAITS.values())}


@pytest.mark.parametrize("path", TRAITS.values())
def test_an_override_within_a_run_shifts_the_mean(path):
    column = next(name for name, of in TRAITS.items() if of == path)
    model = ReformModel(SOME, rng=SEED, strategy="none").run(until=3)
    number, before = list(TRAITS).index(column), model.state.districts[column].copy()
    others = {name: model.state.districts[name].copy() for name in TRAITS if name != column}
    model.intervene({path: CASE[path] * 1.1})
    expected = CASE[path] * 1.1 + model.state.districts.deviation[:, number]
    assert model.state.districts[column] == pytest.approx(expected) and not np.array_equal(expected, before)
    assert all(np.array_equal(model.state.districts[name], values) for name, values in others.items())
    model.intervene({"trial.q": 0.9})
    assert model.state.districts[column] == pytest.approx(expected)
    model.intervene({path: CASE[path]})
    assert np.array_equal(model.state.districts[column], before)


@pytest.mark.parametrize("path", ["districts.icc", *(f"{path}_sd" for path in TRAITS.values())])
def test_deviations_are_settled_at_the_start(path):
    model = ReformModel(SOME, rng=SEED, strategy="none")
    with pytest.raises(ScenarioError, match=f"{path} only shapes the start"):
        model.intervene({path: 0.1})
    with pytest.raises(ScenarioError, match="districts_differ also switches"):
        model.intervene({"mechanisms.districts_differ": False})


def test_pressure_can_be_switched_off_whatever_districts_deviate():
    off = ReformModel(SOME, rng=SEED, strategy="directed_uniform", overrides={"mechanisms.pressure": False}).run()
    none = {"districts.regime": 0, "districts.regime_sd": 0}
    by_hand = ReformModel(SOME, rng=SEED, strategy="directed_uniform", overrides=none).run()
    assert off.series.equals(by_hand.series)


@pytest.mark.slow
@pytest.mark.parametrize("plain", [False, True])
def test_complexity_and_effect_act_where_the_district_s_teachers_use(plain):
    """A district's column changed by hand moves its own teachers alone: conviction by complexity, gains by effect."""

    def run(**change):
        sc = SOME.override({"initial_use.share": 0.3, "experience.eta_peer": 0})
        model = ReformModel(sc, rng=SEED, strategy="none", plain=plain).run(until=2)
        for column, value in change.items():
            model.state.districts[column][1] = value
        return model.run(until=3)

    usual, complex_, strong = run(), run(complexity=3.0), run(effect=2.0)
    of = usual.state.schools.district[usual.state.teachers.school]
    for model, column in ((complex_, "conviction"), (strong, "gain")):
        change = getattr(model.state.teachers, column) - getattr(usual.state.teachers, column)
        assert not change[of != 1].any() and change[of == 1].any(), column
    assert (strong.state.teachers.gain - usual.state.teachers.gain >= 0).all()
    assert (complex_.state.teachers.conviction - usual.state.teachers.conviction <= 0).all()


# ---- the board -------------------------------------------------------------------------------------------------------
def test_the_board_is_a_third_support_in_coherence():
    for word, power in (("off", 3), ("in_coherence", 4)):
        w = world(SOME, structure__board=word)
        d = w.districts[w.schools.district]
        product = w.schools.principal * d["superintendent"] * d["alignment"].min(axis=1)
        product *= d["board"] if word == "in_coherence" else 1.0
        assert w.schools.coherence == pytest.approx(product ** (1 / power)) and (w.schools.coherence > 0).all()


def test_boards_stay_as_they_are_and_act_in_coherence_alone():
    runs = [ReformModel(SOME, rng=SEED, strategy="directed_uniform", overrides={"structure.board": word}).run()
            for word in ("off", "in_coherence")]  # fmt: skip
    assert np.array_equal(runs[0].state.districts.board, runs[1].state.districts.board)
    assert np.array_equal(runs[1].state.districts.board, runs[1].world.districts.board)
    assert not runs[0].series.equals(runs[1].series)
    changed = ReformModel(SOME, rng=SEED, strategy="directed_uniform", overrides={"districts.board": 0.3}).run()
    assert changed.series.equals(runs[0].series), "nobody looks at it"


# ---- a table's own ---------------------------------------------------------------------------------------------------
ROWS = [{"district_id": d, "school_id": f"{d}{n}", "teachers": 10, "pupils": 150, "poverty": 0.1 + 0.1 * n}
        for d in ("east", "north", "west") for n in range(3)]  # fmt: skip
SAID = {"centralisation": 0.1, "autonomy": 0.9, "regime": 0.7, "fit": 1.31, "complexity": 1.7, "effect": 0.123,
        "board": 1.0}  # fmt: skip


def case(folder, **columns):
    """Rows with a column each; a list holds nine values."""
    frame = pd.DataFrame(ROWS)
    for name, values in columns.items():
        frame[name] = values
    return write_case(folder, frame.to_dict("records"), "districts_differ")


def test_a_table_may_say_what_a_scenario_may():
    for column, path in TRAITS.items():
        section, key = path.split(".")
        assert (COLUMNS[column].low, COLUMNS[column].high) == tuple(defaults()[section][key].bounds)
        assert saved_bounds.BOUNDS[f"districts.{column}"] == pytest.approx(defaults()[section][key].bounds, abs=1e-5)


@pytest.mark.parametrize("column", SAID)
def test_a_table_s_columns_are_used_as_they_are(tmp_path, column):
    """Of three districts one says it in all rows, one in one row, and one says nothing: that one is drawn."""
    value = SAID[column]
    plain = build_world(case(tmp_path), SEED)
    said = [value / 2] * 3 + ["", value, ""] + [""] * 3
    w = build_world(case(tmp_path, **{column: said}), SEED)
    assert w.districts[column].tolist() == [value / 2, value, plain.districts[column][2]]
    others = [name for name in SAID if name != column]
    assert all(np.array_equal(w.districts[name], plain.districts[name]) for name in others)
    report = w.table.report.set_index(["rule", "column"])["schools"]
    assert report["empty cells filled", column] == 2 and report["districts that say nothing", column] == 3
    path = TRAITS[column]
    model = ReformModel(case(tmp_path, **{column: said}), rng=SEED, strategy="none")
    model.intervene({path: CASE[path] * 0.9})
    low, high = defaults()[path.split(".")[0]][path.split(".")[1]].bounds
    expected = np.clip(w.districts[column] - 0.1 * CASE[path], low, high)
    assert model.state.districts[column] == pytest.approx(expected), "the mean has moved, the deviation stays"


def test_a_table_s_survey_and_use_are_taken_as_they_are(tmp_path):
    """Whatever schools of a district share of what is drawn."""
    said = {name: [0.1 * n + 0.05 * j for n in range(9)] for j, name in enumerate((*READINESS, "initial_use"))}
    sc = case(tmp_path, **said).override({"districts.icc": 1, "initial_use.icc_districts": 1})
    w = build_world(sc, SEED)
    assert np.array_equal(w.schools.conditions_start.T, [said[name] for name in READINESS])
    assert initial_shares(sc, SEED, w.schools, w.districts, w.table).tolist() == said["initial_use"]
    assert w.schools.conditions[:, 0] == pytest.approx(said[READINESS[0]]), "the focus at the present initiatives"


def test_leaders_years_in_post(tmp_path):
    """A year is 36 weeks; who is new carries an agenda; where nothing is said leaders are long in post."""
    plain = ReformModel(case(tmp_path), rng=SEED, strategy="none")
    assert (plain.state.schools.weeks_principal == LONG_AGO).all()
    assert (plain.state.districts.weeks_superintendent == LONG_AGO).all()
    principals, superintendents = [0, 0.5, 7.01, "", 1, 80, "", "", 2], [3] * 3 + [""] * 3 + [0] * 3
    said = case(tmp_path, principal_years=principals, superintendent_years=superintendents)
    model = ReformModel(said, rng=SEED, strategy="none")
    s, d = model.state.schools, model.state.districts
    assert s.weeks_principal.tolist() == [0, 18, 252, LONG_AGO, 36, 2880, LONG_AGO, LONG_AGO, 72]
    assert d.weeks_superintendent.tolist() == [108, LONG_AGO, 0]
    schools, districts = (list(model.agents_by_type[kind]) for kind in (ds.School, ds.District))
    assert schools[1].principal_years == 0.5 and schools[3].principal_years == math.inf
    assert [district.superintendent_years for district in districts] == [3, math.inf, 0]
    assert districts[1].traits["effect"] == d.effect[1]
    model.run(until=5), plain.run(until=5)
    assert s.weeks_principal[1] == 23 and d.weeks_superintendent.tolist()[::2] == [113, 5]
    stage, school = plain.state.teachers.stage, plain.state.teachers.school
    new = np.isin(school, (0, 1, 4)) & (stage == 1) & (model.state.teachers.stage == 1)
    long = np.isin(school, (2, 3, 5, 6, 7, 8))
    waits = plain.state.teachers.wait - model.state.teachers.wait
    assert (waits[new] > 0).any() and not waits[long].any(), "who is new carries an agenda"
    model.intervene({"kind": "leader_leaves", "districts": ["east"]})
    model.run(until=6)
    assert d.weeks_superintendent.tolist()[::2] == [1, 6]


def test_a_saved_model_keeps_what_districts_are(tmp_path):
    years = {"principal_years": [1, 2, "", *[3] * 6], "effect": [0.3] * 3 + [""] * 3 + [0.5] * 3}
    model = ReformModel(case(tmp_path, **years), rng=SEED, strategy="directed_uniform").run(until=40)
    model.intervene({"pupils.effect": 0.5})
    model.save(tmp_path / "m.npz")
    other = ds.load_model(tmp_path / "m.npz")
    assert other.world.table.equals(model.world.table)
    other.intervene({"pupils.effect": 0.42}), model.intervene({"pupils.effect": 0.42})
    assert other.state.districts.effect == pytest.approx([0.3, model.state.districts.effect[1], 0.5])
    assert other.run().series.equals(model.run().series)


def test_what_is_beyond_the_plausible_range_is_noted():
    """Bounds are wide; what lies outside the plausible range of the scenario's number is allowed and told."""
    from diffusion_sim.population.catalogue import COLUMNS
    from diffusion_sim.population.table import from_table
    from diffusion_sim.scenario.numbers import defaults

    of = {"centralisation": "districts", "autonomy": "districts", "regime": "districts", "board": "districts",
          "fit": "experience", "complexity": "experience", "effect": "pupils"}  # fmt: skip
    for name, column in COLUMNS.items():
        key = "evaluation" if name == "alignment_evaluation" else name.split("_")[0]
        section = "districts" if name.startswith("alignment_") else of.get(name)
        assert column.plausible == (defaults()[section][key].range if section else None), name
    rows = pd.DataFrame({"district_id": ["a", "a", "b"], "school_id": ["1", "2", "3"], "teachers": 10, "poverty": 0.5,
                         "complexity": [3.0, 3.0, 1.0], "centralization": 0.5})  # fmt: skip
    report = from_table(rows).report
    text = report.to_string() if hasattr(report, "to_string") else str(report)
    assert "outside the plausible range" in text and "plausible is 0.6 to 1.4; the first: district 'a' says 3" in text
    assert "'centralization'; did you mean 'centralisation'?" in text
