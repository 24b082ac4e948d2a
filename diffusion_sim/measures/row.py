"""All measures of a week in one row."""

from __future__ import annotations

from diffusion_sim.compiled.jit import njit
from diffusion_sim.measures import (
    accountability,
    cost,
    depth,
    embedding,
    equity,
    equity_parts,
    pupils,
    spread,
    stages,
    sustainability,
    teams,
    testing,
)

MEASURE_INFO = spread.INFO | depth.INFO | equity.INFO | equity_parts.INFO
MEASURE_INFO |= sustainability.INFO | pupils.INFO | cost.INFO | testing.INFO | embedding.INFO | stages.INFO
MEASURE_INFO |= teams.INFO | accountability.INFO
MEASURES = tuple(MEASURE_INFO)

# Compiled code can call functions by names of its own module, not through another module's attributes.
_spread, _depth, _equity, _sustainability = spread.fill, depth.fill, equity.fill, sustainability.fill
_keep, _pupils, _cost, _testing = sustainability.keep, pupils.fill, cost.fill, testing.fill
_equity_parts, _embedding, _stages, _teams = equity_parts.fill, embedding.fill, stages.fill, teams.fill
_accountability = accountability.fill


@njit
def fill_row(out, sums, basis, memory, ledger, pot_sums, week, support_weeks):
    """Write every measure of the week into ``out``, in the order of MEASURES.

    out : float64 (len(MEASURES),), overwritten
    sums : the world's after the week, a record of ``sums.SUMS``
    basis : Basis of the world: months of schooling counted as 1 SD, pupils
    memory : ``new_memory()`` of the run; written 36 and 72 weeks after support ends
    ledger : float64 (12,), US dollars since the start, columns LEDGER; pot_sums : cost.PotSums
    week, support_weeks : weeks done; weeks of support (the last week of support is week == support_weeks)

    Undefined is NaN. Raises nothing.
    """
    _keep(memory, sums, week - support_weeks)
    at = _spread(out, 0, sums)
    at = _depth(out, at, sums)
    at = _equity(out, at, sums.of_deep)
    at = _equity(out, at, sums.of_users)
    at = _equity_parts(out, at, sums)
    at = _sustainability(out, at, memory)
    at = _pupils(out, at, sums, basis.months_per_sd)
    at = _cost(out, at, memory, ledger, pot_sums, basis.pupils, week)
    at = _testing(out, at, sums)
    at = _embedding(out, at, sums)
    at = _stages(out, at, sums)
    at = _teams(out, at, sums)
    _accountability(out, at, sums)
