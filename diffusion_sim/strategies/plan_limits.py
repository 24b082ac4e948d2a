"""What the fields of a plan may hold."""

from __future__ import annotations

import numpy as np

from diffusion_sim.state.codes import LAST_STAGE, STAFFING

MOST_PLACES = 2**31 - 1
MEMO = 4  # numbers a strategy may write down for each school
# Fields of whole numbers only.
WHOLE = (
    *("staffing", "appoint", "look", "no_wait", "named", "on_team", "stage", "verdict"),
    *("align", "relief", "autonomy", "vision"),
)
ANY_ORDER = ("priority", "staffing_priority")  # any finite number, or NaN
LIMITS = {
    "enrol": (0, 1),
    "mandate": (0, 1),
    "invite": (0, 1),
    "hours": (0, 1e6),  # weights may give one school many times the usual hours
    "mix": (0, 1),
    "outreach": (0, 1),
    "recipient": (0, 1),
    "appoint": (0, 1),
    "staffing": (0, len(STAFFING) - 1),
    "staffing_share": (0.01, 1),
    "staffing_schools": (0.01, 1),
    "staffing_priority": (-np.inf, np.inf),
    "target_condition": (-1, 4),
    "priority": (-np.inf, np.inf),
    "departments": (0, 1),
    "building": (0, 1e8),
    "look": (0, 1),
    "release": (0, 1),
    "adapt": (0, 1),
    "memo": (-1e9, 1e9),
    "no_wait": (0, 1),
    "named": (0, 9),
    "on_team": (0, 1),
    "stage": (-1, LAST_STAGE),
    "verdict": (0, 3),
    "align": (-1, 5),
    **dict.fromkeys(("relief", "autonomy", "vision"), (0, 1)),
}
