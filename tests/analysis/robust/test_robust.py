"""``robust`` from end to end in a tiny world: tables against the runs, going on, growing, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.analysis.robust import indices
from diffusion_sim.errors import DiffusionSimError, StudyError
from diffusion_sim.scenario import load_scenario
from diffusion_sim.scenario.numbers import defaults
from diffusion_sim.scenario.ranges_lock import digest
from tests.study.small_study import TINY, interrupt_the_third_append, table

CONTRAST = "directed_uniform - volunteer_uniform"
HELD = {**TINY, "initial_use.share": 0.1}
SAID = {
    "points": 20, "numbers": ["trial.q", "trial.threshold", "stop.d0", "pupils.dip", "money.spend"],
    "overrides": HELD, "leading": 2, "levels": 3, "seeds_at_defaults": 2, "workers": 1, "progress": False,
}  # fmt: skip
TABLES = ("summary", "numbers", "coefficients", "words", "harm", "inert", "draws", "curves")


def run(out=None, contrast=CONTRAST, measures=("deep_use", "pupil_gain_sd"), **said):
    return ds.robust("mid_size_district", contrast, measures, out=out, **{**SAID, **said})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("robust") / "out"


@pytest.fixture(scope="module")
def found(folder):
    return run(folder)


def test_the_summary_says_what_the_runs_say(found, folder):
    runs = ds.open_study(folder / "draws").runs
    assert len(runs) == 20 * 2 * 3 and runs["seed"].nunique() == 40, "each draw has seeds of its own"
    wide = runs.pivot(index=["point", "replicate"], columns="strategy", values="deep_use")
    draws = (wide["directed_uniform"] - wide["volunteer_uniform"]).groupby("point").mean()
    row = found.summary.set_index("measure").loc["deep_use"]
    assert (row["draws"], row["above"], row["below"]) == (20, (draws > 1e-12).sum(), (draws < -1e-12).sum())
    assert row["ties"] == 20 - row["above"] - row["below"]
    assert row[["p5", "median", "p95"]].tolist() == pytest.approx(draws.quantile([0.05, 0.5, 0.95]).tolist())
    assert row["mean"] == pytest.approx(draws.mean())
    assert row[["chance", "numbers", "structure", "left_over"]].sum() == pytest.approx(1.0)
    own = ds.open_study(folder / "at_defaults").runs
    own = own[own["point"] == 0].pivot(index="seed", columns="strategy", values="deep_use")
    assert len(own) == 2
    assert row["at_defaults"] == pytest.approx((own["directed_uniform"] - own["volunteer_uniform"]).mean())
    assert f"{row['holds']} of 20 draws from our own ranges (uniform, independent)" in found.sentences(CONTRAST)[0]


def test_every_draw_has_numbers_words_and_structures_of_its_own(found):
    table = found.draws
    assert len(table) == 20
    low, high = load_scenario("mid_size_district").number("trial.q").range
    slices = np.floor(20 * (table["p.trial.q"] - low) / (high - low)).astype(int)
    assert sorted(slices) == list(range(20)), "a Latin hypercube"
    assert set(table["p.trial.threshold"]) == {1, 2, 3} and set(table["p.money.spend"]) == {"offer", "stretch"}
    structures = [name for name in table if name.startswith("structure.")]
    assert len(structures) == len(defaults()["structure"])
    assert table["structure.dose"].value_counts().tolist() == [10, 10]


def test_leading_numbers_and_the_rest(found):
    assert set(found.numbers["path"]) <= set(SAID["numbers"]) - {"money.spend"} and len(found.numbers) == 2 * 2
    every = found.coefficients
    assert len(every) == 2 * (5 + len(defaults()["structure"]))
    small = every.assign(size=every["coefficient"].abs()).groupby("path")["size"].max()
    assert set(found.inert["path"]) == set(small[small < 0.06].index)
    assert found.numbers["pawn"].notna().all() == indices.installed()
    assert set(found.harm["strategy"]) == {"directed_uniform", "volunteer_uniform"}
    assert (found.harm["draws"] == 20).all()
    assert found.words.groupby(["measure", "path"])["draws"].sum().eq(20).all()


def test_the_digest_of_the_ranges_goes_with_every_result(found, tmp_path):
    assert digest() in found.ranges and "as locked" in found.ranges and digest() in repr(found)
    assert all(getattr(found, name).attrs["ranges"]["digest"] == digest() for name in TABLES)
    out = found.save(tmp_path / "saved")
    record = json.loads((out / "provenance.json").read_text("utf-8"))
    assert record["ranges"] == {"digest": digest(), "locked": digest()} and len(record["studies"]) == 2
    names = {f"{name}.csv" for name in TABLES} | {"figure.png", "figure.svg", "provenance.json"}
    assert {file.name for file in out.iterdir()} == names
    assert len(pd.read_csv(out / "summary.csv")) == 2


def test_other_measures_cost_no_draws_and_more_points_and_arms_are_added(found, folder, tmp_path):
    import shutil

    grown = tmp_path / "grown"
    shutil.copytree(folder, grown)
    before = ds.open_study(grown / "draws").runs
    again = run(grown, measures=["deep_use", "pupil_gain_sd", "reach"])
    assert len(again.summary) == 3 and ds.open_study(grown / "draws").provenance["created"]
    pd.testing.assert_frame_equal(ds.open_study(grown / "draws").runs, before)
    pd.testing.assert_frame_equal(again.draws[found.draws.columns], found.draws)
    more = run(grown, contrast=[CONTRAST, "lottery - volunteer_uniform"], points=25)
    assert set(more.summary["draws"]) == {25} and more.summary["contrast"].nunique() == 2
    pd.testing.assert_frame_equal(more.draws[found.draws.columns].iloc[:20], found.draws)
    with pytest.raises(StudyError, match="differs in design, space, strategies"):
        run(grown, numbers=["trial.q"])
    with pytest.raises(StudyError, match="only grows"):
        run(grown, contrast=[CONTRAST, "lottery - volunteer_uniform"])
    assert len(run(grown, contrast=[CONTRAST, "lottery - volunteer_uniform"], points=25).draws) == 25, "as it was"


def test_an_interrupted_run_goes_on_to_the_same_bits(found, folder, tmp_path, monkeypatch):
    out = tmp_path / "stopped"
    with monkeypatch.context() as patch:
        interrupt_the_third_append(patch)
        with pytest.raises(KeyboardInterrupt, match="the same command, or call, again"):
            run(out)
    assert 0 < len(ds.open_study(out / "draws").runs) < 120
    again = run(out)
    for name in ("draws", "at_defaults"):
        both = [table(place / name / "results") for place in (out, folder)]
        pd.testing.assert_frame_equal(*both, check_exact=True)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name), check_exact=True)


def test_structures_none_and_a_temporary_folder():
    found = run(structures="none", numbers=["money.spend", "mechanisms.norm"], measures=None, contrast="lottery - none")
    assert found.words["path"].unique().tolist() == ["money.spend", "mechanisms.norm"] and found.numbers.empty
    assert "sustained_deep_use_1y" not in set(found.summary["measure"]), "says nothing against none"
    assert found.plot() is not None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"contrast": "directed_uniform"}, ["contrast", "'directed_uniform'", "two strategies"]),
        ({"contrast": "none - none"}, ["contrast", "two strategies"]),
        ({"contrast": "a - b - c"}, ["contrast", "two strategies"]),
        ({"contrast": []}, ["contrast", "empty"]),
        ({"contrast": 3}, ["contrast", "found 3"]),
        ({"contrast": [CONTRAST, "volunteer_uniform - directed_uniform"]}, ["named twice"]),
        ({"contrast": "directed_unifrom - none"}, ["directed_unifrom", "did you mean 'directed_uniform'"]),
        ({"measures": ["deep_usee"]}, ["deep_usee", "did you mean"]),
        ({"measures": []}, ["measures", "empty"]),
        ({"points": 19}, ["points", "found 19", "from 20"]),
        ({"points": 20.5}, ["points", "found 20.5"]),
        ({"seeds": 1}, ["seeds", "found 1", "from 2"]),
        ({"leading": 0}, ["leading", "found 0"]),
        ({"numbers": ["trial.qq"]}, ["trial.qq", "did you mean"]),
        ({"numbers": ["structure.dose"]}, ["is a structure", "structures: dose"]),
        ({"numbers": ["trial.q", "trial.q"]}, ["trial.q", "twice"]),
        ({"numbers": ["initial_use.share"]}, ["initial_use.share", "holds it at a value"]),
        ({"numbers": "trial.q"}, ["numbers", "a list"]),
        ({"numbers": []}, ["numbers", "empty"]),
        ({"sections": ["trial"]}, ["numbers and sections", "one of them"]),
        ({"numbers": "all", "sections": ["trials"]}, ["trials", "did you mean 'trial'"]),
        ({"numbers": "all", "sections": ["mechanisms"]}, ["mechanisms has no number with a plausible range"]),
        ({"numbers": "all", "sections": ["structure"]}, ["structure has no number", "structures draws it"]),
        ({"structures": "dose"}, ["structures", "all, none or a list"]),
        ({"structures": ["doses"]}, ["no structure 'doses'", "did you mean 'dose'"]),
        ({"structures": ["dose"], "overrides": {"structure.dose": "hill"}}, ["dose", "holds it at a value"]),
        ({"rng": -1}, ["rng"]),
        ({"allow_code": "yes"}, ["allow_code"]),
    ],
)
def test_what_is_refused(said, words, tmp_path):
    with pytest.raises(DiffusionSimError) as error:
        run(tmp_path / "out", **said)
    assert all(word in str(error.value) for word in words), error.value
    assert not (tmp_path / "out").exists()


def test_a_folder_with_another_study_is_refused(tmp_path):
    (tmp_path / "study.yaml").write_text("id: other\n", "utf-8")
    with pytest.raises(StudyError, match="holds another study"):
        run(tmp_path)
    (tmp_path / "mine" / "draws").mkdir(parents=True)
    with pytest.raises(StudyError, match="no study of a robust run"):
        run(tmp_path / "mine")


def test_a_scenario_without_a_file_is_refused():
    from dataclasses import replace

    with pytest.raises(StudyError, match="has no file"):
        ds.robust(replace(load_scenario("mid_size_district"), path=None), CONTRAST)
