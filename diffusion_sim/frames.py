"""A model's state as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim._mesa import mesa
from diffusion_sim.errors import ScenarioError
from diffusion_sim.ids import escaped
from diffusion_sim.measures import MEASURES, SUPPORT_END
from diffusion_sim.measures.sums import SCALED_SCHOOLS, SCALED_TEACHERS
from diffusion_sim.population.schooltable import LEVELS, LOCALES
from diffusion_sim.programme.partner_groups import rule_at
from diffusion_sim.state.codes import (
    COACH,
    FLOWS,
    NO_TEAM,
    NOT_CONCERNED,
    ROLES,
    STAFFING,
    STAGES,
    TAKEN_UP,
    TRADED,
)
from diffusion_sim.state.tables import Floats, Teachers
from diffusion_sim.state.use import intensity_of, is_user, teaches
from diffusion_sim.world.run_state import Run


def _latest(model: Any, name: str) -> float:
    return float(model.state.series[model.state.week, MEASURES.index(name)])


def _reach(model: Any) -> float:
    return _latest(model, "reach")


def _deep_use(model: Any) -> float:
    return _latest(model, "deep_use")


def _mean_depth(model: Any) -> float:
    return _latest(model, "mean_depth")


def _owned_share(model: Any) -> float:
    return _latest(model, "owned_share")


def _equity_gap(model: Any) -> float:
    return _latest(model, "equity_gap")


def _cost_total(model: Any) -> float:
    return _latest(model, "cost_total")


# What Mesa's DataCollector records each step. Module-level functions: later Mesas refuse bound methods and lambdas.
REPORTERS: dict[str, Callable[[Any], float]] = {
    "reach": _reach,
    "deep_use": _deep_use,
    "mean_depth": _mean_depth,
    "owned_share": _owned_share,
    "equity_gap": _equity_gap,
    "cost_total": _cost_total,
}


class EveryWeek(mesa.DataCollector):
    """Mesa's collector of REPORTERS: holds the weeks 0 to the present one, however the model came there: by steps, by
    ``run``, as a copy or from a file. Row and week have the same number."""

    def __init__(self) -> None:
        super().__init__(model_reporters=dict(REPORTERS))

    def collect(self, model: Any) -> None:
        """Add what is missing up to the present week; nothing where that is there."""
        week, held = model.state.week, len(self.model_vars["reach"])
        if held > week:
            return
        for name, values in self.model_vars.items():
            if name in REPORTERS:
                values.extend(model.state.series[held:week, MEASURES.index(name)].tolist())
            else:  # one that was added later
                values.extend([None] * (week - len(values)))
        if hasattr(self, "_collection_steps"):  # Mesa from 3.4.1
            self._collection_steps.extend(range(held, week))
        super().collect(model)


def collect(model: Any) -> None:
    """Let the model's collector take the present week. Mesa's clock goes with steps alone, and collectors note what it
    says (Mesa from 3.4): meanwhile it says the week."""
    clock = getattr(model, "time", None)
    if clock is not None:
        model.time = model.week
    try:
        model.datacollector.collect(model)
    finally:
        if clock is not None:
            model.time = clock


def by_week(rows: Floats, names: Sequence[str], week: int) -> pd.DataFrame:
    """A copy of rows 0..week as a table with index ``week``."""
    index = pd.RangeIndex(week + 1, name="week")
    return pd.DataFrame(rows[: week + 1].copy(), columns=list(names), index=index)


def outcomes(run: Run) -> dict[str, float]:
    """Measures of the last week done, ``<name>_support_end`` of the last week of support, ``flow_<name>``."""
    state, end = run.state, run.numbers.support_weeks
    last = dict(zip(MEASURES, state.series[state.week].tolist(), strict=True))
    at_end = state.series[end].tolist() if state.week >= end else [float("nan")] * len(MEASURES)
    flows = zip(FLOWS, state.flow_series[state.week].tolist(), strict=True)
    return (
        last
        | {f"{name}{SUPPORT_END}": value for name, value in zip(MEASURES, at_end, strict=True)}
        | {f"flow_{name}": value for name, value in flows}
    )


def school_series(run: Run) -> pd.DataFrame:
    """Weeks and schools recorded so far, see ``ReformModel.school_series``."""
    kept, table = run.state.school_series, run.world.table
    if not kept.size:
        raise ScenarioError("school_series: no schools were recorded; run(record_schools=True) keeps them")
    weeks = np.flatnonzero(~np.isnan(kept[: run.state.week + 1, 0, 0]))
    size = kept.shape[1]
    frame = pd.DataFrame({"week": np.repeat(weeks, size)})
    for name, ids in (("school_id", table.school_id), ("district_id", table.district_id)):
        frame[name] = np.tile(np.array(ids, dtype=object), weeks.size)
    values = kept[weeks].reshape(-1, 3)
    for column, name in enumerate(("reach", "deep_use", "mean_depth")):
        frame[name] = values[:, column]
    return frame


def teacher_ids(run: Run, rows: Any = None) -> list[str]:
    """``district/school/post/number`` where first hired, for rows of posts."""
    t, table = run.state.teachers, run.world.table
    chosen = np.arange(t.school.size) if rows is None else np.asarray(rows)
    order = np.argsort(run.state.schools.key)
    home = order[np.searchsorted(run.state.schools.key[order], t.origin[chosen])]
    tags = t.tag[chosen].astype(np.int64)
    return [
        f"{escaped(table.district_id[s])}/{escaped(table.school_id[s])}/{tag >> 16}/{tag & 0xFFFF}"
        for s, tag in zip(home.tolist(), tags.tolist(), strict=True)
    ]


def teachers_frame(run: Run) -> pd.DataFrame:
    """One row a post with somebody in it (traded posts are left out), quality and owned missing for non-users.

    team : ``school_id/grade band``, or ``school_id/team n`` where a team leader leads it; missing for coaches and whom
    the practice is not for. role :
    one of ROLES. Simulated persons: nothing here rates anybody.
    """
    t = run.state.teachers
    using = is_user.py_func(t.stage) & teaches.py_func(t.leader)  # nobody else counts
    intensity = intensity_of.py_func(t.owned == 1, run.numbers.weekly.learning.compliant_intensity)
    school_id = np.array(run.world.table.school_id, dtype=object)
    district_id = np.array(run.world.table.district_id, dtype=object)
    frame = pd.DataFrame(
        {
            "teacher_id": teacher_ids(run),
            "school_id": school_id[t.school],
            "district_id": district_id[t.school],
            "team": team_names(run),
            "role": roles(t),
            "subject_leader": run.state.network.leader == 1,
            "stage": np.array(STAGES)[t.stage],
            "skill": t.skill,
            "conviction": t.conviction,
            "owned": pd.array(np.where(using, t.owned == 1, None), dtype="boolean"),
            "quality": np.where(using, t.skill * intensity, np.nan),
            "effectiveness": t.effectiveness,
            "years": t.years,
        }
    )
    return frame[t.leader != TRADED] if (t.leader == TRADED).any() else frame


def roles(t: Teachers) -> np.ndarray:
    """What each post is for: an entry of ROLES, shape (T,)."""
    leads = t.leader == np.arange(t.size)
    others = [t.leader == code for code in (COACH, TRADED, NOT_CONCERNED)]
    return np.array(ROLES, dtype=object)[np.select([leads, *others], [1, 2, 3, 4], 0)]


def team_names(run: Run) -> list[str | None]:
    """The team of each post by name; None for posts that do not teach."""
    t, school_id = run.state.teachers, run.world.table.school_id
    leads = t.leader == np.arange(t.size)
    before = np.cumsum(leads) - leads
    number = 1 + before - before[run.state.schools.first[t.school]]
    names: list[str | None] = []
    for s, grade, leader in zip(t.school.tolist(), t.grade.tolist(), t.leader.tolist(), strict=True):
        if leader >= 0:
            names.append(f"{school_id[s]}/team {number[leader]}")
        else:
            names.append(f"{school_id[s]}/{grade}" if leader == NO_TEAM else None)
    return names


def variant_names(run: Run) -> list[str | None]:
    """The variant that each school uses, by name; None where it has tested none."""
    s, state, table = run.state.schools, run.state, run.world.table
    row_of = {int(key): row for row, key in enumerate(s.key.tolist())}
    names: list[str | None] = []
    for row, slot in enumerate(s.slot.tolist()):
        origin = int(state.variant_origin[row, slot])
        if slot < 0:
            names.append(None)
        elif origin == 0:
            names.append(f"menu/{int(state.variant_number[row, slot])}")
        else:
            home = row_of[origin]
            where = f"{escaped(table.district_id[home])}/{escaped(table.school_id[home])}"
            names.append(f"{where}/{int(state.variant_number[row, slot])}")
    return names


def stages(run: Run) -> pd.api.extensions.ExtensionArray:
    """The stage of each school's district as the strategy says, (S,); missing where it says none."""
    return pd.array([n if n else None for n in run.state.schools.stage.tolist()], dtype="Int64")


