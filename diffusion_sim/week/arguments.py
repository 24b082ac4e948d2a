"""What the compiled weeks take: what is fixed while they run, what they change, and a thread's share of the schools."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.dynamics.params import packed
from diffusion_sim.measures import Basis, PotSums, new_sums
from diffusion_sim.state.tables import Districts, Floats, Schools, Ties
from diffusion_sim.world.build import World
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState

FAULT = 24  # numbers of a fault: rule, week, row of the teacher, what was returned, and the first 20 arguments


class Fixed(NamedTuple):
    """What these weeks only read. numbers : ``dynamics.params.packed``."""

    seed: np.uint64
    numbers: Any
    basis: Basis
    ties: Ties
    support_weeks: int
    pot_sums: PotSums


class Changing(NamedTuple):
    """What these weeks write, in place, beside the table of teachers. That is an argument by itself: Numba knows arrays
    at a glance, but looks through a whole tuple in Python where one part of it is anything else (a millisecond)."""

    schools: Schools
    districts: Districts
    faces: Any  # FACE records (2, T + NOBODIES)
    flow_rows: Any  # FLOW records, one a school, added to; ``flows`` is the same memory
    flows: Floats
    sums: Any  # ``measures.new_sums``, room only
    memory: Floats
    ledger: Floats
    series: Floats  # (W + 1, measures), a row a week
    flow_series: Floats  # (W + 1, F)
    school_series: Floats  # (W + 1, S, 3): reach, deep use and mean depth of each school; W + 1 = 0: not recorded
    faults: Floats  # (threads, FAULT): first fault of a rule of the user's own; see week/own_rules.py


class Share(NamedTuple):
    """A thread's part. begin, end : rows of the schools that are its own; party : its number, of which 0 does what is
    done once a week, of ``parties``; cut : int64, the districts that are not one thread's alone; meeting : where all
    threads wait for each other, and weeks done are counted (``barrier.meet``)."""

    begin: int
    end: int
    party: int
    parties: int
    cut: Any
    meeting: Any


def arguments(state: RunState, world: World, numbers: Numbers, parties: int) -> tuple[Fixed, Changing]:
    """The arguments of a run's next weeks. parties : how many threads."""
    fixed = Fixed(
        np.uint64(world.seed), packed(numbers.weekly), world.basis, state.ties, numbers.support_weeks, state.pot_sums
    )
    changing = Changing(
        state.schools,
        state.districts,
        state.face_rows,
        state.flow_rows,
        state.flows,
        new_sums(state.districts.size),
        state.memory,
        state.ledger,
        state.series,
        state.flow_series,
        state.school_series,
        np.zeros((parties, FAULT)),
    )
    return fixed, changing
