"""Compiling the model before workers start, so that each of them loads what was compiled once.

Compilation takes one processor. So a second process compiles the weeks while this one compiles everything else: into a
cache of its own, for Numba's is not made for two that write the same function; the files then move over.
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

_PACKAGE = Path(__file__).resolve().parent.parent
_SECONDS = 70  # on 2 cores
_SMALL = {"population.schools": 2, "programme.years_support": 1, "programme.years_after": 1}
_CACHE = "DIFFUSION_SIM_CACHE"


def warm_up(say: Callable[[str], None] = print) -> float:
    """Compile all kernels where this machine's cache does not hold them; ``say`` gets a line before that.

    Returns the seconds it took, 0 where nothing was to be done.
    """
    import numba

    import diffusion_sim.rng  # noqa: F401  (sets the cache's folder)

    cache = Path(numba.config.CACHE_DIR)  # type: ignore[attr-defined]
    mark = cache / f"complete-{_freshness()}"
    if mark.exists():
        return 0.0
    begin = time.perf_counter()
    second = None
    if not (cache.is_dir() and any(cache.glob("*/engine.run_weeks*.nbi"))):
        say(f"compiling the model (once on this machine, about {_SECONDS} s) ...")
        second = _start_second(cache)
    try:
        _compile_rest()
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
    return time.perf_counter() - begin


def _freshness() -> str:
    """Hash of what Numba judges its files' freshness by: times and sizes of the sources."""
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(_PACKAGE.rglob("*.py")):
        if path.parent.name not in ("study", "analysis", "viz", "cli"):
            stat = path.stat()
            digest.update(f"{path.relative_to(_PACKAGE)} {stat.st_mtime_ns} {stat.st_size}\n".encode())
    return digest.hexdigest()


# ---- the second process ----------------------------------------------------------------------------------------------


def _start_second(cache: Path) -> tuple[subprocess.Popen[bytes], Path] | None:
    """Start it with an empty cache inside ``cache``; None where that is of no use or not possible."""
    from diffusion_sim.study.executors import cores

    if cores() < 2 or not sys.executable:
        return None
    try:
        cache.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix="second-", dir=cache))
        path = os.pathsep.join([str(_PACKAGE.parent), *(entry for entry in sys.path if entry)])
        call = [sys.executable, "-c", "from diffusion_sim.study.warm_up import compile_weeks; compile_weeks()"]
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


def compile_weeks() -> None:
    """Compile measures, the weekly engine and what a summer does to persons, on a world of empty columns."""
    import numpy as np

    from diffusion_sim import engine, summer, world
    from diffusion_sim.dynamics import params as groups
    from diffusion_sim.measures import make_basis
    from diffusion_sim.network.advice import empty
    from diffusion_sim.run_state import RunState
    from diffusion_sim.scenario import load_scenario

    sc = load_scenario("mid_size_district").override(_SMALL)
    table = world.load_population(sc, 1)
    ids = sorted(set(table.district_id))
    schools = world.school_columns(table, ids)
    districts = world.district_columns(ids, schools)
    teachers, network = world.teacher_columns(schools), empty(schools)
    basis, pots = make_basis(schools, districts, 1.0), world.make_pots(schools, "district")
    made = world.World(table, 1, teachers, schools, districts, network, False, basis, ids, pots)
    state = RunState.start(made, 36, copy=False)
    params = groups.weekly(sc.__getitem__)
    with np.errstate(all="ignore"):
        engine.first_row(state, made, params, 36)
        engine.advance(state, made, 1, params, 36)
        summer.summer(made, state, 36, params, summer.make_rules(sc))


def _compile_rest() -> None:
    """Compile the rest: the world, a year's and a quarter's beginning, a summer's new ties."""
    import numpy as np

    from diffusion_sim import staffing
    from diffusion_sim.model import ReformModel
    from diffusion_sim.network.advice import renew
    from diffusion_sim.run_state import RunState
    from diffusion_sim.scenario import load_scenario
    from diffusion_sim.strategies import make_strategy
    from diffusion_sim.world import build_world

    sc = load_scenario("mid_size_district").override(_SMALL)
    world = build_world(sc, 1)
    state = RunState.start(world, 72, copy=True)
    model = object.__new__(ReformModel)
    name = "directed_uniform"
    model._adopt(sc, 1, name, make_strategy(name, sc), world, state, [], 1)
    for week in (0, 36):
        state.week = week
        model._year()
        model._quarter()
    new = np.zeros(state.teachers.size, np.uint8)
    tables = (state.teachers, state.schools, state.districts, state.network)
    nobody, rules = np.empty(0, np.int64), model.rules.staff
    staffing.begin_spells(nobody, np.uint64(1), 0, rules.visibility, state.teachers, state.flow_rows)
    staffing.bring_back(nobody, 1, np.uint64(1), state.teachers, state.schools, rules.s_w, rules.persons,
                        rules.popularity_sd, state.flow_rows)  # fmt: skip
    staffing.prior_growth(1, state.teachers[nobody], rules.reliability)
    renew(np.uint64(1), 0, *tables, new, model.summer_rules.network)  # type: ignore[arg-type]


def run_small() -> None:
    """Small runs, which compile whatever is still missing."""
    from diffusion_sim.model import ReformModel

    # a lottery draws by a planner's read-only keys
    for strategy in ("directed_uniform", "lottery", "staged", "multi_classroom_leader"):
        ReformModel("mid_size_district", rng=1, strategy=strategy, overrides=_SMALL).run()
