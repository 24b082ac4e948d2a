"""The studies of this repository: they are read, planned, and their extreme cells run in small districts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from diffusion_sim.scenario import load_scenario
from diffusion_sim.study.plan.plan import make_plan
from diffusion_sim.study.plan.read_study import read_study
from diffusion_sim.study.run.one_seed import Asked, run_seed

FOLDER = Path(__file__).parents[2] / "experiments"
STUDIES = sorted(path.parent for path in FOLDER.glob("*/study.yaml"))
SMALL = {"population.schools": 6, "population.teachers_mean": 12}


def test_three_real_studies():
    assert len(STUDIES) >= 3


@pytest.mark.parametrize("folder", STUDIES, ids=lambda folder: folder.name)
def test_a_study_can_be_run(folder):
    spec = read_study(folder)
    assert spec.id == folder.name and spec.title != spec.id and spec.question
    assert make_plan(spec).runs <= 20_000, "minutes, not hours"
    plan = make_plan(replace(spec, set={**spec.set, **SMALL}, precision=None, replicates=1))
    for point in (plan.points[0], plan.points[-1]):
        for block in plan.blocks():
            if block.point == point.number:
                case = plan.case(block.scenario, block.point)
                assert not any(run.error for run in run_seed(case, block.seed, block.strategies, Asked()))


@pytest.mark.parametrize("folder", STUDIES, ids=lambda folder: folder.name)
def test_varied_values_are_plausible(folder):
    """No level lies outside the range that the model's catalogue calls plausible."""
    plan = make_plan(read_study(folder))
    for name in plan.scenarios:
        for point in plan.points[:30]:
            warned = plan.case(name, point.number).warnings
            assert not [text for text in warned if text.split(" = ")[0] in plan.paths]


PROGRAMME = {f"programme.{name}" for name in ("years_support", "years_after", "mandate_years")}


@pytest.mark.parametrize(
    "file, own",
    [
        ("leadership_pressure_networks_staffing/district_with_staffing.yaml", set()),
        ("withdrawal_and_turnover/withdrawn_after_two_years.yaml", set()),
        ("withdrawal_and_turnover/promised_two_years.yaml", PROGRAMME),
    ],
)
def test_everything_else_is_as_in_mid_size_district(file, own):
    said, usual = load_scenario(FOLDER / file).canonical(), load_scenario("mid_size_district").canonical()
    assert said["structure"] == usual["structure"] and said["strategy"] == usual["strategy"]
    values = {path: number["value"] for path, number in said["numbers"].items()}
    assert values.keys() == usual["numbers"].keys()
    assert {path for path, number in usual["numbers"].items() if number["value"] != values[path]} == own
