"""Practice as a trial sees it: a rating of lessons, and the size of an effect on its scale."""

from __future__ import annotations

import numpy as np

from diffusion_sim.errors import StudyError
from diffusion_sim.state.tables import Floats


def true_rating(quality: Floats, effectiveness: Floats, teacher_sd: float, effect: float) -> Floats:
    """A rating without the instrument's noise, in units of quality: q + (teacher_sd/effect) e, (T,).

    quality : of use, 0 for non-users; effectiveness : e, SD of teachers; effect : the mean of districts', one
    instrument for all. What a rating finds so moves pupils by ``effect`` a unit on average, whether it is the practice
    or general effectiveness. Raises StudyError where pupils gain nothing by the practice: there is no such scale.
    """
    check_effect(effect)
    return quality + teacher_sd / effect * effectiveness


def rating_sd(ratings: Floats, reliability: float) -> float:
    """SD of ratings with the instrument's noise, in units of quality, from true ones.

    reliability = variance of true ratings / variance of ratings. The noise itself is not drawn: on average it moves no
    effect, it only makes the unit larger.
    """
    return float(np.sqrt(np.var(ratings) / reliability))


def effect_size(with_offer: Floats, without: Floats, unit: float = 1.0) -> float:
    """Mean of (with the offer - without it) over the same persons, in ``unit``; NaN where there are none."""
    return float(np.mean(with_offer - without)) / unit if with_offer.size else float("nan")


def check_effect(effect: float) -> None:
    """Raise StudyError where pupils gain nothing by the practice."""
    if effect <= 0.0:
        allowed = "trials rate practice by what pupils gain, so a number above 0 is allowed"
        raise StudyError(f"pupils.effect: found {effect:g}; {allowed}")
