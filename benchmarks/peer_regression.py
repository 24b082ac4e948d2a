"""docs/peer_regression.md: what a regression on colleagues' use reports, where they have influence and where not.

    python benchmarks/peer_regression.py --seeds 40 --out docs/peer_regression.md      1.3 minutes on one free core

Frank, Zhao & Borman (2004) and their successors regress a teacher's use on the earlier use of the colleagues the
teacher turns to, controlling the teacher's own earlier use. Here simulated panels are given to that regression.

Design (written before the first run). `mid_size_district`, 40 schools, five school years (three of support), strategies
`none`, `volunteer_uniform` and `directed_uniform`. One seed is one study. In each school year y there are two waves:
autumn, when the year's first week is done (its ties are made, and hold until summer), and spring, its last week. Nobody
leaves in between. For teacher i

    u(i, spring) = a_y + b e(i, autumn) + c u(i, autumn) + error,    e(i) = sum_j u(j, autumn) / d(i)

over the d(i) advice ties of i, all use counted whether seen or not, as a survey would; those who name nobody are left
out. u is the quality of use (0 for who does not use), or use yes/no. beta = b x SD of e / SD of u in spring. Standard
errors are robust for clusters of a school. Forms differ in what is held constant.

Each panel is made twice on the same seeds: with colleagues' influence, and without it (switched off from the start:
what goes over ties, `peers`, `peer_learning`, `stopped_talk`, and the school's `norm`). With it, b is also taken apart
exactly: in each autumn the model branches into one whose ties do nothing from then on and one where the norm does
nothing either, on the same random numbers. So u(spring) = without influence + through the norm + through ties
for every teacher, and since b is linear in u(spring), b is the sum of three coefficients on the same right-hand side:
what stood there without influence this year (bias), and what influence of this year did.

What was expected, and why, was written before the first run; the page says whether it came out. The two forms that take
years of support and years after it by themselves were added after it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from peer_regression_page import ARMS, FORMS, INFLUENCE, PARTS, TIES, USES, page

import diffusion_sim as ds
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.tables import Network
from diffusion_sim.state.use import intensity_of, is_user, teaches

CASE = "mid_size_district"


class Fit(NamedTuple):
    """b, the coefficient of the first column; its standard error; the same coefficient of each further outcome."""

    b: float
    se: float
    parts: tuple[float, ...]


def exposure(network: Network, use: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean use of those whom each teacher asks, shape (T,); NaN for who asks nobody."""
    degree = network.degree.astype(np.int64)
    seeker = np.repeat(np.arange(degree.size), degree)
    place = np.arange(seeker.size) - np.repeat(np.cumsum(degree) - degree, degree)
    total = np.bincount(seeker, use[network.target[network.first[seeker] + place]], degree.size)
    return np.divide(total, degree, out=np.full(degree.size, np.nan), where=degree > 0)


def regress(y: NDArray[np.float64], x: NDArray[np.float64], absorbed: NDArray, cluster: NDArray) -> Fit:
    """Least squares within groups.

    y : (N, 1 + outcomes), the first one is explained. x : (N, K). absorbed, cluster : (N,) group numbers. The standard
    error is the sandwich over clusters, times G / (G - 1) in the variance.
    """
    y, x = within(y, absorbed), within(x, absorbed)
    inverse = np.linalg.pinv(x.T @ x)
    slopes = inverse @ (x.T @ y)
    left = y[:, 0] - x @ slopes[:, 0]
    _, group = np.unique(cluster, return_inverse=True)
    scores = np.column_stack([np.bincount(group, column * left) for column in x.T])
    variance = inverse @ (scores.T @ scores) @ inverse * len(scores) / (len(scores) - 1)
    return Fit(float(slopes[0, 0]), float(np.sqrt(variance[0, 0])), tuple(slopes[0, 1:].tolist()))


def within(values: NDArray[np.float64], groups: NDArray) -> NDArray[np.float64]:
    """Columns less their means in each group."""
    _, group, size = np.unique(groups, return_inverse=True, return_counts=True)
    means = np.column_stack([np.bincount(group, column) / size for column in values.T])
    return values - means[group]


