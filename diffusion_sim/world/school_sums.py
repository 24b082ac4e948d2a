"""Sums over a school's teachers, at the start and after summers: what measures, norm and enrolment read."""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule
from diffusion_sim.state.codes import DISCONTINUED, ROUTINE
from diffusion_sim.state.use import DEEP_40, DEEP_60, intensity_of, is_deep, is_user, teaches


@rule
def count_school(s, teachers, compliant_intensity):
    """Sums over the teachers of school s (a record), of the present state."""
    users = 0.0
    deep = deep_40 = deep_60 = 0.0
    quality = 0.0
    owned = 0.0
    rooted = 0.0
    stopped = 0.0
    ever = 0.0
    conviction_users = 0.0
    conviction = 0.0
    marked = 0.0
    effectiveness = 0.0
    for i in range(s.first, s.last):
        t = teachers[i]
        if not teaches(t.leader):
            continue
        stage = t.stage
        v = t.conviction
        effectiveness += t.effectiveness
        conviction += v
        ever += t.ever
        if is_user(stage):
            k = t.skill
            q = k * intensity_of(t.owned == 1, compliant_intensity)
            users += 1.0
            quality += q
            owned += t.owned
            rooted += t.owned == 1 and stage == ROUTINE
            conviction_users += v
            deep_40 += q >= DEEP_40
            deep_60 += q >= DEEP_60
            if is_deep(q):
                deep += 1.0
                marked += t.marked
        elif stage == DISCONTINUED:
            stopped += 1.0
    s.users = users
    s.deep = deep
    s.deep_40 = deep_40
    s.deep_60 = deep_60
    s.quality = quality
    s.owned = owned
    s.rooted = rooted
    s.discontinued = stopped
    s.ever = ever
    s.conviction_users = conviction_users
    s.conviction_all = conviction
    s.marked_deep = marked
    s.effectiveness = effectiveness
