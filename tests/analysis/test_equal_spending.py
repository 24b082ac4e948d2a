"""The pot of equal spending: whose spending counts, and what is said of those that stand apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from diffusion_sim.analysis import equal_spending
from diffusion_sim.errors import StudyError
from diffusion_sim.scenario import load_scenario


class Runs:
    """Runs of one seed, by what each strategy spends net, US dollars; 1,000 pupils over 5 years, 10 posts."""

    def __init__(self, scenario, **spent):
        self.scenario, self.spent, self.seeds, self.strategies = scenario, spent, [1], list(spent)
        self.posts = np.full((1, len(spent)), 10.0)

    def outcome(self, name):
        cost = np.array([list(self.spent.values())], float)
        return {"cost_total": cost, "cost_per_pupil_year": cost / 5000}[name]


def at(stretched, equal=None):
    """Equal spending where strategies spend ``stretched``, and ``equal`` with the equal pot."""
    sc, asked = load_scenario("mid_size_district").override({"money.spend": "stretch"}), []

    def run(scenario, ids, count, what):
        asked.append(scenario)
        return Runs(scenario, **{name: (equal or stretched)[name] for name in ids})

    return equal_spending.at_equal_spending(Runs(sc, **stretched), run), asked


def test_the_smallest_spending_is_the_pot():
    found, asked = at({"none": 0, "a": 60_000, "b": 90_000}, {"none": 0, "a": 60_500, "b": 58_000})
    assert asked[0]["money.budget_per_teacher"] == pytest.approx(60_000 / (3 * 10))
    table = found.table.set_index("strategy")
    assert table["share_of_target"].tolist() == pytest.approx([np.nan, 60.5 / 60, 58 / 60], nan_ok=True)
    assert table["differs"].tolist() == [False, False, True]
    assert [note.split(": ")[1][:9] for note in found.notes] == ["a pot of ", "b spends "]


def test_who_frees_money_stands_apart():
    found, asked = at({"none": 0, "a": 60_000, "frees": -615_000, "idle": 0})
    assert asked[0]["money.budget_per_teacher"] == pytest.approx(60_000 / (3 * 10))
    table = found.table.set_index("strategy")
    assert np.isnan(table.loc[["frees", "idle"], "share_of_target"]).all()
    assert table["differs"].to_dict() == {"none": False, "a": False, "frees": True, "idle": True}
    assert table.loc["frees", "stretched"] == -615_000
    tail = ", so it has no part in that pot: its differences are not at equal spending"
    assert found.notes[1:] == [
        f"equal spending: frees frees 123 US dollars a pupil and year{tail}",
        f"equal spending: idle spends nothing{tail}",
    ]


def test_a_strategy_without_runs_has_no_part():
    found, _ = at({"none": 0, "a": 60_000, "failed": np.nan})
    assert not found.table.set_index("strategy").loc["failed", "differs"]
    with pytest.raises(StudyError, match="all runs of the strategies other than none failed"):
        at({"none": 0, "failed": np.nan})


def test_nobody_spends():
    with pytest.raises(StudyError) as error:
        at({"none": 0, "frees": -50_000, "idle": 0})
    assert str(error.value) == (
        "equal_spending: frees frees 10 US dollars a pupil and year; idle spends nothing: no strategy spends more than "
        "it frees, so there is no pot that all could spend"
    )


def test_columns():
    found, _ = at({"none": 0, "a": 60_000})
    assert isinstance(found.table, pd.DataFrame) and list(found.table.columns) == equal_spending.COLUMNS
