"""What stages mean for a plan: of the gated tempos, and of recruitment ``team_outward`` and ``improvement_team``."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.state.codes import NO_TEAM
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies import gates, team, tempo
from diffusion_sim.strategies.contract import View

GATED = {"gated": gates.walk, "gated_asked": gates.walk_asked}
BY_NAME = ("team_outward", "improvement_team")
Fields = dict[str, Any]  # of a plan


def stages(view: View, recruitment: str, block: Fields) -> tuple[Floats | None, Fields]:
    """The stage of each school's district, (S,), and what a plan says of it; None where there are no stages."""
    if block["kind"] not in GATED:
        if recruitment not in BY_NAME:
            return None, {}
        stage = tempo.STAGES[block["kind"]](view) * (view.programme == 1)
        return stage, {"stage": stage}
    memo = GATED[block["kind"]](view, block)
    stage = memo[:, gates.STAGE]
    # A district that is told to adapt repeats its stage; its schools that test variants adapt theirs.
    return stage, {
        "memo": memo,
        "stage": stage * (view.programme == 1),
        "verdict": gates.verdicts(view, memo),
        "release": (stage == gates.ABANDONED).astype(float),
        "adapt": gates.told_to_adapt(view, memo).astype(float),
    }


def people(view: View, stage: Floats, asked: Fields, kind: str, memo: Floats | None) -> Fields:
    """Who is invited by name, who is appointed, and who has been named: all (T,). memo : of this plan, gated tempos."""
    more: Fields = {}
    members = np.zeros(0, bool)
    if asked["kind"] == "team_outward":
        more["invite"], more["appoint"] = team.asked_by_name(view, stage, asked)
    elif asked["kind"] == "improvement_team":
        more["invite"], more["appoint"], members = team.asked_by_team(view, stage, asked)
    if kind != "gated_asked" and not members.size:
        return more
    staff = view.staff()
    everybody = (view.enrolled == 1) & (stage >= gates.TEAM) & (stage < gates.DISTRICT)
    now = everybody[staff.school] & (staff.leader >= NO_TEAM)  # who teaches
    if "invite" in more:
        by_name = (stage < gates.SCHOOL)[staff.school]
        now = np.where(by_name, more["invite"] > 0, now)
    # A stage that begins with this quarter names anew, in each of the plans that are made when a year begins.
    begins = np.zeros(stage.size, bool) if memo is None else gates.stage_begins(view, memo)
    more["named"] = team.named_so_far(view, begins, now, members if members.size else np.zeros(now.size, bool))
    return more


def leaders(view: View, stage: Floats, enrol: Floats) -> Fields:
    """Of ``improvement_team``: schools that are opened come in at once, and the principals of pilot schools sit on the
    team up to stage 4."""
    pilot = (stage >= gates.TEAM) & (stage < gates.SCHOOL)
    on_team = (view.enrolled == 1) & (pilot | ((stage == gates.SCHOOL) & (view.on_team == 1)))
    return {"no_wait": enrol, "on_team": on_team.astype(float)}
