"""What is said of published figures: their bands, what the model gives, how many draws hold them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from diffusion_sim.analysis.trials.coaching import ALL, BEGIN
from diffusion_sim.analysis.trials.published import Figure, published
from diffusion_sim.analysis.trials.space import IDLE_SECTIONS
from diffusion_sim.analysis.trials.tables import TrialResults, draws_with
from diffusion_sim.analysis.trials.words import NOTHING, Section, band, number, whom
from diffusion_sim.scenario.ranges_lock import DRAWN

COLUMNS = [
    "figure", "of whom, or hours to", "published", "band", "unit", "model, defaults", "verdict", "draws inside",
    "chance SD of a draw", "load 0: model", "load 0: verdict", "load 0: draws inside",
]  # fmt: skip


def figures_section(found: TrialResults) -> Section:
    """Published figures, their bands, what the model gives, and how many draws hold them."""
    draws = len(found.draws)
    rows = [_cells(row, draws) for row in found.figures.to_dict("records")]
    before = [
        "Bands were written down before the first run, those of 40 hours / 4 hours, of pupils for each SD of practice "
        "and the lower end of the least ready after the first look (below), whose tables show what these are made of. "
        "The model's numbers are never moved for a figure, and a figure that it does not meet is said not to be met. "
        "A row without a band is a description: it cannot fail.",
        *(_of_network() if any(found.figures["figure"].str.startswith("network")) else []),
    ]
    return Section("Published figures", before, COLUMNS, rows, _of_draws(found, draws))


def _cells(row: Mapping[Any, Any], draws: int) -> list[str]:
    figure = published().figures[str(row["figure"])]
    beyond = "; published lies outside what the model can show" if row["beyond"] else ""
    return [
        figure.title + (" (a second reading of the same figure)" if figure.second_of else ""),
        whom(str(row["who"])),
        f"{figure.shown or number(figure.published)} ({figure.seen})",
        band(figure.low, figure.high),
        figure.unit,
        number(row["model"], 3),
        _verdict(figure, row["inside"]) + beyond,
        _held(row["draws_inside"], draws),
        number(row["chance_sd"], 3),
        number(row["model_no_load"], 3),
        _verdict(figure, row["inside_no_load"]) if math.isfinite(row["model_no_load"]) else NOTHING,
        _held(row["draws_inside_no_load"], draws),
    ]


def _verdict(figure: Figure, inside: Any) -> str:
    if figure.describes:
        return "a description, no verdict"
    return NOTHING if inside is None else "inside" if inside else "outside"


def _held(count: float, draws: int) -> str:
    return f"{count:.0f} of {draws}" if draws and math.isfinite(count) else NOTHING


def _of_network() -> list[str]:
    load = published().load
    return [
        f"Achievement Network: the load of interim tests ({load['value']:g}) was argued from what we infer for "
        "unready schools of this trial, that they gained nothing or less; its article reports nothing on them. So that "
        "these agree is by design and tells nothing. Every row "
        "stands beside the same trial with load 0. The readier half is a second reading of the one published figure of "
        "4 to 7 months, not another finding.",
        "The network's article says that most of its coaching time was time with school leaders, so hours to leaders "
        "are nearer to the article; hours to teachers are what the other programmes of this model get. Both forms were "
        "chosen before the first run of this version; that hours to leaders have verdicts, too, was decided after it.",
    ]


def _of_draws(found: TrialResults, draws: int) -> list[str]:
    if not draws:
        return ["No draws were made from the plausible ranges."]
    both = {who: draws_with(found.draws, ("practice", "pupils"), who) for who in (BEGIN, ALL)}
    pupils = [row[f"pupils/{who}"] for who, rows in both.items() for row in rows]
    practice, gain = published().figures["practice"], published().figures["pupils"]
    reached = {who: sum(row[f"pupils/{who}"] >= gain.published for row in rows) for who, rows in both.items()}
    varied = sum(str(name).startswith("p.") for name in found.draws.columns)
    return [
        f"Draws: n of {draws} {DRAWN}: a Latin hypercube over {varied} numbers of the model, the reliability of "
        "ratings and the load of interim tests. Not drawn: what every trial states itself, months per SD (a unit), the "
        f"sections that no arm here uses ({', '.join(IDLE_SECTIONS)}), and the model's structures. That says how much "
        "of what we hold plausible agrees with a figure, not how likely the figure is. A ratio whose second effect is "
        "not above 0 counts as outside.",
        "Draws of the Achievement Network's trial compare the same schools with the offer and without, which "
        "has less chance than matched pairs; the model's number at the defaults is that of matched pairs, as in the "
        "trial. Chance SD of a draw: how far a draw's number strays by chance, from what its seeds differ by (root "
        "mean square over draws); none for ratios.",
        f"Practice and pupils (both sizes) inside their bands at once: {len(both[BEGIN])} of {draws} draws for "
        f"{whom(BEGIN)}, {len(both[ALL])} of {draws} for {whom(ALL)}. The band of pupils is wide ({gain.low:g} to "
        f"{gain.high:g}): the largest effect on pupils among these draws is "
        f"{number(max(pupils, default=math.nan))} SD, and {reached[BEGIN]} and {reached[ALL]} of them reach the "
        f"published {gain.published:g} beside practice within {practice.low:g} to {practice.high:g}. How much of "
        f"pupils goes with practice has a row of its own: {published().figures['pupils_per_practice'].title}.",
    ]
