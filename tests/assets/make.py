"""What this folder holds, made anew: python tests/assets/make.py. Run it only when a release is made: tests hold later
versions to reading these files, or to refusing them in words."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import diffusion_sim as ds
from diffusion_sim.scenario import from_canonical
from diffusion_sim.study.store.sealed import seal, whole

HERE = Path(__file__).parent
STUDY = """\
id: kept
title: A study kept to see whether later versions read it
scenarios: [mid_size_district]
strategies: [none, directed_uniform]
replicates: 2
set: {population.schools: 3, programme.years_support: 1, programme.years_after: 1}
"""


def main() -> None:
    """A saved model and the store of a study."""
    small = {"population.schools": 3, "programme.years_support": 1, "programme.years_after": 1}
    said = {**ds.load_scenario("mid_size_district").canonical(), "location": None}  # no path of this machine
    model = ds.ReformModel(from_canonical(said), rng=1, strategy="directed_uniform", overrides=small).run(until=20)
    model.save(HERE / f"model_{ds.__version__}.npz")
    study, store = Path("study.yaml"), HERE / f"store_{ds.__version__}"
    shutil.rmtree(store, ignore_errors=True)
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        study.write_text(STUDY, "utf-8")
        ds.run_study(study, out="store", workers=1, progress=False)
        shutil.copytree("store", store, ignore=shutil.ignore_patterns("*.lock", "status.json"))
    manifest = store / "manifest.json"
    said = whole(json.loads(manifest.read_text("utf-8"))) | {"location": None}
    manifest.write_text(seal(said, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
