"""Who is asked to take part: offers of places, mandates, and who is served first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.contract import Draw, View

Offer = tuple[Floats, Floats, Floats | None]  # enrol (S,), mandate (S,), priority (S,) or None


def none(view: View, draw: Draw) -> Offer:
    """Nobody is asked."""
    nobody = np.zeros(view.programme.size)
    return nobody, nobody, None


def volunteer(view: View, draw: Draw) -> Offer:
    """Places are offered to all; a school enters by its own wait."""
    return view.programme.astype(float), np.zeros(view.programme.size), None


def directed(view: View, draw: Draw) -> Offer:
    """Every school is told to take part; no voluntary places are offered."""
    return np.zeros(view.programme.size), view.programme.astype(float), None


def equity_first(view: View, draw: Draw) -> Offer:
    """Volunteers, the poorest served first."""
    enrol, mandate, _ = volunteer(view, draw)
    return enrol, mandate, -view.poverty


def lottery(view: View, draw: Draw) -> Offer:
    """Volunteers, served in the order of keyed uniforms."""
    enrol, mandate, _ = volunteer(view, draw)
    return enrol, mandate, draw("lottery", view.school_key)


def ready_only(view: View, draw: Draw) -> Offer:
    """Volunteers, only where surveyed readiness reaches ``ready_min`` (its source, the ANet trial, rejected this)."""
    ready = view.surveyed_readiness >= view.settings["ready_min"]
    return view.programme * ready.astype(float), np.zeros(view.programme.size), None


def team_outward(view: View, draw: Draw) -> Offer:
    """Places are offered to the schools that the tempo opens; team.py says who takes part within them."""
    return volunteer(view, draw)


def improvement_team(view: View, draw: Draw) -> Offer:
    """As ``team_outward``; the schools that are opened come in without waiting (`Plan.no_wait`)."""
    return volunteer(view, draw)


KINDS: dict[str, Callable[[View, Draw], Offer]] = {
    "none": none,
    "volunteer": volunteer,
    "directed": directed,
    "equity_first": equity_first,
    "lottery": lottery,
    "ready_only": ready_only,
    "team_outward": team_outward,
    "improvement_team": improvement_team,
}
