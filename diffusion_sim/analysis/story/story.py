"""``story``: one run, told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from diffusion_sim.analysis.story.follow import ALL, LEVELS, Followed, levels, nobody_recruited
from diffusion_sim.analysis.story.page import Story
from diffusion_sim.analysis.story.schools_told import school_table
from diffusion_sim.analysis.story.sections import sections_of
from diffusion_sim.analysis.story.words import listed
from diffusion_sim.errors import StudyError, nearest
from diffusion_sim.model import ReformModel, check_keywords, checked_seed
from diffusion_sim.scenario import Scenario, load_scenario
from diffusion_sim.study.plan.arms_and_seeds import with_rules

NONE = "none"


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
        ids = model.world.district_ids
        if district not in ids:
            hint = nearest(district, ids) or f"; for example {listed([repr(name) for name in ids[:3]])}"
            raise StudyError(f"district: no district {district!r:.60} among the {len(ids)} of this population{hint}")
        return ids.index(district)
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