def schools_frame(run: Run) -> pd.DataFrame:
    """One row a school; readiness R, leadership = leadership coherence C, both in [0, 1]; pupil_gain_sd so far.

    staffing : structure in force, an entry of STAFFING; in_teams : share of teachers who lead a team or are led in one.
    variant : the variant of the practice in use, ``menu/n`` or ``district/school/n`` of the school that designed it;
    missing where none was tested. borrowed : taken up on what others' tests had shown. stage : of a staged strategy, 1
    to 5, -1 abandoned; missing for others. readiness_start : R when the run began. initiatives : competing ones, this
    programme included. designated : accountability names it; pressure : accountability's, as relief leaves it.
    """
    s, table = run.state.schools, run.world.table
    posts = np.maximum(1, s.teaching)
    with np.errstate(invalid="ignore"):
        depth = np.where(s.users > 0, s.quality / np.where(s.users > 0, s.users, 1.0), np.nan)
    return pd.DataFrame(
        {
            "school_id": table.school_id,
            "district_id": table.district_id,
            "locale": np.array(LOCALES)[s.locale],
            "level": np.array(LEVELS)[s.level],
            "pupils": s.pupils,
            "teachers": s.teaching,
            "poverty": s.poverty,
            "achievement": s.achievement,
            "readiness": s.readiness,
            "leadership": s.coherence,
            "trust": s.trust,
            "norm": s.norm,
            "enrolled": s.enrolled == 1,
            "mandated": s.mandate_weeks > 0,
            "hours": s.hours,
            "testing": s.testing == 1,
            "fit": s.fit,
            "staffing": np.array(STAFFING, dtype=object)[s.staffing],
            "in_teams": s.in_teams / posts,
            "variant": variant_names(run),
            "borrowed": s.borrowed == 1,
            "stage": stages(run),
            "readiness_start": run.state.readiness_start,
            "initiatives": s.initiatives,
            "designated": s.designated == 1,
            "pressure": s.pressure * (1.0 - s.relieved),
            "reach": s.users / posts,
            "deep_use": s.deep / posts,
            "mean_depth": depth,
            "pupil_gain_sd": s.gain,
        }
    )


