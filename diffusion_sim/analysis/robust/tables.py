"""The tables of a robust run, from its two studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from diffusion_sim.analysis.cells import direction
from diffusion_sim.analysis.robust import at_defaults, indices
from diffusion_sim.analysis.robust.asked import Asked, Pair
from diffusion_sim.analysis.robust.conditional_mean import Curve, conditional_mean
from diffusion_sim.analysis.robust.draws import Apart, apart, by_word, parts_of, signs
from diffusion_sim.analysis.robust.equal import AT, Found
from diffusion_sim.analysis.robust.equalise import ALIKE
from diffusion_sim.analysis.robust.factors import Factor, numbers
from diffusion_sim.analysis.robust.inert_list import INERT
from diffusion_sim.analysis.robust.rank_regression import Ranked, rank_regression
from diffusion_sim.analysis.studies import Study

FEWEST = 20  # draws at equal spending, for tables of a contrast there
# Sections whose numbers describe a district's schools, teachers, leaders and ties: it could look them up, or survey.
SURVEYED = (
    "population", "initial_use", "teachers", "schools", "districts", "network", "leaders", "turnover",
)  # fmt: skip


class Cell(NamedTuple):
    """One contrast and measure over the draws. factors, ranked : in the same order. at_equal : at equal spending; draws
    that stand apart are NaN."""

    pair: Pair
    measure: str
    difference: Apart
    factors: Sequence[Factor]
    ranked: Ranked
    at_equal: bool = False

    @property
    def name(self) -> str:
        """The contrast as it was written, and how it was asked."""
        return " - ".join(self.pair) + (AT if self.at_equal else "")

    def standing_out(self) -> list[Factor]:
        """Factors that stand out, largest coefficient first."""
        order = np.argsort(-np.abs(np.nan_to_num(self.ranked.coefficient)), kind="stable")
        return [self.factors[row] for row in order if self.ranked.stands_out[row]]


def cells_of(asked: Asked, study: Study, factors: Sequence[Factor]) -> list[Cell]:
    """Every contrast and measure."""
    found = []
    for pair in asked.contrasts:
        for measure in asked.measures[pair]:
            difference = apart(study._cells, *pair, measure)
            if np.isfinite(difference.draws).any():
                found.append(Cell(pair, measure, difference, factors, rank_regression(factors, difference.draws)))
    return found


def equal_cells(asked: Asked, found: Found, factors: Sequence[Factor]) -> list[Cell]:
    """Every measure of a contrast at equal spending, over the draws where both spend the same; none where these are
    fewer than FEWEST."""
    if found.alike.sum() < FEWEST:
        return []
    cells = []
    for measure in asked.measures[found.pair]:
        whole = found.apart(measure)
        kept = Apart(np.where(found.alike[:, None], whole.runs, np.nan), np.where(found.alike, whole.draws, np.nan))
        if np.isfinite(kept.draws).sum() >= FEWEST:
            cells.append(Cell(found.pair, measure, kept, factors, rank_regression(factors, kept.draws), at_equal=True))
    return cells


def leading(cells: Sequence[Cell], count: int) -> dict[str, list[Factor]]:
    """By name of the contrast the numbers whose rank coefficient is largest in any measure, those first that stand out
    in one."""
    found: dict[str, list[Factor]] = {}
    for name in dict.fromkeys(cell.name for cell in cells):
        its = [cell for cell in cells if cell.name == name]
        size = np.max([np.abs(np.nan_to_num(cell.ranked.coefficient)) for cell in its], axis=0)
        out = np.any([cell.ranked.stands_out for cell in its], axis=0)
        order = sorted(range(len(size)), key=lambda row: (not out[row], -size[row]))
        factors = its[0].factors
        found[name] = numbers([factors[row] for row in order if size[row] > 0.0])[:count]
    return found


# ---- one row a contrast and measure ----------------------------------------------------------------------------------


def summary(cells: Sequence[Cell], looks: Mapping[str, at_defaults.Looks]) -> pd.DataFrame:
    """contrast, measure, better (which way is), draws, above, below, ties, sign (of the difference at the defaults,
    where its interval leaves out 0, else of the draws' mean), holds (draws with that sign), at_defaults, low, high (its
    95 % interval of chance), mean, median, p5, p95 (of the draws), chance, numbers, structure, left_over (shares of the
    variance), half_width (of numbers + structure), r2 (of ranks)."""
    rows = []
    for cell in cells:
        draws = cell.difference.draws[np.isfinite(cell.difference.draws)]
        counts, parts = signs(draws), parts_of(cell.factors, cell.difference)
        own, half = at_defaults.base(looks[cell.name], *cell.pair, cell.measure)
        sign = np.sign(own) if abs(own) > half else np.sign(draws.mean())
        holds = {1.0: counts.above, -1.0: counts.below}.get(float(sign), counts.ties)
        median, low, high = np.quantile(draws, [0.5, 0.05, 0.95])
        rows.append({
            "contrast": cell.name, "measure": cell.measure, "better": direction(cell.measure) or "", **counts._asdict(),
            "sign": int(sign), "holds": holds, "at_defaults": own, "low": own - half, "high": own + half,
            "mean": draws.mean(), "median": median, "p5": low, "p95": high, "chance": parts.chance,
            "numbers": parts.numbers, "structure": parts.structure, "left_over": parts.left_over,
            "half_width": parts.half, "r2": cell.ranked.r2,
        })  # fmt: skip
    return pd.DataFrame(rows)


# ---- one row a contrast, measure and number --------------------------------------------------------------------------


def coefficients(cells: Sequence[Cell]) -> pd.DataFrame:
    """contrast, measure, path, coefficient, error, stands_out: the rank coefficient of all that was drawn."""
    found = []
    for cell in cells:
        found.append(pd.DataFrame({
            "contrast": cell.name, "measure": cell.measure, "path": [factor.path for factor in cell.factors],
            "coefficient": cell.ranked.coefficient, "error": cell.ranked.error, "stands_out": cell.ranked.stands_out,
        }))  # fmt: skip
    return pd.concat(found, ignore_index=True)


def inert(table: pd.DataFrame) -> pd.DataFrame:
    """contrast, path, largest: what was drawn and has a coefficient below INERT for every measure."""
    size = table.assign(largest=table["coefficient"].abs()).fillna({"largest": 0.0})
    found = size.groupby(["contrast", "path"], sort=False)["largest"].max().reset_index()
    return found[found["largest"] < INERT].reset_index(drop=True)


class Lead(NamedTuple):
    """A leading number in a cell: the two ways to look at it."""

    cell: Cell
    factor: Factor
    curve: Curve
    line: at_defaults.Line


def leads_of(
    asked: Asked, cells: Sequence[Cell], chosen: Mapping[str, Sequence[Factor]],
    looks: Mapping[str, at_defaults.Looks],
) -> list[Lead]:  # fmt: skip
    """Every leading number of each contrast, for each measure."""
    found = []
    for cell in cells:
        beside = cell.standing_out()
        for factor in chosen[cell.name]:
            curve = conditional_mean(factor, beside, cell.difference.draws, len(cell.factors))
            line = at_defaults.line(looks[cell.name], asked, factor.path, *cell.pair, cell.measure)
            found.append(Lead(cell, factor, curve, line))
    return found


def leading_numbers(asked: Asked, leads: Sequence[Lead]) -> pd.DataFrame:
    """contrast, measure, path, unit, default, range_low, range_high, survey (could a district look it up?),
    coefficient, error, stands_out, pawn, pawn_of_nothing (NaN without SALib), switch_at_defaults and switch_averaged
    (the value nearest to the default at which the sign turns, NaN = none within the range), clear (of the first: on
    both sides there are levels whose interval leaves out 0), switches (how many, of each kind), would_change (draws of
    100 in which knowing it would change the choice), gain (what that is worth, in the measure's unit), at_low, at_high
    (averaged over the rest), default_low, default_high (all others at their defaults)."""
    rows = []
    of_cell: dict[int, dict[str, float]] = {}
    for lead in leads:
        cell, factor = lead.cell, lead.factor
        if id(cell) not in of_cell:
            of_cell[id(cell)] = _pawn(cell, [other.factor for other in leads if other.cell is cell], asked.rng)
        number, at = asked.scenario.number(factor.path), cell.factors.index(factor)
        own = float(number.value)  # type: ignore[arg-type]
        turns = sorted(lead.line.switches, key=lambda switch: abs(switch[0] - own))
        averaged = sorted(lead.curve.switches, key=lambda value: abs(value - own))
        rows.append({
            "contrast": cell.name, "measure": cell.measure, "path": factor.path, "unit": number.unit, "default": own,
            "range_low": factor.low, "range_high": factor.high,
            "survey": factor.path.partition(".")[0] in SURVEYED, "coefficient": cell.ranked.coefficient[at],
            "error": cell.ranked.error[at], "stands_out": bool(cell.ranked.stands_out[at]),
            "pawn": of_cell[id(cell)].get(factor.path, np.nan), "pawn_of_nothing": of_cell[id(cell)].get("", np.nan),
            "switch_at_defaults": turns[0][0] if turns else np.nan, "clear": bool(turns and turns[0][1]),
            "switches_at_defaults": len(turns), "switch_averaged": averaged[0] if averaged else np.nan,
            "switches_averaged": len(averaged), "would_change": 100.0 * lead.curve.reversed, "gain": lead.curve.gain,
            "at_low": lead.curve.means[0], "at_high": lead.curve.means[-1],
            **_ends(lead.line, factor),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _ends(line: at_defaults.Line, factor: Factor) -> dict[str, Any]:
    """Differences at the ends of the range; the default may lie outside. NaN where no level is there."""
    if not len(line.values):
        return {"default_low": np.nan, "default_high": np.nan}
    low, high = (int(np.argmin(np.abs(line.values - end))) for end in (factor.low, factor.high))
    return {"default_low": line.means[low], "default_high": line.means[high]}


def _pawn(cell: Cell, factors: Sequence[Factor], rng: int) -> dict[str, float]:
    """path -> index; "" -> that of a number which does nothing. Empty without SALib."""
    if not indices.installed():
        return {}
    found, nothing = indices.pawn(factors, cell.difference.draws, rng)
    return {**{factor.path: float(value) for factor, value in zip(factors, found, strict=True)}, "": nothing}


# ---- the rest --------------------------------------------------------------------------------------------------------


def words(cells: Sequence[Cell]) -> pd.DataFrame:
    """contrast, measure, path, word, draws, above, below, ties, mean, low, high (its 95 % t interval): draws under each
    word of each structure."""
    found = [by_word(cell.factors, cell.difference.draws) for cell in cells]
    for cell, table in zip(cells, found, strict=True):
        table.insert(0, "contrast", cell.name)
        table.insert(1, "measure", cell.measure)
    return pd.concat(found, ignore_index=True)


def draws(cells: Sequence[Cell], study: Study, equals: Sequence[Found]) -> pd.DataFrame:
    """One row a draw: point, what was drawn, the difference of each contrast and measure, and of contrasts at equal
    spending the columns of ``Equalised.table``."""
    table = study.points.drop(columns="scenario").reset_index(drop=True)
    more = {f"{cell.name}: {cell.measure}": cell.difference.draws for cell in cells}
    spent = [found.table.add_prefix(f"{found.name}: ") for found in equals]
    return pd.concat([table, pd.DataFrame(more), *spent], axis=1)


def equal_spending(asked: Asked, equals: Sequence[Found]) -> pd.DataFrame:
    """contrast, spending (where draws stand: equal, and what stands apart), draws, measure, above, below, ties: the
    signs there, of draws that have a value. What stands apart is in no other table."""
    rows = []
    for found in equals:
        where = found.table["spending"]
        for word in [ALIKE, *sorted(set(where) - {ALIKE})]:
            here = (where == word).to_numpy()
            for measure in asked.measures[found.pair]:
                counts = signs(np.where(here, found.apart(measure).draws, np.nan))
                rows.append((found.name, word, int(here.sum()), measure, counts.above, counts.below, counts.ties))
    return pd.DataFrame(rows, columns=["contrast", "spending", "draws", "measure", "above", "below", "ties"])


def curves(leads: Sequence[Lead]) -> pd.DataFrame:
    """What the figure draws: contrast, measure, path, kind (averaged: over the draws; at_defaults: all others at their
    defaults), value, difference, half_width (95 %, of at_defaults)."""
    found = []
    for lead in leads:
        step = max(len(lead.curve.values) // 20, 1)
        for kind, x, y, half in (
            ("averaged", lead.curve.values[::step], lead.curve.means[::step], np.nan),
            ("at_defaults", lead.line.values, lead.line.means, lead.line.half),
        ):
            found.append(pd.DataFrame({
                "contrast": lead.cell.name, "measure": lead.cell.measure, "path": lead.factor.path, "kind": kind,
                "value": x, "difference": y, "half_width": half,
            }))  # fmt: skip
    columns = ["contrast", "measure", "path", "kind", "value", "difference", "half_width"]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
