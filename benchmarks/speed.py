"""Speed and memory of the model, each figure in a process of its own, ratios in one run.

    python benchmarks/speed.py            everything, about eleven minutes on 2 cores
    python benchmarks/speed.py --quick    fewer rounds
    python benchmarks/speed.py --against DIR    a teacher-week over that of the version checked out there, in turn

Prints a Markdown table; ``--out FILE`` writes it too. ns per teacher-week = wall time of m.run() / (teachers x weeks),
measures and summers in, building and compilation out, strategy directed_uniform, mid_size_district grown.
"""

from __future__ import annotations

import itertools
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from apart import ROOT, Rows, apart, main

ROUNDS_AGAINST = 5
GROWN = {100_000: 3_125, 1_000_000: 31_250}  # teachers: schools of 32 posts, one district per 40 schools


def grown(schools: int) -> Any:
    """mid_size_district with ``schools`` schools in districts of about 40."""
    from diffusion_sim.scenario import load_scenario

    return load_scenario("mid_size_district").override(
        {"population.schools": schools, "population.districts": max(1, schools // 40)}
    )


def wall(call: Callable[[], Any]) -> float:
    """Seconds that a call takes, up to its result: giving that up is not counted."""
    before = time.perf_counter()
    result = call()
    span = time.perf_counter() - before
    del result
    return span


def in_turn(small: Callable[[], float], large: Callable[[], float], rounds: int) -> dict[str, list[float]]:
    """Seconds of a smaller and a larger task in turn: five of the smaller, one of the larger, five of the smaller.

    short, long : of each task; beside : in each round, the mean of the ten beside the larger one.
    """
    spans: dict[str, list[float]] = {"short": [], "long": [], "beside": []}
    for _ in range(rounds):
        ten = [small() for _ in range(5)]
        spans["long"].append(large())
        ten += [small() for _ in range(5)]
        spans["short"] += ten
        spans["beside"].append(statistics.mean(ten))
    return spans


def growth(spans: dict[str, list[float]], times: float) -> float:
    """The larger world's time for one teacher over the smaller's, of spans `in_turn`; it has ``times`` as many.

    The median over rounds of the larger's time over the mean of the ten beside it, which take about as long and so
    meet about as much of what else goes on.
    """
    beside = zip(spans["long"], spans["beside"], strict=True)
    return statistics.median(one / mean for one, mean in beside) / times


def run_build(rounds: int) -> dict[str, Any]:
    """Build the two large worlds in turn, each time of another seed, as a world of the same would be at hand. Memory is
    of the process when it has built its first large world."""
    from diffusion_sim.model import ReformModel

    seeds = itertools.count(1)
    small, large = (grown(schools) for schools in GROWN.values())

    def build(sc: Any) -> float:
        return wall(lambda: ReformModel(sc, rng=next(seeds), strategy="directed_uniform"))

    build(grown(80))  # nothing compiles after it
    first = build(large)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spans = in_turn(lambda: build(small), lambda: build(large), rounds)
    return {"build_s": min(first, *spans["long"]), "memory_mb": memory, "growth": growth(spans, 10.0)}


def run_grown(threads: int, rounds: int) -> dict[str, Any]:
    """Run the two large worlds in turn. The time of each is the shortest."""
    from diffusion_sim.model import ReformModel

    def make(schools: int) -> ReformModel:
        return ReformModel(grown(schools), rng=1, strategy="directed_uniform", threads=threads)

    make(80).run()  # nothing compiles after it
    small, large = (make(schools) for schools in GROWN.values())
    spans = in_turn(lambda: wall(small.copy().run), lambda: wall(large.copy().run), rounds)
    teachers = [model.state.teachers.size for model in (small, large)]
    shortest = [min(spans["short"]), min(spans["long"])]
    ns = [span / size / small.weeks * 1e9 for span, size in zip(shortest, teachers, strict=True)]
    return {"teachers": teachers, "ns": ns, "growth": growth(spans, teachers[1] / teachers[0])}


def run_strategy(schools: int, strategy: str) -> dict[str, float]:
    """Run one world under ``strategy``, one thread, the shortest of several runs."""
    from diffusion_sim.model import ReformModel

    ReformModel(grown(80), rng=1, strategy=strategy).run()  # nothing compiles after it
    start = ReformModel(grown(schools), rng=1, strategy=strategy)
    shortest, teachers = min(wall(start.copy().run) for _ in range(10)), start.state.teachers.size
    return {"teachers": teachers, "ns": shortest / teachers / start.weeks * 1e9}


def run_week(schools: int, threads: int) -> dict[str, Any]:
    """A teacher-week of directed_uniform, the shortest of several runs. Uses public names only, so that it runs on
    older versions too."""
    import diffusion_sim
    from diffusion_sim.model import ReformModel

    ReformModel(grown(80), rng=1, strategy="directed_uniform", threads=threads).run()  # nothing compiles after it
    start = ReformModel(grown(schools), rng=1, strategy="directed_uniform", threads=threads)
    shortest, teachers = min(wall(start.copy().run) for _ in range(5)), start.state.teachers.size
    return {"version": diffusion_sim.__version__, "ns": shortest / teachers / start.weeks * 1e9}


def run_plain(schools: int, rounds: int) -> dict[str, Any]:
    """A run one teacher at a time over the same with eight, in turn, of each strategy; the shortest of each."""
    from diffusion_sim.model import ReformModel

    found, strategies = [], ("none", "volunteer_uniform", "directed_uniform", "staged", "multi_classroom_leader")
    for strategy in strategies:
        made = [ReformModel(grown(schools), rng=1, strategy=strategy, plain=plain) for plain in (False, True)]
        spans = [[wall(model.copy().run) for model in made] for _ in range(rounds + 1)][1:]  # the first compiles
        found.append(min(span[1] for span in spans) / min(span[0] for span in spans))
    return {"teachers": made[0].state.teachers.size, "strategies": len(strategies), "mean": statistics.mean(found),
            "least": min(found), "most": max(found)}  # fmt: skip


def run_agents(schools: int, weeks: int) -> dict[str, float]:
    """The compiled model and the agent-at-a-time Mesa model on the same world, same run: seconds per week."""
    from benchmarks.agent_model import AgentModel
    from diffusion_sim.model import ReformModel
    from tests.oracle.oracle import Oracle

    sc = grown(schools)
    ReformModel(sc, rng=2, strategy="directed_uniform").run()
    model = ReformModel(sc, rng=1, strategy="directed_uniform")
    table, network, state = model.world.table, model.world.network, model.state
    posts = [
        (table.district_id[s], table.school_id[s], int(p))
        for s, p in zip(state.teachers.school, state.teachers.post, strict=True)
    ]
    ties = {
        posts[i]: [posts[j] for j in network.target[network.first[i] : network.first[i] + network.degree[i]]]
        for i in range(len(posts))
    }
    rows = [
        {
            "district_id": table.district_id[s],
            "school_id": table.school_id[s],
            "teachers": int(table.teachers[s]),
            "pupils": float(table.pupils[s]),
            "poverty": float(table.poverty[s]),
            "programme": 1,
            "achievement": float(table.achievement[s]),
            "level": int(table.level[s]),
            "locale": int(table.locale[s]),
        }
        for s in range(len(table))
    ]
    twin = Oracle(
        numbers={k: n.value for k, n in sc.numbers.items()},
        schools=rows,
        ties=lambda year: ties,
        strategy="directed_uniform",
        seed=1,
    )
    plain = AgentModel(twin)
    plain.step()
    model.step()
    slow = sum(wall(plain.step) for _ in range(weeks)) / weeks
    fast = sum(wall(model.step) for _ in range(weeks)) / weeks
    users = len(twin.users()), int(model.state.schools.users.sum())
    if users[0] != users[1]:
        raise SystemExit(f"the two models are not the same: {users[0]} and {users[1]} users after {model.week} weeks")
    return {"teachers": len(posts), "slow_s": slow, "fast_s": fast, "ratio": slow / fast}


def run_compare(replicates: int, workers: int) -> dict[str, float]:
    """compare of 4 strategies x replicates on mid_size_district, compiled before."""
    from diffusion_sim.analysis.compare import compare

    arms = ["volunteer_uniform", "volunteer_differentiated", "directed_uniform", "directed_differentiated"]
    compare("mid_size_district", arms, baseline=arms[0], replicates=2, workers=workers, progress=False)
    before = time.perf_counter()
    compare("mid_size_district", arms, baseline=arms[0], replicates=replicates, workers=workers, progress=False)
    return {"runs": 4 * replicates, "wall_s": time.perf_counter() - before}


def run_memory(runs: int) -> dict[str, float]:
    """Resident memory over many runs in one process, MB: after 100 runs, and the largest change since then."""
    from diffusion_sim.model import ReformModel
    from diffusion_sim.scenario import load_scenario

    def resident() -> float:
        with open("/proc/self/statm") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    sc = load_scenario("mid_size_district").override({"population.schools": 10})
    low = high = start = 0.0
    for seed in range(runs):
        assert ReformModel(sc, rng=seed, strategy="volunteer_uniform").run().outcomes
        if seed == 99:
            start = low = high = resident()
        elif seed > 99:
            low, high = min(low, resident()), max(high, resident())
    return {"runs": runs, "start_mb": start, "most_above_mb": high - start, "most_below_mb": start - low}


def run_beat() -> dict[str, float]:
    """How fast the machine is just now, whatever the model does: ns of one addition in a chain, shortest and longest
    of twenty short spans."""
    import numba

    @numba.njit
    def chain(steps: int) -> float:
        total = 1.0
        for i in range(steps):
            total += i
        return total

    chain(10)
    spans = []
    for _ in range(20):
        before = time.perf_counter()
        chain(10_000_000)
        spans.append((time.perf_counter() - before) * 100)
    return {"shortest_ns": min(spans), "longest_ns": max(spans)}


def run_import() -> dict[str, float]:
    """Seconds of the import and of --help, start of Python out; each the shortest of five processes."""

    def shortest(code: str) -> float:
        timed = f"import sys, time; t = time.perf_counter(); {code}; print(time.perf_counter() - t, file=sys.stderr)"
        call = [sys.executable, "-c", timed]
        return min(float(subprocess.run(call, capture_output=True, text=True, check=True).stderr) for _ in range(5))

    asked = "from diffusion_sim.cli import call; call(['--help'])"
    return {"import_s": shortest("import diffusion_sim"), "help_s": shortest(asked)}


def run_start() -> dict[str, float]:
    """First model of a process: importing, reading compiled code from the cache, building, one week."""
    before = time.perf_counter()
    from diffusion_sim.model import ReformModel

    imported = time.perf_counter() - before
    ReformModel("mid_size_district", rng=1, strategy="directed_uniform").run()
    return {"import_s": imported, "first_run_s": time.perf_counter() - before}


def run_cold(workers: int) -> dict[str, float]:
    """A tiny comparison with an empty cache of compiled code: compilation in the way a user meets it."""
    from diffusion_sim.analysis.compare import compare

    before = time.perf_counter()
    compare(
        "mid_size_district",
        ["directed_uniform"],
        replicates=2,
        workers=workers,
        progress=False,
        overrides={"population.schools": 4},
    )
    return {"wall_s": time.perf_counter() - before}


def large_worlds(rounds: int) -> Rows:
    """Rows of the large worlds: a teacher-week, building, and how both grow with the number of teachers."""
    rows: Rows = []
    growths: Rows = []

    def grows(what: str, ratio: float) -> None:
        what = f"time a teacher with 1,000,000 teachers over that with 100,000, {what}, median of {rounds} rounds"
        growths.append((what, f"{ratio:.2f}", "<= 1.35"))

    for threads, goal in ((1, "<= 60 ns"), (2, "<= 35 ns")):
        f = apart(__file__, "grown", threads, rounds)
        for teachers, ns in zip(f["teachers"], f["ns"], strict=True):
            rows.append((f"{teachers:,} teachers, {threads} thread(s)", f"{ns:.1f} ns a teacher-week", goal))
        grows(f"a run, {threads} thread(s)", f["growth"])
    for strategy in ("staged", "improvement_network", "multi_classroom_leader"):
        f = apart(__file__, "strategy", GROWN[100_000], strategy)
        what = f"{f['teachers']:,} teachers, 1 thread(s), {strategy}"
        rows.append((what, f"{f['ns']:.1f} ns a teacher-week", "<= 75 ns"))
    for schools in (40, 2000):
        f = apart(__file__, "plain", schools, 3 * rounds)
        what = f"the plain week over the lanes, {f['teachers']:,} teachers, mean of {f['strategies']} strategies"
        rows.append((what, f"{f['mean']:.2f} times ({f['least']:.2f} to {f['most']:.2f})", "<= 1.8"))
    built = apart(__file__, "build", rounds)
    text = f"{built['build_s']:.2f} s, {built['memory_mb']:.0f} MB"
    rows.append(("building 1,000,000 teachers with ties", text, "<= 5 s, <= 1 GB"))
    grows("building", built["growth"])
    return rows + growths


def against(folder: Path) -> Rows:
    """Ratios to another version, both in turn, each figure in a process of its own."""
    rows: Rows = []
    for threads in (1, 2):
        for package in (ROOT, folder):  # compiles, where a version has not run yet
            apart(__file__, "week", 80, threads, package=package)
        found = [
            [apart(__file__, "week", GROWN[100_000], threads, package=package) for package in (ROOT, folder)]
            for _ in range(ROUNDS_AGAINST)
        ]
        ratio = statistics.median(own["ns"] / other["ns"] for own, other in found)
        own, other = (min(pair[i]["ns"] for pair in found) for i in (0, 1))
        what = f"a teacher-week over that of {found[0][1]['version']}, directed_uniform, {threads} thread(s)"
        rows.append((what, f"{ratio:.2f} times ({own:.1f} ns over {other:.1f} ns)", "<= 1.2"))
    return rows


def measured(quick: bool) -> Rows:
    """Rows of the table."""
    rows: Rows = []

    def beat(when: str) -> None:
        found = apart(__file__, "beat")
        text = f"{found['shortest_ns']:.2f} to {found['longest_ns']:.2f} ns"
        rows.append((f"an addition in a chain, on this machine {when}", text, "none"))

    beat("at first")
    with tempfile.TemporaryDirectory() as folder:
        cold = apart(__file__, "cold", 2, cache=folder)
    rows.append(
        ("first comparison, nothing compiled, 2 processes", f"{cold['wall_s']:.1f} s", "<= 40 s of compilation")
    )
    loaded = apart(__file__, "import")
    rows.append(("import diffusion_sim", f"{loaded['import_s']:.2f} s", "<= 0.3 s"))
    rows.append(("diffusion-sim --help", f"{loaded['help_s']:.2f} s", "<= 0.5 s"))
    apart(__file__, "start")  # compiles, where this version has not run yet
    start = apart(__file__, "start")
    rows.append(("first run of a process, compiled before", f"{start['first_run_s']:.2f} s", "<= 3 s"))
    rows += large_worlds(2 if quick else 5)
    beat("after the large worlds")
    agents = apart(__file__, "agents", 313, 5)
    rows.append(
        (
            f"agent-at-a-time Mesa model, {agents['teachers']:,} teachers",
            f"{agents['ratio']:.0f} times slower",
            ">= 100",
        )
    )
    many = apart(__file__, "compare", 200, 2)
    rows.append(
        ("compare, 4 strategies x 200 replicates, 1,300 teachers, 5 years", f"{many['wall_s']:.1f} s", "<= 20 s")
    )
    memory = apart(__file__, "memory", 200 if quick else 2000)
    rows.append(
        (
            f"resident memory over {memory['runs']} runs",
            f"+{memory['most_above_mb']:.0f} / -{memory['most_below_mb']:.0f} MB",
            "within 50 MB",
        )
    )
    return rows


if __name__ == "__main__":
    figures = {
        "build": run_build,
        "grown": run_grown,
        "strategy": run_strategy,
        "week": run_week,
        "plain": run_plain,
        "agents": run_agents,
        "compare": run_compare,
        "memory": run_memory,
        "start": run_start,
        "beat": run_beat,
        "import": run_import,
        "cold": run_cold,
    }
    main(__doc__, "Speed and memory", "python benchmarks/speed.py --out docs/benchmarks.md", figures, measured,
         against)  # fmt: skip
