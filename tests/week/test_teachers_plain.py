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
