"""Numbers that pages and scenarios cite from the articles, against a second reading of the articles.

experiments/<system>/cited.csv was typed by who made the system's scenario; second_reading.csv by somebody who read the
articles alone, without having seen it.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXPERIMENTS = HERE.parents[1] / "experiments"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


SECOND = rows(HERE / "second_reading.csv")
CITED = {path.parent.name: rows(path) for path in sorted(EXPERIMENTS.glob("*/cited.csv"))}


def same_unit(one: str, other: str) -> bool:
    """Units of one thing: "models" and "statistical models"."""
    return bool(set(one.lower().split()) & set(other.lower().split()))


def read_again(system: str, row: dict[str, str]) -> bool:
    value = float(row["value"])
    its = [one for one in SECOND if one["system"] == system and float(one["value"]) == value]
    return any(same_unit(one["unit"], row["unit"]) for one in its)


def test_systems_cite_their_articles():
    assert set(CITED) >= {"improvement_networks", "opportunity_culture"}
    assert all(len(cited) >= 3 for cited in CITED.values())


@pytest.mark.parametrize("system", CITED)
def test_the_second_reading_found_the_same_numbers(system):
    missing = [f"{row['key']}: {row['value']} {row['unit']}" for row in CITED[system] if not read_again(system, row)]
    assert missing == []


def test_a_number_that_the_article_does_not_state_would_be_noticed():
    assert not read_again("opportunity_culture", {"value": "73", "unit": "percentile"})
    assert not read_again("opportunity_culture", {"value": "72", "unit": "months"})
