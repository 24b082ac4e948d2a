"""A study of a tiny world, written to a folder; its tables; and a strategy that misbehaves on some seeds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

import diffusion_sim
from diffusion_sim.scenario import scenario_folder
from diffusion_sim.study.plan.plan import make_plan
from diffusion_sim.study.plan.read_study import read_study
from diffusion_sim.study.run import into_store
from diffusion_sim.study.store.sealed import seal, whole
from diffusion_sim.study.store.store import Store

ROOT = Path(diffusion_sim.__file__).resolve().parents[1]
TINY = {
    "population.schools": 4,
    "population.teachers_mean": 8,
    "programme.years_support": 1,
    "programme.years_after": 1,
    "enrolment.n0": 50,  # who is offered a place takes it, so that there are teams
    "enrolment.e0": 0,
}
SAID = {
    "id": "small",
    "title": "A small study",
    "question": "Does it survive?",
    "scenarios": ["mid_size_district"],
    "strategies": ["none", "directed_uniform", "multi_classroom_leader"],
    "replicates": 3,
    "set": TINY,
    "space": {"trial.q": [0.7, 1.0]},
    "design": {"kind": "grid"},
}
ONE_OF_THREE = 0.015  # share of seeds for which, of the first three, one misbehaves
STRATEGY = """
import os
import time
import numpy as np
from diffusion_sim.strategies import Plan

class Mine:
    def plan(self, view, draw):
        if view.quarter == 0 and draw('x', np.zeros(1, np.uint64))[0] < {share}:
            {what}
        return Plan(enrol=np.ones(view.programme.size))
"""


def write_study(folder: Path, **said) -> Path:
    """study.yaml in ``folder``; keywords replace keys, None leaves one out."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {key: value for key, value in {**SAID, **said}.items() if value is not None}
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    return path


def write_misbehaving(folder: Path, what: str, share: float = 0.5, **said) -> Path:
    """A study whose strategy ``mine`` does ``what`` on about ``share`` of the seeds."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mine.py").write_text(STRATEGY.format(what=what, share=share))
    text = (scenario_folder() / "mid_size_district.yaml").read_text("utf-8")
    text = text.replace("id: mid_size_district", "id: odd").split("\ncompare:")[0]
    text += "\nstrategies: {mine: {code: 'mine.py:Mine'}}\ncompare: [none, mine]\n"
    (folder / "odd.yaml").write_text(text, encoding="utf-8")
    return write_study(folder, scenarios=["odd.yaml"], **{"strategies": ["none", "mine"], **said})


def write_slow(folder: Path, **said) -> Path:
    """A study whose runs of ``mine`` last a second longer while there is a file ``slow`` beside it: a test that
    disturbs it takes the file away when it is done, however fast the machine."""
    study = write_misbehaving(folder, f"time.sleep(os.path.exists({str(folder / 'slow')!r}))", share=2, **said)
    (folder / "slow").touch()
    return study


def change_manifest(folder: Path, **said) -> None:
    """Let the manifest in ``folder`` say something else, as whoever writes one would: its digest fits."""
    path = folder / "manifest.json"
    path.write_text(seal({**whole(json.loads(path.read_text("utf-8"))), **said}), "utf-8")


def plan_at(path: Path, allow_code: bool = False):
    return make_plan(read_study(path, allow_code), allow_code)


def table(folder, kind: str = "runs"):
    """A store's table by key, without what differs from time to time. Any version: sources may be edited meanwhile."""
    with Store.open(folder, any_version=True) as store:
        found = store.load(kind)
    frame = found.drop_columns([name for name in ("seconds",) if name in found.column_names]).to_pandas()
    for name in frame.columns[frame.dtypes == "category"]:
        frame[name] = frame[name].astype(str)
    return frame.sort_values(["key", *(["week"] if kind == "series" else [])], kind="stable").reset_index(drop=True)


def assert_same(one, other):
    """Two stores hold the same runs and series, bit for bit."""
    import pandas as pd

    for kind in ("runs", "series"):
        pd.testing.assert_frame_equal(table(one, kind), table(other, kind), check_exact=True)


def environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


def command(*words: object) -> list[str]:
    """A command line of the program as a process's arguments."""
    code = "import sys; from diffusion_sim.cli import main; main(sys.argv[1:])"
    return [sys.executable, "-W", "error", "-c", code, *map(str, words)]


def begin(*words: object, **said) -> subprocess.Popen:
    """Start a command line in a group of processes of its own."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **said}
    return subprocess.Popen(command(*words), env=environment(), text=True, start_new_session=True, **streams)


def interrupt_the_third_append(monkeypatch):
    """Let results be written at once, and an interrupt come at the third writing."""
    monkeypatch.setattr(into_store, "_FLUSH_SECONDS", 0.0)
    append, times = Store.append, []

    def interrupted(self, *tables):
        times.append(tables)
        if len(times) == 3:
            raise KeyboardInterrupt
        append(self, *tables)

    monkeypatch.setattr(Store, "append", interrupted)
