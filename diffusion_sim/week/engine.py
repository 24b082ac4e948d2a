"""Which compiled weeks a run goes by: eight teachers at a time, one at a time, or one at a time with own rules."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from numba.core.errors import NumbaError

from diffusion_sim.compiled.jit import cache_of, njit
from diffusion_sim.compiled.jit_variant import variant
from diffusion_sim.compiled.lanes import BRANCH, filled, total
from diffusion_sim.errors import RuleError, told
from diffusion_sim.scenario import Scenario
from diffusion_sim.week import teachers, teachers_plain
from diffusion_sim.week.own_rules import OwnRule, check_allowed, first_words, hooks_of, raise_fault, read_rules
from diffusion_sim.week.replaceable_rules import HOOKS
from diffusion_sim.week.run_weeks import advance, run_weeks
from diffusion_sim.world.build import World, post_ids
from diffusion_sim.world.numbers import Numbers, numbers_of
from diffusion_sim.world.run_state import RunState

PLAIN = "DIFFUSION_SIM_PLAIN"  # environment variable: 1 = one teacher at a time, everywhere


class Engine:
    """Compiled weeks. plain : one teacher at a time; own : rules of the user's own, by name."""

    def __init__(self, weeks: Any, plain: bool, own: Mapping[str, OwnRule] | None = None) -> None:
        self.weeks, self.plain, self.own = weeks, plain, dict(own or {})

    def advance(
        self, state: RunState, world: World, count: int, numbers: Numbers, pool: ThreadPoolExecutor | None
    ) -> None:
        """``count`` weeks in place; see ``run_weeks.advance``. Raises RuleError for what an own rule returned."""
        try:
            faults = advance(state, world, count, numbers, self.weeks, pool)
        except NumbaError as error:  # at compiling, before any week has begun
            if self.plain or not cannot_compile_lanes(error):
                raise in_words(error) from error
            warnings.warn(NO_LANES.format(error=type(error).__name__), RuntimeWarning, stacklevel=2)
            self.weeks, self.plain = plain().weeks, True  # of the one engine with lanes: once for the process
            faults = advance(state, world, count, numbers, self.weeks, pool)
        except Exception as error:  # nothing but a rule raises in a week
            if not self.own or isinstance(error, MemoryError):
                raise
            places = " or ".join(f"rules.{name}: {found.place}" for name, found in self.own.items())
            raise RuleError(f"{places}: failed in a week: {told(error)}") from error
        if self.own:
            raise_fault(faults, self.own, lambda row: post_ids(world.table)[row])


NO_LANES = (
    "eight teachers at a time cannot be compiled on this machine or with this Numba ({error}); weeks run one teacher "
    "at a time, with the same results to rounding (DIFFUSION_SIM_PLAIN=1 says so from the start)"
)


def cannot_compile_lanes(error: NumbaError) -> bool:
    """Whether the fault lies with lanes as such, not with a rule that was changed: the smallest kernel of lanes fails
    too."""
    try:
        return BRANCH not in str(error) and smallest_of_lanes(3.0) != 24.0
    except NumbaError:
        return True


@njit
def smallest_of_lanes(x):
    """Eight times x, by lanes."""
    return total(filled(x))


def in_words(error: NumbaError) -> RuleError:
    """What a compiler's error means for who has changed a rule, with the line where it arose."""
    text = str(error)
    places = re.findall(r'File "([^"]+)", line (\d+)', text)
    place = f"{places[0][0]}, line {places[0][1]}: " if places else ""
    said = BRANCH if BRANCH in text else first_words(text)
    return RuleError(f"{place}the rules of a week cannot be compiled: {said}")


def plain_asked_for() -> bool:
    """Whether the environment asks for the plain week."""
    return os.environ.get(PLAIN, "") not in ("", "0")


@cache
def lanes() -> Engine:
    """Eight teachers at a time."""
    return Engine(run_weeks, False)


@cache
def plain() -> Engine:
    """One teacher at a time."""
    return Engine(_plain_weeks("plain", {}), True)


def _plain_weeks(label: str, hooks: Mapping[str, Any]) -> Any:
    """``run_weeks`` one teacher at a time. hooks : by rule, in the place of the built-in ones."""
    week = variant(teachers_plain.teachers_week, label, {HOOKS[name]: hook for name, hook in hooks.items()})
    return variant(run_weeks, label, {teachers.teachers_week: week})


_made: dict[tuple[tuple[str, str], ...], Engine] = {}
_KEPT = 16


def with_rules(own: Mapping[str, OwnRule], numbers: Numbers) -> Engine:
    """One teacher at a time, by rules of the user's own. Raises RuleError for one that cannot be compiled."""
    key = tuple((name, f"{found.digest} {found.place}") for name, found in own.items())
    if key not in _made:
        label = "own_" + "_".join(found.digest for found in own.values())[:100]
        hooks = hooks_of(own, numbers.weekly)
        with cache_of(label):
            _made[key] = Engine(_plain_weeks(label, hooks), True, own)
        while len(_made) > _KEPT:
            del _made[next(iter(_made))]
    return _made[key]


def choose(sc: Scenario, rules: Mapping[str, Any] | None, plain_too: bool | None, allow_code: bool) -> Engine:
    """The engine of a run. rules : of the call, before those of the scenario; plain_too : None = as the environment
    says. Raises RuleError: a rule that cannot be used, code of the scenario that is not allowed."""
    if plain_too is not None and not isinstance(plain_too, bool):
        raise RuleError(f"plain: found {plain_too!r:.60}; True, False or None is allowed")
    check_allowed(sc.rules, allow_code)
    folder = sc.path.parent if sc.path else None
    own = read_rules({**sc.rules, **(rules or {})} if isinstance(rules, Mapping | None) else rules, folder)
    if own:
        if plain_too is False:
            raise RuleError("plain: found False; rules of your own run one teacher at a time: True or None is allowed")
        if "peer_force" in own and sc["structure.exposure"] == "threshold":
            raise RuleError(
                "rules.peer_force: structure.exposure is threshold, where peers act by their number and this rule is "
                "never asked; share is allowed with a rule of your own (which may ask for users_seen)"
            )
        return with_rules(own, numbers_of(sc.in_force))
    wanted = plain_asked_for() if plain_too is None else plain_too
    return plain() if wanted else lanes()
