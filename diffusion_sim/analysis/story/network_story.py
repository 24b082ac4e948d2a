"""The story of one improvement network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from diffusion_sim.analysis.story.district_story import NONE, compared_table
from diffusion_sim.analysis.story.follow_cycles import FollowedCycles
from diffusion_sim.analysis.story.network import Network, check_network, find_network
from diffusion_sim.analysis.story.network_sections import sections_of
from diffusion_sim.analysis.story.network_told import Names
from diffusion_sim.analysis.story.network_years import network_levels, recommended_at, schools_at, year_rows
from diffusion_sim.analysis.story.page import Story
from diffusion_sim.model import ReformModel


@dataclass(frozen=True, eq=False, kw_only=True)
class NetworkStory(Story):
    """What happened in one improvement network in one run.

    years : schools and cycles (of a quarter) of the year, their cost in US dollars, study_acts, switches by_evidence,
    by_borrowing, untested, failed (untested because the one in use failed), by_habit, adaptations; at the year's end,
    of those who belong to it and have tested: variants in use, claimed and improved (of these both), mean true fit,
    mean held; judged, others, taken_up, scaled and fit_new_area as in ``networks_frame``; reach, deep_use, mean_depth,
    pupil_gain_sd (so far) of the schools that belong to it at the end, ending in ``_all`` of all
    members : one row a school that ever belonged to it: context, quarters with a cycle in it
    variants : one row a school and year's end: variant, fit_start, fit (true), held, own_tests, claims, improved,
    borrowed, users, teachers
    recommended : one row a year's end and context: variant, fit there, best_fit of all that was observed
    happened : year, quarter, school, event (began, studied, switched, adapted), variant, given_up, how, showed, fit.
    """

    network: str
    members: pd.DataFrame
    variants: pd.DataFrame
    recommended: pd.DataFrame
    happened: pd.DataFrame

    SUBJECT: ClassVar[tuple[str, ...]] = ("network",)
    TABLES: ClassVar[tuple[str, ...]] = ("years", "members", "variants", "recommended", "happened", "compared")
    SAVED: ClassVar[tuple[str, ...]] = ("years", "members", "variants", "recommended", "happened")


def network_story(
    model: ReformModel, asked: str, said: Mapping[str, Any], again: Callable[[str], ReformModel]
) -> NetworkStory:
    """The story of a network by name, by number as in ``networks_frame``, or the largest. Arguments as of
    ``district_story``. Raises StudyError."""
    check_network(model, asked)
    seen = FollowedCycles(model).run()
    network = find_network(seen, asked)
    rows = year_rows(seen, network)
    none = again(NONE).run()
    last = seen.ends[max(seen.ends)]
    compared = compared_table(*(network_levels(*run, network.rows) for run in ((model, last), (none, none.state))))
    return NetworkStory(
        **said,
        asked_for={"network": asked},
        years=pd.DataFrame(rows),
        compared=compared,
        sections=tuple(sections_of(seen, network, rows, compared)),
        network=network.name,
        **_tables(seen, network),
    )


def _tables(seen: FollowedCycles, network: Network) -> dict[str, pd.DataFrame]:
    """Members, variants by year, what is recommended and events, with schools and variants by name."""
    names = Names(seen)
    context, years = seen.model.world.context, range(1, len(seen.ends))

    def named(one: Mapping[str, Any]) -> dict[str, Any]:
        row = {"school": names.school(one["row"])} if "row" in one else {}
        words = {key: names.variant(one[key]) for key in ("variant", "given_up") if key in one}
        words |= {"context": names.context(one["context"])} if "context" in one else {}
        return {key: value for key, value in one.items() if key not in ("row", "of")} | row | words

    members = [
        (names.school(row), names.context(int(context[row])), sum(row in rows for rows in network.by_quarter.values()))
        for row in network.ever
    ]
    happened = [named(one) for one in seen.events if one["row"] in network.by_quarter.get(one["of"], ())]
    events = ["year", "quarter", "school", "event", "variant", "given_up", "how", "showed", "fit", "fit_before"]
    variants = [named(one) for year in years for one in schools_at(seen, network, year)]
    recommended = [named(one) for year in years for one in recommended_at(seen, network, year)]
    return {
        "members": pd.DataFrame(members, columns=["school", "context", "cycles"]),
        "variants": pd.DataFrame(variants).pipe(_first, ["year", "school", "context", "variant"]),
        "recommended": pd.DataFrame(recommended).pipe(_first, ["year", "context", "variant"]),
        "happened": pd.DataFrame(happened).reindex(columns=events),
    }


def _first(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """A table with these columns first; with these alone where it has no rows."""
    return table.reindex(columns=[*names, *(name for name in table if name not in names)])
