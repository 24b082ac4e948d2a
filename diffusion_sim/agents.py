"""Mesa agents: thin views on the columns, made only when somebody asks for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim._mesa import mesa
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import COACH, INSTRUMENTS, NOT_CONCERNED, ROLES, STAGES, TRADED
from diffusion_sim.state.use import intensity_of, is_user, teaches
from diffusion_sim.world.build import LONG_AGO
from diffusion_sim.world.numbers import TRAITS


class _Row(mesa.Agent):
    """An agent that is a row of the model's columns."""

    def __init__(self, model: Any, row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def _state(self) -> Any:
        return self.model.state  # type: ignore[attr-defined]


class Teacher(_Row):
    """A teaching post and its present incumbent. Values are read from the columns at the moment of asking."""

    @property
    def teacher_id(self) -> str:
        """Who: district/school/post/number where first hired; stays with the person."""
        return self.model.teacher_ids([self.row])[0]  # type: ignore[attr-defined]

    @property
    def school_id(self) -> str:
        """School of the post."""
        return self.model.world.table.school_id[int(self._state.teachers.school[self.row])]  # type: ignore[attr-defined]

    @property
    def role(self) -> str:
        """What the post is for: teacher, team leader, coach, traded (nobody is there), or not concerned (teaches, but
        the practice is not for this post)."""
        leader = int(self._state.teachers.leader[self.row])
        return ROLES[1 if leader == self.row else {COACH: 2, TRADED: 3, NOT_CONCERNED: 4}.get(leader, 0)]

    @property
    def stage(self) -> str:
        """Stage by name: UNAWARE, AWARE, TRIAL, ROUTINE or DISCONTINUED."""
        return STAGES[self._state.teachers.stage[self.row]]

    @property
    def using(self) -> bool:
        """Whether the teacher uses the practice (TRIAL or ROUTINE)."""
        return bool(is_user.py_func(self._state.teachers.stage[self.row]))

    @property
    def skill(self) -> float:
        """Skill in the practice, 0 to 1."""
        return float(self._state.teachers.skill[self.row])

    @property
    def conviction(self) -> float:
        """Own view of the practice's worth, -1 to 1."""
        return float(self._state.teachers.conviction[self.row])

    @property
    def owned(self) -> bool:
        """Whether present use is owned; False for compliant use and for non-users."""
        return self.using and bool(self._state.teachers.owned[self.row])

    @property
    def quality(self) -> float:
        """Skill x intensity of use; NaN for non-users."""
        if not self.using:
            return float("nan")
        compliant = self.model.numbers.weekly.learning.compliant_intensity  # type: ignore[attr-defined]
        return self.skill * intensity_of.py_func(self.owned, compliant)

    @property
    def advisers(self) -> list[Teacher]:
        """Those whose advice this teacher seeks; who does not teach neither seeks nor is sought."""
        network = self._state.network
        first = network.first[self.row]
        rows = np.append(self.row, network.target[first : first + network.degree[self.row]])
        teaching = teaches.py_func(self._state.teachers.leader[rows])
        rows = rows[1:][teaching[1:] & teaching[0]]
        return [self.model.teacher_at(int(row)) for row in rows]  # type: ignore[attr-defined]


class School(_Row):
    """A school of the model."""

    @property
    def school_id(self) -> str:
        """Id within the district."""
        return self.model.world.table.school_id[self.row]  # type: ignore[attr-defined]

    @property
    def district_id(self) -> str:
        """The district's id."""
        return self.model.world.table.district_id[self.row]  # type: ignore[attr-defined]

    @property
    def reach(self) -> float:
        """Share of the school's teachers who use the practice."""
        s = self._state.schools
        return float(s.users[self.row] / max(1, s.teaching[self.row]))

    @property
    def deep_use(self) -> float:
        """Share of the school's teachers in deep use."""
        s = self._state.schools
        return float(s.deep[self.row] / max(1, s.teaching[self.row]))

    @property
    def enrolled(self) -> bool:
        """Whether the school takes part in the programme."""
        return bool(self._state.schools.enrolled[self.row])

    @property
    def readiness(self) -> float:
        """Geometric mean of the four conditions."""
        return float(self._state.schools.readiness[self.row])

    @property
    def principal_years(self) -> float:
        """School years since the principal came; inf where that was before the start and nobody says when."""
        return years_in_post(self._state.schools.weeks_principal[self.row])

    @property
    def norm(self) -> float:
        """What is usual in the school, 0 to 1."""
        return float(self._state.schools.norm[self.row])

    @property
    def designated(self) -> bool:
        """Whether accountability names the school."""
        return bool(self._state.schools.designated[self.row])

    @property
    def pressure(self) -> float:
        """Accountability's pressure, as relief leaves it; 0 to 3."""
        s = self._state.schools
        return float(s.pressure[self.row] * (1.0 - s.relieved[self.row]))


class District(_Row):
    """A district of the model."""

    @property
    def district_id(self) -> str:
        """Id."""
        return self.model.world.district_ids[self.row]  # type: ignore[attr-defined]

    @property
    def superintendent(self) -> float:
        """The superintendent's support, 0 to 1."""
        return float(self._state.districts.superintendent[self.row])

    @property
    def alignment(self) -> list[float]:
        """Alignment of the six instruments with the practice, 0 to 1."""
        return [float(a) for a in np.asarray(self._state.districts.alignment[self.row])]

    @property
    def aligning(self) -> str | None:
        """The instrument that a strategy has the district align this quarter."""
        j = int(self._state.districts.aligning[self.row])
        return INSTRUMENTS[j] if j >= 0 else None

    @property
    def superintendent_years(self) -> float:
        """School years since the superintendent came; inf where that was before the start and nobody says when."""
        return years_in_post(self._state.districts.weeks_superintendent[self.row])

    @property
    def traits(self) -> dict[str, float]:
        """In what districts differ: centralisation, autonomy, regime, fit, complexity, effect and board."""
        return {name: float(self._state.districts[name][self.row]) for name in TRAITS}


def years_in_post(weeks: int) -> float:
    """School years of so many weeks; inf from LONG_AGO on."""
    return float(weeks) / WEEKS_PER_YEAR if weeks < LONG_AGO else float("inf")


def make_agents(model: Any) -> dict[tuple[type, int], Any]:
    """Agents for all rows of a model (a Mesa model that is a ``Run``), by class and row; Mesa keeps them too."""
    state = model.state
    sizes = {Teacher: state.teachers.size, School: state.schools.size, District: state.districts.size}
    return {(kind, row): kind(model, row) for kind, size in sizes.items() for row in range(size)}
