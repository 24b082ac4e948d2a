"""What pupils gain, and what a programme costs them."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.jit import rule
from diffusion_sim.compiled.lanes import pick

MONTHS_OF_YEAR = 9.0  # months of schooling in a school year


class PupilParams(NamedTuple):
    """Scenario section ``pupils``, and the share of leaders' hours that is released; SD per school year."""

    teacher_sd: float
    dip: float
    dip_uses: float
    load: float
    ready_enough: float
    class_hours: float
    substitute: float
    class_size: float
    shock: float
    months_per_sd: float
    released_leaders: float  # money.released_leaders


@rule
def gain_of_use(quality, unskilled, fit, effect, p):
    """What a user's practice adds to the gain of the own pupils, SD per school year: effect fit q - dip unskilled.

    quality : k x intensity; unskilled : 1 - k in the first uses of a TRIAL, else 0; fit : worth of the practice here;
    effect : of the district's practice, at quality 1 and fit 1, SD per school year.
    """
    return effect * fit * quality - p.dip * unskilled


@rule
def still_unskilled(skill, uses, p):
    """1 - k while fewer than ``dip_uses`` uses have been made, then 0."""
    return (1.0 - skill) * pick(uses < p.dip_uses, 1.0, 0.0)


@rule
def time_lost(hours, p):
    """Loss per year, SD, where a teacher is out of class for ``hours`` of the year: a year's learning is 9 months,
    spread over ``class_hours``; a substitute saves part of it (Clotfelter et al. 2009, from memory)."""
    return hours / p.class_hours * (MONTHS_OF_YEAR / p.months_per_sd) * (1.0 - p.substitute)


@rule
def load_on(readiness, p):
    """Loss per year, SD, of an enrolled school that is not ready for what the programme asks of it: load x (1 - R /
    ready_enough), at least 0 (Achievement Network; size assumed)."""
    return p.load * max(0.0, 1.0 - readiness / p.ready_enough)


@rule
def crowded(pupils, posts, classes, p):
    """Loss per year, SD, where nobody teaches in some posts: ``class_size`` for each pupil more a class than at the
    start (Krueger 1999, from memory). classes : posts in which somebody teaches."""
    return p.class_size * (pupils / classes - pupils / posts)
