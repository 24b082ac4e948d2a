"""Compiling the model before workers start, so that each of them loads what was compiled once.

What is compiled is what small models run; there is no list of kernels. Compilation takes one processor, so two
processes share it: while this one makes a small model (schools, teachers, ties) and lets a summer pass, a second runs
a year of a model whose world is empty. The second compiles into a cache of its own, for Numba's is not made for two
that write the same function; its files then move over, and small models run here.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion_sim.model_version import SHOWS_RUNS

if TYPE_CHECKING:
    from diffusion_sim.scenario import Scenario

_PACKAGE = Path(__file__).resolve().parents[2]
_SECONDS = 25  # on 2 cores
_SMALL = {"population.schools": 2, "programme.years_support": 1, "programme.years_after": 1}
_CACHE = "DIFFUSION_SIM_CACHE"


def warm_up(say: Callable[[str], None] = print, sc: Scenario | None = None) -> float:
    """Compile all kernels where this machine's cache does not hold them; ``say`` gets a line before that.

    sc : a scenario that is about to run; rules of the user's own that it names are compiled too, so its code may run.

    Returns the seconds it took, 0 where nothing was to be done.
    """
    import numba

    import diffusion_sim.rng  # noqa: F401  (sets the cache's folder)

    cache = Path(numba.config.CACHE_DIR)  # type: ignore[attr-defined]
    mark = cache / f"complete-{_freshness()}"
    if mark.exists():
        return 0.0 if sc is None else _own_rules(sc, say)
    begin = time.perf_counter()
    second = None
    if not (cache.is_dir() and any(cache.glob("*/run_weeks.run_weeks*.nbi"))):
        say(f"compiling the model (once on this machine, about {_SECONDS} s) ...")
        second = _start_second(cache)
    try:
        make_small()
        if second is not None:
            _take_over(second, cache)
    finally:
        if second is not None and second[0].poll() is None:
            second[0].kill()
            second[0].wait()
            shutil.rmtree(second[1], ignore_errors=True)
    run_small()
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError:
        pass  # without a folder for the cache, it compiles each time
    return time.perf_counter() - begin + (0.0 if sc is None else _own_rules(sc, say))


def _own_rules(sc: Scenario, say: Callable[[str], None]) -> float:
    """Compile the weeks with the rules that a scenario names; returns the seconds it took."""
    if not sc.rules:
        return 0.0
    from diffusion_sim.model import ReformModel
    from diffusion_sim.week.own_rules import read_rules

    say("compiling your rules (ten seconds to a minute) ...")
    begin, own = time.perf_counter(), read_rules(sc.rules, sc.path.parent if sc.path else None)
    rules = {name: found.function for name, found in own.items()}
    ReformModel(_case(), rng=1, strategy="directed_uniform", rules=rules).run(until=1)
    return time.perf_counter() - begin


def _freshness() -> str:
    """Hash of what Numba judges its files' freshness by: times and sizes of the sources."""
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(_PACKAGE.rglob("*.py")):
        if path.relative_to(_PACKAGE).parts[0] not in ("study", *SHOWS_RUNS):
            stat = path.stat()
            digest.update(f"{path.relative_to(_PACKAGE)} {stat.st_mtime_ns} {stat.st_size}\n".encode())
    return digest.hexdigest()


# ---- the second process ----------------------------------------------------------------------------------------------


def _start_second(cache: Path) -> tuple[subprocess.Popen[bytes], Path] | None:
    """Start it with an empty cache inside ``cache``; None where that is of no use or not possible."""
    from diffusion_sim.study.run.executors import cores

    if cores() < 2 or not sys.executable:
        return None
    try:
        cache.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix="second-", dir=cache))
        path = os.pathsep.join([str(_PACKAGE.parent), *(entry for entry in sys.path if entry)])
        code = "from diffusion_sim.study.run.warm_up import run_empty; run_empty()"
        call = [sys.executable, "-c", code]
        env = {**os.environ, _CACHE: str(aside), "PYTHONPATH": path}
        quiet = subprocess.DEVNULL
        return subprocess.Popen(call, env=env, stdin=quiet, stdout=quiet, stderr=quiet), aside
    except OSError:
        return None


def _take_over(second: tuple[subprocess.Popen[bytes], Path], cache: Path) -> None:
    """Wait for the second process and move what it compiled, except functions that were compiled here as well."""
    process, aside = second
    try:
        process.wait()
        for index in sorted(aside.rglob("*.nbi")):
            folder = cache / index.parent.name
            if (folder / index.name).exists():
                continue
            folder.mkdir(exist_ok=True)
            stem = index.name.removesuffix(".nbi")
            for file in [*index.parent.glob(f"{stem}.*.nbc"), index]:  # the index last: it names the others
                os.replace(file, folder / file.name)
    except OSError:
        pass  # what is missing is compiled here
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


# ---- what is compiled ------------------------------------------------------------------------------------------------
def _case() -> Scenario:
    from diffusion_sim.scenario import load_scenario

    return load_scenario("mid_size_district").override(_SMALL)


def make_small() -> None:
    """A small model, which is not run; but a summer passes."""
    from diffusion_sim.model import ReformModel
    from diffusion_sim.year.summer import summer

    model = ReformModel(_case(), rng=1, strategy="staged")
    summer(model.world, model.state, 36, model.numbers)


def run_empty() -> None:
    """A year of a small model in whose world nothing is drawn and nobody has ties: the second process."""
    import numpy as np

    from diffusion_sim.model import ReformModel
    from diffusion_sim.strategies import make_strategy
    from diffusion_sim.week import engine
    from diffusion_sim.world.build import empty_world
    from diffusion_sim.world.numbers import numbers_of
    from diffusion_sim.world.run_state import RunState

    sc, name = _case(), "multi_classroom_leader"
    world = empty_world(sc, 1)
    model = object.__new__(ReformModel)
    state = RunState.start(world, numbers_of(sc), copy=True)
    with np.errstate(all="ignore"):
        model._adopt(sc, 1, name, make_strategy(name, sc), world, state, [], 1, engine.lanes())
        model.run(until=36)


def run_small() -> None:
    """Small runs, which compile whatever is still missing."""
    from diffusion_sim.model import ReformModel

    # a lottery draws by a planner's read-only keys; schools that leave the programme give up their teams
    for strategy in ("directed_uniform", "lottery", "staged"):
        ReformModel(_case(), rng=1, strategy=strategy).run()
    leave = {"population.schools": 4, "programme.years_support": 2, "enrolment.n0": 5, "enrolment.e0": 2}
    ReformModel(_case().override(leave), rng=1, strategy="multi_classroom_leader").run()
