"""Names of what a run's row and its series hold."""

from __future__ import annotations

from diffusion_sim.measures import COMPARED, GAIN_PERCENTILE, MEASURE_INFO, MEASURES, SUPPORT_END, outcome_exists
from diffusion_sim.state.codes import FLOWS

OUTCOMES = (*MEASURES, *(name + SUPPORT_END for name in MEASURES), *(f"flow_{name}" for name in FLOWS))
COLUMNS = (*OUTCOMES, GAIN_PERCENTILE)  # the last one takes two runs on one seed
SERIES = (
    *("reach", "deep_use", "mean_depth", "owned_share", "equity_gap", "users", "deep_users"),
    *("exposure_low_income", "exposure_other", "poorest_quarter", "cost_total", "cost_per_pupil_year"),
)


def known_outcomes() -> list[str]:
    """Names of columns that can have a value."""
    return [*(name for name in OUTCOMES if outcome_exists(name, MEASURE_INFO)), *COMPARED]
