"""What can be worked out by hand. ERROR_RATE is the chance that a right model fails a check at a seed drawn at random
(the seeds here are fixed, so that nothing flickers). Every check is also shown to fail for a rule a little off."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from diffusion_sim.state.codes import ROUTINE, TRIAL

ERROR_RATE = 1e-6
DT = 1 / 36


def users(model):
    """Users after each week, row 0 = before week 1."""
    return np.rint(model.series.reach.to_numpy() * model.state.teachers.size)


# ---- waiting without peers -------------------------------------------------------------------------------------------
def far_from_exponential(started, n, rate):
    """Largest distance of the share that has started from 1 - exp(-rate t), over what Dvoretzky, Kiefer, Wolfowitz and
    Massart allow at ERROR_RATE; above 1 = not exponential. started : (W + 1,) after each week."""
    bound = math.sqrt(math.log(2 / ERROR_RATE) / (2 * n))
    law = 1 - np.exp(-rate * DT * np.arange(started.size))
    return np.abs(started / n - law).max() / bound


@pytest.fixture(scope="module")
def waiting(bench):
    model = bench.model([200] * 100, trial__p=0.8, programme__years_after=3)
    bench.make_aware(model)
    return users(model.run())


def test_waiting_without_peers_is_exponential(waiting):
    assert waiting[0] == 0 and waiting.size == 145
    assert far_from_exponential(waiting, 20_000, 0.8) < 1


def test_waiting_at_another_rate_is_seen(waiting):
    assert far_from_exponential(waiting, 20_000, 0.8 * 1.1) > 1


def test_waiting_with_peers_is_seen(bench):
    model = bench.model([200] * 100, trial__p=0.8, trial__q=0.5, network__nobody_share=0.2,
                        programme__years_after=3)  # fmt: skip
    bench.make_aware(model)
    assert far_from_exponential(users(model.run()), 20_000, 0.8) > 1


def test_waiting_on_one_draw_for_all_is_seen(bench):
    model = bench.model([200] * 100, trial__p=0.8, programme__years_after=3)
    bench.make_aware(model)
    model.state.teachers.wait[:] = 1.0  # the same mean wait, but nobody differs
    assert far_from_exponential(users(model.run()), 20_000, 0.8) > 1


# ---- Bass ------------------------------------------------------------------------------------------------------------
def surprise(count, n, p, q, among):
    """z of the sum of weekly starts against p + q x, x = last week's users / among. Given last week, starts are
    binomial (the wait has no memory), so the sum of deviations is a martingale with the variance used here."""
    before, new = count[:-1], np.diff(count)
    start = 1 - np.exp(-(p + q * before / among) * DT)
    left = n - before
    return (new - left * start).sum() / math.sqrt((left * start * (1 - start)).sum())


def bass(p, q, t):
    """Bass (1969): share that has started by t, from 0."""
    fade = np.exp(-(p + q) * t)
    return (1 - fade) / (1 + q / p * fade)


def mean_field(p, q, weeks, n):
    """Share that has started after each week when many wait on p + q F(last week), and the SE for n people: the
    spread of each week's starts, carried on by the slope of the recursion."""
    share, spread = np.zeros(weeks + 1), np.zeros(weeks + 1)
    for w in range(weeks):
        f = share[w]
        start = 1 - math.exp(-(p + q * f) * DT)
        slope = 1 - start + (1 - f) * q * DT * (1 - start)
        share[w + 1] = f + (1 - f) * start
        spread[w + 1] = slope**2 * spread[w] + (1 - f) * start * (1 - start) / n
    return share, np.sqrt(spread)


@pytest.fixture(scope="module")
def by_ties(bench):
    """500 teachers who all ask one another, over four years."""
    model = bench.model([500], complete=True, trial__p=0.1, trial__q=2.0, trial__visibility=1.0,
                        programme__years_after=3)  # fmt: skip
    bench.make_aware(model)
    return users(model.run())


def test_bass_on_a_complete_graph_of_ties(by_ties, bench):
    assert by_ties[-1] > 450
    assert abs(surprise(by_ties, 500, 0.1, 2.0, among=499)) < bench.z_of(ERROR_RATE)


def test_bass_at_other_strengths_is_seen(by_ties, bench):
    z = bench.z_of(ERROR_RATE)
    assert abs(surprise(by_ties, 500, 0.1, 2.0 * 1.5, among=499)) > z
    assert abs(surprise(by_ties, 500, 0.1 * 3, 2.0, among=499)) > z


def test_complex_contagion_is_not_bass(bench):
    model = bench.model([500], complete=True, trial__p=0.1, trial__q=2.0, trial__kappa=2.0, trial__visibility=1.0,
                        programme__years_after=3)  # fmt: skip
    bench.make_aware(model)
    assert abs(surprise(users(model.run()), 500, 0.1, 2.0, among=499)) > bench.z_of(ERROR_RATE)


