"""Every number that a page states about results is what its file says, and none stands on a page without a file."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "experiments"))
claims = importlib.import_module("claims")
sys.path.pop(0)
ALL = claims.read()


@pytest.mark.parametrize("claim", ALL.claims.values(), ids=lambda claim: claim.id)
def test_the_page_says_what_the_file_says(claim):
    assert not claims.complaint(ALL, claim)


def test_every_page_is_listed():
    assert not claims.unlisted(ALL), "say in experiments/claims.yaml, pages: made_by, sections or no_results"


@pytest.mark.parametrize("page", ALL.pages)
def test_no_number_of_a_result_stands_outside_a_claim(page):
    assert not claims.unclaimed(ALL, page), "make them claims, or say under not_results what they are"


@pytest.mark.parametrize("page", [page for page, said in ALL.pages.items() if "made_by" in said])
def test_a_page_that_is_made_says_by_what(page):
    """Or another test makes it again and compares (docs/measures.md)."""
    told = " ".join((ROOT / page).read_text("utf-8").split())
    assert ALL.pages[page]["made_by"] in told or page == "docs/measures.md"


# ---- a small repository ----------------------------------------------------------------------------------------------
YAML = """\
results:
  study: {folder: found, made_by: python study.py, version: 0.1.0}
pages:
  README.md: {sections: [Results]}
not_results:
- {page: README.md, text: Intervals are 95 %, why: a definition}
claims:
- id: lead
  page: README.md
  text: >-
    A directive is ahead by {lead}, and {users} of teachers use it ({left} of 3 measures; {times} times, {cost} more).
  measure: reach
  results: study
  table: contrasts
  values:
    lead: {of: a - b, what: difference, with_interval: true, digits: 3}
    users: {of: a, what: mean, table: means}
    left: {of: a - b, what: difference, row: {measure: [reach, depth, gap]}, over: count, above: 0, digits: 0}
    times: {of: a, what: mean, table: means, measure: cost, divided_by: {of: b}, digits: 1}
    cost: {of: a, what: mean, table: means, measure: cost, minus: {of: b}, digits: 0}
"""
PAGE = """\
# Results of version 0.1.0

Not looked at: .99.

## Results

Intervals are 95 %. A directive is ahead by .102 (-.004 to .208), and .33
of teachers use it (2 of 3 measures; 2.5 times, 1,500 more). `trial.p=0.2`.

