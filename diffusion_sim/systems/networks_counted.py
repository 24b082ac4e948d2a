"""What became of each improvement network that a scenario names: what it claims, what is true, and where it stops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.model import ReformModel
from diffusion_sim.programme.networks_judged import recommend
from diffusion_sim.programme.partner_groups import rule_at
from diffusion_sim.state.codes import FLOWS, OTHER, OWN_COUNT, READ_COUNT, TAKEN_UP

BETTER = 1e-9  # payoff by which what is in use must be above what a school began with, as in true_improvement
HALF = 0.5
FLOW_NAMES = (
    "study_acts", "variant_switches", "variant_borrowed", "variant_abandonments", "variant_adaptations",
)  # fmt: skip


def in_half(schools: NDArray[Any], tests: NDArray[Any]) -> bool:
    """Whether something is so in half of a network's testing schools, or more: then the network claims success (where
    these claim it), or has what works. schools, tests : bool, (members,)."""
    return bool(tests.any() and (schools & tests).sum() >= HALF * tests.sum())


def counted(model: ReformModel) -> list[dict[str, Any]]:
    """One row for each network of the scenario, in its order, as the run stands.

    members, tests (schools with cycles so far), kinds (of place among members), kind, measures, topology of its rule;
    claims : whether it claims success, works : whether half of its testing schools use what is worth what the claim
    says, by true fit; claiming, untested, working, improved, borrowed : of the testing schools, how many claim success,
    claim it of a variant of which they know no test, use what is worth it, use what is truly better than what they
    began with, use what only others had tested;
    fit_start, fit, held : means of the true fit at first and now, and of what is held of it now; fit_new_area,
    fit_anywhere : true fit of what it would recommend, mean over the world's kinds of place and over all; others : who
    has not found that itself; taken : of these, who uses it where it is truly better; taken_up : of these, where enough
    teachers use it; scaled : see ``networks_frame``; FLOW_NAMES : counts so far; use : share of teachers who use it.
    """
    frame = model.networks_frame().set_index("network")
    names = model.world.networks.names
    return [_of(model, number, name, frame) for number, name in enumerate(names)]


def _of(model: ReformModel, number: int, name: str, frame: Any) -> dict[str, Any]:
    state, world, p = model.state, model.world, model.numbers.cycles
    rows = np.flatnonzero(world.hubs == number)
    s = state.schools[rows]
    tests, claiming = s["slot"] >= 0, s["claims"] == 1
    spread = np.where(s["network"] >= 0, s["spread"], 0)
    flows = {flow: float(state.flows[rows, FLOWS.index(flow)].sum()) for flow in FLOW_NAMES}
    judged = frame.loc[name] if name in frame.index else None
    rule, working = rule_at(world, state, int(rows[0])), s["fit"] > p.claim_above
    best = recommend(world, state, rows, rule.measures, p)
    return {
        "network": name, "members": rows.size, "tests": int(tests.sum()), "kinds": np.unique(world.context[rows]).size,
        "kind": rule.kind, "measures": rule.measures, "topology": rule.topology,
        "claims": in_half(claiming, tests), "claiming": int((claiming & tests).sum()),
        "works": in_half(working, tests), "working": int((working & tests).sum()),
        "untested": int((claiming & tests & ~_known(state, rows, s["slot"])).sum()),
        "improved": int((tests & (s["fit"] > s["fit_start"] + BETTER)).sum()),
        "borrowed": int((tests & (s["borrowed"] == 1)).sum()),
        "fit_start": mean(s["fit_start"][tests]), "fit": mean(s["fit"][tests]), "held": mean(s["estimate"][tests]),
        "fit_new_area": np.nan if judged is None else float(judged["fit_new_area"]),
        "fit_anywhere": np.nan if best is None else float(best.fit.mean()),
        "others": int((spread == OTHER).sum() + (spread == TAKEN_UP).sum()), "taken": int((spread == TAKEN_UP).sum()),
        "taken_up": 0 if judged is None else int(judged["taken_up"]),
        "scaled": judged is not None and bool(judged["scaled"]),
        **flows, "use": float(s["users"].sum() / max(1, s["teaching"].sum())),
    }  # fmt: skip


def _known(state: Any, rows: NDArray[Any], slot: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether a school knows of any test, own or others', of what it uses."""
    books = state.evidence[rows, np.maximum(slot, 0)]
    return np.asarray((books[:, OWN_COUNT] > 0.0) | (books[:, READ_COUNT] > 0.0).any(axis=1))


def mean(values: NDArray[Any]) -> float:
    """Mean, NaN of nothing."""
    return float(values.mean()) if values.size else float("nan")


# column of ``flows`` -> column of ``counted``
SHOWN = {
    "kinds_of_place": "kinds", "studies": "study_acts", "fit_at_first": "fit_start", "fit_now": "fit", "held": "held",
    "best_in_new_areas": "fit_new_area", "others": "others", "have_it": "taken", "use_it": "taken_up",
}  # fmt: skip


def flows(networks: pd.DataFrame) -> pd.DataFrame:
    """Where networks stop, arm by arm: ``scaled_of_nine`` (of all that there are), and means over networks and seeds
    of SHOWN. networks : rows of ``counted`` with strategy and seed."""
    rows = []
    for arm, its in networks.groupby("strategy", sort=False):
        scaled = its.groupby("seed")["scaled"].sum().mean()
        rows.append((arm, float(scaled), *(round(float(its[column].mean()), 3) for column in SHOWN.values())))
    return pd.DataFrame(rows, columns=["arm", "scaled_of_nine", *SHOWN])
