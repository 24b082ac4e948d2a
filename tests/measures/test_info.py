"""The table of measures and the page made from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffusion_sim.measures import LEDGER, MEASURE_INFO, MEASURES, SUPPORT_END
from diffusion_sim.measures.document import document
from diffusion_sim.measures.info import DIRECTIONS

PAGE = Path(__file__).parents[2] / "docs" / "measures.md"


def test_page_is_current():
    page = PAGE.read_text(encoding="utf-8")
    assert page == document(), "run python -m diffusion_sim.measures.document docs/measures.md"


@pytest.mark.parametrize("name", MEASURES)
def test_each_measure_is_explained(name):
    info = MEASURE_INFO[name]
    assert info.title and info.unit and info.definition.endswith(".")
    assert info.direction in DIRECTIONS
    assert f"| `{name}` |" in document()
    for part in info.parts or ():
        assert part == "" or part.removesuffix(SUPPORT_END) in MEASURES


def test_directions_as_the_project_states_them():
    """Better = larger, except smaller for discontinued, cost_*, theil_* and |concentration_*|; others none."""
    for name, info in MEASURE_INFO.items():
        expected = "larger"
        if name.startswith(("discontinued", "cost_", "theil_")):
            expected = "smaller"
        elif name.startswith("concentration_"):
            expected = "smaller absolute"
        elif name in ("teachers", "in_teams", "team_leaders") or name.startswith("verdicts_"):
            expected = None
        assert info.direction == expected, name


def test_fixed_names_are_there():
    fixed = """reach deep_use mean_depth owned_share schools_saturated discontinued exposure_low_income exposure_other
    equity_gap equity_ratio poverty_quartile_gap concentration_index concentration_erreygers theil_between theil_within
    sustained_deep_use_1y sustained_deep_use_2y retained_deep_users_1y retained_deep_users_2y pupil_gain_sd
    pupil_gain_months cost_total cost_unspent cost_per_sustained_user cost_freed
    cost_gross cost_per_pupil cost_per_pupil_year cost_pot
    cost_unspent_own cost_in_pots""".split()
    assert set(fixed) <= set(MEASURES)
    assert {f"cost_{column}" for column in LEDGER} <= set(MEASURES)
    equity = fixed[fixed.index("exposure_low_income") : fixed.index("theil_within") + 1]
    assert {f"{name}_reach" for name in equity} <= set(MEASURES)