| a table |
|---|
| 4 |
"""


@pytest.fixture
def small(tmp_path):
    """A repository with one page, one claim and its files; returns a function that reads it with texts replaced."""
    (tmp_path / "experiments").mkdir()
    (tmp_path / "found").mkdir()
    rows = ["a,b,reach,0.1024,-0.0041,0.2079", "a,b,depth,-0.2,-0.3,-0.1", "a,b,gap,0.01,0,0.1"]
    contrasts = "\n".join(["strategy,baseline,measure,difference,low,high", *rows])
    (tmp_path / "found" / "contrasts.csv").write_text(contrasts, "utf-8")
    (tmp_path / "found" / "means.csv").write_text("strategy,reach,cost\na,0.334,2500\nb,0.1,1000\n", "utf-8")

    def made(said=("", ""), page=("", "")):
        assert said[0] in YAML and page[0] in PAGE
        (tmp_path / "experiments" / "claims.yaml").write_text(YAML.replace(*said, 1), "utf-8")
        (tmp_path / "README.md").write_text(PAGE.replace(*page, 1), "utf-8")
        return claims.read(tmp_path)

    return made


def problem(found):
    return claims.complaint(found, found.claims["lead"])


def test_a_claim_that_holds(small):
    found = small()
    assert problem(found) == "" and claims.unclaimed(found, "README.md") == [] and claims.unlisted(found) == []


@pytest.mark.parametrize(
    "page, told",
    [
        ((".102", ".103"), "lead: the page says .103 (-.004 to .208), the file .102 (-.004 to .208)"),
        (("2 of 3", "3 of 3"), "left: the page says 3, the file 2"),
        (("2.5 times", "2.4 times"), "times: the page says 2.4, the file 2.5"),
        (("1,500", "1,600"), "cost: the page says 1,600, the file 1,500"),
        (("is ahead", "leads"), "no sentence of this form"),
        (("of version 0.1.0", "of today"), "made with 0.1.0, this is"),
    ],
)
def test_a_page_that_says_something_else(small, page, told):
    assert told in problem(small(page=page))


def test_a_number_outside_any_claim(small):
    assert "12 %" in claims.unclaimed(small(page=("| 4 |", "| 12 % |")), "README.md")[0]
    for text in ("by .07", "1.2 times", "$3 million"):
        assert len(claims.unclaimed(small(page=("| 4 |", f"| {text} |")), "README.md")) == 1
    (small().root / "docs").mkdir()
    (small().root / "docs" / "new.md").write_text("# New\n", "utf-8")
    assert claims.unlisted(small()) == ["docs/new.md"]


@pytest.mark.parametrize(
    "said, told",
    [
        (("table: contrasts", "table: gone"), r"values\.lead\.table: found 'gone'; a table of found is allowed"),
        (("of: a - b, what: difference, with", "of: a - c, what: difference, with"),
         r"values\.lead\.row\.baseline: found 'c'; in contrasts there are b"),
        (("what: mean, table: means}", "what: mean, table: means, column: depth}"),
         r"values\.users\.column: found 'depth'; columns of means are allowed: strategy, reach, cost"),
        (("over: count, above: 0, ", ""), r"values\.left\.row: .*one row is allowed .* there are 3"),
        (("what: mean, table: means}", "what: average, table: means}"), r"values\.users\.what: found 'average'; mean"),
        (("page: README.md\n", "page: docs/gone.md\n"), r"claims\.lead\.page: found 'docs/gone.md'; a page of"),
        (("{lead}", "{led}"), r"claims\.lead\.text: found .*; a place for each value, once, is allowed: lead, users"),
        (("  table: contrasts\n", ""), r"values\.lead\.table: found None; it is needed"),
        (("digits: 3", "places: 3"), r"values\.lead\.places: found 3; of, measure, .* are allowed"),
        (("sections: [Results]", "sections: [Gone]"), r"pages\.README\.md\.sections: found 'Gone'; all, or a list"),
        (("text: Intervals", "text: All"), r"not_results\.text: found 'All are 95 %'; words of README\.md are allowed"),
        (("results: study", "results: other"), r"values\.lead\.results: found 'other'; study are allowed"),
    ],
)  # fmt: skip
def test_what_is_gone_is_told_in_one_error(small, said, told):
    with pytest.raises(claims.ClaimsError, match=r"^experiments/claims\.yaml: .*" + told):
        found = small(said=said)
        problem(found)
        claims.unclaimed(found, "README.md")


def test_a_page_is_brought_up_to_its_file(small):
    found = small()
    path = found.root / "found" / "means.csv"
    path.write_text(path.read_text("utf-8").replace("0.334", "0.4469"), "utf-8")
    assert "users: the page says .33, the file .45" in problem(found)
    claims.write(found, found.claims["lead"])
    assert problem(found) == "" and "and .45\nof teachers" in (found.root / "README.md").read_text("utf-8")


def test_the_command_prints_all_claims(small, monkeypatch, capsys):
    root = small(page=(".33", ".34")).root
    found = claims.read(root)  # of the page with .34
    monkeypatch.setattr(claims, "read", lambda: found)
    for arguments, code in (([], 1), (["--write"], 0)):
        monkeypatch.setattr(sys, "argv", ["claims.py", *arguments])
        with pytest.raises(SystemExit) as end:
            claims.main()
        assert end.value.code == code
    told = capsys.readouterr().out
    assert "users: the page says .34, the file .33" in told and "1 claims, 0 of which differ" in told
    assert "ahead by .102 (-.004 to .208), and .33 of teachers" in told
    assert (root / "README.md").read_text("utf-8") == PAGE


def test_zero_has_no_sign():
    assert [claims.written(x, {"digits": 3}) for x in (-0.0004, -0.0006, 0.9996, -1.5, 12345)] == [
        ".000", "-.001", "1.000", "-1.500", "12,345.000",
    ]  # fmt: skip
    assert claims.written(5982, {"digits": -3}) == "6,000"
    assert claims.written(0.634, {"scale": 100, "digits": 0}) == "63"


def test_none_decays_is_made_by_its_script(monkeypatch):
    """Two seeds instead of thirty: the kept file's columns, and the change is the difference of the two means."""
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    module = importlib.import_module("none_decays")
    monkeypatch.setattr(module, "SEEDS", range(1, 3))
    table = module.table()
    assert module.OUT.read_text("utf-8").splitlines()[0].split(",") == list(table.columns)
    made = table.set_index("when")
    assert made.loc["end - start", "mean"] == pytest.approx(made.loc["end", "mean"] - made.loc["start", "mean"])
    assert (made["n"] == 2).all()
