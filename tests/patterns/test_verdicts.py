"""Values over seeds, their intervals, and what follows for a reading."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.patterns.check import NO_EVIDENCE, by_seed, in_space, judged_row, summed_up
from diffusion_sim.patterns.record import MEDIAN, ODDS_RATIO, RATIO, RISK_RATIO, SHARE, Arm, Condition, Row
from diffusion_sim.patterns.tasks import Read
from diffusion_sim.patterns.verdicts import close_call, judge, median_interval, verdict

NAN = float("nan")


def seeds(**columns):
    return {name: np.array(values, float) for name, values in columns.items()}


def test_median():
    found = judge(Condition("", "x", 2.0, 4.0), seeds(x=[1, 2, 3, 9, NAN]))
    assert (found.value, found.n, found.verdict) == (2.5, 4, "holds")
    assert np.isnan(found.low), "no interval below six seeds"
    assert median_interval(np.arange(6.0)) == (0.0, 5.0)
    low, high = median_interval(np.arange(30.0))
    assert (low, high) == (9.0, 20.0), "the 10th and the 21st of 30: table of Conover"


def test_share():
    found = judge(Condition("", "x", 0.9, how=SHARE), seeds(x=[1] * 9 + [0]))
    assert found.value == 0.9 and found.verdict == "holds" and found.close
    assert found.low == pytest.approx(0.555, abs=1e-3) and found.high == pytest.approx(0.997, abs=1e-3)
    assert judge(Condition("", "x", 0.9, how=SHARE), seeds(x=[0, 0])).low == 0.0


def test_ratios_are_of_sums():
    assert judge(Condition("", "a b", how=RATIO), seeds(a=[1, 3], b=[1, 1])).value == 2.0
    assert judge(Condition("", "a b", how=RATIO), seeds(a=[1, 3], b=[0, 0])).value == np.inf
    for b in ([-1, -1], [0, 0]):
        assert judge(Condition("", "a b", 0.0, how=RATIO), seeds(a=[0, 0], b=b)).verdict == "no value"
    risks = seeds(a=[2, 2], b=[10, 10], c=[1, 1], d=[10, 10])
    assert judge(Condition("", "a b c d", how=RISK_RATIO), risks).value == 2.0
    assert judge(Condition("", "a b c d", how=ODDS_RATIO), risks).value == pytest.approx(4.5 * 18.5 / (2.5 * 16.5))
    spread = judge(Condition("", "a b", 0.4, 0.6, RATIO), seeds(a=[0, 1] * 15, b=[1, 1] * 15))
    assert spread.low < 0.4 < spread.value < spread.high and spread.close
    assert judge(Condition("", "a b", how=RATIO), seeds(a=[1, NAN], b=[2, 1])).n == 1


def test_reading():
    asked = (Condition("", "x", 0.0), Condition("", "y", 0.0), Condition("", "z"))
    for x, y, z, word in ((1, 1, NAN, "holds"), (1, -1, 1, "fails"), (NAN, 1, 1, "no value"), (NAN, -1, 1, "fails")):
        data = seeds(x=[x], y=[y], z=[z])
        assert verdict(asked, [judge(one, data) for one in asked]) == word


def test_close_calls():
    spread, sure = [-3.0, -1.0, 0.2, 0.4, 1.0, 2.0, 3.0], [1.0] * 7
    one, two = Condition("", "x", 0.0), Condition("", "y", 0.0)

    def close(x, y):
        data = seeds(x=x, y=y)
        return close_call((one, two), [judge(one, data), judge(two, data)])

    assert close(spread, sure) and not close(sure, sure)
    assert not close(spread, [-1.0] * 7), "what fails is clear"
    assert close([-v for v in spread], sure)


ROW = Row(
    "A1", "t", "s", "so", "seen", "H", "m", "four", {"none": Arm("none")}, lambda at: {}, (Condition("w", "x", 0.0),),
    (Condition("w", "x", 0.0), Condition("v", "y", 1.0, how=MEDIAN)), "norm",
)  # fmt: skip


def reads(values, off="", draw=-1):
    return [Read("A1", seed, off, draw, {"x": x, "y": y}, "") for seed, (x, y) in enumerate(values)]


def test_a_row_that_holds_with_its_mechanism_off_is_no_evidence():
    usual = by_seed(ROW, reads([(1, 2), (1, 2)]))
    line = judged_row(ROW, usual, by_seed(ROW, reads([(0, 1), (0, 1)])))
    assert (line["literal"], line["sharper"], line["sharper_off"]) == ("holds",) * 3
    assert line["evidence"] == NO_EVIDENCE
    line = judged_row(ROW, usual, by_seed(ROW, reads([(0, 0), (0, 0)])))
    assert (line["literal_off"], line["sharper_off"], line["evidence"]) == ("holds", "fails", "fails with it off")
    assert judged_row(ROW, usual, None)["evidence"] == ""


def test_share_of_draws():
    found = [*reads([(1, 2)], draw=0), *reads([(1, 0)], draw=1), *reads([(NAN, 2)], draw=2)]
    assert in_space(ROW, found, 3) == (1.0, 3.0)
    assert np.isnan(in_space(ROW, found, 0)[1])


def test_tables_and_what_failed():
    failed = Read("A1", 9, "", -1, {"x": NAN, "y": NAN}, "ValueError: no")
    found = summed_up([ROW], [*reads([(1, 2), (1, 2)]), failed, *reads([(1, 2)] * 2, "trust")], 3, 0, 1, "trust")
    assert found.rows["mechanism"].tolist() == ["trust"] and found.rows["sharper"].tolist() == ["holds"]
    assert found.conditions["n"].tolist() == [2, 2, 2]
    assert found.notes == ["1 rows on seeds failed; the first: A1, seed 9: ValueError: no"]
    assert len(found.values) == 10 and len(found.digest) == 12