def use_of(model: ds.ReformModel) -> dict[str, NDArray[np.float64]]:
    """quality and use of every post, shape (T,) each; 0 for who does not use."""
    t = model.state.teachers
    user = is_user.py_func(t.stage) & teaches.py_func(t.leader)
    whole = intensity_of.py_func(t.owned == 1, model.params.learning.compliant_intensity)
    return {"quality": np.where(user, t.skill * whole, 0.0), "use": user.astype(float)}


def panel(seed: int, strategy: str, influence: bool) -> pd.DataFrame:
    """One row a teacher and school year: school, year, worth, and for each kind of use <kind>_own, _exposure, _later
    and, with influence, _without, _norm, _ties, which add up to _later."""
    off = {f"mechanisms.{name}": False for name in INFLUENCE}
    model = ds.ReformModel(CASE, rng=seed, strategy=strategy, overrides={} if influence else off)
    found = []
    for year in range(model.weeks // WEEKS_PER_YEAR):
        model.run(year * WEEKS_PER_YEAR + 1)
        t, spring = model.state.teachers, (year + 1) * WEEKS_PER_YEAR
        columns = {"school": t.school.copy(), "year": np.full(t.size, year), "worth": t.conviction.copy()}
        before, chosen = use_of(model), teaches.py_func(t.leader) & (model.state.network.degree > 0)
        branches = [model.copy(), model.copy()] if influence else []
        for branch, names in zip(branches, (TIES, INFLUENCE), strict=False):
            branch.intervene({f"mechanisms.{name}": False for name in names})
            branch.run(spring)
        for kind, own in before.items():
            columns |= {f"{kind}_own": own, f"{kind}_exposure": exposure(model.state.network, own)}
        model.run(spring)
        for kind, later in use_of(model).items():
            columns[f"{kind}_later"] = later
            if influence:
                no_ties, none = (use_of(branch)[kind] for branch in branches)
                parts = zip(PARTS, (none, no_ties - none, later - no_ties), strict=True)
                columns |= {f"{kind}_{part}": values for part, values in parts}
        found.append(pd.DataFrame(columns)[chosen])
    return pd.concat(found, ignore_index=True)


def estimate(rows: pd.DataFrame, kind: str, form: str) -> dict[str, float]:
    """beta of one study, its standard error, and beta's parts where the panel has them."""
    controls, absorbed, dummies, years = FORMS[form]
    rows = rows[rows["year"].isin(years)]
    columns = [rows[f"{kind}_exposure"], rows[f"{kind}_own"], *(rows[name] for name in controls)]
    if dummies:
        columns += [(rows["year"] == year).astype(float) for year in rows["year"].unique()[1:]]
    outcomes = [f"{kind}_{name}" for name in ("later", *PARTS) if f"{kind}_{name}" in rows]
    groups = rows.groupby(list(absorbed)).ngroup().to_numpy()
    fit = regress(rows[outcomes].to_numpy(), np.column_stack(columns), groups, rows["school"].to_numpy())
    scale = rows[f"{kind}_exposure"].std() / rows[f"{kind}_later"].std()
    parts = dict(zip(PARTS, (part * scale for part in fit.parts), strict=False))
    return {"beta": fit.b * scale, "se": fit.se * scale, **parts}


def studies(seeds: int) -> pd.DataFrame:
    """One row a seed, strategy, influence (True, False), kind of use and form: beta, se, without, norm, ties."""
    found = []
    for seed in range(1, seeds + 1):
        for strategy in ARMS:
            for influence in (True, False):
                rows = panel(seed, strategy, influence)
                for kind in USES:
                    for form in FORMS:
                        said = {"seed": seed, "strategy": strategy, "influence": influence, "kind": kind, "form": form}
                        found.append({**said, **estimate(rows, kind, form)})
    return pd.DataFrame(found)


def main() -> None:
    """Run and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=40, help="studies of each kind; at least 2")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.seeds < 2:
        parser.error(f"--seeds: found {options.seeds}; at least 2 are needed for an interval")
    text = page(studies(options.seeds), options.seeds, __doc__ or "")
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
