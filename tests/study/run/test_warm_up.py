"""Compiling beforehand: what a second process compiles is found here, and then nothing is left to compile."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import diffusion_sim
from diffusion_sim.study.run import warm_up as room

ROOT = Path(diffusion_sim.__file__).resolve().parents[1]
CODE = """
import sys
from numba.core import event
compiled = []
class Listener(event.Listener):
    def on_start(self, found):
        compiled.append(found.data["dispatcher"].py_func.__name__)
    def on_end(self, found):
        pass
event.register("numba:compile", Listener())
from diffusion_sim.study.run.warm_up import warm_up
took = warm_up(print)
print("TOOK", took > 0)
print("WEEKS", "run_weeks" in compiled)
compiled.clear()
from diffusion_sim.model import ReformModel
for strategy in ("none", "volunteer_uniform", "directed_differentiated", "equity_first", "lottery", "ready_only",
                 "multi_classroom_leader"):
    # schools that leave the programme give up their teams
    leave = {"population.schools": 4, "enrolment.n0": 5, "enrolment.e0": 2}
    ReformModel("mid_size_district", rng=1, strategy=strategy, overrides=leave).run()
print("LEFT", compiled)
"""


@pytest.mark.slow
def test_cold_then_warm(tmp_path):
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    env = {**os.environ, "DIFFUSION_SIM_CACHE": str(tmp_path), "PYTHONPATH": path}
    outputs = [
        subprocess.run([sys.executable, "-c", CODE], env=env, stdout=subprocess.PIPE, text=True, check=True).stdout
        for _ in range(2)
    ]
    # first time: the weeks were compiled by the second process, not here
    assert "compiling the model" in outputs[0] and "TOOK True" in outputs[0] and "WEEKS False" in outputs[0]
    assert "compiling" not in outputs[1] and "TOOK False" in outputs[1]
    assert "LEFT []" in outputs[0] and "LEFT []" in outputs[1]
    assert not list(tmp_path.rglob("second-*"))


def test_nothing_to_do_takes_no_time():
    room.warm_up(lambda text: None)
    said = []
    assert room.warm_up(said.append) == 0.0 and not said
