"""All numbers a kernel needs, in typed groups; each group is a scenario section."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.dynamics.aware import AwareParams
from diffusion_sim.dynamics.coaches import CoachParams
from diffusion_sim.dynamics.cycles import CycleParams
from diffusion_sim.dynamics.embedding import EmbeddingParams
from diffusion_sim.dynamics.enrolment import EnrolmentParams
from diffusion_sim.dynamics.experience import ExperienceParams
from diffusion_sim.dynamics.internalise import InternaliseParams
from diffusion_sim.dynamics.leaders import LeaderParams, LeaderStart
from diffusion_sim.dynamics.learning import LearningParams
from diffusion_sim.dynamics.money import MoneyParams
from diffusion_sim.dynamics.norm import NormParams
from diffusion_sim.dynamics.pupils import PupilParams
from diffusion_sim.dynamics.readiness import ReadinessParams
from diffusion_sim.dynamics.staffing import StaffingParams
from diffusion_sim.dynamics.stop import StopParams
from diffusion_sim.dynamics.structure import StructureParams, structure
from diffusion_sim.dynamics.trial import TrialParams
from diffusion_sim.dynamics.trust import TrustParams
from diffusion_sim.dynamics.turnover import TurnoverParams


class Params(NamedTuple):
    """The numbers of the weekly loop, grouped by submodel."""

    aware: AwareParams
    trial: TrialParams
    learning: LearningParams
    experience: ExperienceParams
    stop: StopParams
    internalise: InternaliseParams
    norm: NormParams
    readiness: ReadinessParams
    trust: TrustParams
    coaches: CoachParams
    pupils: PupilParams
    staffing: StaffingParams
    embedding: EmbeddingParams
    structure: StructureParams


_GROUPS: dict[str, Any] = {
    "aware": AwareParams,
    "trial": TrialParams,
    "learning": LearningParams,
    "experience": ExperienceParams,
    "stop": StopParams,
    "internalise": InternaliseParams,
    "norm": NormParams,
    "readiness": ReadinessParams,
    "trust": TrustParams,
    "coaches": CoachParams,
    "pupils": PupilParams,
    "staffing": StaffingParams,
    "embedding": EmbeddingParams,
    "structure": StructureParams,
}
_PACKED = np.dtype(
    (np.record, [(name, np.dtype((np.record, [(f, "f8") for f in group._fields]))) for name, group in _GROUPS.items()])
)


@lru_cache(maxsize=64)
def packed(params: Params) -> np.recarray:
    """The same numbers as one record, shape (1,): a kernel takes it as one argument, at no cost a call."""
    values = tuple(tuple(group) for group in params)
    return np.array([values], dtype=_PACKED).view(np.recarray)


# Numbers that a group takes from other sections.
BORROWED = {
    ReadinessParams: {"focus_kept": "leaders.focus_kept", "team_kept": "leaders.team_kept"},
    PupilParams: {"released_leaders": "money.released_leaders"},
}
_SECTIONS = _GROUPS | {"enrolment": EnrolmentParams, "leaders": LeaderParams, "turnover": TurnoverParams}


def section(get: Callable[[str], Any], name: str) -> Any:
    """The typed group of one scenario section; ``get`` returns the value at a dotted path. All floats."""
    group = _SECTIONS[name]
    paths = BORROWED.get(group, {})
    return group(*(float(get(paths.get(field, f"{name}.{field}"))) for field in group._fields))


def weekly(get: Callable[[str], Any]) -> Params:
    """All groups of the weekly loop."""
    return Params(*(section(get, name) for name in Params._fields[:-1]), structure(get))


def leader_start(get: Callable[[str], Any]) -> LeaderStart:
    """Means and SDs that new leaders are drawn from."""
    paths = ("schools.principal", "schools.principal_sd", "districts.superintendent", "districts.superintendent_sd")
    return LeaderStart(*(float(get(path)) for path in (*paths, "enrolment.openness_sd", "districts.icc")))


def cycles(get: Callable[[str], Any]) -> CycleParams:
    """Numbers of improvement cycles."""
    names = CycleParams._fields[:-1]
    return CycleParams(*(float(get(f"testing.{n}")) for n in names), float(get("testing.networks") == "district"))


def money(get: Callable[[str], Any]) -> MoneyParams:
    """Prices and spend rule."""
    said = {"money.spend": "stretch", "money.unspent": "carried", "staffing.trade": "pays"}
    words = (float(get(path) == word) for path, word in said.items())
    numbers = (float(get(f"money.{name}")) for name in MoneyParams._fields[:-4])
    return MoneyParams(*numbers, float(get("programme.hours_max")), *words)
