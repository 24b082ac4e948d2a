"""The ten schools of Pitts & Spillane (2009): their staff as a world, their ties as a graph, the generator's fit.

Found by the environment variable DIFFUSION_SIM_REFERENCE_DATA (file names teacher_advice/nodes.csv, dyads.csv).
``python -m tests.network.reference [seeds]`` prints achieved against target as a Markdown table (docs/networks.md).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from diffusion_sim import rng
from diffusion_sim.network.advice import NetworkParams, build, popularity_weight, renew
from diffusion_sim.network.describe import describe_network

from .worlds import DEFAULTS, world


def folder() -> Path | None:
    """Folder of the reference data, None when it is not there."""
    path = os.environ.get("DIFFUSION_SIM_REFERENCE_DATA")
    return Path(path) if path and (Path(path) / "teacher_advice" / "nodes.csv").exists() else None


def observed() -> nx.DiGraph:
    """The observed ties with school, grade, cohort, attitude of each person."""
    nodes = pd.read_csv(folder() / "teacher_advice" / "nodes.csv")
    dyads = pd.read_csv(folder() / "teacher_advice" / "dyads.csv")
    graph = nx.DiGraph()
    for n in nodes.itertuples():
        graph.add_node((n.school, n.teacher), school=n.school, grade=n.grade_group, cohort=n.cohort,
                       attitude=n.innov_class)  # fmt: skip
    ties = dyads[dyads.advice == 1]
    graph.add_edges_from(((s, a), (s, b)) for s, a, b in zip(ties.school, ties.sender, ties.receiver, strict=True))
    return graph


def staff() -> pd.DataFrame:
    """School, grade, cohort, attitude of the 287 staff, in the order of schools."""
    nodes = pd.read_csv(folder() / "teacher_advice" / "nodes.csv").sort_values(["school", "teacher"])
    return nodes[["school", "grade_group", "cohort", "innov_class"]]


def simulated(seed: int, params: NetworkParams, nodes: pd.DataFrame, summers: int = 0):
    """Network and Teachers of a world with these schools' sizes and composition, after some summers."""
    sizes = nodes.groupby("school").size().to_numpy()
    teachers, schools, districts = world(sizes, np.arange(sizes.size), seed=seed)
    teachers.grade[:] = nodes.grade_group - 1
    teachers.attitude[:] = nodes.innov_class - 1
    teachers.entered[:] = -(nodes.cohort * params.cohort_years)
    for i in range(teachers.post.size):
        teachers.popularity[i] = popularity_weight(seed, teachers.origin[i], teachers.tag[i], params.popularity_sd)
    network = build(seed, teachers, schools, districts, params)
    for year in range(summers):
        new = np.array([rng.uniform(seed, year, i, rng.LEAVE, 0) < 0.16 for i in range(teachers.post.size)], np.uint8)
        for i in np.flatnonzero(new):
            teachers.tag[i] = rng.person_tag(int(teachers.post[i]), int(teachers.hires[i]))
            teachers.hires[i] += 1
            teachers.entered[i] = year
            teachers.popularity[i] = popularity_weight(seed, teachers.origin[i], teachers.tag[i], params.popularity_sd)
        renew(np.uint64(seed), year, teachers, schools, districts, network, new, params)
    return network, teachers


def summary(pooled: pd.DataFrame, by_school: pd.DataFrame) -> dict[str, float]:
    """The statistics the generator is held against."""
    value = dict(zip(pooled.statistic, pooled.value, strict=True))
    table = by_school.pivot(index="school", columns="statistic", values="value")
    fit = {k: value[k] for k in value if k.startswith(("out_degree", "nobody", "odds"))}
    fit["out_degree_school_min"] = table.out_degree_mean.min()
    fit["out_degree_school_max"] = table.out_degree_mean.max()
    for name in ("reciprocity", "transitivity", "in_degree_gini"):
        fit[name + "_median"] = table[name].median()
        fit[name + "_min"], fit[name + "_max"] = table[name].min(), table[name].max()
    slope = np.polyfit(np.log(table.persons), np.log(table.density.clip(lower=1e-3)), 1)[0]
    return fit | {"density_slope": slope}


def achieved(params: NetworkParams, seeds: int, nodes: pd.DataFrame, summers: int = 0) -> pd.DataFrame:
    """One row a seed, one column a statistic."""
    rows = []
    for seed in range(1, seeds + 1):
        network, teachers = simulated(seed, params, nodes, summers)
        years = params.cohort_years
        rows.append(
            summary(
                describe_network(network, teachers, cohort_years=years),
                describe_network(network, teachers, cohort_years=years, by_school=True),
            )
        )
    return pd.DataFrame(rows)


def targets() -> dict[str, float]:
    graph = observed()
    return summary(describe_network(graph), describe_network(graph, by_school=True))


if __name__ == "__main__":
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    runs = achieved(NetworkParams(**DEFAULTS), seeds, staff())
    later = achieved(NetworkParams(**DEFAULTS), seeds, staff(), summers=5)
    print("| statistic | ten schools | generator | 90 % of seeds | after 5 summers |\n|---|---|---|---|---|")
    for name, target in targets().items():
        low, high = runs[name].quantile([0.05, 0.95])
        values = f"{target:.2f} | {runs[name].mean():.2f} | {low:.2f} to {high:.2f} | {later[name].mean():.2f}"
        print(f"| {name} | {values} |")
