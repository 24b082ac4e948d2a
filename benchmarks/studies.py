"""Speed and memory of studies, each figure in a process of its own.

    python benchmarks/studies.py            everything, about ten minutes on 2 cores
    python benchmarks/studies.py --quick    a tenth of the runs

Prints a Markdown table; ``--out FILE`` writes it too. Runs: mid_size_district, about 1,300 teachers, 2 years with
support and 1 after, five strategies on each seed, quarterly series kept, store included, compiled before.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

from apart import Rows, apart, main

ARMS = ("none", "volunteer_uniform", "volunteer_differentiated", "directed_uniform", "directed_differentiated")
YEARS = {"programme.years_support": 2, "programme.years_after": 1}


def study_file(folder: Path, replicates: int, more: str = "") -> Path:
    """A study of ``replicates`` x five strategies."""
    file = folder / "study.yaml"
    said = ", ".join(f"{path}: {value}" for path, value in YEARS.items())
    file.write_text(
        f"id: benchmark\ntitle: Benchmark\nscenarios: [mid_size_district]\nstrategies: [{', '.join(ARMS)}]\n"
        f"baseline: none\nreplicates: {replicates}\nset: {{{said}}}\n{more}",
        encoding="utf-8",
    )
    return file


def resident() -> float:
    """Resident memory of this process, MB."""
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def carried_out(replicates: int, workers: int) -> float:
    """Seconds of a study, into a store of its own; compiled code is there and workers are warm."""
    from diffusion_sim.study.commands import start

    with tempfile.TemporaryDirectory() as folder:
        file = study_file(Path(folder), replicates)
        before = time.perf_counter()
        finished = start(file, workers=workers, progress=False)
        wall = time.perf_counter() - before
        assert finished.counts.done == len(ARMS) * replicates, finished.counts
    return wall


def run_study(replicates: int, workers: int) -> dict[str, float]:
    """A study, and the parent's memory while it runs: sampled every quarter of a second from a tenth of it on."""
    carried_out(2 * workers, workers)
    samples: list[float] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.25):
            samples.append(resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    wall = carried_out(replicates, workers)
    done.set()
    watcher.join()
    settled = samples[len(samples) // 10 :]
    return {
        "runs": len(ARMS) * replicates,
        "wall_s": wall,
        "start_mb": settled[0],
        "most_above_mb": max(settled) - settled[0],
        "most_below_mb": settled[0] - min(settled),
    }


def run_efficiency(replicates: int, times: int) -> dict[str, float]:
    """One worker process against two on the same study, in turns, the shortest of each."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    one, two = [], []
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        alone.submit(carried_out, 2, 1).result()
        carried_out(4, 2)
        for _ in range(times):
            one.append(alone.submit(carried_out, replicates, 1).result())
            two.append(carried_out(replicates, 2))
    return {"one_s": min(one), "two_s": min(two), "efficiency": min(one) / min(two) / 2.0}


def run_overhead(replicates: int, times: int) -> dict[str, float]:
    """Runner and store in one process, against building and running the same models there, in turns: ms a run."""
    from diffusion_sim.model import ReformModel
    from diffusion_sim.scenario import load_scenario
    from diffusion_sim.study.plan.arms_and_seeds import seeds_of

    sc = load_scenario("mid_size_district").override(YEARS)
    seeds = seeds_of(1, replicates)

    def plain() -> float:
        before = time.perf_counter()
        for seed in seeds:
            for arm in ARMS:
                assert ReformModel(sc, rng=seed, strategy=arm).run().outcomes
        return time.perf_counter() - before

    carried_out(2, 1)
    ours, bare = [], []
    for _ in range(times):
        bare.append(plain())
        ours.append(carried_out(replicates, 1))
    runs = replicates * len(ARMS)
    return {"bare_ms": 1e3 * min(bare) / runs, "overhead_ms": 1e3 * (min(ours) - min(bare)) / runs}


def run_fill(runs: int, place: str) -> dict[str, float]:
    """A store of made-up runs, added 5,000 at a time as a runner adds them: a Latin hypercube of two factors."""
    import numpy as np
    import pyarrow as pa

    from diffusion_sim.study import commands
    from diffusion_sim.study.plan.plan import make_plan
    from diffusion_sim.study.plan.read_study import read_study
    from diffusion_sim.study.run.result_tables import schemas
    from diffusion_sim.study.store.store import Store

    each = 20
    points = runs // (each * len(ARMS))
    space = "space:\n  trial.q: {range: plausible}\n  turnover.exit: {range: plausible}\n"
    file = study_file(Path(place), each, space + f"design: {{kind: latin_hypercube, points: {points}}}\n")
    plan = make_plan(read_study(file))
    schema = schemas(plan)["runs"]
    rng = np.random.default_rng(1)
    with Store.create(Path(place) / "results", commands.manifest_of(plan), schemas(plan)) as store:
        blocks = list(plan.blocks())
        for first in range(0, len(blocks), 1000):
            some = blocks[first : first + 1000]
            rows = [(b, arm, key) for b in some for arm, key in zip(b.strategies, b.keys, strict=True)]
            said = {
                "scenario": [b.scenario for b, _, _ in rows], "strategy": [arm for _, arm, _ in rows],
                "point": [b.point for b, _, _ in rows], "replicate": [b.replicate for b, _, _ in rows],
                "seed": [b.seed for b, _, _ in rows], "key": [key for _, _, key in rows],
                "status": ["ok"] * len(rows), "error": [""] * len(rows),
                **{f"p.{path}": [plan.points[b.point].values[path] for b, _, _ in rows] for path in plan.paths},
            }  # fmt: skip
            columns = [pa.array(said[f.name] if f.name in said else rng.random(len(rows)), f.type) for f in schema]
            store.append(pa.table(columns, schema=schema))
    return {"runs": len(blocks) * len(ARMS), "columns": len(schema)}


def run_open(place: str) -> dict[str, float]:
    """Opening a store and the paired table of all measures, by point and over points; modules are loaded before."""
    import scipy.stats  # noqa: F401

    import diffusion_sim as ds
    from diffusion_sim.study.run.stopping_rule import t_quantiles

    t_quantiles(64), ds.open_study
    import diffusion_sim.analysis.studies
    import diffusion_sim.study.commands  # noqa: F401

    before = time.perf_counter()
    study = ds.open_study(place)
    opened = time.perf_counter() - before
    table = study.differences()
    paired = time.perf_counter() - before - opened
    study.differences(by="scenario")
    over = time.perf_counter() - before - opened - paired
    return {"runs": len(study.runs), "open_s": opened, "table_s": paired, "over_s": over, "rows": len(table)}


def measured(quick: bool) -> Rows:
    """Rows of the table."""
    replicates = 200 if quick else 2000
    rows: Rows = []
    many = apart(__file__, "study", replicates, 2)
    goal = "<= 15 s" if quick else "<= 150 s"
    rows.append((f"{many['runs']:,} runs, 2 processes, store included", f"{many['wall_s']:.1f} s", goal))
    change = f"+{many['most_above_mb']:.0f} / -{many['most_below_mb']:.0f} MB"
    rows.append((f"memory of the parent over them, {many['start_mb']:.0f} MB at first", change, "within 50 MB"))
    few = max(40, replicates // 10)
    two = apart(__file__, "efficiency", few, 2)
    rows.append((f"parallel efficiency on 2 cores, {few * len(ARMS):,} runs", f"{two['efficiency']:.2f}", ">= 0.9"))
    more = apart(__file__, "overhead", max(10, few // 10), 10)
    said = f"{more['overhead_ms']:.2f} ms ({more['bare_ms']:.1f} ms without)"
    rows.append(("runner and store, a run, beyond building and running it", said, "<= 3 ms"))
    with tempfile.TemporaryDirectory() as folder:
        apart(__file__, "fill", 10_000 if quick else 100_000, folder)
        found = min((apart(__file__, "open", folder) for _ in range(3)), key=lambda f: f["open_s"] + f["table_s"])
    whole = f"{found['open_s'] + found['table_s']:.2f} s ({found['open_s']:.2f} + {found['table_s']:.2f})"
    rows.append((f"opening {found['runs']:,} runs and the paired table of all measures", whole, "<= 2 s"))
    return rows


if __name__ == "__main__":
    figures = {
        "study": run_study,
        "efficiency": run_efficiency,
        "overhead": run_overhead,
        "fill": run_fill,
        "open": run_open,
    }
    made_by = "python benchmarks/studies.py --out docs/benchmarks_studies.md"
    main(__doc__, "Speed of studies", made_by, figures, measured)
