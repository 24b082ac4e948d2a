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
    prior_weight: float
    positivity: float
    claim_above: float
    reports: float
    network_size: float
    group_size: float
    network_time: float
    setup_time: float
    relevance_other: float
    comparability_own: float
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


def expected_fit(origin, p):
    """What a school expects of a variant before any evidence: the mean of its kind. origin : MENU or a school's key."""
    return np.where(origin == MENU, p.menu_mean, p.local_mean)


def estimate(origin, count, total, p):
    """A school's estimate of variants: (prior_weight m + total)/(prior_weight + count), m = ``expected_fit``; without
    evidence (count 0) m + positivity.

    count : evidence, in observations of the school's own; total : sum of what they showed.
    """
    mean = expected_fit(origin, p)
    learned = (p.prior_weight * mean + total) / (p.prior_weight + count)
    return np.where(count > 0.0, learned, mean + p.positivity)


def adapted(fit, p):
    """Fit of a variant after one more round of adapting it to the school: fit + step (limit - fit)."""
    return fit + p.adapt_step * (p.adapt_limit - fit)


def true_fit(seed, origin, number, context, p) -> Floats:
    """True fit of variants in contexts, arrays of one shape (n,): main effect + effect of the context.

    origin : uint64, MENU or the key of the school whose design it is; number : of the variant; context : 0..7.
    Both effects are keyed by the variant: the same for every school that uses it in the same context.
    """
    menu = origin == MENU
    mean, sd = expected_fit(origin, p), np.where(menu, p.menu_sd, p.local_sd)
    fit = np.empty(origin.size)
    pairs = np.stack([number, context], axis=1)
    for which, where in np.unique(pairs, axis=0):
        rows = np.flatnonzero((number == which) & (context == where))
        main = rng.normals(seed, origin[rows], int(which), rng.VARIANT, 0)
        there = rng.normals(seed, origin[rows], int(which), rng.VARIANT_CONTEXT, int(where))
        fit[rows] = mean[rows] + sd[rows] * main + p.context_sd * there
    return np.clip(fit, LOWEST_FIT, HIGHEST_FIT)
