"""Improvement cycles (plan, do, study, act): rules by which a school tests variants of the practice.

Plain NumPy: cycles run once a quarter. Source of the structure: the study of nine improvement networks reported by
Sparks (2020); sizes are assumptions where the scenario's numbers say so.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from diffusion_sim import rng
from diffusion_sim.state.tables import Floats

MENU = 0  # origin of the variants of a menu; a school's own designs have its key
CONTEXTS = 8  # locale x poverty half
LEAST_VARIANCE = 1e-12  # of what a test shows, so that a test without noise has a weight, too
LOWEST_FIT, HIGHEST_FIT = -2.0, 3.0  # bounds of experience.fit, which a variant's fit takes the place of


class CycleParams(NamedTuple):
    """Scenario section ``testing``; fits and estimates in units of payoff, prices in 2024 US dollars."""

    study_act: float
    district_engaged: float
    engaged_factor: float
    study_factor: float
    local_mean: float
    local_sd: float
    menu_mean: float
    menu_sd: float
    menu_size: float
    context_sd: float
    noise_own: float
    noise_common: float
    bias_own: float
    positivity: float
    claim_above: float
    reports: float
    network_size: float
    group_size: float
    network_time: float
    setup_time: float
    switch_margin: float
    drop_below: float
    explore: float
    habit: float
    adapt_below: float
    adapt_step: float
    adapt_limit: float
    skill_kept: float
    price_own: float
    price_common: float
    price_engaged: float
    price_hub: float
    by_district: float  # 1 = networks of one district's schools where the table names none


def study_probability(study_act, p):
    """Probability that a school studies and acts in a quarter: study_factor study_act (1 +
    (engaged_factor - 1) engaged), <= 1.

    study_act : share of schools that do so with no district staff engaged (Taylor et al. 2014: .15-.2; Knudsen et al.
    2019: .04); what engaged district staff add is an assumption, its direction from Sparks (2020).
    """
    return min(1.0, p.study_factor * study_act * (1.0 + (p.engaged_factor - 1.0) * p.district_engaged))


def cycle_price(measures, hub, p):
    """(measurement, hub): US dollars that one quarter's cycle of a school costs. measures : "own" or "common"."""
    price = p.price_common if measures == "common" else p.price_own
    return price + p.price_engaged * p.district_engaged, p.price_hub if hub else 0.0


def tie_strength(partners, p):
    """Share of the time with one partner that goes into its results, in [0, 1): t/(t + set-up), t = time/partners.

    Strong ties move complex knowledge (Hansen 1999): time spread over many partners is mostly spent on getting to know
    each. partners : >= 1, number or array.
    """
    time = p.network_time / partners
    return time / (time + p.setup_time)


class Ruler(NamedTuple):
    """How well measures show fit: variance of a test, and that of a school's bias in units of it."""

    variance: float  # V
    bias: float  # beta


def ruler(measures, p):
    """The ruler of measures, "own" or "common": own ones err by the school's own bias, too."""
    if measures == "common":
        return Ruler(max(p.noise_common**2, LEAST_VARIANCE), 0.0)
    variance = max(p.noise_own**2, LEAST_VARIANCE)
    return Ruler(variance, p.bias_own**2 / variance)


def report_weight(count, measured):
    """What ``count`` reports of one school weigh for others, in independent observations: n/(1 + beta n), as their bias
    does not average out. measured : Ruler; count : number or array."""
    return count / (1.0 + measured.bias * count)


def expected_fit(origin, p):
    """What a school expects of a variant before any evidence: the mean of its kind. origin : MENU or a school's key."""
    return np.where(origin == MENU, p.menu_mean, p.local_mean)


def estimate(origin, count, total, context, measured, p):
    """Estimates of variants in a context, from evidence by context: best linear prediction of m + main effect + effect
    of the context (variances sd^2, context_sd^2, a test's V); without evidence m + positivity.

    origin : (...); count, total : (..., CONTEXTS), weight and sum of what tests showed by the context they come from;
    context : (...), for which is asked; measured : Ruler.
    """
    mean, apart, common, some = _found(origin, count, total, measured, p)
    at = context[..., None]
    own = _own_share(np.take_along_axis(count, at, -1)[..., 0], measured, p)
    learned = mean + common + own * (np.take_along_axis(apart, at, -1)[..., 0] - common)
    return np.where(some, learned, mean + p.positivity)


def estimate_everywhere(origin, count, total, measured, p):
    """``estimate`` in each context: (..., CONTEXTS)."""
    mean, apart, common, some = _found(origin, count, total, measured, p)
    learned = (mean + common)[..., None] + _own_share(count, measured, p) * (apart - common[..., None])
    return np.where(some[..., None], learned, (mean + p.positivity)[..., None])


def _found(origin, count, total, measured, p):
    """What is expected; how far from it tests were, by context; how far the main effect is held to be; whether there
    is any evidence."""
    mean = expected_fit(origin, p)
    main = np.where(origin == MENU, p.menu_sd, p.local_sd) ** 2
    there = count > 0.0
    apart = np.where(there, total / np.where(there, count, 1.0) - mean[..., None], 0.0)
    precision = count / (p.context_sd**2 * count + measured.variance)
    common = main * _by_context(precision * apart) / (1.0 + main * _by_context(precision))
    return mean, apart, common, there.any(axis=-1)


def _own_share(count, measured, p):
    """Weight of what was found in a context itself, in [0, 1)."""
    found = p.context_sd**2 * count
    return found / (found + measured.variance)


def _by_context(values):
    """Sum over contexts, in their order."""
    whole = values[..., 0].copy()
    for context in range(1, CONTEXTS):
        whole += values[..., context]
    return whole


def adapted(fit, p):
    """Fit of a variant after one more round of adapting it to the school: fit + step (limit - fit)."""
    return fit + p.adapt_step * (p.adapt_limit - fit)


def true_fit(seed, origin, number, context, p) -> Floats:
    """True fit of variants in contexts, arrays of one shape (n,): main effect + effect of the context.

    origin : uint64, MENU or the key of the school whose design it is; number : of the variant; context : 0..7.
    Both effects are keyed by the variant: the same for every school that uses it in the same context.
    """
    mean, sd = expected_fit(origin, p), np.where(origin == MENU, p.menu_sd, p.local_sd)
    main = rng.normals_each(seed, origin, number, rng.VARIANT, np.zeros(origin.size))
    there = rng.normals_each(seed, origin, number, rng.VARIANT_CONTEXT, context)
    return np.clip(mean + sd * main + p.context_sd * there, LOWEST_FIT, HIGHEST_FIT)
