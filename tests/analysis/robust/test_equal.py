"""Contrasts at equal spending from end to end in a tiny world: against the runs, going on, growing, and refusals."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.analysis.cells import Cells
from diffusion_sim.analysis.robust import at_defaults, tables
from diffusion_sim.analysis.robust.asked import ask
from diffusion_sim.analysis.robust.equal import BUDGET, Found, Source
from diffusion_sim.analysis.robust.folder import run_table
from diffusion_sim.errors import DiffusionSimError
from tests.analysis.robust.made_up import drawn
from tests.analysis.robust.test_robust import CONTRAST, HELD, SAID
from tests.study.small_study import interrupt_the_third_append, table

LED = "multi_classroom_leader - volunteer_uniform"
NAME = f"{CONTRAST} at equal spending"
TABLES = ("summary", "numbers", "coefficients", "words", "draws", "curves", "equal_spending")
DRAWN = ["trial.q", "pupils.dip", "money.budget_per_teacher"]


def run(out, equal=CONTRAST, **said):
    how = {**SAID, "numbers": DRAWN, "structures": ["dose"], **said}
    measures = ["deep_use", "reach"]
    return ds.robust("mid_size_district", "lottery - none", measures, out=out, at_equal_spending=equal, **how)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("equal") / "out"


@pytest.fixture(scope="module")
def found(folder):
    return run(folder)


def net(study, strategy, outcome="cost_total"):
    runs = study.runs[study.runs["strategy"] == strategy]
    return runs.groupby("point")[outcome].mean()


def test_both_spend_the_same_in_every_draw_that_counts(found, folder):
    place = folder / "equal_spending" / "directed_uniform__volunteer_uniform"
    wide, cut = ds.open_study(place / "stretched"), ds.open_study(place / "directed_uniform_round_1")
    assert set(wide.runs["p.money.budget_per_teacher"]) == set(found.draws["p.money.budget_per_teacher"])
    for study in (wide, cut):
        pairs = study.runs[["point", "replicate", "seed"]].drop_duplicates()
        other = ds.open_study(folder / "draws").runs[["point", "replicate", "seed"]].drop_duplicates()
        assert sorted(map(tuple, pairs.to_numpy())) == sorted(map(tuple, other.to_numpy())), "the draws' own seeds"
        assert (study.points["p.trial.q"] == found.draws["p.trial.q"]).all()
        assert (study.points["structure.dose"].astype(str) == found.draws["structure.dose"].astype(str)).all()
    its = found.draws[[name for name in found.draws if name.startswith(f"{NAME}: ")]]
    its.columns = [name.split(": ")[1] for name in its]
    alike = its["spending"] == "equal"
    assert alike.sum() >= 20 and (abs(its["first"] - its["second"]) <= 0.02 * its["pot"])[alike].all()
    both = net(wide, "directed_uniform"), net(wide, "volunteer_uniform")
    assert its["pot"].tolist() == pytest.approx(np.minimum(*both).tolist())
    posts = net(wide, "volunteer_uniform", "posts")
    assert its["per_post"].tolist() == pytest.approx((its["pot"] / posts).tolist()), "a year of support"
    one = its.index[its["round"] == 1][0]
    difference = net(cut, "directed_uniform", "deep_use")[one] - net(wide, "volunteer_uniform", "deep_use")[one]
    assert its["deep_use"][one] == pytest.approx(difference)
    assert cut.points["p.money.budget_per_teacher"][one] == pytest.approx(its["per_post"][one])
    row = found.summary.set_index(["contrast", "measure"]).loc[NAME, "deep_use"]
    assert (row["draws"], row["above"]) == (alike.sum(), (its["deep_use"][alike] > 1e-12).sum())
    assert found.sentences(NAME)[0].startswith(f"equal spending in {alike.sum()} of 20 draws")
    assert found.equal_spending.groupby("spending")["draws"].first()["equal"] == alike.sum()


def test_at_the_defaults_both_spend_the_same_too(found, folder):
    place = folder / "equal_spending" / "directed_uniform__volunteer_uniform"
    wide = ds.open_study(place / "stretched_at_defaults").runs
    assert wide["seed"].nunique() == 2 and (folder / "equal_spending").is_dir()
    row = found.summary.set_index(["contrast", "measure"]).loc[NAME, "deep_use"]
    assert np.isfinite(row["at_defaults"]) and len(found.numbers[found.numbers["contrast"] == NAME]) == 2 * 2
    own = found.curves[(found.curves["contrast"] == NAME) & (found.curves["kind"] == "at_defaults")]
    assert len(own) and np.isfinite(own["difference"]).all()


def test_hours_stretch_whatever_the_scenario_says(found, folder, tmp_path):
    """The runs with the own pot are those of a study whose hours stretch anyway, bit by bit."""
    said = {**HELD, "money.spend": "stretch"}
    run(tmp_path, overrides=said, seeds_at_defaults=2)
    place = "equal_spending/directed_uniform__volunteer_uniform/stretched"
    one, other = (ds.open_study(out / place).runs.drop(columns="seconds") for out in (folder, tmp_path))
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    draws = ds.open_study(tmp_path / "draws").runs
    assert set(draws["strategy"]) == {"none", "lottery"}, "a contrast at equal spending asks for no other arms"


def test_another_pair_and_more_draws_are_added(found, folder, tmp_path):
    grown = tmp_path / "grown"
    shutil.copytree(folder, grown)
    place = grown / "equal_spending" / "directed_uniform__volunteer_uniform"
    before = ds.open_study(place / "stretched").runs
    more = run(grown, [CONTRAST, LED], points=22)
    assert len(more.draws) == 22 and set(more.spending) == {NAME, f"{LED} at equal spending"}
    assert len(ds.open_study(place / "stretched").runs) == 22 * 2 * 2
    names = list(found.draws)
    pd.testing.assert_frame_equal(more.draws[names].iloc[:20], found.draws, check_exact=True)
    after = ds.open_study(place / "stretched").runs
    pd.testing.assert_frame_equal(after[after["point"] < 20].reset_index(drop=True)[["seed", "cost_total"]],
                                  before[["seed", "cost_total"]])  # fmt: skip


def test_points_are_added_to_a_table_and_another_table_stands_beside_it(tmp_path):
    asked = ask("mid_size_district", CONTRAST, None, points=20, seeds=2, rng=1, numbers=DRAWN, sections=None,
                structures="none", overrides=HELD, allow_code=False)  # fmt: skip

    def table_of(*budgets, seeds=1):
        said = {**asked.common("x", ("volunteer_uniform",)), "replicates": seeds, "seeds": "by_point"}
        rows = [{BUDGET: budget} for budget in budgets]
        found = run_table(tmp_path, "x", said, rows, {"workers": 1, "progress": False})
        return found.runs[["point", "replicate", f"p.{BUDGET}"]].to_numpy().tolist()

    assert table_of(10.0, 20.0) == [[0, 0, 10.0], [1, 0, 20.0]]
    assert table_of(10.0, 20.0, 30.5) == [[0, 0, 10.0], [1, 0, 20.0], [2, 0, 30.5]]
    assert len(table_of(10.0, 20.0, 30.5, seeds=2)) == 6 and not (tmp_path / "x_2").exists()
    assert table_of(10.0, 21.0) == [[0, 0, 10.0], [1, 0, 21.0]] and (tmp_path / "x_2").is_dir()
    assert table_of(10.0, 21.0) == [[0, 0, 10.0], [1, 0, 21.0]] and not (tmp_path / "x_3").exists()


def test_draws_that_stand_apart_are_in_no_table_but_their_own(tmp_path):
    # Half a post is traded for each leader, and next to nothing is bought with it.
    held = {**HELD, "staffing.trade": "half", "programme.hours": 1, "programme.hours_max": 1}
    freed = run(tmp_path, LED, overrides=held)
    name = f"{LED} at equal spending"
    assert (freed.draws[f"{name}: spending"] == "frees").all()
    assert freed.equal_spending.groupby("spending", sort=False)["draws"].first().to_dict() == {"equal": 0, "frees": 20}
    assert set(freed.summary["contrast"]) == set(freed.coefficients["contrast"]) == {"lottery - none"}
    assert freed.sentences(name) == [
        "equal spending in 0 of 20 draws; apart and not counted: in 20 one of them frees money"
    ]
    assert any(note.startswith(f"{name}: fewer than 20 draws") for note in freed.notes) and name in repr(freed)


def test_of_some_draws_those_alone_count_where_spending_is_equal():
    rows = [{BUDGET: 1.0}] * 30
    cells = made_up_cells(first=range(30), second=[0] * 30)
    where = pd.DataFrame({"spending": ["differs"] * 6 + ["equal"] * 24})
    source = Source(cells, range(30))
    both = Found(("a", "b"), {("a", 0): source, ("b", 0): source}, where, np.zeros((2, 30), int), 0)
    asked = SimpleNamespace(measures={("a", "b"): ["reach"]})
    (cell,) = tables.equal_cells(asked, both, drawn(30, 2))
    assert np.isnan(cell.difference.draws[:6]).all() and cell.difference.draws[6:].tolist() == list(range(6, 30))
    counts = tables.equal_spending(asked, [both]).set_index("spending")
    assert counts.loc["equal", ["draws", "above", "ties"]].tolist() == [24, 24, 0]
    assert counts.loc["differs", ["draws", "above", "ties"]].tolist() == [6, 5, 1]
    looks = at_defaults.looks_at_equal(both, rows)
    assert np.isnan(at_defaults.base(looks, "a", "b", "reach")).all(), "the scenario itself stands apart"
    few = both._replace(table=where.iloc[::-1].reset_index(drop=True).replace("equal", "frees"))
    assert tables.equal_cells(asked, few, drawn(30, 2)) == []


def made_up_cells(first, second):
    """Runs of a and b, one replicate a draw."""
    frames = [
        pd.DataFrame({"scenario": "x", "point": range(len(values)), "strategy": name, "replicate": 0, "seed": 1,
                      "status": "ok", "reach": np.asarray(values, float)})
        for name, values in (("a", list(first)), ("b", list(second)))
    ]  # fmt: skip
    return Cells(pd.concat(frames, ignore_index=True))


def test_an_interrupted_run_goes_on_to_the_same_bits_with_two_workers(found, folder, tmp_path, monkeypatch):
    out = tmp_path / "stopped"
    run(out, equal=())
    with monkeypatch.context() as patch:
        interrupt_the_third_append(patch)
        with pytest.raises(KeyboardInterrupt, match="the same command, or call, again"):
            run(out)
    again = run(out, workers=2)
    for name in ("stretched", "directed_uniform_round_1"):
        place = f"equal_spending/directed_uniform__volunteer_uniform/{name}/results"
        pd.testing.assert_frame_equal(table(out / place), table(folder / place), check_exact=True)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name), check_exact=True)


def test_the_page_and_the_files_say_what_stands_apart(found, tmp_path, capsys):
    from diffusion_sim.cli import robust as page
    from diffusion_sim.scenario import load_scenario

    page.show_page(load_scenario("mid_size_district"), found, None, [])
    flat = " ".join(capsys.readouterr().out.split())
    assert NAME in flat and found.spending[NAME] in flat
    out = found.save(tmp_path / "saved")
    assert len(pd.read_csv(out / "equal_spending.csv")) == len(found.equal_spending)


@pytest.mark.parametrize(
    ("equal", "said", "words"),
    [
        ("directed_uniform", {}, ["at_equal_spending", "'directed_uniform'", "two strategies"]),
        ("directed_uniform - none", {}, ["at_equal_spending", "'none' spends nothing"]),
        ([CONTRAST, CONTRAST], {}, ["at_equal_spending", "named twice"]),
        ("directed_unifrom - lottery", {}, ["directed_unifrom", "did you mean 'directed_uniform'"]),
        (3, {}, ["at_equal_spending", "found 3"]),
        (CONTRAST, {"numbers": ["money.spend"]}, ["money.spend is drawn", "hours always stretch"]),
    ],
)
def test_what_is_refused(equal, said, words, tmp_path):
    with pytest.raises(DiffusionSimError) as error:
        run(tmp_path / "out", equal, **said)
    assert all(word in str(error.value) for word in words), error.value
    assert not (tmp_path / "out").exists()
