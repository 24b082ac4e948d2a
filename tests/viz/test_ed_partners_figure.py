"""The figure of the answer on staged districts, from made-up quantities."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from diffusion_sim.viz import ed_partners_figure as made

SHARES = {1: (0.4, 0.6, 0, 0, 0, 0), 2: (0.2, 0.5, 0.2, 0.1, 0, 0), 3: (0.1, 0.45, 0.25, 0.15, 0, 0.05),
          5: (0.02, 0.25, 0.25, 0.37, 0.01, 0.1)}  # fmt: skip
STAGES = (1, 2, 3, 4, 5, -1)


def stages(last=0.0):
    rows = []
    for year, shares in SHARES.items():
        its = dict(zip(STAGES, shares, strict=True))
        if year == 3:
            its[5] += last
        for stage, share in its.items():
            rows.append(("five_stages", year, stage, "districts", share, share, share, 9))
            rows.append(("five_stages_hurried", year, stage, "districts", 0.99, 0.99, 0.99, 9))
    return pd.DataFrame(rows, columns=["strategy", "year", "stage", "value", "mean", "low", "high", "n"])


def years():
    rows = []
    for number, arm in enumerate(made.ARMS):
        for year in range(6):
            for name, value in (("reach", 0.05 + 0.02 * year * number), ("deep_use", 0.02 + 0.01 * year)):
                rows.append((arm, year, name, value, value - 0.01, value + 0.01, 9))
    return pd.DataFrame(rows, columns=["strategy", "year", "value", "mean", "low", "high", "n"])


def answer_of(last=0.0):
    rows = [("five_stages.to_schools.end", 0.15, 0.1, 0.2, 9), ("five_stages.districts.5.end", last, 0.0, 0.1, 9),
            ("five_stages.kept", 1.2, 1.1, 1.3, 9)]  # fmt: skip
    for arm, value in zip(made.ARMS, (0.10, 0.12, 0.08), strict=False):
        rows.append((f"{arm}.deep_use.after", value, value, value, 9))
    for number, who in enumerate(made.WHO):
        rows.append((f"lead.{who}.low.deep_use.after", -0.04 / (1 + number), -0.06, -0.001, 9))
        rows.append((f"lead.{who}.high.deep_use.after", 0.06 / (1 + number), 0.001, 0.08, 9))
    found = pd.DataFrame(rows, columns=["key", "mean", "low", "high", "n"])
    return SimpleNamespace(
        quantities=found, provenance={"replicates": 9}, tables={"stages": stages(last), "years": years()},
        scenario=SimpleNamespace(id="made_up"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def figure():
    return made.draw(answer_of())


def test_the_head_says_the_answer(figure):
    words = [text.get_text() for text in figure.texts]
    head = " ".join(words[0].split())
    assert head.startswith("After 3 years 15 of 100 districts have gone beyond their pilot schools and none is in")
    assert "brought 120 % is there two years after" in head
    assert "big-bang leaves 12 % of teachers in deep use then, the stages 10 %, broad superficial" in head
    assert "9 seeds" in words[1]


@pytest.mark.parametrize(("share", "told"), [(0.0, "none is"), (0.008, "1 stands"), (0.04, "4 stand")])
def test_the_last_stage_is_counted(share, told):
    assert f"and {told} in the last stage" in " ".join(made.draw(answer_of(share)).texts[0].get_text().split())


def test_bars_are_districts_by_stage(figure):
    bars = [bar.get_height() for bar in figure.axes[0].patches]
    assert len(bars) == 4 * 6 and sum(bars) == pytest.approx(400)
    shown = [text.get_text() for text in figure.axes[0].texts]
    assert {"45", "25", "15", "5", "37"} <= set(shown) and "99" not in shown


def test_every_arm_has_its_line_and_name(figure):
    for ax in figure.axes[1:3]:
        names = [text.get_text().rsplit(" ", 1)[0] for text in ax.texts]
        assert set(names) == {name for name, _, _ in made.ARMS.values()}


def test_leadership_low_and_high_are_told(figure):
    shown = [text.get_text() for text in figure.axes[3].texts]
    assert {"−4", "+6", "−2", "+3"} <= set(shown)


def test_nothing_leaves_the_figure(figure):
    figure.canvas.draw()
    for text in [*figure.texts, *(text for ax in figure.axes for text in (*ax.texts, *ax.get_yticklabels()))]:
        box = text.get_window_extent()
        assert box.x0 >= figure.bbox.x0 and box.x1 <= figure.bbox.x1, text.get_text()
        assert box.y0 >= figure.bbox.y0 and box.y1 <= figure.bbox.y1, text.get_text()
