"""The account of users adds up, by hand and in real runs."""

from __future__ import annotations

import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.analysis.accounts import PARTS, REST, TOTAL, users_account

FLOWS = [flow for _, flows in PARTS.values() for flow in flows]


def run(strategy, seed, users, **flows):
    given = {f"flow_{flow}": float(flows.get(flow, 0)) for flow in FLOWS}
    return {"strategy": strategy, "seed": seed, "teachers": 200.0, "users": float(users), **given}


def test_by_hand():
    runs = pd.DataFrame([
        run("none", 1, 10, trial_peers=2, stop_owned=2),
        run("none", 2, 12, trial_peers=4, stop_owned=2),
        run("push", 1, 50, trial_peers=12, trial_mandate=40, stop_owned=2, stop_compliant=8, left_users=2),
        run("push", 2, 50, trial_peers=12, trial_mandate=40, stop_owned=2, stop_compliant=8, left_users=4),
    ])  # fmt: skip
    account = users_account(runs).set_index("part")["difference"]
    assert account["peers"] == pytest.approx((5 + 4) / 2)
    assert account["mandate"] == pytest.approx(20)
    assert account["stopped complying"] == pytest.approx(-4)
    assert account["turnover"] == pytest.approx(-1.5)
    assert account[TOTAL] == pytest.approx((20 + 19) / 2)
    assert account.drop(TOTAL).sum() == pytest.approx(account[TOTAL])
    # what the flows leave open is named, not hidden: 1 post in 100
    assert account[REST] == pytest.approx(account[TOTAL] - account.drop([TOTAL, REST]).sum())


def test_without_flows_no_rows():
    runs = pd.DataFrame({"strategy": ["none", "a"], "seed": [1, 1], "users": [1.0, 2.0], "teachers": [10.0, 10.0]})
    assert users_account(runs).empty


@pytest.mark.parametrize("strategy", ["directed_uniform", "staged"])
def test_in_real_runs_flows_account_for_every_user(strategy):
    c = ds.compare("mid_size_district", [strategy], replicates=3, workers=1, progress=False,
                   overrides={"population.schools": 12})  # fmt: skip
    account = c.account.set_index("part")["difference"]
    assert account[REST] == 0.0
    assert account.drop(TOTAL).sum() == pytest.approx(account[TOTAL], abs=1e-9)
