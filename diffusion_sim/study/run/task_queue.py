"""Which runs are still to be done, and handing them out: in tasks short enough to lose and long enough to pay."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping

from diffusion_sim.scenario.words import NONE
from diffusion_sim.study.plan.plan import Block, Plan
from diffusion_sim.study.run.one_seed import TASK_SECONDS, task_seconds
from diffusion_sim.study.run.sequential_stopping import Enough
from diffusion_sim.study.run.worker import Batch, Part, StudyTask

_MOST_BLOCKS = 500  # in one task
_LEARN = 0.3  # weight of the newest task in what is known of a scenario's runs
_FAILED = {"error", "crashed"}


class Todo:
    """What of a block is to be run: what is missing, with ``retry`` what failed or crashed.

    status : key -> status of what the store holds. missing : whether what is missing is run, too.
    """

    def __init__(self, status: Mapping[str, str], retry: bool, missing: bool = True) -> None:
        self.status = status
        self.missing = missing
        self._wanted: set[str | None] = {None} if missing else set()
        if retry:
            self._wanted |= _FAILED
        self._failed = {key for key, said in status.items() if said in _FAILED}

    def part(self, block: Block) -> Part | None:
        """The strategies of ``block`` to run, None where there are none.

        Where ``none`` is run after the others of its seed, they run again: a measure of theirs takes its run.
        """
        said = [self.status.get(key) for key in block.keys]
        chosen = [a for a, status in enumerate(said) if status in self._wanted]
        if not chosen:
            return None
        if NONE in block.strategies:
            none = block.strategies.index(NONE)
            if none in chosen:
                chosen = [a for a, status in enumerate(said) if a in chosen or status == "ok"]
            beside = none not in chosen and said[none] == "ok"
        else:
            beside = False
        return Part(
            block.scenario, block.point, block.replicate, block.seed,
            tuple(block.strategies[a] for a in chosen), tuple(block.keys[a] for a in chosen), beside,
        )  # fmt: skip

    def left(self, block: Block, part: Part | None) -> tuple[int, int, int]:
        """Of the runs of ``block`` that are not in ``part``: how many the store holds, how many of these failed, and
        how many it lacks."""
        chosen = () if part is None else part.keys
        said = [self.status.get(key) for key in block.keys if key not in chosen]
        missing = said.count(None)
        return len(said) - missing, sum(status in _FAILED for status in said), missing

    def succeeded(self, block: Block) -> Part | None:
        """A run of ``block`` that ended well, None without one."""
        for name, key in zip(block.strategies, block.keys, strict=True):
            if self.status.get(key) == "ok":
                return Part(block.scenario, block.point, block.replicate, block.seed, (name,), (key,), False)
        return None

    def again(self, part: Part) -> bool:
        """Whether a run of it failed before: it is run though its cell may have enough replicates."""
        return not self._failed.isdisjoint(part.keys)


class Tasks:
    """Tasks of as many blocks as last about TASK_SECONDS, learnt from those that are done; smaller ones at the end."""

    def __init__(
        self, plan: Plan, parts: Iterator[Part], runs: int, workers: Callable[[], int], enough: Enough,
        limit: float | None, again: Callable[[Part], bool] = lambda part: False,
    ) -> None:  # fmt: skip
        self.plan, self.enough, self.workers = plan, enough, workers
        self.stopped = False
        self.not_needed = 0  # runs of cells that were decided before
        self._parts, self._left, self._again = parts, runs, again
        self._scenarios = {name: pickle.dumps(sc) for name, sc in plan.scenarios.items()}
        self._limit = limit
        self._a_run: dict[str, float] = {}  # scenario -> seconds
        self.crashed: set[str] = set()  # keys of runs that ended their workers

    def learn(self, batch: Batch) -> None:
        """Take the time of a finished task into account."""
        first = 0
        spent: dict[str, list[float]] = {}
        for part in batch.parts:
            many = len(part.strategies)
            sums = spent.setdefault(part.scenario, [0.0, 0.0])
            sums[0] += float(batch.seconds[first : first + many].sum())
            sums[1] += many
            first += many
        for name, (seconds, runs) in spent.items():
            known, new = self._a_run.get(name), seconds / runs
            self._a_run[name] = new if known is None else known + _LEARN * (new - known)

    def __iter__(self) -> Iterator[StudyTask]:
        """The tasks. Ends early where ``stopped`` is set; what was not handed out is run when the study is resumed."""
        parts: list[Part] = []
        seconds = 0.0
        for part in self._parts:
            if self.enough.decided(part.scenario, part.point) and not self._again(part):
                self.not_needed += len(part.strategies)
                self._left -= len(part.strategies)
                continue
            if self.stopped:
                return
            parts.append(part)
            known = self._a_run.get(part.scenario)
            seconds += TASK_SECONDS if known is None else known * len(part.strategies)
            if seconds >= self._most() or len(parts) >= _MOST_BLOCKS:
                yield self._task(parts)
                parts, seconds = [], 0.0
        if parts and not self.stopped:
            yield self._task(parts)

    def _most(self) -> float:
        """Seconds of the next task."""
        return task_seconds(self._left * max(self._a_run.values(), default=TASK_SECONDS), self.workers())

    def _task(self, parts: list[Part]) -> StudyTask:
        self._left -= sum(len(part.strategies) for part in parts)
        return self.task(tuple(parts))

    def task(self, parts: tuple[Part, ...]) -> StudyTask:
        """The task of some parts, with what it needs."""
        spec = self.plan.spec
        points = {number: self.plan.point(number).values for number in {part.point for part in parts}}
        return StudyTask(
            parts,
            {name: self._scenarios[name] for name in {part.scenario for part in parts}},
            {number: pickle.dumps(values) for number, values in points.items()},
            self.plan.allow_code, spec.series, spec.schools, self._limit,
        )  # fmt: skip

    def one_by_one(self, task: StudyTask) -> Iterator[StudyTask]:
        """The runs of a lost task, each alone, ``none`` first: others are run beside it where it has not crashed."""
        for part in task.parts:
            order = sorted(range(len(part.strategies)), key=lambda a: part.strategies[a] != NONE)
            for a in order:
                if self.stopped:
                    return
                name = part.strategies[a]
                none_too = NONE in part.strategies and name != NONE and part.keys[order[0]] not in self.crashed
                beside = part.with_none or none_too
                yield self.task((part._replace(strategies=(name,), keys=(part.keys[a],), with_none=beside),))
