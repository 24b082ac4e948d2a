"""The list of inert numbers: made from two folders of results, and what it leaves out."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.analysis.robust import inert_list
from diffusion_sim.analysis.robust.asked import ask
from diffusion_sim.analysis.robust.inert_list import make, write
from diffusion_sim.errors import StudyError
from diffusion_sim.scenario import load_scenario
from diffusion_sim.scenario.ranges_lock import digest

PLAIN = {"points": 20, "seeds": 2, "rng": 1, "structures": "none", "overrides": None, "allow_code": False}


def results(folder, coefficients, contrasts=("a - b",), ranges=None, **said):
    """A folder as a robust run writes it. coefficients : (contrast, path) -> those of its measures."""
    folder.mkdir()
    rows = [(pair, f"m{k}", path, value) for (pair, path), its in coefficients.items() for k, value in enumerate(its)]
    pd.DataFrame(rows, columns=["contrast", "measure", "path", "coefficient"]).to_csv(folder / "coefficients.csv")
    drawn = {path: [0.6, 1.2] for _, path in coefficients if not path.startswith("structure")} | (ranges or {})
    about = {"scenario": {"id": "x"}, "points": 500, "seeds": 2, "rng": 1, "contrasts": list(contrasts),
             "ranges": {"digest": digest(), "locked": digest()}, "drawn_from": drawn, **said}  # fmt: skip
    (folder / "provenance.json").write_text(json.dumps(about), "utf-8")
    return folder


@pytest.fixture
def two(tmp_path):
    one = {
        ("a - b", "trial.q"): [0.01, -0.05], ("a - b", "stop.d0"): [0.02, 0.01], ("a - b", "pupils.dip"): [-0.06, 0.0],
        ("a - b", "stop.alone"): [0.0, 0.0], ("a - b", "trial.never"): [None, None], ("a - b", "structure.dose"): [0.0],
    }  # fmt: skip
    other = {
        ("c - d", "trial.q"): [0.059, None], ("c - d", "stop.d0"): [0.02, 0.03], ("c - e", "stop.d0"): [0.0, -0.07],
        ("c - d", "pupils.dip"): [0.0, 0.0], ("c - d", "trial.never"): [0.0, 0.0], ("c - d", "structure.dose"): [0.0],
    }  # fmt: skip
    return results(tmp_path / "one", one), results(tmp_path / "two", other, ["c - d", "c - e"], points=800)


def test_what_moved_nothing_in_both_is_listed(two):
    said = make(*two)
    # stop.d0 moves c - e, pupils.dip reaches .06, stop.alone was drawn once, of trial.never the first run knows nothing
    assert said["inert"] == [{"path": "trial.q", "range": [0.6, 1.2], "largest": 0.059}]
    assert said["ranges"] == digest()
    assert said["runs"][1] == {"name": "two", "points": 800, "seeds": 2, "rng": 1, "contrasts": ["c - d", "c - e"]}


@pytest.fixture
def listed(monkeypatch, tmp_path):
    """A list of one's own instead of the shipped one."""

    def put(entries, ranges=None):
        text = json.dumps({"ranges": ranges or digest(), "runs": [], "inert": entries})
        (tmp_path / "inert.yaml").write_text(text, "utf-8")
        monkeypatch.setattr(inert_list, "FILE", tmp_path / "inert.yaml")

    return put


def test_the_file_that_is_written_is_the_one_that_is_read(two, listed, tmp_path):
    listed([])
    write(*two)
    text = inert_list.FILE.read_text("utf-8")
    assert text.startswith("# Numbers that moved nothing in two robust runs") and '"largest": 0.059' in text
    own = load_scenario("mid_size_district").number("trial.q").range
    assert inert_list.inert_in(load_scenario("mid_size_district")) == ({"trial.q"} if own == (0.6, 1.2) else set())
    write(*two, tmp_path / "elsewhere.yaml")
    assert (tmp_path / "elsewhere.yaml").read_text("utf-8") == text


def q(low=None):
    own = load_scenario("mid_size_district").number("trial.q").range
    return {"path": "trial.q", "range": [own[0] if low is None else low, own[1]], "largest": 0.05}


