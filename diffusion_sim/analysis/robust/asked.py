"""What a robust run is asked: contrasts, measures, numbers and structures, checked before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from diffusion_sim.analysis.robust import inert_list
from diffusion_sim.errors import StudyError, nearest
from diffusion_sim.measures import MEASURE_INFO, compares
from diffusion_sim.scenario import Scenario, load_scenario, scenario_ids
from diffusion_sim.scenario.mechanisms import SECTION as MECHANISMS
from diffusion_sim.scenario.numbers import ScenarioNumber
from diffusion_sim.scenario.words import NONE
from diffusion_sim.study.plan.arms_and_seeds import arms_of, checked_measures, checked_rng, listed, whole
from diffusion_sim.study.plan.structures import DRAWN, SECTION, read_structures

MEASURES = (
    "deep_use", "exposure_low_income", "poorest_quarter", "pupil_gain_sd", "reach", "sustained_deep_use_1y",
)  # fmt: skip
ALL, EVERYTHING, NOTHING = "all", "everything", "none"
LEAST_POINTS, MOST_POINTS = 20, 100_000  # one draw in twenty is the least that 5 % can mean
LEAST_SEEDS, MOST_SEEDS = 2, 1_000
_PAIR = re.compile(r"\s*(\w+)\s+-\s+(\w+)\s*")
SPEND = "money.spend"  # set where spending is to be equal
_HOLD = "--set holds it at a value, so it cannot vary, too; leave it out of one of them"

Pair = tuple[str, str]


class Asked(NamedTuple):
    """scenario : with all overrides. contrasts : (strategy, strategy); arms : of all of them, ``none`` first.
    measures : by contrast. numbers : dotted paths with a plausible range that are drawn from it; words : dotted paths
    of words and switches, drawn from all there are; structures : structure -> words. points : draws; seeds : of each
    draw. at_equal_spending : pairs that are asked at equal net spending. left_out : numbers listed as inert."""

    scenario: Scenario
    contrasts: tuple[Pair, ...]
    arms: tuple[str, ...]
    measures: Mapping[Pair, list[str]]
    numbers: tuple[str, ...]
    words: tuple[str, ...]
    structures: Mapping[str, list[str]]
    points: int
    seeds: int
    rng: int
    at_equal_spending: tuple[Pair, ...] = ()
    left_out: tuple[str, ...] = ()

    def study(self) -> dict[str, Any]:
        """The study of all draws, as a file says it."""
        space: dict[str, Any] = {path: {"range": "plausible"} for path in self.numbers}
        space |= {path: levels_of(self.scenario.number(path)) for path in self.words}
        said = {**self.common("robust_draws"), "replicates": self.seeds, "seeds": "by_point", "space": space}
        if self.structures:
            said["structure"] = {"mode": DRAWN, **self.structures}
        return {**said, "design": {"kind": "latin_hypercube", "points": self.points}}

    def common(
        self, name: str, arms: Sequence[str] | None = None, also: Mapping[str, Any] | None = None,
        free: Iterable[str] = (),
    ) -> dict[str, Any]:  # fmt: skip
        """What all studies of a robust run say. arms : these alone, None = all. also : set besides; free :
        paths that are not set, whatever ``overrides`` say."""
        overrides = {path: value for path, value in self.scenario.overrides.items() if path not in free}
        overrides |= also or {}
        return {
            "id": name, "title": f"{self.scenario.title}: over the plausible ranges",
            "scenarios": [place_of(self.scenario)], "strategies": list(arms or self.arms),
            "baseline": arms[-1] if arms else NONE, "rng": self.rng,
            **({"set": overrides} if overrides else {}), "keep": {"series": "none"},
        }  # fmt: skip


def ask(
    case: Any, contrast: Any, measures: Iterable[str] | None, *, points: Any, seeds: Any, rng: Any, numbers: Any,
    sections: Any, structures: Any, overrides: Mapping[str, Any] | None, allow_code: bool, at_equal_spending: Any = (),
) -> Asked:  # fmt: skip
    """Check it all. Raises StudyError, ScenarioError, StrategyError."""
    from diffusion_sim.study.plan.outcomes import OUTCOMES

    sc = case if isinstance(case, Scenario) else load_scenario(case, allow_code=allow_code)
    sc = sc.override(overrides)
    place_of(sc)
    pairs = contrasts_of(contrast)
    arms = arms_of(sc, [NONE, *dict.fromkeys(n for pair in pairs for n in pair if n != NONE)], NONE, allow_code)
    equal = _equal(sc, at_equal_spending, allow_code)
    names = checked_measures(measures, list(OUTCOMES))
    paths, left_out = _paths(sc, numbers, sections)
    if equal and SPEND in paths:
        raise StudyError(f"numbers: {SPEND} is drawn; at equal spending hours always stretch, so leave one of them out")
    return Asked(
        scenario=sc,
        contrasts=pairs,
        arms=tuple(arms),
        measures={pair: names or _speaking(pair) for pair in (*pairs, *equal)},
        numbers=tuple(path for path in paths if sc.number(path).range),
        words=tuple(path for path in paths if not sc.number(path).range),
        structures=_structures(sc, structures),
        points=whole(points, "points", LEAST_POINTS, MOST_POINTS),
        seeds=whole(seeds, "seeds", LEAST_SEEDS, MOST_SEEDS),
        rng=checked_rng(rng),
        at_equal_spending=equal,
        left_out=tuple(left_out),
    )


def place_of(sc: Scenario) -> str:
    """How a study file names the scenario. Raises StudyError where no file holds it."""
    if sc.path is None or sc.rules:
        what = "rules of your own" if sc.rules else "no file"
        raise StudyError(f"scenario '{sc.id}' has {what}; a robust run takes a scenario's id or file, without rules")
    shipped = sc.id in scenario_ids() and load_scenario(sc.id).path == sc.path
    return sc.id if shipped else str(sc.path.absolute())


# ---- contrasts and measures ------------------------------------------------------------------------------------------


def contrasts_of(said: Any, key: str = "contrast") -> tuple[Pair, ...]:
    """Pairs of strategies from "a - b", or a list of such texts. key : what errors call it. Raises StudyError."""
    texts = [said] if isinstance(said, str) else listed(said, key, "texts such as 'a - b'")
    if not texts:
        raise StudyError(f"{key}: the list is empty; name two strategies, such as 'directed_uniform - none'")
    pairs: list[Pair] = []
    for text in texts:
        found = _PAIR.fullmatch(text) if isinstance(text, str) else None
        if found is None or found[1] == found[2]:
            raise StudyError(
                f"{key}: found {text!r:.80}; two strategies are allowed, with spaces around the minus, such as "
                "'directed_differentiated - directed_uniform'"
            )
        pair = (found[1], found[2])
        if pair in pairs or pair[::-1] in pairs:
            raise StudyError(f"{key}: {' - '.join(pair)} is named twice")
        pairs.append(pair)
    return tuple(pairs)


def _equal(sc: Scenario, said: Any, allow_code: bool) -> tuple[Pair, ...]:
    """Pairs that are asked at equal spending, whose strategies can be made. Raises StudyError, StrategyError."""
    key = "at_equal_spending"
    if said is None or (isinstance(said, list | tuple) and not said):
        return ()
    pairs = contrasts_of(said, key)
    for pair in pairs:
        if NONE in pair:
            raise StudyError(f"{key}: {' - '.join(pair)}: '{NONE}' spends nothing, so there is no pot that both spend")
        arms_of(sc, pair, pair[1], allow_code)
    return pairs


def _speaking(pair: Pair) -> list[str]:
    """The usual measures, against ``none`` without those that say nothing there."""
    return [name for name in MEASURES if NONE not in pair or compares(name, NONE, MEASURE_INFO)]


# ---- what varies -----------------------------------------------------------------------------------------------------


def levels_of(number: ScenarioNumber) -> list[Any]:
    """All values of a word or a switch."""
    return list(number.choices) if number.choices else [True, False]


def _paths(sc: Scenario, numbers: Any, sections: Any) -> tuple[list[str], list[str]]:
    """(dotted paths that vary, those left out since they are listed as inert), in the order of the scenario. Raises
    StudyError."""
    if numbers is not None and not (isinstance(numbers, str) and numbers in (ALL, EVERYTHING)):
        if sections is not None:
            raise StudyError("numbers and sections: found both; give one of them")
        return _named(sc, listed(numbers, "numbers", "dotted paths such as trial.q")), []
    ranged = _ranged(sc, sections)
    idle = set() if numbers == EVERYTHING else inert_list.inert_in(sc)
    kept = [path for path in ranged if path not in idle]
    if ranged and not kept:
        where = "" if sections is None else f" of {', '.join(sections)}"
        raise StudyError(f"numbers: all{where} with a range are listed as inert; numbers: {EVERYTHING} draws them")
    return kept, [path for path in ranged if path in idle]


def _ranged(sc: Scenario, sections: Any) -> list[str]:
    """Numbers with a range that is not held, of these sections alone where some are named. Raises StudyError."""
    ranged = [path for path in sc.numbers if sc.number(path).drawable and path not in sc.overrides]
    if sections is None:
        return ranged
    wanted = listed(sections, "sections", "names of sections such as trial")
    if not wanted:
        raise StudyError("sections: the list is empty; name at least one, or leave it out for all")
    known = list(dict.fromkeys(path.partition(".")[0] for path in sc.numbers))
    for name in wanted:
        if name not in known:
            raise StudyError(f"sections: there is no section {name!r:.60}{nearest(str(name), known) or '.'} "
                             f"Sections: {', '.join(known)}")  # fmt: skip
        if not any(path.startswith(f"{name}.") for path in ranged):
            words = {SECTION: "; structures draws it", MECHANISMS: "; `decompose` switches mechanisms off"}
            text = words.get(name, "; numbers of it with a range are all set" if _held(sc, name) else "")
            raise StudyError(f"sections: {name} has no number with a plausible range{text}")
    return [path for path in ranged if path.partition(".")[0] in wanted]


def _held(sc: Scenario, section: str) -> bool:
    return any(path.startswith(f"{section}.") and sc.number(path).drawable for path in sc.overrides)


def _named(sc: Scenario, numbers: Sequence[Any]) -> list[str]:
    """Paths that were named, each once."""
    if not numbers:
        raise StudyError("numbers: the list is empty; name at least one, or leave it out for all with a range")
    for row, path in enumerate(numbers):
        if path in numbers[:row]:
            raise StudyError(f"numbers: {path} is named twice")
        if not isinstance(path, str) or path not in sc.numbers:
            hint = nearest(str(path), sc.numbers) or "; a dotted path of a number such as trial.q is allowed"
            raise StudyError(f"numbers: scenario '{sc.id}' has no number {path!r:.60}{hint}")
        if path.startswith(f"{SECTION}."):
            raise StudyError(f"numbers: {path} is a structure; structures: {path.partition('.')[2]} draws it")
        if path in sc.overrides:
            raise StudyError(f"numbers: {path}: {_HOLD}")
        number = sc.number(path)
        if not (number.drawable or number.choices or isinstance(number.value, bool)):
            raise StudyError(f"numbers: {path} has no plausible range, so there is nothing to draw it from")
    return [path for path in sc.numbers if path in numbers]


def _structures(sc: Scenario, said: Any) -> dict[str, list[str]]:
    """Structure -> its words, of those that are drawn."""
    if said == NOTHING:
        return {}
    words = read_structures(ALL, "structures")
    known = {factor.name.partition(".")[2]: list(factor.said) for factor in words.factors}
    held = [name for name in known if f"{SECTION}.{name}" in sc.overrides]
    if said is None or said == ALL:
        return {name: its for name, its in known.items() if name not in held}
    if isinstance(said, str):
        raise StudyError(f"structures: found {said!r:.60}; all, none or a list is allowed: {', '.join(known)}")
    found = {}
    for name in listed(said, "structures", "names of structures"):
        if name not in known:
            hint = nearest(str(name), known) or "."
            raise StudyError(f"structures: there is no structure {name!r:.60}{hint} Structures: {', '.join(known)}")
        if name in held:
            raise StudyError(f"structures: {name}: {_HOLD}")
        found[name] = known[name]
    return found
