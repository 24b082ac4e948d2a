"""All that changes in a run, as arrays: what is copied to branch and written to save."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from diffusion_sim.compiled.column_table import copied, zeros
from diffusion_sim.dynamics.money import LEDGER
from diffusion_sim.measures import MEASURES, PotSums, new_memory
from diffusion_sim.state.codes import BOOK, EVIDENCE, FLOWS
from diffusion_sim.state.tables import (
    ASKED,
    DISTRICT,
    FACE,
    FACE_NUMBERS,
    FLOW,
    NOBODIES,
    SCHOOL,
    TEACHER,
    Bytes,
    Districts,
    Floats,
    Ints,
    Keys,
    Network,
    Schools,
    Teachers,
    Ties,
    rows,
)
from diffusion_sim.strategies.contract import Strategy
from diffusion_sim.strategies.testing import RULE_SIZE
from diffusion_sim.world.build import World
from diffusion_sim.world.like_schools import like_use, visible_share
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.packed_ties import packed_ties, show_all
from diffusion_sim.world.peer_scale import peer_scale
from diffusion_sim.world.use_elsewhere import use_elsewhere

TABLES = ("teachers", "schools", "districts", "asked")

WORLD_TABLES = ("teachers", "schools", "districts", "network")
ARRAYS = (
    *("faces", "flows", "ledger", "memory", "left", "places", "invited", "appointed", "memo", "year_pot", "capacity"),
    *("series", "flow_series", "variant_rule", "variant_origin", "variant_number", "evidence"),
    *("readiness_start", "named"),
)
# What counts as asked before a plan has said anything; all else 0.
ASKED_FIRST = {"priority": np.nan, "staffing_priority": np.nan, "building": np.nan, "outreach": 1.0}
ASKED_FIRST |= {"staffing_share": 1.0, "staffing_schools": 1.0, "align": -1.0}
MONEY = ("filled", "unspent", "unspent_own")  # US dollars so far, of all pots together


@dataclass
class RunState:
    """State of a run after ``week`` weeks."""

    week: int
    filled: float  # new money that came into the pots, less what cuts took of what was left
    unspent: float  # left of the pots of past years of support and not carried on
    unspent_own: float  # left of the pots of past years after support and not carried on
    teachers: Teachers
    schools: Schools
    districts: Districts
    network: Network
    ties: Ties  # the network as the weekly loop reads it
    faces: Floats  # (2, T + NOBODIES, 4): what teachers show, even and odd weeks; rows from T on are nobody's
    flows: Floats  # (S, F): so far
    ledger: Floats  # (12,): US dollars so far; what traded posts freed is negative
    memory: Floats
    left: Bytes  # (S,): left the programme this summer
    asked: Any  # (S,) records ASKED: what the strategy asks for, until it asks otherwise
    places: Ints  # (1,): most schools enrolled at once, -1 = no limit asked for
    invited: Bytes  # (T,): asked to be invited by name
    named: Bytes  # (T,): whom the strategy has named, and is still in the post; 0 = not, else a number of its own
    appointed: Bytes  # (T,): asked to be appointed this quarter
    memo: Floats  # (S, 4): what the strategy wrote down for itself
    year_pot: Floats  # (pots,): what is left of this year's pot
    capacity: Floats  # (pots,): trained coaches of the district's own in post
    variant_rule: Floats  # (4,): how schools test variants (strategies.testing), until told otherwise
    variant_origin: Keys  # (S, BOOK): whose design each variant in a school's books is, 0 = the menu's
    variant_number: Ints  # (S, BOOK): its number there, -1 = a free place
    evidence: Floats  # (S, BOOK, EVIDENCE): weight and sum of own observations, then of those read of, by context
    readiness_start: Floats  # (S,): R when the run began
    series: Floats  # (W + 1, measures)
    flow_series: Floats  # (W + 1, F)
    school_series: Floats  # (W + 1, S, 3): reach, deep use, mean depth of each school; (0, 0, 3) = not recorded

    @classmethod
    def start(cls, world: World, numbers: Numbers, copy: bool) -> RunState:
        """The state before week 1; with ``copy`` the world stays as it is for the next strategy."""
        weeks = numbers.weeks
        parts: dict[str, Any] = {name: getattr(world, name) for name in WORLD_TABLES}
        if copy:
            parts = {name: _copied(columns) for name, columns in parts.items()}
        size, posts = world.schools.size, world.teachers.size
        faces = zeros((2, posts + NOBODIES, FACE_NUMBERS))
        show_all(0, parts["teachers"], faces[0])
        look_around(world, parts, faces[0, :posts, 0], numbers)
        use_elsewhere(world, parts["schools"], parts["districts"], numbers)
        return cls(
            week=0,
            **dict.fromkeys(MONEY, 0.0),
            **parts,
            ties=packed_ties(parts["network"], parts["teachers"]),
            faces=faces,
            flows=np.zeros((size, len(FLOWS))),
            ledger=np.zeros(len(LEDGER)),
            memory=new_memory(),
            left=np.zeros(size, np.uint8),
            asked=rows(ASKED, size, **ASKED_FIRST),
            places=np.full(1, -1, np.int32),
            invited=np.zeros(posts, np.uint8),
            named=np.zeros(posts, np.uint8),
            appointed=np.zeros(posts, np.uint8),
            memo=np.zeros((size, 4)),
            year_pot=np.zeros(world.pots.posts.size),
            capacity=np.zeros(world.pots.posts.size),
            variant_rule=np.zeros(RULE_SIZE),
            variant_origin=np.zeros((size, BOOK), np.uint64),
            variant_number=np.full((size, BOOK), -1, np.int32),
            evidence=np.zeros((size, BOOK, EVIDENCE)),
            readiness_start=np.array(world.schools.readiness),
            series=np.full((weeks + 1, len(MEASURES)), np.nan),
            flow_series=np.zeros((weeks + 1, len(FLOWS))),
            school_series=not_recorded(),
        )

    @property
    def pot_sums(self) -> PotSums:
        """What came into the pots and what is left of it, for the row of measures."""
        return PotSums(self.filled, self.unspent, self.unspent_own, float(self.year_pot.sum()))

    @cached_property
    def flow_rows(self) -> Any:
        """``flows`` as FLOW records, the same memory: what kernels add to."""
        return self.flows.view(FLOW)[:, 0]

    @cached_property
    def face_rows(self) -> Any:
        """``faces`` as FACE records, (2, T + NOBODIES), the same memory: what kernels read and write."""
        return self.faces.view(FACE)[..., 0]

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: not the views, which would become memory of their own."""
        return {name: part for name, part in self.__dict__.items() if name not in ("flow_rows", "face_rows")}

    def copy(self) -> RunState:
        """An independent copy."""
        parts = {name: _copied(getattr(self, name)) for name in (*TABLES, "network")}
        parts |= {name: getattr(self, name) for name in MONEY}
        arrays = {name: copied(getattr(self, name)) for name in ARRAYS}
        series = self.school_series.copy()
        return RunState(week=self.week, **parts, ties=self.ties, **arrays, school_series=series)

    def arrays(self) -> dict[str, Any]:
        """Every array by a flat name: ``teachers.skill``, ``network.degree``, ``ledger``, ..."""
        flat: dict[str, Any] = {name: getattr(self, name) for name in ARRAYS}
        flat |= {f"network.{field}": column for field, column in self.network._asdict().items()}
        for name in TABLES:
            table = getattr(self, name)
            flat |= {f"{name}.{field}": table[field] for field in table.dtype.names}
        return flat

    @classmethod
    def from_arrays(cls, week: int, money: dict[str, float], flat: dict[str, Any]) -> RunState:
        """The reverse of ``arrays``; raises KeyError for a missing one, ValueError for one of another shape.

        money : MONEY by name.
        """
        kinds = {"teachers": TEACHER, "schools": SCHOOL, "districts": DISTRICT, "asked": ASKED}
        parts: dict[str, Any] = {"network": Network(*(flat[f"network.{field}"] for field in Network._fields))}
        for name, kind in kinds.items():
            columns = {field: flat[f"{name}.{field}"] for field in kind.names or ()}
            parts[name] = rows(kind, next(iter(columns.values())).shape[0], **columns)
        ties = packed_ties(parts["network"], parts["teachers"])
        arrays = {name: flat[name] for name in ARRAYS}
        return cls(week=week, **money, **parts, ties=ties, **arrays, school_series=not_recorded())


def look_around(world: World, parts: dict[str, Any], shown: Floats, numbers: Numbers) -> None:
    """What schools see of others before week 1, and the scale of peers' force, in place. parts : tables and network;
    shown : (T,), of faces."""
    schools = parts["schools"]
    if numbers.weekly.structure.like == 1.0:
        share = visible_share(schools, shown)
        schools.like[:] = schools.like_start[:] = like_use(schools, world.kinds, share, numbers.enrolment)
    if numbers.weekly.structure.threshold == 1.0:
        schools.peer_scale[:] = peer_scale(parts["network"], parts["teachers"], shown, numbers.weekly)


def not_recorded() -> Floats:
    """``RunState.school_series`` where nobody asked for it."""
    return np.zeros((0, 0, 3))


class Run(Protocol):
    """A run, to whoever reads it: a world, the state it has come to, and the numbers it goes by. A model is one."""

    world: World
    state: RunState
    numbers: Numbers
    maker: Strategy


def _copied(columns: Any) -> Any:
    """A copy of a table or of a tuple of arrays."""
    if isinstance(columns, tuple):
        return type(columns)(*map(copied, columns))
    return columns.copy() if isinstance(columns, Teachers) else copied(columns)
