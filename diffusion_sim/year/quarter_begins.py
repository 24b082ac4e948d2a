"""What is taken anew when a quarter begins, before anybody plans: schools' usual initiatives, like schools' use, and
once a year what kind of year a school has."""

from __future__ import annotations

import numpy as np

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.world.build import World
from diffusion_sim.world.like_schools import like_use, visible_share
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState
from diffusion_sim.world.start import begun, quarters_of


@njit
def renew_initiatives(seed, quarter, schools, districts, start):
    """Some initiatives have run out, others have begun: ``usual_initiatives`` of this quarter from that before it."""
    for s in range(schools.size):
        key, district = schools[s].key, districts[schools[s].district].key
        over = begun(seed, key, district, quarter - quarters_of(start), start)
        change = begun(seed, key, district, quarter, start) - over
        schools[s].initiatives += change
        schools[s].initiatives_usual += change
        if schools[s].replaced > 0:  # what took the practice's place runs out, too
            schools[s].replaced -= 1
            schools[s].initiatives -= 1.0 if schools[s].replaced == 0 else 0.0


def quarter_begins(world: World, state: RunState, numbers: Numbers) -> None:
    """In place, after ``state.week`` weeks, summer and events included."""
    schools, week = state.schools, state.week
    if week > 0:  # the first quarter's are those of the start
        renew_initiatives(np.uint64(world.seed), week // WEEKS_PER_QUARTER, schools, state.districts, numbers.schools)
    if week % WEEKS_PER_YEAR == 0:
        schools.shock[:] = rng.normals(world.seed, schools.key, 0, rng.SCHOOL_SHOCK, week // WEEKS_PER_YEAR)
    if numbers.weekly.structure.like == 1.0:
        share = visible_share(schools, state.faces[week % 2][: state.teachers.size, 0])
        schools.like[:] = like_use(schools, world.kinds, share, numbers.enrolment)
