"""What a teacher sees of the practice through advice ties."""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule
from diffusion_sim.compiled.lanes import pick


@rule
def shown(user, routine, visible):
    """1 where a teacher shows the practice to those who ask, else 0: a user in routine use, or in a visible trial."""
    return pick(user & (routine | visible), 1.0, 0.0)


@rule
def exposure(seen, skill, conviction, stopped, share):
    """Share of a seeker's advice ties whose adviser visibly uses, that share times those users' mean skill and mean
    conviction, and the share whose adviser has stopped within a year.

    seen : visibly using advisers; skill, conviction : sums over them; stopped : advisers who stopped; share : 1 /
    number of all advisers, 0 without. Returns (x, x kbar, x vbar, s), all 0 without ties or visible users. The means
    appear nowhere else than times x, and so no user has to be divided by.
    """
    return seen * share, skill * share, conviction * share, stopped * share


@rule
def stopped_lately(stopped, week, since):
    """1 where a teacher stopped in one of the last 36 weeks and is still asked about it, else 0.

    stopped : whether DISCONTINUED (and teaching); since : the week in which the teacher stopped.
    """
    return pick(stopped & (week - since < 36.0), 1.0, 0.0)
