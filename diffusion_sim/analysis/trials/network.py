"""The Achievement Network's trial: of matched pairs of schools one gets uniform support with interim tests."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.analysis.trials.coaching import years_of
from diffusion_sim.analysis.trials.offers import Offered, Rows, matched_pairs, one_of_each, run_with
from diffusion_sim.analysis.trials.published import NETWORK, published
from diffusion_sim.model import ReformModel
from diffusion_sim.ranks import parts_by_rank
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE
from diffusion_sim.state.tables import Floats

# Group -> quarters of start readiness, 0 = the least ready.
GROUPS = {
    "all": (0, 1, 2, 3),
    "least ready quarter": (0,),
    "second quarter": (1,),
    "third quarter": (2,),
    "readiest quarter": (3,),
    "less ready half": (0, 1),
    "readier half": (2, 3),
}
LOAD = "pupils.load"
TEACHERS, LEADERS = FORMS = ("teachers", "leaders")  # whose time the hours are
TO_LEADERS = {TEACHERS: 0.0, LEADERS: 1.0}  # share of hours that goes to schools' leaders, who pass on what they can


class Ends(NamedTuple):
    """How schools ended, (S,): pupils' gain over the years, SD, and share of teachers who use the practice."""

    gain: Floats
    use: Floats


def network_case(sc: Scenario, load: float) -> Scenario:
    """Several districts, two years, a programme that asks something of schools that are not ready for it."""
    design = published().designs[NETWORK]
    own = {"population.districts": design["districts"], "population.schools": design["schools"], LOAD: load}
    return sc.override(published().states | own | years_of(NETWORK))


def quarters(readiness: Floats) -> Rows:
    """Quarter of each school by readiness, 0 = the least ready to 3, int[n]; ties by place."""
    return parts_by_rank(readiness, 4)


def run_network(sc: Scenario, seed: int, hours: float, form: str) -> list[dict[str, Any]]:
    """The trial on one seed, both ways round; one row a group of schools: group, schools, readiness (mean at the
    start), pairs (SD over the years, school with the offer - its pair), same (the same school with and without), use
    (share of teachers who use the practice at the end, with - without).

    sc : as ``network_case`` makes it; form : one of FORMS. A pair is in the group of its school with the offer.
    """
    start = ReformModel(sc, rng=seed, strategy=NONE)
    s, ready = start.state.schools, np.array(start.state.readiness_start)
    pairs = one_of_each(seed, matched_pairs(s.district, s.level, s.poverty), s.key)
    heads, tails = (_ends(sc, seed, offer, hours, TO_LEADERS[form]) for offer in (pairs[:, 0], pairs[:, 1]))
    return by_readiness(ready, pairs, heads, tails)


def by_readiness(ready: Floats, pairs: Rows, heads: Ends, tails: Ends) -> list[dict[str, Any]]:
    """Rows of ``run_network`` from how schools ended in the run in which the first school of each pair had the offer
    (heads) and in the one in which the second had it (tails). ready : readiness at the start, (S,)."""
    school = pairs.T.reshape(-1)  # those with the offer in heads, then those with it in tails
    other = pairs[:, ::-1].T.reshape(-1)
    n, quarter = len(pairs), quarters(ready[school])

    def ends(name: str, rows: Rows, offered: bool) -> Floats:
        """An end of ``rows`` in the run in which ``school`` has the offer, or in the other."""
        runs = (heads, tails) if offered else (tails, heads)
        return np.concatenate([getattr(runs[0], name)[rows[:n]], getattr(runs[1], name)[rows[n:]]])

    gain = ends("gain", school, True)
    values = {
        "readiness": ready[school],
        "pairs": gain - ends("gain", other, True),
        "same": gain - ends("gain", school, False),
        "use": ends("use", school, True) - ends("use", school, False),
    }
    return [_means(group, np.isin(quarter, which), values) for group, which in GROUPS.items()]


def _means(group: str, inside: Any, values: dict[str, Floats]) -> dict[str, Any]:
    means = {name: float(v[inside].mean()) if inside.any() else float("nan") for name, v in values.items()}
    return {"group": group, "schools": float(inside.sum())} | means


def _ends(sc: Scenario, seed: int, offer: Rows, hours: float, to_leaders: float) -> Ends:
    """A run in which these schools have the offer."""
    size = int(sc["population.schools"])
    schools = np.zeros(size, bool)
    schools[offer] = True
    model = run_with(sc, seed, Offered(schools, hours, to_leaders)).run()
    s = model.state.schools
    return Ends(np.array(s.gain), s.users / np.maximum(1, s.teaching))
