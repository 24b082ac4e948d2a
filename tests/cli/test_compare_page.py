"""The page of ``compare`` on narrow and wide terminals: what it says first, and nothing cut without a sign."""

from __future__ import annotations

import json
import re

import pytest

from diffusion_sim.analysis import harm
from diffusion_sim.analysis.compare import compare
from diffusion_sim.cli import compare as page
from diffusion_sim.cli import show
from diffusion_sim.cli.compare_tables import HEADLINE, title_and_unit
from diffusion_sim.scenario import load_scenario

SMALL = {"population.schools": 3, "programme.years_support": 1, "programme.years_after": 1}
ARMS = ["none", "volunteer_uniform", "volunteer_differentiated", "directed_uniform", "directed_differentiated",
        "directed_need_weighted"]  # fmt: skip


@pytest.fixture(scope="module")
def whole():
    said = {"replicates": 3, "workers": 1, "overrides": SMALL, "progress": False, "equal_spending": True}
    return compare("mid_size_district", ARMS, **said)


@pytest.fixture
def printed(monkeypatch, capsys):
    """The page at a width, in lines."""

    def _printed(comparison, width):
        from rich.console import Console

        console = Console(width=width, markup=False, highlight=False, emoji=False)
        monkeypatch.setattr(show, "_console", lambda: console)
        page.show_page(load_scenario("mid_size_district"), comparison, None, [])
        return capsys.readouterr().out.splitlines()

    return _printed


def one_line(lines):
    return " ".join(" ".join(lines).split())


@pytest.mark.parametrize("width", [80, 140])
def test_nothing_is_cut(whole, printed, width):
    lines = printed(whole, width)
    assert max(map(len, lines)) <= width
    text = one_line(lines)
    assert "…" not in text
    for name in ARMS:
        assert name in text
    means = whole.table.set_index(["measure", "strategy"])
    spans = whole.differences.set_index(["measure", "strategy"])
    joined = "".join("".join(lines).split())  # titles may be folded
    for measure in HEADLINE:
        title, unit = title_and_unit(measure)
        if measure.endswith("_2y"):  # the run is too short
            continue
        assert f"{title} ({unit})".replace(" ", "") in joined, measure
        for arm in ARMS:
            if (measure, arm) in means.index:
                assert show.number(float(means.loc[(measure, arm), "mean"]), unit) in text
            if (measure, arm) in spans.index and measure in ("reach", "pupil_gain_sd", "exposure_low_income"):
                row = spans.loc[(measure, arm)]
                assert show.interval(row["low"], row["high"], unit) in text
    for cell in whole.account["difference"]:
        assert abs(cell) < 0.05 or f"{cell:+.1f}" in text
    if width == 80:
        assert "in a wider terminal, and in --json" in text
    else:
        assert "better in" in text


def test_what_is_said_first(whole, printed):
    text = one_line(printed(whole, 140))
    words = ("deep use, low-income pupils (share)", "equity ratio of deep use (ratio)",
             "deep use, poorest quarter (share)", "equity gap in deep use (share)", "reach (share)")  # fmt: skip
    places = [text.index(word) for word in words]
    assert places == sorted(places)


def test_cells_against_none_have_a_sign_and_one_footnote(whole, printed):
    lines = printed(whole, 140)
    begin = next(i for i, line in enumerate(lines) if "equity ratio of deep use (ratio)" in line)
    block = [line.split() for line in lines[begin + 1 : begin + 1 + len(ARMS)]]
    assert [cells[0] for cells in block] == ARMS
    assert len(block[0]) == 2 and all(cells[2:] == ["*"] for cells in block[1:])  # no interval, no share
    first = lines[: next(i for i, line in enumerate(lines) if "The same at equal spending" in line)]
    assert one_line(first).count("* no difference to none:") == 1


def test_another_baseline_has_no_sign(printed):
    found = compare("mid_size_district", ARMS[1:3], baseline=ARMS[1], replicates=2, workers=1, overrides=SMALL,
                    progress=False)  # fmt: skip
    text = one_line(printed(found, 140))
    assert " * " not in text and "* no difference" not in text
    assert harm.UNKNOWN in text


def test_the_ratio_is_printed_as_a_product(whole, printed):
    lines = printed(whole, 80)
    begin = next(i for i, line in enumerate(lines) if re.search(r"ratio +began +went on +deep +places +hours", line))
    means = whole.table.set_index(["measure", "strategy"])["mean"]
    for name, line in zip(ARMS, lines[begin + 2 :], strict=False):
        cells = line.split()
        assert cells[0] == name and cells[1] == show.number(float(means["equity_ratio", name]), "ratio")
        if "-" not in cells[1:5]:
            ratio, began, went_on, deep = map(float, cells[1:5])
            assert began * went_on * deep == pytest.approx(ratio, rel=0.02)  # three digits each
    assert f"{100 * means['places_low_income_support_end', 'directed_uniform']:.0f}/100" in one_line(lines)
    came = "/".join(f"{100 * means[f'comers_{who}', 'directed_uniform']:.0f}" for who in ("low_income", "other"))
    assert f"directed_uniform {came}" in one_line(lines)  # in a line, where a column has no room
    assert any(re.search(r"places +hours +comers", line) for line in printed(whole, 140))


def test_harm_and_money_are_said(whole, printed):
    text = one_line(printed(whole, 140))
    for name, said in harm.lines(whole.harm).items():
        assert f"{name}: {said}" in text
    assert text.count("Harm, at the end of the run") == 2  # at equal spending, too
    assert "net cost per pupil and year of the run (US dollars per pupil and school year)" in text
    assert "net spending of the whole run per .1 SD of gain, against none (US dollars per pupil)" in text
    assert "equal spending, net US dollars a pupil and year of the run: volunteer_uniform " in text


def test_json_says_it(whole):
    found = json.loads(json.dumps(show.plain(page.as_said(load_scenario("mid_size_district"), whole, None, []))))
    assert found["harm"]["said"] == harm.lines(whole.harm)
    assert [row["worse"] for row in found["harm"]["table"]] == whole.harm["worse"].tolist()
    assert found["equal_spending"]["harm"]["said"]
    assert not {"equity_gap", "cost_total"} & {row["measure"] for row in found["differences"]}
