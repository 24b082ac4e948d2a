"""Which runs a comparison consists of: strategies and seeds, checked before anything starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from diffusion_sim.errors import RuleError, StudyError, nearest
from diffusion_sim.scenario import BUILT_IN, Scenario
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.strategies import make_strategy

MOST_REPLICATES = 100_000


def seeds_of(rng: int, replicates: int) -> list[int]:
    """Seeds of the replicates: different whole numbers below 2**32, the first n the same for any larger number.

    Source: the words of NumPy's ``SeedSequence(rng)`` in their order; a word that has come before is left out.
    """
    ahead = replicates
    while True:
        words = np.random.SeedSequence(rng).generate_state(ahead, np.uint32).tolist()
        found = list(dict.fromkeys(words))
        if len(found) >= replicates:
            return found[:replicates]
        ahead += replicates - len(found) + 8


def whole(value: Any, name: str, low: int, high: int) -> int:
    """``value`` as a whole number in low..high. Raises StudyError naming ``name``."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= int(value) <= high:
        raise StudyError(f"{name}: found {value!r:.60}; a whole number from {low} to {high} is allowed")
    return int(value)


def listed(value: Any, name: str, what: str) -> list[Any]:
    """``value`` as a list. Raises StudyError naming ``name`` where it is a text or nothing that can be listed."""
    try:
        if not isinstance(value, str | bytes):
            return list(value)
    except TypeError:
        pass
    raise StudyError(f"{name}: found {value!r:.60}; a list of {what} is allowed")


def checked_rng(rng: Any) -> int:
    """The seed of seeds. Raises StudyError."""
    return whole(rng, "rng", 0, 2**64 - 1)


def arms_of(sc: Scenario, strategies: Iterable[str] | None, baseline: str, allow_code: bool) -> list[str]:
    """The strategies to run: those given, or the scenario's ``compare`` list; ``baseline`` is put first where absent.

    Raises StudyError: no list, none in it, one twice. Raises StrategyError: an unknown id, code that is not allowed.
    """
    arms = list(sc.compare) if strategies is None else listed(strategies, "strategies", "strategy ids")
    if not arms:
        where = f"scenario '{sc.id}' has no compare list" if strategies is None else "the list is empty"
        raise StudyError(f"strategies: {where}; name at least one strategy")
    for name in [*arms, baseline]:
        if not isinstance(name, str):
            raise StudyError(f"strategies: found {name!r:.60}; ids of strategies are allowed")
    twice = [name for name in arms if arms.count(name) > 1]
    if twice:
        raise StudyError(f"strategies: '{twice[0]}' is named more than once")
    for name in [*arms, baseline]:
        make_strategy(name, sc, allow_code)  # raises where it cannot be made
    return arms if baseline in arms else [baseline, *arms]


def with_rules(sc: Scenario, rules: Mapping[str, Any] | None, allow_code: bool) -> Scenario:
    """The scenario with rules of a call beside its own, all of them loaded and compiled once. Raises RuleError."""
    if rules is not None and not isinstance(rules, Mapping):
        raise RuleError(f"rules: found {rules!r:.60}; a mapping of a rule's name to a function is allowed")
    if not rules and not sc.rules:
        return sc
    from diffusion_sim.week import engine, own_rules

    own_rules.check_allowed({**sc.rules, **(rules or {})}, allow_code)
    sc = sc.with_rules(own_rules.as_texts(rules, sc.path.parent if sc.path else None))
    engine.choose(sc, None, None, allow_code)  # raises where one cannot be used
    return sc


def own_code(sc: Scenario, arms: Iterable[str]) -> bool:
    """Whether any of these strategies is code of the user's own, which may end the process that runs it."""
    return any("code" in sc.section("strategies")[name] for name in arms if name not in BUILT_IN)


def checked_measures(measures: Iterable[str] | None, known: Iterable[str]) -> list[str] | None:
    """Names to show, None for all. Raises StudyError with the nearest name."""
    if measures is None:
        return None
    names, known = listed(measures, "measures", "names of measures"), list(known)
    if not names:
        raise StudyError("measures: the list is empty; name at least one, or leave it out for all")
    for name in names:
        if name not in known:
            raise StudyError(f"measures: '{name!s:.60}' is unknown{nearest(str(name), known)}")
    return names


def weeks_of(sc: Scenario) -> int:
    """Weeks of a run of the scenario."""
    return WEEKS_PER_YEAR * (int(sc["programme.years_support"]) + int(sc["programme.years_after"]))
