"""How long a study will take and how much room it will need, before it starts."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.study.cases import Plan


class Estimate(NamedTuple):
    """runs : at most, with ``precision``. seconds_a_run : on one processor. hours : with the workers asked for.
    megabytes : of the store on disk."""

    runs: int
    seconds_a_run: float
    hours: float
    megabytes: float


def estimate(plan: Plan, workers: int, measured: bool = True) -> Estimate:
    """Runs, hours with ``workers`` processes at .9 efficiency, megabytes. measured : time real runs after the model
    has been compiled; False = by formula."""
    raise NotImplementedError
