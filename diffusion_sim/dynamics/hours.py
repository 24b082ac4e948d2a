"""What hours are worth: those that reach one teacher, and those of a school or a leader. The one file that other rules
import, so that hours saturate in one way."""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule


@rule
def saturation(hours, h):
    """hours / (hours + h) in [0, 1): of a school's or a leader's hours, of which those beyond h add less and less."""
    return hours / (hours + h)


@rule
def share_of_hours(hours, h, hill):
    """g in [0, 1): what hours that reach one teacher are worth, H^2/(H^2 + h^2), or H/(H + h) where hill is 0.

    Few hours do next to nothing, and beyond h hours hardly matter (Yoon et al. 2007; Kraft, Blazar & Hogan 2018).
    """
    if hill == 1.0:
        return hours * hours / (hours * hours + h * h)
    return hours / (hours + h)