def test_listed_numbers_are_not_drawn_unless_everything_is(listed):
    def drawn(**said):
        how = {**PLAIN, "numbers": "all", "sections": None, **said}
        asked = ask("mid_size_district", "lottery - none", None, **how)
        return set(asked.numbers), asked.left_out

    before, none = drawn()
    assert none == () and "trial.q" in before, "the list is shipped empty"
    listed([q()])
    assert drawn() == (before - {"trial.q"}, ("trial.q",))
    assert drawn(numbers="everything") == (before, ())
    assert drawn(numbers=["trial.q"]) == ({"trial.q"}, ()), "who names it wants it"
    assert drawn(overrides={"trial.q": 0.9}) == (before - {"trial.q"}, ()), "held is not left out"
    trial, left_out = drawn(sections=["trial"])
    assert "trial.q" not in trial and left_out == ("trial.q",)
    assert "trial.q" in drawn(sections=["trial"], numbers="everything")[0]


def test_a_number_of_another_range_is_drawn(listed):
    sc = load_scenario("mid_size_district")
    listed([q(low=0.123)])
    assert inert_list.inert_in(sc) == set()
    listed([q()], ranges="0123456789ab")
    assert inert_list.inert_in(sc) == set() and "0123456789ab" in inert_list.out_of_date()
    listed([q()])
    assert inert_list.inert_in(sc) == {"trial.q"} and inert_list.out_of_date() == ""


def test_where_all_are_listed_that_is_said(listed):
    sc = load_scenario("mid_size_district")
    trial = [path for path in sc.numbers if path.startswith("trial.") and sc.number(path).drawable]
    listed([{"path": path, "range": list(sc.number(path).range), "largest": 0.0} for path in trial])
    with pytest.raises(StudyError, match="all of trial with a range are listed as inert; numbers: everything draws"):
        ask(sc, "lottery - none", None, **{**PLAIN, "numbers": "all", "sections": ["trial"]})


def test_the_page_says_how_many_were_left_out(listed, capsys):
    from diffusion_sim.cli import robust as page
    from tests.analysis.robust.test_robust import SAID

    listed([q()])
    said = {**SAID, "numbers": "all", "sections": ["trial"], "structures": "none"}
    found = ds.robust("mid_size_district", "lottery - none", ["reach"], **said)
    page.show_page(load_scenario("mid_size_district"), found, None, [])
    out = capsys.readouterr().out
    assert "1 number that is listed as inert is not drawn; --numbers everything draws it, too" in " ".join(out.split())
    assert found.provenance["listed_as_inert"] == ["trial.q"] and "p.trial.q" not in found.draws


def test_a_list_that_is_none_is_refused(listed, tmp_path):
    listed([])
    inert_list.FILE.write_text("ranges: x\ninert: [trial.q]\n", "utf-8")
    with pytest.raises(StudyError, match="inert.yaml: no list of inert numbers"):
        inert_list.inert_in(load_scenario("mid_size_district"))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"points": 499}, ["two", "found 499 points", "500 or more"]),
        ({"ranges": {"digest": "abc"}}, ["two", "ranges abc", digest()]),
        ({"drawn_from": {"trial.q": [0, 1]}}, ["trial.q", "[0, 1]", "[0.6, 1.2]"]),
        ({"drawn_from": None}, ["two", "has no drawn_from"]),
    ],
)
def test_folders_that_do_not_go_together(tmp_path, said, words):
    one = results(tmp_path / "one", {("a - b", "trial.q"): [0.0]})
    other = results(tmp_path / "two", {("c - d", "trial.q"): [0.0]}, ["c - d"], **{"points": 600})
    about = json.loads((other / "provenance.json").read_text("utf-8")) | said
    about = {key: value for key, value in about.items() if value is not None}
    (other / "provenance.json").write_text(json.dumps(about), "utf-8")
    with pytest.raises(StudyError) as error:
        make(one, other)
    assert all(word in str(error.value) for word in words), error.value


def test_the_same_run_twice_and_no_run(two, tmp_path):
    one, _ = two
    with pytest.raises(StudyError, match="are the same run"):
        make(one, one)
    copy = results(tmp_path / "copy", {("a - b", "trial.q"): [0.0]})
    with pytest.raises(StudyError, match="are the same run"):
        make(one, copy)
    assert make(one, results(tmp_path / "again", {("a - b", "trial.q"): [0.0]}, rng=2))["inert"]
    with pytest.raises(StudyError, match="provenance.json: cannot be read.*robust ... --out"):
        make(one, tmp_path / "nothing")
    (copy / "coefficients.csv").write_text("", "utf-8")
    with pytest.raises(StudyError, match="coefficients.csv: is not what a robust run writes"):
        make(copy, one)
