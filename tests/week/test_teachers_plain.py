"""The plain week is the twin of the lanes: the same users every week, measures to rounding, in random worlds."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.week import engine

STRATEGIES = ("volunteer_uniform", "directed_differentiated", "staged", "improvement_network", "multi_classroom_leader")


def both(seed: int, strategy: str, **more):
    lanes = ds.ReformModel("mid_size_district", rng=seed, strategy=strategy, plain=False, **more)
    plain = ds.ReformModel("mid_size_district", rng=seed, strategy=strategy, plain=True, **more)
    assert not lanes.plain and plain.plain
    return lanes.run(), plain.run()


def same(lanes, plain) -> None:
    """Same stages of the same persons; measures and columns but for rounding."""
    a, b = lanes.state, plain.state
    for column in ("stage", "owned", "visible", "spells", "ever", "marked", "tag", "origin", "leader", "grade"):
        np.testing.assert_array_equal(a.teachers[column], b.teachers[column], err_msg=column)
    np.testing.assert_array_equal(lanes.series[["users", "deep_users"]], plain.series[["users", "deep_users"]])
    np.testing.assert_allclose(lanes.series, plain.series, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(lanes.flows, plain.flows, rtol=1e-10, atol=1e-10)
    for column in ("skill", "conviction", "uses", "gain", "skill_brought"):
        np.testing.assert_allclose(a.teachers[column], b.teachers[column], rtol=1e-10, atol=1e-12, err_msg=column)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_users_every_week(strategy):
    same(*both(3, strategy))


@pytest.mark.parametrize("seed", range(6))
def test_random_worlds(seed):
    """Numbers drawn within their ranges, networks dense and thin, events, a mandate."""
    rng = np.random.default_rng(seed)
    case = ds.load_scenario("mid_size_district")
    sections = ("trial", "stop", "learning", "experience", "internalise", "aware", "norm", "turnover")
    wide = [p for p, n in case.numbers.items() if n.range is not None and p.split(".")[0] in sections]
    drawn = {str(p): float(rng.uniform(*case.number(p).range)) for p in rng.choice(wide, 12, replace=False)}
    drawn |= {p: round(value) for p, value in drawn.items() if case.number(p).integer}
    drawn |= {"population.schools": int(rng.integers(2, 9)), "network.cross_share": float(rng.uniform(0.0, 0.4))}
    lanes, plain = both(seed, str(rng.choice(STRATEGIES)), overrides=drawn)
    same(lanes, plain)


def test_the_environment_asks_for_it(monkeypatch):
    monkeypatch.setenv(engine.PLAIN, "1")
    assert ds.ReformModel("mid_size_district", rng=1).plain
    monkeypatch.setenv(engine.PLAIN, "0")
    assert not ds.ReformModel("mid_size_district", rng=1).plain


@pytest.mark.parametrize("found", [1, "yes", 0.0])
def test_plain_is_true_or_false(found):
    with pytest.raises(ds.errors.RuleError, match="plain: found .*; True, False or None is allowed"):
        ds.ReformModel("mid_size_district", plain=found)


def test_threads_and_copies_keep_it():
    one = ds.ReformModel("mid_size_district", rng=2, strategy="directed_uniform", plain=True)
    two = ds.ReformModel("mid_size_district", rng=2, strategy="directed_uniform", plain=True, threads=3)
    half = one.copy().run(until=40).copy()
    assert half.plain
    np.testing.assert_array_equal(one.run().series, two.run().series)
    np.testing.assert_array_equal(one.series, half.run().series)


def test_where_lanes_cannot_be_compiled_the_plain_week_runs(monkeypatch):
    from numba.core.errors import LoweringError

    refused = engine.Engine(None, False)

    def refuses(*_):
        raise LoweringError("no vectors here")

    refused.weeks = refuses
    monkeypatch.setattr(engine, "smallest_of_lanes", refuses)
    model = ds.ReformModel("mid_size_district", rng=1, strategy="directed_uniform")
    model.engine = refused
    with pytest.warns(RuntimeWarning, match="one teacher at a time"):
        model.run(until=10)
    expected = ds.ReformModel("mid_size_district", rng=1, strategy="directed_uniform", plain=True).run(until=10)
    np.testing.assert_array_equal(model.series, expected.series)


def test_a_branch_in_a_built_in_rule_is_said_in_words(tmp_path):
    """Numba would print some fifty lines."""
    import numba

    from diffusion_sim.compiled.lanes import BRANCH, filled, total

    @numba.njit
    def rule(x):
        if x > 0.7:
            return x
        return x * 2.0

    @numba.njit
    def weeks(*_):
        return total(rule(filled(1.0)))

    model = ds.ReformModel("mid_size_district", rng=1, strategy="none")
    model.engine = engine.Engine(weeks, False)
    with pytest.raises(ds.errors.RuleError) as caught:
        model.run()
    said = str(caught.value)
    line = rule.py_func.__code__.co_firstlineno + 2
    assert BRANCH in said and "pick(condition, a, b)" in said and f"test_teachers_plain.py, line {line}:" in said
    assert len(said.splitlines()) == 1


def test_a_user_by_bits_is_a_user_by_definition():
    """``who_stands`` finds users of eight teachers by bits of the stage; ``is_user`` says what a user is."""
    from diffusion_sim.state.codes import ROUTINE, STAGES
    from diffusion_sim.state.use import is_user
    from diffusion_sim.week import teacher_rules as rules

    for stage in range(len(STAGES)):
        assert bool(stage & rules._USING) == bool(is_user.py_func(stage))
        assert not is_user.py_func(stage) or bool(stage & rules._ROUTINE) == (stage == ROUTINE)


def test_run_until_and_recorded_schools():
    model = ds.ReformModel("mid_size_district", rng=1, strategy="directed_uniform")
    model.run(until=30, record_schools=True)
    assert model.week == 30
    kept = model.school_series
    assert list(kept.columns) == ["week", "school_id", "district_id", "reach", "deep_use", "mean_depth"]
    size = model.state.schools.size
    assert kept["week"].tolist() == np.repeat(np.arange(31), size).tolist()
    last = kept[kept["week"] == 30].reset_index(drop=True)
    now = model.schools_frame()
    for name in ("school_id", "district_id", "reach", "deep_use", "mean_depth"):
        assert last[name].equals(now[name]) or np.allclose(last[name], now[name], equal_nan=True), name
    steps = ds.ReformModel("mid_size_district", rng=1, strategy="directed_uniform")
    for _ in range(30):
        steps.step()
    np.testing.assert_array_equal(steps.series, model.series)
    for wrong in (29, 10_000, True, 30.5, "40"):
        with pytest.raises(ds.errors.ScenarioError, match="run: until: found .* from 30, the present week"):
            model.run(until=wrong)
    with pytest.raises(ds.errors.ScenarioError, match="no schools were recorded"):
        steps.school_series  # noqa: B018


def test_the_schools_frame_says_staffing_variant_and_stage():
    plain = ds.ReformModel("mid_size_district", rng=1, strategy="multi_classroom_leader").run(until=40).schools_frame()
    assert set(plain["staffing"]) <= {"traditional", "coach", "multi_classroom_leader"} and plain["stage"].isna().all()
    assert (plain["staffing"] == "multi_classroom_leader").any() and plain["variant"].isna().all()
    start = ds.ReformModel("mid_size_district", rng=1, strategy="none").schools_frame()
    np.testing.assert_array_equal(plain["readiness_start"], start["readiness"])
    hub = ds.ReformModel("mid_size_district", rng=1, strategy="improvement_network").run().schools_frame()
    tested = hub["variant"].dropna()
    assert len(tested) and tested.str.match(r"menu/\d+|.+/.+/\d+").all() and hub["borrowed"].any()
    staged = ds.ReformModel("mid_size_district", rng=1, strategy="staged").run().schools_frame()
    assert set(staged["stage"].dropna()) <= {-1, 1, 2, 3, 4, 5} and staged["stage"].notna().all()


def test_the_same_users_where_districts_differ():
    """Districts far apart in all that they differ in, and boards that are looked at."""
    apart = {"districts.icc": 0.7, "districts.centralisation_sd": 0.3, "districts.autonomy_sd": 0.3,
             "districts.regime_sd": 1.0, "districts.board_sd": 0.3, "experience.fit_sd": 0.5,
             "experience.complexity_sd": 0.5, "pupils.effect_sd": 0.3, "structure.board": "in_coherence",
             "population.districts": 5, "population.schools": 10}  # fmt: skip
    lanes, plain = both(4, "directed_differentiated", overrides=apart)
    same(lanes, plain)
    assert np.ptp(lanes.state.districts.complexity) > 0.5 and lanes.flows.internalised.iloc[-1] > 5
