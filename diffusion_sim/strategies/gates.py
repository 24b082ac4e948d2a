"""Tempos ``gated`` and ``gated_asked``: a district goes from stage to stage as the evidence of its own schools allows.

Stages: 1 the improvement team tries the practice, 2 willing colleagues, 3 focal grades, 4 whole pilot schools, 5 the
district; -1 abandoned. What is known of a district stands in the view's memo, the same for all its programme schools:
(stage, quarter of the last gate, gates in a row at which both signs were missing, verdict of the last gate). So a
strategy needs no memory of its own. Source of stages and of adopt, adapt or abandon: Ed Partners (PACE).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.ranks import rank_within
from diffusion_sim.scenario.words import MINIMA
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import LAST_STAGE
from diffusion_sim.state.tables import Floats
from diffusion_sim.strategies.contract import View

TEAM, COLLEAGUES, FOCAL, SCHOOL, DISTRICT, ABANDONED = 1, 2, 3, 4, LAST_STAGE, -1
STAGE, SINCE, MISSED, VERDICT = 0, 1, 2, 3  # columns of the memo
ADOPT, ADAPT, ABANDON = 1, 2, 3
Mask = NDArray[np.bool_]
MISSES = 2  # gates in a row below both thresholds after which a district abandons the practice


def walk(view: View, options: dict[str, Any]) -> Floats:
    """The memo after this quarter's gates of tempo ``gated``, shape (S, 4). Asking twice in a quarter changes nothing.

    A gate is due ``quarters`` quarters after the last one (after the first school's entry, for the first), in a
    district of stage 1 to 4 with a school that was enrolled last week and has a user. Signs are means over such
    schools.
    """
    payoff, willing, seen = signs(view)
    least = np.full(DISTRICT, options["quarters"])
    return _decided(view, least, seen, payoff > options["payoff"], willing > options["willing"])


def walk_asked(view: View, options: dict[str, Any]) -> Floats:
    """The same of tempo ``gated_asked``: signs are those of all who were named in this stage and are still in post, and
    each stage has a least time of its own (``min_quarters``; None = the scenario's)."""
    payoff, willing, seen = signs_of_named(view)
    asked, least = options["willing"], options[MINIMA]
    if asked is None:
        asked = view.settings["gate_willing"]
    if least is None:
        least = [view.settings[f"{MINIMA}_{stage}"] for stage in range(TEAM, DISTRICT)]
    memo = np.array(view.memo)
    # Stage 4 is that of schools which enter when a year begins: its time runs from then on.
    entry = WEEKS_PER_YEAR // WEEKS_PER_QUARTER
    waits = memo[:, STAGE] == SCHOOL
    since = np.where(waits, np.ceil(memo[:, SINCE] / entry) * entry, memo[:, SINCE])
    return _decided(view, np.array([*least, 0.0], float), seen, payoff > options["payoff"], willing > asked, since)


def _decided(
    view: View, least: Floats, seen: Mask, good: Mask, eager: Mask, runs_from: Floats | None = None
) -> Floats:
    """The memo after the gates that are due. least : quarters in stages 1 to 4, and a fifth number that nothing
    follows from; seen : there are signs; good, eager : payoff and support are above what is asked for, (S,); runs_from
    : quarter from which a stage's time runs, where that is not its gate."""
    memo = np.array(view.memo)
    inside = view.programme == 1
    memo[inside & (memo[:, STAGE] == 0)] = (TEAM, view.quarter, 0, 0)
    stage, since, missed = memo[:, STAGE], memo[:, SINCE], memo[:, MISSED]
    begun = of_district(view, (view.enrolled == 1) & (view.enrolled_week <= view.week)) > 0
    waiting = inside & ~begun & (stage == TEAM)
    since = np.where(waiting, view.quarter, since)
    under_way = inside & (stage >= TEAM) & (stage < DISTRICT)
    clock = since if runs_from is None else np.maximum(since, runs_from)
    long_enough = view.quarter - clock >= least[np.clip(stage.astype(int), TEAM, DISTRICT) - TEAM]
    due = under_way & long_enough & seen
    adopt, neither = due & good & eager, due & ~good & ~eager
    missed = np.where(neither, missed + 1, np.where(due, 0, missed))
    abandon = neither & (missed >= MISSES)
    stage = np.where(abandon, ABANDONED, stage + adopt)
    before = np.where(waiting, 0, memo[:, VERDICT])
    verdict = np.where(adopt, ADOPT, np.where(abandon, ABANDON, np.where(due, ADAPT, before)))
    return np.column_stack([stage, np.where(due, view.quarter, since), missed, verdict])


def verdicts(view: View, memo: Floats) -> Floats:
    """This quarter's verdicts, shape (S,): 0 where there was no gate."""
    decided = (memo[:, SINCE] == view.quarter) & (view.programme == 1) & (memo[:, VERDICT] > 0)
    return np.where(decided, memo[:, VERDICT], 0.0)


def stage_begins(view: View, memo: Floats) -> Mask:
    """Schools of districts whose stage begins with this quarter, since its gate did not say adapt, shape (S,)."""
    return np.isin(memo[:, VERDICT], (ADOPT, ABANDON)) & (memo[:, SINCE] == view.quarter)


def told_to_adapt(view: View, memo: Floats) -> Mask:
    """Schools of districts whose gate of this quarter says adapt, shape (S,)."""
    return (memo[:, VERDICT] == ADAPT) & (memo[:, SINCE] == view.quarter)


def of_district(view: View, which: NDArray[Any]) -> Floats:
    """Sum of ``which`` (S,) over the schools of each school's district, shape (S,)."""
    return np.bincount(view.district, weights=which).astype(np.float64)[view.district]


def signs(view: View) -> tuple[Floats, Floats, Mask]:
    """Observed payoff and share of willing users in each school's district, and whether anything was seen, (S,)."""
    evidence = view.evidence()
    seen = (view.enrolled == 1) & (view.enrolled_week <= view.week) & ~np.isnan(evidence.payoff)
    count = of_district(view, seen)
    means = []
    for values in (evidence.payoff, evidence.willing):
        total = np.bincount(view.district, weights=np.where(seen, values, 0.0))[view.district]
        means.append(np.divide(total, count, out=np.zeros(count.size), where=count > 0))
    return means[0], means[1], count > 0


def signs_of_named(view: View) -> tuple[Floats, Floats, Mask]:
    """S2, S1 and whether anybody was named, of each school's district, (S,): the mean payoff over those named who ever
    used the practice (0 where nobody has), and the share of all named who use it and are convinced."""
    found = view.response()
    seen = (view.enrolled == 1) & (view.enrolled_week <= view.week) & (found.named > 0)
    means = []
    for values, people in ((found.payoff, found.used), (found.willing, found.named)):
        weight = np.where(seen, people, 0.0)
        count = of_district(view, weight)
        total = of_district(view, np.where(weight > 0, weight * values, 0.0))
        means.append(np.divide(total, count, out=np.zeros(count.size), where=count > 0))
    return means[0], means[1], of_district(view, seen) > 0


def open_schools(view: View, stage: Floats, share: float, tie: Floats, all_from: int) -> Mask:
    """Which schools may take part: from stage ``all_from`` on all; before, ``share`` of the district's (rounded up),
    those enrolled first, then the best by surveyed readiness (ties by ``tie``); none where the practice is
    abandoned."""
    inside = view.programme == 1
    places = np.ceil(share * of_district(view, inside) - 1e-9) - of_district(view, inside & (view.enrolled == 1))
    waiting = inside & (view.enrolled == 0)
    rank = rank_within(view.district, ~waiting, -view.surveyed_readiness, tie)
    pilot = (view.enrolled == 1) | (waiting & (rank < places))
    return inside & (((stage >= TEAM) & (stage < all_from) & pilot) | (stage >= all_from))
