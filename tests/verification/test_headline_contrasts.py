"""benchmarks/headline_contrasts.py: its scenario can be read, and its commands name what there is."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from diffusion_sim.analysis.robust.asked import ask
from diffusion_sim.scenario import load_scenario
from diffusion_sim.scenario.words import STRATEGY_PARTS

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
if not BENCHMARKS.is_dir():
    pytest.skip("not a checkout of the repository", allow_module_level=True)
sys.path.insert(0, str(BENCHMARKS))
headline = importlib.import_module("headline_contrasts")
sys.path.pop(0)


def test_the_contrasts_can_be_asked(tmp_path):
    """Without the district's part where strategies have none."""
    own = {name: its for name, its in headline.OWN.items() if set(its) <= set(STRATEGY_PARTS)}
    assert {"coach", "hub", "all_to_all"} <= set(own)
    file = tmp_path / "headline_district.yaml"
    file.write_text(headline.scenario_text(own), "utf-8")
    sc, usual = load_scenario(file), load_scenario("mid_size_district")
    assert sc.id == headline.ID and {p: sc[p] for p in usual.numbers} == {p: usual[p] for p in usual.numbers}
    pairs = [pair for pair in headline.CONTRASTS if "aligned_evaluation" in own or "aligned_evaluation" not in pair]
    asked = ask(sc, pairs, None, points=20, seeds=2, rng=1, numbers="everything", sections=None, structures="all",
                overrides=None, allow_code=False, at_equal_spending=headline.AT_EQUAL_SPENDING)  # fmt: skip
    assert len(asked.contrasts) == len(pairs) and len(asked.at_equal_spending) == 2
    assert "hub" in asked.arms and "staged" not in asked.arms, "at equal spending alone"


def test_the_commands():
    one, two = headline.commands(Path("out"), 1000, 2)
    assert one[:3] == ["diffusion-sim", "robust", "out/headline_district.yaml"] and one[3:8] == list(headline.CONTRASTS)
    assert one[8:10] == ["--at-equal-spending", "staged - directed_uniform"]
    assert [a for a, b in zip(one, two, strict=True) if a != b] == ["1", "out/run_1"]