NORM = {
    "trial__p": 0.1, "trial__qN": 2.0, "norm__rate": 36.0, "learning__skill_drift": 0.0,
    "teachers__skill_a": 1000.0, "teachers__skill_b": 0.1, "programme__years_after": 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def by_norm(bench):
    """5,000 teachers of one school who see each week's share of users at once: all are skilled, the norm has no lag."""
    model = bench.model([5000], **NORM)
    bench.make_aware(model)
    model.run()
    np.testing.assert_allclose(model.series.deep_use, model.series.reach)
    return users(model)


def off_mean_field(count, n, p, q):
    """Largest distance from the mean-field recursion, over its SE times the bound for all weeks (1 = at it)."""
    share, error = mean_field(p, q, count.size - 1, n)
    z = NormalDist().inv_cdf(1 - ERROR_RATE / (2 * (count.size - 1)))
    return (np.abs(count / n - share)[1:] / (z * error[1:])).max()


def test_bass_through_the_norm(by_norm, bench):
    assert off_mean_field(by_norm, 5000, 0.1, 2.0) < 1
    assert abs(surprise(by_norm, 5000, 0.1, 2.0, among=5000)) < bench.z_of(ERROR_RATE)


def test_bass_curve_in_continuous_time(by_norm):
    """The closed form, but for what weekly steps do to it: at most q dt of the curve's height, checked beside it."""
    t = DT * np.arange(by_norm.size)
    share, error = mean_field(0.1, 2.0, by_norm.size - 1, 5000)
    steps = np.abs(share - bass(0.1, 2.0, t)).max()
    assert steps < 2.0 * DT
    assert np.abs(by_norm / 5000 - bass(0.1, 2.0, t)).max() < steps + 6 * error.max()
    assert np.abs(by_norm / 5000 - bass(0.1, 2.0 * 1.5, t)).max() > steps + 6 * error.max()
    fine, _ = mean_field(0.1 / 100, 2.0 / 100, 100 * (by_norm.size - 1), 5000)  # a hundred steps a week
    assert np.abs(fine[::100] - bass(0.1, 2.0, t)).max() < steps / 50


def test_bass_through_the_norm_off_by_a_quarter_is_seen(by_norm, bench):
    assert off_mean_field(by_norm, 5000, 0.1, 2.5) > 1
    assert abs(surprise(by_norm, 5000, 0.1, 2.5, among=5000)) > bench.z_of(ERROR_RATE)


# ---- turnover and trying ---------------------------------------------------------------------------------------------
A, D, POSTS = 0.3, 0.25, 20_000
TURNOVER = {
    "trial__p": A, "turnover__exit": D, "programme__years_after": 19,
    "initial_use__share": 0.05, "teachers__experienced_ratio": 20.0,  # 1 / .05: who comes knows the practice
}  # fmt: skip


def turnover_z(model):
    """z of the shares of users at the last year's end and at its start against the steady state."""
    count, trials = users(model), model.flows.trial_initiative.to_numpy()
    first = count.size - 36  # first week of the last year; its own trials are taken off
    found = np.array([count[-1], count[first] - (trials[first] - trials[first - 1])]) / POSTS
    end = (1 - math.exp(-A)) / (1 - (1 - D) * math.exp(-A))
    steady = np.array([end, (1 - D) * end])
    return (found - steady) / np.sqrt(steady * (1 - steady) / POSTS)


def run_turnover(bench, **other):
    model = bench.model([40] * 500, **(TURNOVER | other))
    bench.make_aware(model)
    return model.run()


def test_turnover_and_trying_reach_their_steady_state(bench):
    """Posts are independent, so shares are binomial; what is left of the start after 20 years is ((1-D)e^-A)^20."""
    assert ((1 - D) * math.exp(-A)) ** 20 < 1e-4
    model = run_turnover(bench)
    assert model.week == 720
    assert np.abs(turnover_z(model)).max() < bench.z_of(ERROR_RATE / 2)


@pytest.mark.parametrize(
    "other",
    [{"trial__p": A * 1.1}, {"turnover__exit": D * 1.1}, {"stop__d0": 0.1}, {"turnover__stay_in_district": 0.5}],
)
def test_another_turnover_is_seen(bench, other):
    assert np.abs(turnover_z(run_turnover(bench, **other))).max() > bench.z_of(ERROR_RATE / 2)


# ---- the norm --------------------------------------------------------------------------------------------------------
def off_relaxation(bench, rate, assumed):
    """Largest distance of the norm from u + (N0 - u)(1 - assumed/36)^weeks where nobody starts or stops."""
    model = bench.model([40, 40, 40], initial_use=[0.0, 0.5, 1.0], norm__rate=rate, initial_use__skill_a=1000.0,
                        initial_use__skill_b=0.1, learning__skill_drift=0.0, programme__years_after=1)  # fmt: skip
    schools, teachers = model.state.schools, model.state.teachers
    using = np.isin(teachers.stage, (TRIAL, ROUTINE))
    share = np.bincount(teachers.school, weights=using) / schools.posts
    np.testing.assert_array_equal(schools.norm, share)
    assert share[0] == 0 and 0 < share[1] < 1 and share[2] == 1
    start = np.array([0.9, 0.1, 0.2])
    schools.norm[:] = start
    worst = 0.0
    while model.running:
        model.step()
        law = share + (start - share) * (1 - assumed / 36) ** model.week
        worst = max(worst, np.abs(schools.norm - law).max())
    return worst


def test_the_norm_relaxes_to_the_share_of_deep_users(bench):
    """No chance in it: rounding only."""
    assert off_relaxation(bench, 1.5, 1.5) < 1e-12


def test_another_rate_of_the_norm_is_seen(bench):
    assert off_relaxation(bench, 1.5, 1.51) > 1e-4
