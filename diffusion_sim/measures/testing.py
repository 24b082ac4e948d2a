"""Improvement cycles: what schools claim of the variants they use, and what these are worth."""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule
from diffusion_sim.measures.info import LARGER, MeasureInfo
from diffusion_sim.measures.sums import ratio

_SCHOOLS = ("", "testing_schools")
INFO = {
    "mean_fit": MeasureInfo(
        "mean fit", "payoff", LARGER, "Mean over users of the true fit of what their school uses.", ("", "users")
    ),
    "testing_schools": MeasureInfo(
        "schools that test",
        "schools",
        LARGER,
        "Schools that have begun improvement cycles, whether or not these go on.",
    ),
    "claimed_success": MeasureInfo(
        "claimed success",
        "share",
        LARGER,
        "Of testing_schools, the share that hold the fit of what they use to be above testing.claim_above.",
        _SCHOOLS,
    ),
    "true_improvement": MeasureInfo(
        "true improvement",
        "share",
        LARGER,
        "Of testing_schools, the share in which the true fit of what is in use is above (by more than 1e-9) that of "
        "the variant with which the school began.",
        _SCHOOLS,
    ),
    "borrowed_variant": MeasureInfo(
        "borrowed variants",
        "share",
        LARGER,
        "Of testing_schools, the share that use a variant which only others had tested when they took it up.",
        _SCHOOLS,
    ),
    "networks_scaled": MeasureInfo(
        "networks that have scaled",
        "share",
        LARGER,
        "Of the improvement networks of two or more schools, the share in which what the network would recommend to a "
        "school, from all that its members have observed, is used by .3 of the teachers in .3 of the member schools "
        "that did not find it themselves, and is there truly better, by more than .05, than what the school began "
        "with. What is recommended and who has taken it up is judged at the end of each quarter with cycles, users in "
        "every week.",
    ),
    "fit_new_area": MeasureInfo(
        "fit in new areas",
        "payoff",
        LARGER,
        "Mean over improvement networks whose members have observed anything: for each context (locale and half of "
        "poverty) in which a school of the world stands, the true fit there of what the network would recommend "
        "there, averaged over contexts.",
    ),
}
INFO = {name: info._replace(against_none=False) for name, info in INFO.items()}  # nobody tests in ``none``
NAMES = tuple(INFO)


@rule
def fill(out, at, sums):
    """Write NAMES into ``out[at:]``; return the next free place. sums : record of ``sums.SUMS``."""
    out[at] = ratio(sums.fit, sums.users)
    out[at + 1] = sums.testing
    out[at + 2] = ratio(sums.claimed, sums.testing)
    out[at + 3] = ratio(sums.improved, sums.testing)
    out[at + 4] = ratio(sums.borrowed, sums.testing)
    out[at + 5] = ratio(sums.scaled, sums.networks)
    out[at + 6] = ratio(sums.fit_new_area, sums.known)
    return at + 7
