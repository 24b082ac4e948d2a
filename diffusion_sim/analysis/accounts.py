"""Where the users of an arm come from and go to: an account that adds up, from counted flows.

users at the end = users at the start + those who began, by cause - those who stopped - those who left. The same holds
for the difference of two arms, in which the start cancels out.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from diffusion_sim.analysis.arms import NONE, gather
from diffusion_sim.analysis.intervals import mean_interval

# Part of the account -> sign and the flows it counts.
PARTS: dict[str, tuple[int, tuple[str, ...]]] = {
    "own initiative": (1, ("trial_initiative",)),
    "outreach": (1, ("trial_outreach",)),
    "asked by coaches": (1, ("trial_asked",)),
    "team and invitation": (1, ("trial_invitation", "trial_appointed")),
    "peers": (1, ("trial_peers",)),
    "norm": (1, ("trial_norm",)),
    "induction": (1, ("trial_induction",)),
    "expected by team leaders": (1, ("trial_team",)),
    "like schools": (1, ("trial_like",)),
    "mandate": (1, ("trial_mandate",)),
    "stopped what they owned": (-1, ("stop_owned",)),
    "stopped complying": (-1, ("stop_compliant",)),
    "turnover": (-1, ("left_users",)),
}
# Users who became coaches, or came back; and, where a practice is for some grade bands, who moved to another band, or
# came back. Who leaves a traded post counts as turnover.
REST = "change of role"
TOTAL = "users"
COLUMNS = ["strategy", "baseline", "part", "difference", "low", "high", "n"]


def users_account(runs: pd.DataFrame, baseline: str = NONE) -> pd.DataFrame:
    """What the paired difference in users is made of, per 100 teachers of the baseline's run; columns COLUMNS.

    The parts of a strategy add up to its row TOTAL. ``runs`` as in :mod:`diffusion_sim.analysis.paired`, with the
    outcomes ``users``, ``teachers`` and ``flow_<name>``; without flows, no rows. Raises StudyError.
    """
    arms = gather(runs)
    base = arms.row(baseline, "baseline")
    rows: list[tuple] = []
    if not all(f"flow_{flow}" in arms.values for _, flows in PARTS.values() for flow in flows):
        return pd.DataFrame(rows, columns=COLUMNS)
    hundreds = arms.column("teachers")[base] / 100.0
    for a, strategy in enumerate(arms.strategies):
        if a == base:
            continue
        total = (arms.column("users")[a] - arms.column("users")[base]) / hundreds
        rest = total.copy()
        for part, (sign, flows) in PARTS.items():
            found = np.zeros_like(total)
            for flow in flows:
                values = arms.values[f"flow_{flow}"]
                found += sign * (values[a] - values[base]) / hundreds
            rest -= found
            rows.append((strategy, baseline, part, *_interval(found)))
        rows.append((strategy, baseline, REST, *_interval(np.where(np.abs(rest) < 1e-9, 0.0, rest))))
        rows.append((strategy, baseline, TOTAL, *_interval(total)))
    return pd.DataFrame(rows, columns=COLUMNS)


def _interval(values: np.ndarray) -> tuple[float, float, float, int]:
    mean, _, low, high, n = mean_interval(values)
    return mean, low, high, n
