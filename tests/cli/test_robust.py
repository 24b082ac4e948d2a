"""``diffusion-sim robust``: what it prints and writes."""

from __future__ import annotations

import json

from diffusion_sim.cli import call
from diffusion_sim.scenario.ranges_lock import digest
from tests.study.small_study import TINY

SET = [word for path, value in TINY.items() for word in ("--set", f"{path}={value}")]
WORDS = ["robust", "mid_size_district", "directed_uniform - volunteer_uniform", "--points", "20", "--numbers",
         "trial.q,stop.d0,pupils.dip", "--structures", "dose", "--measures", "deep_use,pupil_gain_sd",
         "--leading", "2", "--seeds-at-defaults", "2", "--workers", "1", *SET]  # fmt: skip


def test_it_prints_within_80_columns_and_writes(capsys, tmp_path):
    assert call([*WORDS, "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    flat = " ".join(out.split())
    assert "of 20 draws from our own ranges (uniform, independent)" in flat and digest() in out
    for part in ("Rank coefficients", "Switch points", "What to measure first", "Harm", "Inert here", "not forecasts"):
        assert part in out
    ours = out[out.index("directed_uniform - volunteer_uniform") : out.index("Harm, at the end")]
    assert max(map(len, ours.splitlines())) <= 80
    assert "probab" not in out
    assert {"summary.csv", "figure.png", "draws", "at_defaults"} <= {path.name for path in (tmp_path / "out").iterdir()}

    assert call([*WORDS, "--out", str(tmp_path / "out"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ranges"]["digest"] == digest() and len(said["summary"]) == 2 and said["summary"][0]["draws"] == 20


def test_what_is_wrong_is_one_line(capsys):
    few = ["lottery - none", "--points", "3"]
    everything = [*few, "--numbers", "everything"]
    free = ["lottery - none", "--at-equal-spending", "staged - lottery", "--at-equal-spending", "lottery - none"]
    for words, told in ((["directed_uniform"], "two strategies are allowed"), (few, "found 3"), (everything, "found 3"),
                        (free, "at_equal_spending: lottery - none: 'none' spends nothing")):  # fmt: skip
        assert call(["robust", "mid_size_district", *words]) == 2
        err = capsys.readouterr().err
        assert told in err and len(err.splitlines()) == 1 and "Traceback" not in err
