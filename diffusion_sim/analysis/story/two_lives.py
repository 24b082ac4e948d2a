"""``two_lives``: the same person, the same chances, two strategies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from diffusion_sim.analysis.story.life import Life
from diffusion_sim.analysis.story.life_told import diary, quarter_of, year_row
from diffusion_sim.analysis.story.lives_apart import first_differences
from diffusion_sim.analysis.story.two_lives_page import TwoLives
from diffusion_sim.analysis.story.two_lives_told import sections_of
from diffusion_sim.analysis.story.whom import Stayed, choose
from diffusion_sim.errors import StudyError
from diffusion_sim.model import ReformModel, check_keywords, checked_seed
from diffusion_sim.scenario import Scenario, load_scenario
from diffusion_sim.school_year import WEEKS_PER_YEAR

DIARY = ["strategy", "year", "quarter", "week", "event", "text"]


def two_lives(
    case: Any,
    a: str,
    b: str,
    *,
    rng: int = 1,
    overrides: Mapping[str, Any] | None = None,
    allow_code: bool = False,
    any_size: bool = False,
) -> TwoLives:
    """The same simulated person on the same chances under strategy ``a`` and under ``b``: a diary of what happened and
    why, and where the two first differ.

    The person is found by rule, never by hand (``whom``): of all who teach in the same school throughout in both runs
    and could join, the one whose difference in pupils' gain at the end, b - a, is nearest the median; of several as
    near the first by key.
    case : Scenario, id or path. rng : the runs' seed, 0 to 2**64 - 1; the person is an invention of it. overrides,
    allow_code, any_size : as in ``ReformModel``.

    Raises ScenarioError, PopulationError, StrategyError for what cannot be run as asked, StudyError for the same
    strategy twice, or where there is nobody to follow.
    """
    check_strategies(a, b)
    check_keywords(a, overrides, allow_code, 1, None)
    if rng is None:
        raise StudyError("rng: found None; a whole number from 0 to 2**64 - 1 is allowed: two lives are of one seed")
    seed = checked_seed(rng)
    sc = case if isinstance(case, Scenario) else load_scenario(case, allow_code=allow_code)
    sc = sc.override(dict(overrides)) if overrides else sc
    models = [ReformModel(sc, rng=seed, strategy=name, allow_code=allow_code, any_size=any_size) for name in (a, b)]
    rule = choose(*(Stayed(model).run(model) for model in (models[0].copy(), models[1].copy())))
    first, second = (Life(model, rule.row).run() for model in models)
    apart = first_differences(first, second)
    asked = str(case.path or case.id) if isinstance(case, Scenario) else str(case)
    return TwoLives(
        case=sc,
        asked=asked,
        strategies=(a, b),
        seed=seed,
        person=first.people.teacher_id(first.who),
        called=first.people.name(first.who),
        school=first.people.school_id(first.s),
        district=first.model.world.district_ids[first.row],
        rule=rule,
        diary=pd.DataFrame([row for life in (first, second) for row in _diary_rows(life)], columns=DIARY),
        by_year=pd.DataFrame([row for life in (first, second) for row in _year_rows(life)]),
        apart=apart,
        sections=tuple(sections_of(first, second, rule, apart)),
    )


def check_strategies(a: Any, b: Any) -> None:
    """Raise StudyError where they are no two different ids."""
    for name, value in (("a", a), ("b", b)):
        if not isinstance(value, str):
            raise StudyError(f"{name}: found {value!r:.60}; the id of one strategy is allowed")
    if a == b:
        raise StudyError(f"strategies: found '{a:.60}' twice; two different ones are allowed")


def _diary_rows(life: Life) -> list[tuple[Any, ...]]:
    rows = []
    for one in diary(life):
        year, quarter = quarter_of(one["week"])
        week = one["week"] % WEEKS_PER_YEAR + 1
        rows.append((life.model.strategy, year, quarter, week, one["event"], one["text"]))
    return rows


def _year_rows(life: Life) -> list[dict[str, Any]]:
    return [{"strategy": life.model.strategy, **year_row(life, year)} for year in range(len(life.years))]
