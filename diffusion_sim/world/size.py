"""How much memory and time a world takes, said before it is made, and refused where the machine does not have it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from diffusion_sim.errors import PopulationError
from diffusion_sim.scenario import Scenario
from diffusion_sim.school_year import WEEKS_PER_YEAR

ANY_SIZE = "DIFFUSION_SIM_ANY_SIZE"  # environment variable: 1 = sizes are not checked, nor said
# Bytes, measured with 320,000 to 960,000 teachers in 10,000 to 200,000 schools, rounded up.
_PROCESS, _TEACHER, _SCHOOL = 300e6, 450, 1500
_BUILD = 4e-6  # seconds a teacher
_WORTH_SAYING = 2e9, 20.0  # bytes, seconds


def counts(sc: Scenario, seed: int = 1) -> tuple[int, int]:
    """Schools and teachers of a scenario's world, teachers of made schools about. Raises PopulationError."""
    if "population.teachers_mean" in sc:
        schools = int(sc["population.schools"])
        return schools, round(schools * float(sc["population.teachers_mean"]))
    from diffusion_sim.world.build import load_population  # loads compiled code

    table = load_population(sc, seed)
    return len(table), int(table.teachers.sum())


def run_seconds(runs: int, teachers: int, weeks: int) -> float:
    """About how long runs take on one processor, 2020s hardware: 100 ns a teacher and week, 30 ms a run besides."""
    return runs * (0.03 + 1e-7 * teachers * weeks)


def memory(schools: int, teachers: int) -> float:
    """About how many bytes a process with one model of this size takes."""
    return _PROCESS + _SCHOOL * schools + _TEACHER * teachers


def memory_limit() -> float:
    """Bytes that this process may take at most: the machine's memory, or less where its container has less."""
    found = [float("inf")]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE"))
    for path in _limit_files():
        try:
            found.append(float(path.read_text()))
        except (OSError, ValueError):  # no such file, or the word max
            pass
    return min(found)


def _limit_files(root: Path = Path("/")) -> Iterator[Path]:
    """Where Linux says what this process's group, and the groups around it, may take (cgroups, versions 1 and 2)."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        number, kinds, place = line.split(":", 2)
        if number != "0" and "memory" not in kinds.split(","):
            continue
        top = root / "sys/fs/cgroup" if number == "0" else root / "sys/fs/cgroup/memory"
        inner = top / place.strip("/")
        for folder in (inner, *(above for above in inner.parents if above.is_relative_to(top))):
            yield folder / ("memory.max" if number == "0" else "memory.limit_in_bytes")


def check_size(sc: Scenario, any_size: bool = False, at_once: int = 1) -> None:
    """Refuse a world that is larger than the machine's memory; say on standard error that a large one will take long.

    at_once : processes that hold such a world. Raises PopulationError with what is needed and what there is.
    """
    if any_size or os.environ.get(ANY_SIZE, "") not in ("", "0"):
        return
    schools, teachers = counts(sc)
    weeks = WEEKS_PER_YEAR * (int(sc["programme.years_support"]) + int(sc["programme.years_after"]))
    needed, limit = at_once * memory(schools, teachers), memory_limit()
    seconds = _BUILD * teachers + run_seconds(1, teachers, weeks)
    world = f"{schools:,} schools with about {teachers:,} teachers"
    takes = f"about {needed / 1e9:,.1f} GB of memory{f' in {at_once} processes' if at_once > 1 else ''}"
    if needed > limit:
        raise PopulationError(
            f"population: {world} take {takes}; this machine, or its container, has {limit / 1e9:,.1f} GB. Take fewer "
            f"schools{' or --workers' if at_once > 1 else ''}, or ask for it all the same: --any-size, any_size=True, "
            f"or {ANY_SIZE}=1"
        )
    if needed > _WORTH_SAYING[0] or seconds > _WORTH_SAYING[1]:
        _say_once(f"{world}: {takes}, about {_in_words(seconds)} a run")


@cache
def _say_once(text: str) -> None:
    """A line on standard error, once in a process: many runs are of one world."""
    print(text, file=sys.stderr, flush=True)


def _in_words(seconds: float) -> str:
    return f"{seconds:,.0f} seconds" if seconds < 180 else f"{seconds / 60:,.0f} minutes"