def networks_frame(run: Run) -> pd.DataFrame:
    """One row an improvement network of two or more schools, as judged at the end of the last quarter with cycles.

    network : its name where scenario or population names it, else ``number n`` of those of the world. schools :
    members then. kind, measures, topology : the rule that is theirs now. fit_new_area : see measures. others : members
    that have not found themselves what the network would recommend to them; taken_up : of these, those that use it
    where it is truly better and .3 of the teachers use; scaled : whether these are .3 of the others.
    """
    s, world = run.state.schools, run.world
    names = (*world.networks.names, *(world.table_networks or ()))
    rows: list[tuple[Any, ...]] = []
    for first in np.unique(s.network[s.network >= 0]).tolist():
        members, rule = s.network == first, rule_at(world, run.state, first)
        others = members & (s.spread > 0)
        taken_up = others & (s.spread == TAKEN_UP) & (s.users >= np.maximum(1.0, SCALED_TEACHERS * s.teaching))
        number, count = int(world.hubs[first]), int(taken_up.sum())
        name = names[number] if number >= 0 else f"number {sum(row[0].startswith('number ') for row in rows) + 1}"
        scaled = count > 0 and count >= SCALED_SCHOOLS * others.sum()
        told = (rule.kind, rule.measures, rule.topology, float(s.fit_new_area[first]), int(others.sum()), count, scaled)
        rows.append((name, int(members.sum()), *told))
    columns = ("network", "schools", "kind", "measures", "topology", "fit_new_area", "others", "taken_up", "scaled")
    return pd.DataFrame(rows, columns=list(columns))
