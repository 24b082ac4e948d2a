"""Comparisons from end to end, on small worlds."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from diffusion_sim.analysis import arms, designation, full_intensity, paired
from diffusion_sim.analysis.compare import compare
from diffusion_sim.analysis.over_time import over_time
from diffusion_sim.errors import ScenarioError, StrategyError, StudyError
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario, scenario_folder

SMALL = {
    "population.schools": 5,
    "population.teachers_mean": 8,
    "programme.years_support": 1,
    "programme.years_after": 1,
    "coaches.lag": 0,  # coaches are there at once, so that the pot can be spent in one year
}
ARMS = ["none", "volunteer_uniform", "directed_uniform"]


def small(strategies=None, **keywords):
    said = {"workers": 1, "overrides": SMALL, "progress": False, "replicates": 6} | keywords
    return compare("mid_size_district", strategies, **said)


@pytest.fixture(scope="module")
def comparison():
    return small(ARMS, equal_spending=True)


def test_tables(comparison):
    assert list(comparison.table.columns) == paired.TABLE
    assert list(comparison.differences.columns) == paired.DIFFERENCES
    assert list(comparison.table["strategy"].unique()) == ARMS
    assert list(comparison.differences["strategy"].unique()) == ARMS[1:]
    assert arms.ADDITIONAL in set(comparison.table["measure"])
    pd.testing.assert_frame_equal(comparison.table, paired.table(comparison.runs))
    pd.testing.assert_frame_equal(comparison.flows, paired.flows(comparison.runs))
    assert all("outside its plausible range" in text for text in comparison.warnings)  # so small a world is unusual


def test_any_row_can_be_run_again(comparison):
    row = comparison.runs.iloc[-1]
    again = ReformModel("mid_size_district", rng=int(row["seed"]), strategy=row["strategy"], overrides=SMALL).run()
    for name, value in again.outcomes.items():
        np.testing.assert_array_equal(row[name], value, err_msg=name)


def test_more_replicates_begin_with_the_same(comparison):
    fewer = small(ARMS, replicates=2, full_intensity=False)
    same = comparison.runs[comparison.runs["replicate"] < 2].drop(columns="seconds")
    pd.testing.assert_frame_equal(fewer.runs.drop(columns="seconds"), same)


def test_what_is_not_asked_for_changes_nothing(comparison):
    plain = small(ARMS, workers=2)
    pd.testing.assert_frame_equal(plain.runs.drop(columns="seconds"), comparison.runs.drop(columns="seconds"))
    pd.testing.assert_frame_equal(plain.series, comparison.series)
    assert plain.equal_spending is None


def test_chosen_measures_and_baseline():
    found = small(["volunteer_uniform", "lottery"], baseline="lottery", measures=["reach"], replicates=2)
    assert set(found.table["measure"]) == {"reach"}
    assert list(found.differences["strategy"]) == ["volunteer_uniform"]
    assert list(found.runs["strategy"].unique()) == ["volunteer_uniform", "lottery"]


# ---- at full intensity -----------------------------------------------------------------------------------------------


def test_full_intensity_is_what_the_override_gives(comparison):
    table = comparison.at_full_intensity
    assert list(table.columns) == full_intensity.COLUMNS
    assert set(zip(table["strategy"], table["baseline"], strict=True)) == {("directed_uniform", "volunteer_uniform")}
    count = full_intensity.replicates_for(6, None)
    full = small(ARMS, overrides=SMALL | {full_intensity.PATH: 1}, full_intensity=False, replicates=count)
    expected = paired.differences(full.runs, "volunteer_uniform", ["deep_use"])
    expected = expected[expected["strategy"] == "directed_uniform"].iloc[0]
    own = table[table["measure"] == "deep_use"].iloc[0]
    assert (own["difference_full"], own["low_full"]) == (expected["difference"], expected["low"])
    stated = paired.differences(comparison.runs[comparison.runs["replicate"] < count])  # to none
    gap = stated[stated["measure"] == "deep_use"].set_index("strategy")["difference"]
    assert own["difference"] == pytest.approx(gap["directed_uniform"] - gap["volunteer_uniform"])
    assert own["difference"] != own["difference_full"]


def test_runs_without_compliant_users_are_the_same_at_any_intensity(comparison):
    full = small(ARMS, overrides=SMALL | {full_intensity.PATH: 1}, full_intensity=False)
    free = comparison.runs["flow_trial_compliant"] == 0
    assert free.sum() >= 6 and not free.all()  # none, and volunteers' arms in which coaches asked nobody in vain
    pd.testing.assert_frame_equal(
        full.runs[free].drop(columns="seconds"), comparison.runs[free].drop(columns="seconds")
    )


@pytest.mark.parametrize(
    ("stated", "full", "word"),
    [
        ((0.1, 0.2), (0.1, 0.3), "at both"),
        ((-0.2, -0.1), (0.1, 0.3), "only below 1"),
        ((-0.2, -0.1), (-0.1, 0.3), "only below 1"),
        ((-0.2, 0.1), (0.1, 0.3), "only at 1"),
        ((-0.2, 0.1), (-0.1, 0.3), "undecided"),
        ((np.nan, np.nan), (np.nan, np.nan), "undecided"),
    ],
)
def test_what_holds(stated, full, word):
    row = pd.Series({"low": stated[0], "high": stated[1], "low_full": full[0], "high_full": full[1]})
    assert full_intensity._holds(row) == word


def test_a_conclusion_that_holds_only_below_1_is_said(comparison):
    sc_table = comparison.at_full_intensity.iloc[:2].copy()
    sc_table["holds"] = ["only below 1", "at both"]
    notes = full_intensity.notes(sc_table, load_scenario("mid_size_district"))
    assert len(notes) == 1
    assert notes[0].startswith("holds only while compliant use is less intense than owned use")
    assert "directed_uniform against volunteer_uniform, 5 seeds, exposure_low_income" in notes[0]


def test_what_is_said_first_at_full_intensity(comparison):
    """What low-income pupils meet, then the poorest quarter; only then all teachers, and the gap."""
    table = comparison.at_full_intensity
    assert list(table["measure"].unique()) == list(full_intensity.MEASURES)
    assert full_intensity.MEASURES[:3] == ("exposure_low_income", "exposure_low_income_support_end", "poorest_quarter")
    line = full_intensity.summary(table, load_scenario("mid_size_district"))[0].split(": ", 1)[1]
    assert [part.split()[0] for part in line.split(", ")] == list(full_intensity._SHOWN)
    assert full_intensity._SHOWN[:2] == ("exposure_low_income", "poorest_quarter")


def test_notes_speak_of_strategies_that_differ_in_recruitment_alone():
    pairs = [("directed_uniform", "volunteer_uniform"), ("directed_uniform", "volunteer_differentiated")]
    rows = [(*pair, "deep_use", 0.1, 0.05, 0.15, 0.0, -0.1, 0.1, "only below 1", 9) for pair in pairs]
    table = pd.DataFrame(rows, columns=full_intensity.COLUMNS)
    sc = load_scenario("mid_size_district")
    assert len(full_intensity.notes(table, sc)) == 1
    assert len(full_intensity.notes(table.iloc[1:], sc)) == 1


def test_full_intensity_where_there_is_nothing_to_compare():
    assert small(["volunteer_uniform"], replicates=2).at_full_intensity.empty
    with pytest.raises(StudyError, match="full_intensity: needs a strategy that mandates"):
        small(["volunteer_uniform"], replicates=2, full_intensity=True)
    assert full_intensity.replicates_for(4, None) == 4
    assert full_intensity.replicates_for(6, None) == 5
    assert full_intensity.replicates_for(20, None) == 5
    assert full_intensity.replicates_for(200, None) == 50
    assert full_intensity.replicates_for(20, True) == 20


# ---- equal spending --------------------------------------------------------------------------------------------------


def test_equal_spending_is_carried_out_by_overrides_alone(comparison):
    equal = comparison.equal_spending
    assert equal.provenance["overrides"]["money.spend"] == "stretch"
    budget = equal.provenance["overrides"]["money.budget_per_teacher"]
    row = equal.runs[equal.runs["strategy"] == "directed_uniform"].iloc[0]
    overrides = SMALL | {"money.spend": "stretch", "money.budget_per_teacher": budget}
    again = ReformModel("mid_size_district", rng=int(row["seed"]), strategy="directed_uniform", overrides=overrides)
    assert again.run().outcomes["cost_total"] == row["cost_total"]


def comparison_budget():
    return float(load_scenario("mid_size_district")["money.budget_per_teacher"])


def test_equal_spending_target_and_marks(comparison):
    stretched = small(ARMS, overrides=SMALL | {"money.spend": "stretch"}, full_intensity=False)
    mean = stretched.runs.groupby("strategy")["cost_total"].mean()
    target = min(mean["volunteer_uniform"], mean["directed_uniform"])
    spending = comparison.equal_spending.spending.set_index("strategy")
    assert spending["stretched"]["directed_uniform"] == pytest.approx(mean["directed_uniform"])
    posts = stretched.runs["teachers"].mean()
    budget = comparison.equal_spending.provenance["overrides"]["money.budget_per_teacher"]
    assert budget == pytest.approx(min(comparison_budget(), target / posts))
    assert spending["spending"]["none"] == 0 and not spending["differs"]["none"]
    for name in ARMS[1:]:
        share = spending["share_of_target"][name]
        assert share == pytest.approx(spending["spending"][name] / target)
        assert spending["differs"][name] == (abs(share - 1) > 0.02)
        said = any(f"equal spending: {name} spends" in note for note in comparison.equal_spending.notes)
        assert said == spending["differs"][name]
    # the directed arm can spend any pot: during support it spends just that, afterwards its district's own money
    own = comparison.equal_spending.runs.groupby("strategy")["cost_own"].mean()["directed_uniform"]
    assert spending["spending"]["directed_uniform"] - own == pytest.approx(target, rel=0.02)


# ---- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keywords", "error", "says"),
    [
        ({"replicates": 0}, StudyError, "replicates: found 0"),
        ({"replicates": "two"}, StudyError, "replicates: found 'two'"),
        ({"workers": 0}, StudyError, "workers: found 0"),
        ({"workers": "two"}, StudyError, "workers: found 'two'"),
        ({"rng": -1}, StudyError, "rng: found -1"),
        ({"rng": 2**64}, StudyError, "rng: found"),
        ({"strategies": ["volunter_uniform"]}, StrategyError, "did you mean 'volunteer_uniform'"),
        ({"baseline": "nobody"}, StrategyError, "'nobody': unknown"),
        ({"measures": ["reech"]}, StudyError, "did you mean 'reach'"),
        ({"overrides": {"trial.z": 1}}, ScenarioError, "trial.z"),
        ({"overrides": {"trial.q": -1}}, ScenarioError, "trial.q"),
        ({"ensemble": "big"}, StudyError, "ensemble: found 'big'"),
        ({"equal_spending": 1}, StudyError, "equal_spending: found 1"),
        ({"strategies": ["none"], "equal_spending": True}, StudyError, "needs a strategy other than none"),
        ({"executor": "pool"}, StudyError, "executor: found 'pool'"),
        ({"case": "michigann"}, ScenarioError, "did you mean 'michigan'"),
    ],
)
def test_mistakes_are_said_before_anything_runs(keywords, error, says, monkeypatch):
    def nothing_runs(*args, **keywords):
        raise AssertionError("it ran")

    monkeypatch.setattr("diffusion_sim.study.run.in_memory.run_design", nothing_runs)
    said = {"case": "mid_size_district", "overrides": SMALL, "progress": False} | keywords
    with pytest.raises(error, match=says):
        compare(**said)


def test_numbers_outside_their_range_are_warned_of():
    found = small(["volunteer_uniform"], replicates=2, overrides=SMALL | {"trial.q": 5.0})
    assert any("trial.q = 5 is outside its plausible range" in text for text in found.warnings)


def test_failed_runs_are_warned_of(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import numpy as np\nfrom diffusion_sim.strategies import Plan\n"
        "class Fails:\n    def plan(self, view, draw):\n"
        "        if draw('x', np.zeros(1, np.uint64))[0] < 0.3: raise ValueError('no coach')\n"
        "        return Plan()\n"
    )
    text = (scenario_folder() / "mid_size_district.yaml").read_text("utf-8")
    text = text.replace("id: mid_size_district", "id: mine").split("\ncompare:")[0]
    text += "\nstrategies: {mine: {code: 'mine.py:Fails'}}\ncompare: [none, mine]\n"
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises((ScenarioError, StrategyError), match="allow"):
        compare(tmp_path / "mine.yaml", progress=False)
    found = compare(tmp_path / "mine.yaml", replicates=8, workers=1, allow_code=True, overrides=SMALL, progress=False)
    failed = int((found.runs["status"] == "error").sum())
    assert 0 < failed < 8
    said = f"{failed} of 16 runs failed and are missing (mine {failed} of 8); the first: "
    assert found.warnings[-1].startswith(said)
    assert "no coach" in found.warnings[-1]
    row = found.differences[(found.differences["measure"] == "reach")].iloc[0]
    assert row["n"] == 8 - failed


# ---- files -----------------------------------------------------------------------------------------------------------


def test_saved_files(comparison, tmp_path):
    folder = comparison.save(tmp_path / "out")
    names = {file.name for file in folder.iterdir()}
    assert names == {
        "table.csv", "differences.csv", "runs.csv", "flows.csv", "account.csv", "harm.csv",
        "figure.png", "figure.svg", "provenance.json",
        "at_full_intensity.csv", "equal_spending_table.csv", "equal_spending_differences.csv",
        "equal_spending_runs.csv", "equal_spending_spending.csv", "equal_spending_harm.csv",
    }  # fmt: skip

    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    record = json.loads((folder / "provenance.json").read_text(), parse_constant=refuse)
    assert record["seeds"] == comparison.runs["seed"].unique().tolist()
    assert record["strategies"] == ARMS and record["rng"] == 1 and record["replicates"] == 6
    assert record["equal_spending"]["notes"][0].startswith("equal spending: a pot of")


def test_over_time():
    series = pd.DataFrame(
        {"strategy": ["a"] * 6, "seed": [1, 1, 2, 2, 3, 3], "week": [0, 1] * 3, "reach": [0, 1, 0, 2, 0, 6.0]}
    )
    found = over_time(series)
    assert found["week"].tolist() == [0, 1] and found["n"].tolist() == [3, 3]
    row = found.iloc[1]
    assert row["mean"] == pytest.approx(3)
    assert (row["low"], row["high"]) == pytest.approx((1.2, 5.2))  # quantiles .1 and .9 of 1, 2, 6


def test_worlds_in_which_nobody_or_everybody_is_named_are_counted():
    runs = pd.DataFrame({
        "seed": [1, 1, 2, 3, 4], "status": ["ok", "ok", "ok", "ok", "error"],
        "enrolled_designated": [np.nan, np.nan, 0.5, 0.5, np.nan], "enrolled_others": [0.1, 0.1, 0.2, np.nan, np.nan],
    })  # fmt: skip
    sc = load_scenario("mid_size_district")
    (note,) = designation.notes(runs, sc)
    assert note.startswith("of 3 worlds accountability names nobody in 1 and everybody in 1: there all schools")
    assert designation.notes(runs[runs["seed"] == 2], sc) == []
    assert designation.notes(runs, sc.override({"structure.accountability": "smooth"})) == []
