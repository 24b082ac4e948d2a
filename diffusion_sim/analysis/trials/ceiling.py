"""The largest gain that the model can show in a year: everybody uses the practice from week 1 on, as their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from diffusion_sim.analysis.trials.coaching import effect_of, rating_of, years_of
from diffusion_sim.analysis.trials.network import GROUPS, quarters
from diffusion_sim.analysis.trials.offers import Offered, run_with
from diffusion_sim.analysis.trials.published import CEILING, published
from diffusion_sim.analysis.trials.rating import rating_sd
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE


def ceiling_case(sc: Scenario) -> Scenario:
    """One year."""
    return sc.override(published().states | years_of(CEILING))


def run_ceiling(sc: Scenario, seed: int, hours: Sequence[float], reliability: float) -> list[dict[str, Any]]:
    """On one seed, for each number of hours: against no programme practice (SD of ratings), pupils (SD), readiest
    (pupils, readiest quarter of schools), use (share of users at the end), unit (a rating's SD in units of quality),
    held (pupils' SD that one SD of ratings, held for the whole year by everybody, is worth: unit x the mean of effect x
    fit over posts that teach).

    sc : as ``ceiling_case`` makes it. Where everybody uses nobody stops, and every coach is as good as the first.
    """
    top = sc.override(published().designs[CEILING]["states"])
    none = ReformModel(sc, rng=seed, strategy=NONE).run()
    rating = rating_of(none)
    unit = rating_sd(rating, reliability)
    worth = effect_of(none) * none.state.schools.fit
    held = float(np.average(worth, weights=none.state.schools.teaching)) * unit
    schools = np.ones(none.state.schools.size, bool)
    rows = []
    for dose in hours:
        model = run_with(top, seed, Offered(schools, dose, everybody=True)).run()
        s = model.state.schools
        gain = s.gain - none.state.schools.gain
        readiest = np.isin(quarters(model.state.readiness_start), GROUPS["readiest quarter"])
        rows.append(
            {
                "hours": dose,
                "practice": float((rating_of(model) - rating).mean()) / unit,
                "pupils": float(np.average(gain, weights=s.teaching)),
                "readiest": float(np.average(gain[readiest], weights=s.teaching[readiest])),
                "use": float(s.users.sum() / s.teaching.sum()),
                "unit": unit,
                "held": held,
            }
        )
    return rows
