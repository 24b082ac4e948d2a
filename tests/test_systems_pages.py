"""Pages of systems are what their texts and findings make; a place that cannot be filled is one clear error."""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "experiments"))
pages = importlib.import_module("systems_page")
sys.path.pop(0)
SYSTEMS = sorted(file.parent.name for file in (ROOT / "experiments").glob("*/page.in.md"))


@pytest.mark.parametrize("system", SYSTEMS)
def test_pages_are_what_is_made(system):
    for page, text in pages.made(system).items():
        assert page.read_text("utf-8") == text, f"python experiments/systems_page.py {system}"
        assert f"python experiments/systems_page.py {system}" in text


@pytest.fixture
def small(tmp_path):
    """A repository with one system; returns a function that makes its page of a text."""
    home = tmp_path / "experiments" / "net"
    (home / "findings").mkdir(parents=True)
    files = {
        "quantities.csv": "key,mean,low,high,n\neffect,0.0123,-0.004,0.5,8\n"
        "price,1234.5,1200,1300,8\nzero,-0.0001,-1,1,8\n",
        "statements.csv": (
            "key,text,value,low,high,holds,told,holds_in,draws,draws_low,draws_median,draws_high\n"
            "effect,It works,0.01,-0.004,0.5,True,False,3,4,-0.1,0.2,0.3\n"
            "price,It is cheap,1234.5,1200,1300,False,True,0,4,1,2,3\n"
        ),
        "drivers.csv": "key,text,number,rank_correlation,holds_lower,lower,holds_upper,upper\n"
        "effect,It works,trial.p,-0.51,2,2,1,2\n",
        "answer.txt": "Q\n\n  One.\n  Two.\n\nCost\n  a: 5 dollars\n\nHarm\n  a: none\n",
        "provenance.json": json.dumps({"replicates": 8, "draws": 4}),
    }
    for name, text in files.items():
        (home / "findings" / name).write_text(text)

    def page(text: str) -> str:
        (home / "page.in.md").write_text(text)
        return pages.made("net", tmp_path)[tmp_path / "docs" / "systems" / "net.md"]

    return page


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("effect", "+.012 (-.004 to +.500)"),
        ("effect | x100 | 1 | mean", "+1.2"),
        ("price | 0 | plain | mean", "1,234"),
        ("zero | mean", ".000"),
        ("holds It works", "yes"),
        ("draws It works", "3 of 4"),
        ("fails It works", "1 of 4"),
        ("count It works", "3"),
        ("spread It\nworks | 1", "+.2 (-.1 to +.3)"),
        ("lines", "- One.\n- Two."),
        ("harm", "- a: none"),
        ("table quantities | key=effect | plain | mean", "| mean |\n| --- |\n| .012 |"),
        ("table quantities | key=effect | mean", "| mean |\n| --- |\n| +.012 |"),
        ("table quantities | key=zero | key as what, n", "| what | n |\n| --- | --- |\n| zero | 8 |"),
        ("in findings | effect | 1 | mean", ".0"),
        ("table quantities | key=zero;price | key, n", "| key | n |\n| --- | --- |\n| price | 8 |\n| zero | 8 |"),
        ("told statements | text=It works | draws", "4"),
        ("answer a: ... dollars", "5"),
        ("findings", "diffusion-sim answer net --space 4 --replicates 8 --out experiments/net/findings"),
    ],
)
def test_a_place(small, place, text):
    assert small("a {{" + place + "}} b") == f"a {text} b"


def test_tables_of_statements_and_drivers(small):
    said = small("{{statements}}\n\n{{drivers}}")
    assert "| It works | yes, not told from chance | 3 of 4 |" in said and "| It is cheap | no | 0 of 4 |" in said
    assert "| It works | `trial.p` -.51: 2 of 2, 1 of 2 |" in said


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("efect", "no quantity of that name"),
        ("effect | twice", "option 'twice'"),
        ("draws It", "2 begin so"),
        ("table nothing", "there is none"),
        ("in elsewhere | effect", "elsewhere: there are no findings"),
        ("table quantities | kye=zero", "column 'kye'"),
        ("table quantities | key=nobody", "no rows"),
        ("told quantities | key=nobody | n", "0 rows"),
        ("told quantities | key=zero | m", "a column of"),
        ("answer no ... such", "found 0 times"),
    ],
)
def test_a_place_that_cannot_be_filled(small, place, told):
    with pytest.raises(pages.PageError, match=told):
        small("{{" + place + "}}")


def test_without_findings(tmp_path):
    with pytest.raises(pages.PageError, match="there are no findings"):
        pages.made("net", tmp_path)


def test_committed_records_name_no_folder_of_a_machine():
    """Who made findings on which machine in which folder is nobody's affair."""
    records = sorted((ROOT / "experiments").glob("*/findings*/provenance.json"))
    assert len(records) >= 3
    for record in records:
        assert not re.search(r'"(/|[A-Z]:\\\\)[\w.-]+/', record.read_text("utf-8")), record
