"""The figure of the answer on improvement networks, from made-up quantities."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from diffusion_sim.systems.network_arms import AS_THEY_ARE, EFFECTIVE, LEVERS, TYPICAL
from diffusion_sim.viz import improvement_networks_figure as made


@pytest.fixture
def answer():
    rows = [(f"{arm}.{name}", mean, mean - 0.5, mean + 0.5, 9)
            for arm, means in ((AS_THEY_ARE, (9.0, 6.0, 1.2)), (TYPICAL, (9.0, 5.0, 0.0)), (EFFECTIVE, (9.0, 8.0, 4.8)))
            for (name, _, _), mean in zip(made.BARS, means, strict=True)]  # fmt: skip
    rows += [(f"{way}.{lever}.{name}", float(number), -1.0, 9.0, 9) for name in ("scaled", "new_area")
             for way in ("add", "drop") for number, lever in enumerate(LEVERS)]  # fmt: skip
    quantities = pd.DataFrame(rows, columns=["key", "mean", "low", "high", "n"])
    return SimpleNamespace(quantities=quantities, provenance={"replicates": 9}, draws=pd.DataFrame())


def test_every_arm_and_lever_has_its_marks(answer):
    figure = made.draw(answer)
    left, middle, right = figure.axes
    widths = sorted(bar.get_width() for bar in left.patches)
    assert widths == [0.0, 1.2, 4.8, 5.0, 6.0, 8.0, 9.0, 9.0, 9.0]
    for ax in (middle, right):
        marks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() in ("o", "s")]
        assert sorted(marks) == sorted(2 * [float(number) for number in range(len(LEVERS))])
    assert len(middle.get_yticklabels()) == len(made.LEVERS) == len(LEVERS) and set(made.LEVERS) == set(LEVERS)


def test_the_head_says_the_answer(answer):
    words = [text.get_text() for text in made.draw(answer).texts]
    assert words[0] == "Of nine improvement networks 9 claim success and 1.2 truly scale what works"
    assert "9 seeds" in words[1] and not any("draws" in word for word in words)


def test_nothing_leaves_the_figure(answer):
    figure = made.draw(answer)
    figure.canvas.draw()
    whole = figure.bbox
    for text in [*figure.texts, *(label for ax in figure.axes for label in ax.get_yticklabels())]:
        box = text.get_window_extent()
        assert box.x0 >= whole.x0 and box.x1 <= whole.x1, text.get_text()


@pytest.mark.parametrize(("value", "said"), [(9.0, "9"), (1.23, "1.2"), (0.0, "0"), (0.04, "0")])
def test_counts(value, said):
    assert made.count(value) == said
