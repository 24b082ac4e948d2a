"""The story of one district."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from diffusion_sim.analysis.story.follow import ALL, LEVELS, Followed, levels, nobody_recruited
from diffusion_sim.analysis.story.page import Story
from diffusion_sim.analysis.story.schools_told import school_table
from diffusion_sim.analysis.story.sections import sections_of
from diffusion_sim.analysis.story.words import listed
from diffusion_sim.errors import StudyError, nearest
from diffusion_sim.model import ReformModel

NONE = "none"
GATES = ["year", "quarter", "verdict", "stage", "misses"]
COMPARED = ["measure", "story", "none", "difference", "story_all", "none_all", "difference_all"]


@dataclass(frozen=True, eq=False, kw_only=True)
class DistrictStory(Story):
    """What happened in one district in one run.

    years : phase (start, support, after, or own: the district's own programme after support), counts and hours of the
    year (the summer before it included), means before and after leaders left (NaN: nobody left), what there is at the
    year's end, and reach, deep_use, mean_depth, pupil_gain_sd (so far), ending in ``_all`` in all districts
    gates : year, quarter, verdict (1 adopt, 2 adapt, 3 abandon), stage after it, misses; of a staged strategy
    schools : one row a school of the district, most deep use at the end first.
    """

    district: str
    gates: pd.DataFrame
    schools: pd.DataFrame

    SUBJECT: ClassVar[tuple[str, ...]] = ("district",)
    TABLES: ClassVar[tuple[str, ...]] = ("years", "gates", "schools", "compared")


def district_story(model: ReformModel, district: str | None, said: Mapping[str, Any], again: Any) -> DistrictStory:
    """The story of a district by id; None = the first one with a school that can take part. model : before week 1;
    said : what every story holds; again : makes the same run with another strategy. Raises StudyError."""
    seen = Followed(model, district_row(model, district)).run()
    schools = school_table(seen)
    compared = _compared(seen, again)
    return DistrictStory(
        **said,
        asked_for={} if district is None else {"district": district},
        years=pd.DataFrame(seen.years),
        compared=compared,
        sections=tuple(sections_of(seen, schools, compared)),
        district=model.world.district_ids[seen.row],
        gates=pd.DataFrame(seen.gates, columns=GATES),
        schools=schools,
    )


def district_row(model: ReformModel, district: str | None) -> int:
    """Row of a district by id; None = the first with a school that can take part. Raises StudyError."""
    if district is not None:
        ids = model.world.district_ids
        if district not in ids:
            hint = nearest(district, ids) or f"; for example {listed([repr(name) for name in ids[:3]])}"
            raise StudyError(f"district: no district {district!r:.60} among the {len(ids)} of this population{hint}")
        return ids.index(district)
    inside = model.state.schools.programme == 1
    return int(model.state.schools.district[inside][0]) if inside.any() else 0


def _compared(seen: Followed, again: Any) -> pd.DataFrame:
    """The district at the end beside the same seed without a programme."""
    if nobody_recruited(seen.model):
        return pd.DataFrame(columns=COMPARED)
    return compared_table(levels(seen.model, seen.row), levels(again(NONE).run(), seen.row))


def compared_table(here: Mapping[str, float], there: Mapping[str, float]) -> pd.DataFrame:
    """LEVELS at the end of two runs, one row a measure."""
    rows = []
    for name in LEVELS:
        pairs = [(here[key], there[key]) for key in (name, f"{name}{ALL}")]
        rows.append((name, *(value for a, b in pairs for value in (a, b, a - b))))
    return pd.DataFrame(rows, columns=COMPARED)
