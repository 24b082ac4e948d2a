"""The practice becomes part of the school: beside the persons who hold it, its structures, processes and norms."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.jit import rule


class EmbeddingParams(NamedTuple):
    """Scenario section ``embedding``; rate 1/school year, standing a share."""

    rate: float
    standing: float


@rule
def grows_by(use, coherence):
    """What lets a practice become part of a school, in [0, 1]: u^2 C, so that a minority embeds nothing.

    use : share of the posts that teach in owned routine use; coherence : of leadership, in [0, 1].
    """
    return use * use * coherence


@rule
def decays_by(use, standing, p):
    """What lets it be forgotten, in [0, 1]: (1 - u)(1 - standing s); s : share of hours from within the district."""
    return (1.0 - use) * (1.0 - p.standing * standing)


@rule
def embedding_change(embedded, use, coherence, standing, p):
    """Change of E per school year: rate (u^2 C (1 - E) - (1 - u)(1 - standing s) E).

    embedded : E, in [0, 1]. Source: PACE ("embedded in the structures, processes, and norms"); two to four years to
    full implementation (Fixsen et al. 2005); the form is an assumption.
    """
    return p.rate * (grows_by(use, coherence) * (1.0 - embedded) - decays_by(use, standing, p) * embedded)


@rule
def embedded_at_rest(use, coherence, standing, p):
    """E at which nothing changes: where a school begins. 0 without use."""
    grows = grows_by(use, coherence)
    return grows / (grows + decays_by(use, standing, p)) if grows > 0.0 else 0.0
