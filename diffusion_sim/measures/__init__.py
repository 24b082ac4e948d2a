"""Measures: spread, depth, equity, sustainability, pupils' gain and cost, from school sums, every week.

week/run_weeks.py calls ``fill_row`` after each week and ``remember`` in the last week of support. What a measure means
stands in MEASURE_INFO and, generated from it, in docs/measures.md.
"""

from __future__ import annotations

from diffusion_sim.measures.basis import Basis, make_basis
from diffusion_sim.measures.cost import LEDGER, PotSums
from diffusion_sim.measures.info import SUPPORT_END, MeasureInfo, compares, outcome_exists
from diffusion_sim.measures.pupils import COMPARED, GAIN_PERCENTILE
from diffusion_sim.measures.row import MEASURE_INFO, MEASURES, fill_row
from diffusion_sim.measures.sums import add_up, new_sums, sum_all, sum_district, sum_world
from diffusion_sim.measures.sustainability import MEMORY, new_memory, remember

__all__ = [
    "COMPARED",
    "GAIN_PERCENTILE",
    "LEDGER",
    "MEASURES",
    "MEASURE_INFO",
    "MEMORY",
    "SUPPORT_END",
    "Basis",
    "MeasureInfo",
    "PotSums",
    "add_up",
    "compares",
    "fill_row",
    "make_basis",
    "new_memory",
    "new_sums",
    "outcome_exists",
    "remember",
    "sum_all",
    "sum_district",
    "sum_world",
]
