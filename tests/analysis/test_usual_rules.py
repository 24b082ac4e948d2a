"""Own rules against the usual ones: paired on the same seeds, right by hand, and what is missing is said first."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.errors import StudyError

RULES = """
import math

def no_peers(exposure):
    return 0.0

def fails_under_a_mandate(exposure, mandated):
    return math.nan if mandated else 0.1
"""
ARMS = ["none", "volunteer_uniform"]


def compare(folder, name, **more):
    (folder / "rules.py").write_text(RULES)
    rules = None if name is None else {"peer_force": f"{folder / 'rules.py'}:{name}"}
    how = {"replicates": 3, "workers": 1, "allow_code": True, "progress": False, "overrides": {"population.schools": 8}}
    return ds.compare("mid_size_district", ARMS, rules=rules, **how, **more)


def test_own_against_usual(tmp_path):
    """Means and differences are those of two comparisons made apart."""
    found = compare(tmp_path, "no_peers", against_usual=True)
    usual, own = compare(tmp_path, None), compare(tmp_path, "no_peers")
    assert own.runs.drop(columns="seconds").equals(found.runs.drop(columns="seconds"))
    table = found.against_usual.set_index(["strategy", "measure"])
    assert set(table.index.get_level_values(0)) == set(ARMS)
    for arm in ARMS:
        for measure in ("reach", "deep_use"):
            pair = [c.runs[c.runs["strategy"] == arm][measure].to_numpy() for c in (own, usual)]
            row = table.loc[(arm, measure)]
            values = [row["own"], row["usual"], row["difference"], row["n"]]
            np.testing.assert_allclose(values, [pair[0].mean(), pair[1].mean(), (pair[0] - pair[1]).mean(), 3])
            assert row["low"] <= row["difference"] <= row["high"]
    assert found.usual_series.drop(columns="strategy").equals(usual.series.drop(columns="strategy"))


def test_without_own_rules_there_is_nothing_to_hold_against(tmp_path):
    with pytest.raises(StudyError, match="against_usual: there are no rules of your own"):
        compare(tmp_path, None, against_usual=True)
    with pytest.raises(StudyError, match="against_usual: found 1; True or False"):
        compare(tmp_path, "no_peers", against_usual=1)


@pytest.mark.slow  # compiles anew
def test_what_is_missing_is_said_first(tmp_path, capsys):
    """On the page, in the figure, and by the exit code."""
    from diffusion_sim.cli import call

    (tmp_path / "rules.py").write_text(RULES)
    command = ["compare", "mid_size_district", "--set", "population.schools=8", "--replicates", "2", "--workers", "1"]
    rule = ["--rule", f"peer_force={tmp_path / 'rules.py'}:fails_under_a_mandate", "--allow-code"]
    arms = ["--strategies", "none,directed_uniform", "--out", str(tmp_path / "out")]
    code, said = call([*command, *rule, *arms]), capsys.readouterr().out
    assert code == 1
    assert "2 of 4 runs failed and are missing (directed_uniform 2 of 2)" in said.split("difference to none")[0]
    assert "2 of 4 runs failed and are missing" in (tmp_path / "out" / "figure.svg").read_text("utf-8")
