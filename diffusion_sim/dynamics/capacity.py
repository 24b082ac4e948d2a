"""Internal capacity: coaches that a district trains of its own, and what they can do when support has ended."""

from __future__ import annotations

import numpy as np

from diffusion_sim.state.tables import Floats


def trained(hours: Floats, train_hours: float, share: float) -> Floats:
    """Coaches trained by ``hours`` of teachers' time spent on capacity; fractions count (a stock in expectation).

    share : of those trained, who coach for the district.
    """
    return share * hours / train_hours


def after_summer(coaches: Floats, exit_share: float) -> Floats:
    """Coaches left after a summer: each leaves at the teachers' mean exit rate, in expectation."""
    return coaches * (1.0 - exit_share)


def coach_supply(coaches: Floats, external: float, caseload: float) -> Floats:
    """Teachers who can be served at full quality: caseload x own coaches + outside coaches."""
    return external + caseload * coaches


def own_hours(asked: Floats, coaches: Floats, teachers: Floats, hours: float) -> Floats:
    """Hours a teacher and year of the district's own coaching: as asked, at most what the coaches have time for.

    asked : as before support ended; coaches, teachers : of the pot, the latter those to be served, > 0; hours : a
    coach's time with teachers a year.
    """
    return np.minimum(asked, hours * coaches / teachers)
