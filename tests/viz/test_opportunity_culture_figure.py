"""The figure of the answer on teams, from made-up quantities."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from diffusion_sim.viz import opportunity_culture_figure as made

MATHS, READING = (41.0, 47.0, 55.0, 65.0, 78.0), (40.0, 44.0, 51.0, 58.0, 67.0)
NET = (68.0, 40.0, 24.0, -12.0, -10.0)


def quantities(years=5):
    rows = []
    for k in range(1, 6):
        n = 9 if k <= years else 0
        for name, value in (("maths", MATHS), ("reading", READING), ("maths_article", MATHS)):
            rows.append((f"{name}_{k}", value[k - 1], value[k - 1] - 3, value[k - 1] + 3, n))
        rows.append((f"before_{k}", 43.0, 41.0, 45.0, n))
        rows.append((f"net_year_{k}", NET[k - 1], NET[k - 1] - 5, NET[k - 1] + 5, 9))
    for arm in made.ARMS:
        rows += [(f"gain_{arm}", 0.2, 0.1, 0.3, 9), (f"net_{arm}", 22.0, 20.0, 24.0, 9)]
    for name in made.LEFT:
        rows += [(f"{name}_{subject}", 0.03, 0.02, 0.04, 9) for subject in ("maths", "reading")]
    return pd.DataFrame(rows, columns=["key", "mean", "low", "high", "n"])


def answer_of(found):
    return SimpleNamespace(
        quantities=found, provenance={"replicates": 9}, draws=pd.DataFrame(), scenario=SimpleNamespace(id="made_up")
    )


@pytest.fixture
def answer():
    return answer_of(quantities())


def test_the_head_says_the_answer(answer):
    words = [text.get_text() for text in made.draw(answer).texts]
    assert " ".join(words[0].split()) == (
        "In the third year of a team its median teacher stands at percentile 55 in mathematics and 51 in reading, from "
        "43 without teams; in year 5 at 78 and 67. The article says 75 to 85 and 66 to 72"
    )
    assert "9 seeds" in words[1]


def test_every_year_arm_and_contrast_has_its_marks(answer):
    places, money, left, arms = made.draw(answer).axes
    lines = [list(line.get_ydata()) for line in places.lines]
    assert list(MATHS) in lines and list(READING) in lines and [43.0] * 5 in lines
    assert [bar.get_height() for bar in money.patches] == list(NET)
    assert [text.get_text() for text in money.texts] == ["68", "40", "24", "−12", "−10"]
    assert len(arms.get_yticklabels()) == 4 and [text.get_text() for text in arms.texts] == ["$22"] * 4
    assert [text.get_text() for text in left.texts] == [".030"] * 6


def test_years_that_nobody_came_to_are_left_out():
    places = made.draw(answer_of(quantities(years=4))).axes[0]
    assert list(MATHS[:4]) in [list(line.get_ydata()) for line in places.lines]


def test_nothing_leaves_the_figure(answer):
    figure = made.draw(answer)
    figure.canvas.draw()
    for text in [*figure.texts, *(text for ax in figure.axes for text in (*ax.texts, *ax.get_yticklabels()))]:
        box = text.get_window_extent()
        assert box.x0 >= figure.bbox.x0 and box.x1 <= figure.bbox.x1, text.get_text()
        assert box.y0 >= figure.bbox.y0 and box.y1 <= figure.bbox.y1, text.get_text()
