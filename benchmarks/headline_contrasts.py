"""The six headline contrasts over the plausible ranges: their scenario, and the commands that run them.

    python benchmarks/headline_contrasts.py results/headline        writes the scenario, prints the commands
    python benchmarks/headline_contrasts.py results/headline --run  runs them, too: hours on 2 cores
    python benchmarks/headline_contrasts.py results/headline --page makes docs/robust_headlines.md from the first run

The scenario is the shipped mid-size district with the strategies of these contrasts that are not built in. Two runs
with draws of their own: the second says whether what the first found holds, and from both the list of inert numbers can
be made (python -m diffusion_sim.analysis.robust.inert_list RUN RUN).
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

import yaml
from headline_page import page_text

from diffusion_sim.scenario import scenario_folder

ID = "headline_district"
POINTS, SEEDS = 1_000, 2
NETWORK = {"recruitment": "volunteer", "allocation": "uniform", "content": "mixed", "tempo": "waves"}
OWN = {
    "coach": {"recruitment": "volunteer", "allocation": "uniform", "content": "practice_first", "tempo": "waves",
              "staffing": "coach"},
    "hub": {**NETWORK, "testing": {"kind": "menu", "measures": "common", "topology": "hub"}},
    "all_to_all": {**NETWORK, "testing": {"kind": "menu", "measures": "common", "topology": "all_to_all"}},
    # volunteer_uniform, with the district's part: teachers' evaluation is aligned with the practice
    "aligned_evaluation": {"recruitment": "volunteer", "allocation": "uniform", "content": "practice_first",
                           "tempo": "waves", "district": {"kind": "align", "instrument": "evaluation"}},
}  # fmt: skip
CONTRASTS = (
    "directed_differentiated - directed_uniform",
    "volunteer_differentiated - volunteer_uniform",
    "directed_need_weighted - directed_uniform",
    "hub - all_to_all",
    "aligned_evaluation - volunteer_uniform",
)
AT_EQUAL_SPENDING = ("staged - directed_uniform", "multi_classroom_leader - coach")


def scenario_text(own: dict[str, dict] | None = None) -> str:
    """The shipped district with these strategies (None = OWN) beside its own."""
    text = (scenario_folder() / "mid_size_district.yaml").read_text("utf-8")
    head = "# Written by benchmarks/headline_contrasts.py: mid_size_district with further strategies.\n"
    text = text.replace("\nid: mid_size_district\n", f"\nid: {ID}\n")
    return head + text.rstrip() + "\n\n" + yaml.safe_dump({"strategies": own or OWN}, sort_keys=False)


def commands(folder: Path, points: int, seeds: int) -> list[list[str]]:
    """Both runs."""
    found = []
    for rng in (1, 2):
        words = ["diffusion-sim", "robust", str(folder / f"{ID}.yaml"), *CONTRASTS]
        for pair in AT_EQUAL_SPENDING:
            words += ["--at-equal-spending", pair]
        words += ["--numbers", "everything", "--points", str(points), "--seeds", str(seeds), "--rng", str(rng)]
        found.append([*words, "--out", str(folder / f"run_{rng}")])
    return found


PAGE = Path(__file__).resolve().parents[1] / "docs" / "robust_headlines.md"


def main() -> None:
    """Write, print and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--points", type=int, default=POINTS)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--page", action="store_true")
    said = parser.parse_args()
    if said.page:
        PAGE.write_text(page_text(said.folder / "run_1"), "utf-8")
        return
    said.folder.mkdir(parents=True, exist_ok=True)
    (said.folder / f"{ID}.yaml").write_text(scenario_text(), "utf-8")
    for words in commands(said.folder, said.points, said.seeds):
        print(shlex.join(words), flush=True)
        if said.run and (code := subprocess.run(words, check=False).returncode):
            sys.exit(code)


if __name__ == "__main__":
    main()
