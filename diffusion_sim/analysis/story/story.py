"""``story``: one run, told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diffusion_sim.analysis.story.district_story import district_story
from diffusion_sim.analysis.story.network_story import network_story
from diffusion_sim.analysis.story.page import Story
from diffusion_sim.analysis.story.school_story import school_story
from diffusion_sim.errors import StudyError
from diffusion_sim.model import ReformModel, check_keywords, checked_seed
from diffusion_sim.scenario import Scenario, load_scenario
from diffusion_sim.study.plan.arms_and_seeds import with_rules


def story(
    case: Any = "mid_size_district",
    strategy: str | None = None,
    *,
    rng: int = 1,
    district: str | None = None,
    school: str | None = None,
    network: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    rules: Mapping[str, Any] | None = None,
    allow_code: bool = False,
    any_size: bool = False,
) -> Story:
    """What happened in one district, school or improvement network, year by year, in one run; and the same seed without
    a programme.

    case : Scenario, id or path. strategy : id; None = the scenario's own. rng : the run's seed, 0 to 2**64 - 1; another
    seed tells another story. district : id; None = the first one with a school that can take part. school : id, or
    district/school, in place of a district: a ``SchoolStory``, told person by person. network : name of an improvement
    network, its number as in ``networks_frame``, or "largest": a ``NetworkStory``. Else it is a ``DistrictStory``.
    overrides, rules, allow_code, any_size : as in ``ReformModel``.

    Raises ScenarioError, PopulationError, StrategyError, RuleError for what cannot be run as asked, StudyError for an
    unknown district, school or network, or a strategy that tests nothing.
    """
    check_keywords(strategy, overrides, allow_code, 1, None)
    if rng is None:
        raise StudyError("rng: found None; a whole number from 0 to 2**64 - 1 is allowed: a story is of one seed")
    seed = checked_seed(rng)
    check_subject(district=district, school=school, network=network)
    sc = case if isinstance(case, Scenario) else load_scenario(case, allow_code=allow_code)
    sc = with_rules(sc.override(dict(overrides)) if overrides else sc, rules, allow_code)

    def run_of(name: str | None) -> ReformModel:
        return ReformModel(sc, rng=seed, strategy=name, allow_code=allow_code, any_size=any_size)

    asked = str(case.path or case.id) if isinstance(case, Scenario) else str(case)
    said = {"case": sc, "asked": asked, "strategy": strategy, "seed": seed}
    model = run_of(strategy)
    if network is not None:
        return network_story(model, network, said, run_of)
    if school is not None:
        return school_story(model, school, said, run_of)
    return district_story(model, district, said, run_of)


def check_subject(**subjects: Any) -> None:
    """Raise StudyError where a subject is no text, or where there are two."""
    for name, value in subjects.items():
        if value is not None and not isinstance(value, str):
            raise StudyError(f"{name}: found {value!r:.60}; the id of one {name}, as text, or None, is allowed")
    given = [name for name, value in subjects.items() if value is not None]
    if len(given) > 1:
        raise StudyError(f"{' and '.join(given)}: found both; a story is of one of them")
