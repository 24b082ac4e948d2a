"""Compiling the model before workers start, so that each of them loads what was compiled once.

Compilation takes one processor. So two processes share it out: what has no part in common with the rest is a task,
and each takes the next task that the other has not begun. The second compiles into a cache of its own, for Numba's is
not made for two that write the same function; its files then move over.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diffusion_sim.scenario import Scenario
    from diffusion_sim.world.build import World

_PACKAGE = Path(__file__).resolve().parents[2]
_SECONDS = 40  # on 2 cores
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
        _compile_own(second[1] if second is not None else None)
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
    from diffusion_sim.study.run.executors import cores

    if cores() < 2 or not sys.executable:
        return None
    try:
        cache.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix="second-", dir=cache))
        path = os.pathsep.join([str(_PACKAGE.parent), *(entry for entry in sys.path if entry)])
        code = f"from diffusion_sim.study.run.warm_up import compile_tasks as c; c({str(aside)!r})"
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


def _compile_own(claims: Path | None) -> None:
    """What only this process compiles: the start and the programme; then tasks, the small ones first."""
    sc = _case()
    made = _empty_world(sc)
    _compile_start(sc, made)
    _compile_programme(sc, made)
    _take(list(reversed(_TASKS)), claims)


def compile_tasks(claims: str) -> None:
    """The second process: tasks, the large ones first. claims : folder in which a task that was begun is noted."""
    _take(_TASKS, Path(claims))


def _take(tasks: Sequence[Callable[[Scenario, World], None]], claims: Path | None) -> None:
    import numpy as np

    sc = _case()
    made = _empty_world(sc)
    for task in tasks:
        try:
            if claims is not None:
                (claims / f"begun{task.__name__}").touch(exist_ok=False)
        except FileExistsError:
            continue
        except OSError:
            pass  # better twice than not at all
        with np.errstate(all="ignore"):
            task(sc, made)


def _case() -> Scenario:
    from diffusion_sim.scenario import load_scenario

    return load_scenario("mid_size_district").override(_SMALL)


def _empty_world(sc: Scenario) -> World:
    """A world in whose columns nothing is drawn yet, and in which nobody has ties."""
    from diffusion_sim.measures import make_basis
    from diffusion_sim.network.advice import empty
    from diffusion_sim.world import build

    table = build.load_population(sc, 1)
    ids = sorted(set(table.district_id))
    schools = build.school_columns(table, ids)
    districts = build.district_columns(ids, schools)
    basis, pots = make_basis(schools, districts, 1.0), build.make_pots(schools, "district")
    people = build.teacher_columns(schools)
    return build.World(table, 1, people, schools, districts, empty(schools), False, basis, ids, pots)


def _compile_start(sc: Scenario, made: World) -> None:
    """Draw all columns but ties, as ``world.build_world`` does."""
    import numpy as np

    from diffusion_sim.dynamics import params as groups
    from diffusion_sim.world import start

    get, seed = sc.__getitem__, np.uint64(1)
    p, leaders = groups.weekly(get), groups.leader_start(get)
    schools, teachers = made.schools, made.teachers
    start.start_districts(seed, made.districts, start.district_start(sc), leaders)
    start.fill_districts(sc, made.districts, schools)
    coaches = groups.section(get, "coaches")
    start.start_schools(seed, schools, np.zeros((0, 4)), start.school_start(sc), coaches, leaders)
    start.turnover_hazards(sc, schools)
    uses, spread = p.learning.routine_uses, float(sc["network.popularity_sd"])
    share = start.initial_shares(sc, 1, schools, made.table)
    start.start_teachers(seed, schools, teachers, share, start.person_params(sc), p.learning.s_w, uses, spread)
    start.feel_all(schools, made.districts, groups.packed(p))
    start.count_all(teachers, schools, p.learning.compliant_intensity)


def _compile_programme(sc: Scenario, made: World) -> None:
    """A year's and a quarter's beginning, during support and after it, and staffing structures."""
    import numpy as np

    from diffusion_sim.model import ReformModel
    from diffusion_sim.programme import staffing
    from diffusion_sim.strategies import make_strategy
    from diffusion_sim.world.run_state import RunState

    state = RunState.start(made, 72, copy=True)
    model = object.__new__(ReformModel)
    name = "directed_uniform"
    model._adopt(sc, 1, name, make_strategy(name, sc), made, state, [], 1)
    for week in (0, 36):
        state.week = week
        model._year()
        model._quarter()
    nobody, rules = np.empty(0, np.int64), model.rules.staff
    staffing.begin_spells(nobody, np.uint64(1), 0, rules.visibility, state.teachers, state.flow_rows)
    staffing.bring_back(nobody, 1, np.uint64(1), state.teachers, state.schools, rules.s_w, rules.persons,
                        rules.popularity_sd, state.flow_rows)  # fmt: skip
    staffing.prior_growth(1, state.teachers[nobody], rules.reliability)


def _weeks(sc: Scenario, made: World) -> None:
    """Measures and the weekly engine."""
    from diffusion_sim.dynamics import params as groups
    from diffusion_sim.week import run_weeks
    from diffusion_sim.world.run_state import RunState

    state, params = RunState.start(made, 36, copy=False), groups.weekly(sc.__getitem__)
    run_weeks.first_row(state, made, params, 36)
    run_weeks.advance(state, made, 1, params, 36)


def _ties(sc: Scenario, made: World) -> None:
    """Advice ties of the start."""
    from diffusion_sim.network.advice import build, network_params

    build(1, made.teachers, made.schools, made.districts, network_params(sc.section("network")))


def _renewal(sc: Scenario, made: World) -> None:
    """What a summer does to ties before open places are filled."""
    import numpy as np

    from diffusion_sim.network.advice import end_ties, network_params
    from diffusion_sim.year import summer

    params, new, t = network_params(sc.section("network")), np.zeros(made.teachers.size, np.uint8), made.teachers
    summer.new_faces(0, made.schools.size, np.uint64(1), t, made.schools, new, params.popularity_sd)
    changed, look = np.zeros_like(new), new.copy()
    end_ties(0, made.schools.size, np.uint64(1), 0, t, made.schools, made.network, new, changed, look, params)


def _summer_of_teachers(sc: Scenario, made: World) -> None:
    import numpy as np

    from diffusion_sim.dynamics.turnover import teachers_summer
    from diffusion_sim.state.tables import FLOW, rows
    from diffusion_sim.year import summer

    rules, people, schools = summer.make_rules(sc), made.teachers, made.schools
    s_w, vacant, flows = float(sc["learning.s_w"]), np.zeros(people.size, np.uint8), rows(FLOW, schools.size)
    teachers_summer(1, np.uint64(1), people, schools, made.districts, rules.turnover, s_w, rules.persons, vacant, flows)


def _summer_of_leaders(sc: Scenario, made: World) -> None:
    import numpy as np

    from diffusion_sim.state.tables import FLOW, rows
    from diffusion_sim.year import summer

    rules, schools, flows = summer.make_rules(sc), made.schools, rows(FLOW, made.schools.size)
    summer.principals_summer(np.uint64(1), schools, rules.leaders, rules.leader_start, 0.1, flows)
    summer.superintendents_summer(
        np.uint64(1), schools, made.districts, rules.leaders, rules.leader_start, 0.1, flows
    )  # fmt: skip


# Large ones first.
_TASKS: tuple[Callable[[Scenario, World], None], ...] = (
    _weeks, _ties, _summer_of_teachers, _renewal, _summer_of_leaders,
)  # fmt: skip


def run_small() -> None:
    """Small runs, which compile whatever is still missing."""
    from diffusion_sim.model import ReformModel

    # a lottery draws by a planner's read-only keys
    for strategy in ("directed_uniform", "lottery", "staged", "multi_classroom_leader"):
        ReformModel("mid_size_district", rng=1, strategy=strategy, overrides=_SMALL).run()
