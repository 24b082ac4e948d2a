"""Print one hash of what the model computes: python benchmarks/results_hash.py

Two versions of the code give the same hash where no result moved by a bit: mid_size_district, seeds 1 to 3, nine
strategies, with 1 and with 2 threads. Run it before and after any change that is not meant to change results. It
uses public names only, so that it runs on older versions too.
"""

from __future__ import annotations

import argparse
import hashlib

import numpy as np
import pandas as pd

import diffusion_sim as ds

CASE = "mid_size_district"
SEEDS = (1, 2, 3)
THREADS = (1, 2)
STRATEGIES = (
    *("volunteer_uniform", "directed_uniform", "volunteer_differentiated", "directed_differentiated"),
    *("staged", "staged_first", "improvement_network", "improvement_network_first", "multi_classroom_leader"),
)


def add_frame(digest: hashlib._Hash, frame: pd.DataFrame) -> None:
    """Add a table to ``digest``: its columns' names and every value, numbers bit by bit."""
    for name in frame.columns:
        column = frame[name]
        digest.update(str(name).encode() + b"\0")
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            digest.update(np.ascontiguousarray(column.to_numpy(dtype=np.float64)).tobytes())
        else:
            digest.update("\0".join(column.astype(str)).encode())


def run_hash(seed: int, strategy: str, threads: int) -> bytes:
    """Digest of one run: weekly measures and flows, and who stands where in the last week."""
    model = ds.ReformModel(CASE, rng=seed, strategy=strategy, threads=threads).run()
    digest = hashlib.blake2b(digest_size=16)
    for frame in (model.series, model.flows, model.teachers_frame()):
        add_frame(digest, frame)
    add_frame(digest, model.schools_frame()[list(SCHOOL_COLUMNS)])
    return digest.digest()


# Named, so that columns that later versions add do not change the hash.
SCHOOL_COLUMNS = (
    *("school_id", "district_id", "pupils", "teachers", "poverty", "readiness", "leadership"),
    *("enrolled", "reach", "deep_use", "mean_depth", "pupil_gain_sd"),
)


def main() -> None:
    """Print a line a strategy and the hash of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strategies", default=",".join(STRATEGIES), help="ids, separated by commas")
    arguments = parser.parse_args()
    whole = hashlib.blake2b(digest_size=16)
    for strategy in arguments.strategies.split(","):
        one = hashlib.blake2b(digest_size=16)
        for seed in SEEDS:
            for threads in THREADS:
                one.update(run_hash(seed, strategy, threads))
        whole.update(one.digest())
        print(f"{strategy:26} {one.hexdigest()}", flush=True)
    print(f"{'all':26} {whole.hexdigest()}")


if __name__ == "__main__":
    main()
