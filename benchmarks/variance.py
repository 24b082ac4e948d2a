"""How much common random numbers help: paired against unpaired differences, for every measure.

    python benchmarks/variance.py [--case mid_size_district] [--replicates 200] [--out docs/variance.md]

correlation: of the two arms over seeds. variance factor: (var A + var B) / var(A - B), how many times fewer runs paired
seeds need for the same interval.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from diffusion_sim.analysis.compare import compare
from diffusion_sim.analysis.paired import differences_between

PAIRS = [
    ("volunteer_uniform", "volunteer_differentiated"),
    ("directed_uniform", "directed_differentiated"),
    ("directed_uniform", "volunteer_uniform"),
]


def main() -> None:
    """Run the arms on common seeds and print one table a pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", default="mid_size_district")
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--rng", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    arms = list(dict.fromkeys(arm for pair in PAIRS for arm in pair))
    done = compare(
        options.case, arms, baseline=arms[0], replicates=options.replicates, rng=options.rng, workers=options.workers
    )
    table = differences_between(done.runs, PAIRS, rng=options.rng)
    table = table[~table["measure"].str.startswith("flow_") & table["variance_factor"].notna()]
    lines = [
        "# Paired against unpaired",
        "",
        f"Made by `python benchmarks/variance.py --case {options.case} --replicates {options.replicates} "
        "--out docs/variance.md`. Correlation of the two arms over seeds, and variance factor "
        "(var A + var B)/var(A - B).",
        "",
    ]
    for a, b in PAIRS:
        rows = table[(table["strategy"] == a) & (table["baseline"] == b)]
        lines += [f"## {a} - {b}", "", "| measure | correlation | variance factor |", "|---|---|---|"]
        lines += [f"| {r.measure} | {r.correlation:.2f} | {r.variance_factor:.1f} |" for r in rows.itertuples()]
        lines.append("")
    print("\n".join(lines))
    if options.out:
        options.out.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
