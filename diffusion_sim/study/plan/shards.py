"""Parts of a study that machines without a common scheduler run each by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from diffusion_sim.errors import StudyError
from diffusion_sim.study.plan.plan import Block, Plan


class Shard(NamedTuple):
    """The ``number``-th of ``of`` parts of a study, from 1."""

    number: int
    of: int

    @classmethod
    def read(cls, said: str | tuple[int, int] | Shard) -> Shard:
        """``2/8``. Raises StudyError."""
        try:
            parts = said.split("/") if isinstance(said, str) else said
            number, of = (int(part) for part in parts)
        except (ValueError, TypeError, AttributeError):
            number = of = 0
        if not 1 <= number <= of <= 100_000:
            raise StudyError(f"shard: found {said!r:.40}; i/n with i from 1 to n is allowed, for example 2/8")
        return cls(number, of)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def folder(self) -> str:
        """Name of its folder."""
        return f"{self.number}-of-{self.of}"

    def blocks(self, plan: Plan) -> Iterator[Block]:
        """Its blocks: every ``of``-th, by a rule that keeps them when the study grows. With ``precision``, which looks
        at all of a cell, every ``of``-th cell: scenarios never change, so their number goes with the point."""
        whole_cells, scenarios = plan.spec.precision is not None, len(plan.scenarios)

        def mine(scenario: int, point: int, replicate: int) -> bool:
            place = point * scenarios + scenario if whole_cells else scenario + point + replicate
            return place % self.of == self.number - 1

        return plan.blocks(mine)
