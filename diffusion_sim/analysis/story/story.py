"""``story``: one run, told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any

import pandas as pd

from diffusion_sim.analysis.story.follow import ALL, LEVELS, Followed, levels, nobody_recruited
from diffusion_sim.analysis.story.page import save_story, text_of
from diffusion_sim.analysis.story.schools_told import school_table
from diffusion_sim.analysis.story.sections import sections_of
from diffusion_sim.analysis.story.words import Section
from diffusion_sim.errors import StoreError, StudyError, as_path
from diffusion_sim.model import ReformModel, check_keywords, checked_seed
from diffusion_sim.population.names import find_districts
from diffusion_sim.scenario import Scenario, load_scenario
from diffusion_sim.study.plan.arms_and_seeds import with_rules

NONE = "none"


@dataclass(frozen=True, eq=False)
class Story:
    """What happened in one district in one run. ``print(story)`` tells it.

    years : one row a year, the first (year 0) before week 1: phase (start, support, after), counts and hours of the
    year (the summer before it included), means before and after leaders left (NaN: nobody left), what there is at the
    year's end, and reach, deep_use, mean_depth, pupil_gain_sd (so far), ending in ``_all`` in all districts
    gates : year, quarter, verdict (1 adopt, 2 adapt, 3 abandon), stage after it, misses; of a staged strategy
    schools : one row a school of the district, most deep use at the end first
    compared : measure, story, none, difference, and the same of all districts; at the end, same seed; no rows where
    the strategy recruits nobody
    sections : the story itself; pot_shared : money is of one pot for all districts.
    """

    case: Scenario
    asked: str
    strategy: str | None
    seed: int
    district: str
    asked_district: str | None
    years: pd.DataFrame
    gates: pd.DataFrame
    schools: pd.DataFrame
    compared: pd.DataFrame
    sections: tuple[Section, ...]

    def text(self) -> str:
        """The story in lines of at most 80 columns."""
        return text_of(self)

    def __str__(self) -> str:
        return self.text()

    def save(self, out: str | PathLike[str], plain_ids: bool = False) -> list[str]:
        """Write the page to a file that ends in .md, or the page and years.csv into a folder; returns names of files.

        plain_ids : write text into CSV as it is. Raises StoreError.
        """
        return save_story(self, as_path(out, "place to save to", StoreError), plain_ids)


def story(
    case: Any = "mid_size_district",
    strategy: str | None = None,
    *,
    rng: int = 1,
    district: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    rules: Mapping[str, Any] | None = None,
    allow_code: bool = False,
    any_size: bool = False,
) -> Story:
    """What happened in one district, year by year, in one run; and the same seed without a programme.

    case : Scenario, id or path. strategy : id; None = the scenario's own. rng : the run's seed, 0 to 2**64 - 1; another
    seed tells another story. district : id; None = the first one with a school that can take part. overrides, rules,
    allow_code, any_size : as in ``ReformModel``.

    Raises ScenarioError, PopulationError, StrategyError, RuleError for what cannot be run as asked, StudyError for an
    unknown district.
    """
    check_keywords(strategy, overrides, allow_code, 1, None)
    if rng is None:
        raise StudyError("rng: found None; a whole number from 0 to 2**64 - 1 is allowed: a story is of one seed")
    seed = checked_seed(rng)
    if district is not None and not isinstance(district, str):
        raise StudyError(f"district: found {district!r:.60}; the id of one district, as text, or None, is allowed")
    sc = case if isinstance(case, Scenario) else load_scenario(case, allow_code=allow_code)
    sc = with_rules(sc.override(dict(overrides)) if overrides else sc, rules, allow_code)
    model = ReformModel(sc, rng=seed, strategy=strategy, allow_code=allow_code, any_size=any_size)
    seen = Followed(model, district_row(model, district)).run()
    years, schools, gates = pd.DataFrame(seen.years), school_table(seen), pd.DataFrame(seen.gates, columns=_GATES)
    compared = _compared(seen, allow_code, any_size)
    asked = str(case.path or case.id) if isinstance(case, Scenario) else str(case)
    return Story(
        sc, asked, strategy, seed, model.world.district_ids[seen.row], district, years, gates, schools, compared,
        tuple(sections_of(seen, schools, compared)),
    )  # fmt: skip


_GATES = ["year", "quarter", "verdict", "stage", "misses"]
_COMPARED = ["measure", "story", "none", "difference", "story_all", "none_all", "difference_all"]


def district_row(model: ReformModel, district: str | None) -> int:
    """Row of a district by id; None = the first with a school that can take part. Raises StudyError."""
    if district is not None:
        return find_districts(model.world.district_ids, [district], "district", StudyError)[0]
    inside = model.state.schools.programme == 1
    return int(model.state.schools.district[inside][0]) if inside.any() else 0


def _compared(seen: Followed, allow_code: bool, any_size: bool) -> pd.DataFrame:
    """The district at the end beside the same seed without a programme."""
    if nobody_recruited(seen.model):
        return pd.DataFrame(columns=_COMPARED)
    without = ReformModel(seen.model.case, rng=seen.model.seed, strategy=NONE, allow_code=allow_code, any_size=any_size)
    here, there = levels(seen.model, seen.row), levels(without.run(), seen.row)
    rows = []
    for name in LEVELS:
        pairs = [(here[key], there[key]) for key in (name, f"{name}{ALL}")]
        rows.append((name, *(value for a, b in pairs for value in (a, b, a - b))))
    return pd.DataFrame(rows, columns=_COMPARED)
