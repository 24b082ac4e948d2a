"""What counts as use: a user, the intensity of use, its quality, and deep use. Each is defined here and nowhere else.

For eight teachers at a time, ``is_user`` has another form: week/teacher_rules.py, ``who_stands``.
"""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule
from diffusion_sim.compiled.lanes import pick
from diffusion_sim.state.codes import COACH, NO_TEAM, ROUTINE, TRADED, TRIAL

DEEP = 0.5  # quality of use from which use is deep (docs/measures.md)
DEEP_40, DEEP_60 = 0.4, 0.6  # the same, with the line drawn lower and higher


@rule
def is_user(stage):
    """Whether the practice is in use: in TRIAL or ROUTINE."""
    return (stage == TRIAL) | (stage == ROUTINE)


@rule
def teaches(leader):
    """Whether a post teaches and the practice is for it, by the column ``leader``: coaches, traded posts and posts
    that are not concerned do not count."""
    return leader >= NO_TEAM


@rule
def left_class(leader):
    """Whether nobody teaches in a post, by the column ``leader``: coaches' and traded posts."""
    return (leader == COACH) | (leader == TRADED)


@rule
def per_post(total, posts):
    """``total`` / ``posts``; 0 where no post teaches: a share or mean over no posts is 0."""
    return total / max(1, posts)


@rule
def intensity_of(owned, compliant_intensity):
    """Intensity of use in [0, 1]: owned use is whole, compliant use a surface version. Quality = skill x intensity."""
    return pick(owned, 1.0, compliant_intensity)


@rule
def is_deep(quality):
    """Whether use of this quality is deep."""
    return quality >= DEEP
