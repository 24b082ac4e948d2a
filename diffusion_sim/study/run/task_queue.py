"""Which runs are still to be done, and handing them out: in tasks short enough to lose and long enough to pay."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import Any

from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE
from diffusion_sim.study.plan.plan import Block
from diffusion_sim.study.run.one_seed import CRASHED, ERROR, OK, Asked
from diffusion_sim.study.run.worker import Batch, Task

TASK_SECONDS = 0.6  # how long a task should last: shorter ones cost more to hand over than they save
_MOST_BLOCKS = 500  # in one task
_LEARN = 0.3  # weight of the newest task in what is known of a scenario's runs
_FAILED = {ERROR, CRASHED}


class Todo:
    """What of a block is to be run: what is missing, with ``retry`` what failed or crashed.

    status : key -> status of what the store holds. missing : whether what is missing is run, too. again : keys of runs
    that are run once more in any case.
    """

    def __init__(
        self, status: Mapping[str, str], retry: bool, missing: bool = True, again: Set[str] = frozenset()
    ) -> None:
        self.status = status
        self.once_more = again
        self.missing = missing
        self._wanted: set[str | None] = {None} if missing else set()
        if retry:
            self._wanted |= _FAILED
        self._failed = {key for key, said in status.items() if said in _FAILED}

    def due(self, key: str) -> bool:
        """Whether a run is to be run."""
        return self.status.get(key) in self._wanted or key in self.once_more

    def part(self, block: Block) -> Block | None:
        """The strategies of ``block`` to run, None where there are none.

        Where ``none`` is run after the others of its seed, they run again: a measure of theirs takes its run.
        """
        said = [self.status.get(key) for key in block.keys]
        chosen = [a for a, key in enumerate(block.keys) if self.due(key)]
        if not chosen:
            return None
        beside = False
        if NONE in block.strategies:
            none = block.strategies.index(NONE)
            if none in chosen:
                chosen = [a for a, status in enumerate(said) if a in chosen or status == OK]
            beside = none not in chosen and said[none] == OK
        strategies, keys = (tuple(names[a] for a in chosen) for names in (block.strategies, block.keys))
        return block._replace(strategies=strategies, keys=keys, with_none=beside)

    def left(self, block: Block, part: Block | None) -> tuple[int, int, int]:
        """Of the runs of ``block`` that are not in ``part``: how many the store holds, how many of these failed, and
        how many it lacks."""
        chosen = () if part is None else part.keys
        said = [self.status.get(key) for key in block.keys if key not in chosen]
        missing = said.count(None)
        return len(said) - missing, sum(status in _FAILED for status in said), missing

    def succeeded(self, block: Block) -> Block | None:
        """A run of ``block`` that ended well, None without one."""
        for name, key in zip(block.strategies, block.keys, strict=True):
            if self.status.get(key) == OK:
                return block._replace(strategies=(name,), keys=(key,))
        return None

    def again(self, part: Block) -> bool:
        """Whether a run of it failed before: it is run though its cell may have enough replicates."""
        return not self._failed.isdisjoint(part.keys)


class Tasks:
    """Tasks of as many parts as last about TASK_SECONDS, learnt from those that are done; smaller ones at the end.

    parts : what is to be run, ``runs`` runs in all. scenarios, values : what they are of, by id and by number of the
    point. needed : whether a part is needed still, asked when its turn comes.
    """

    def __init__(
        self, parts: Iterable[Block], runs: int, scenarios: Mapping[str, Scenario], asked: Asked,
        workers: Callable[[], int], *, values: Callable[[int], Mapping[str, Any]] = lambda point: {},
        needed: Callable[[Block], bool] = lambda part: True,
    ) -> None:  # fmt: skip
        self.asked, self.workers = asked, workers
        self.stopped = False
        self.not_needed = 0  # runs of parts that were not needed any more
        self.crashed: set[str] = set()  # keys of runs that ended their workers
        self._parts, self._left, self._values, self._needed = parts, runs, values, needed
        self._scenarios = {name: pickle.dumps(sc) for name, sc in scenarios.items()}
        self._a_run: dict[str, float] = {}  # scenario -> seconds

    def learn(self, batch: Batch) -> None:
        """Take the time of a finished task into account."""
        spent: dict[str, list[float]] = {}
        for part, _, run in batch.rows():
            spent.setdefault(part.scenario, []).append(run.seconds)
        for name, seconds in spent.items():
            new = sum(seconds) / len(seconds)
            known = self._a_run.get(name, new)
            self._a_run[name] = known + _LEARN * (new - known)

    def __iter__(self) -> Iterator[Task]:
        """The tasks. Ends early where ``stopped`` is set; what was not handed out is run when the study is resumed."""
        parts: list[Block] = []
        seconds = 0.0
        for part in self._parts:
            if not self._needed(part):
                self.not_needed += len(part.strategies)
                self._left -= len(part.strategies)
                continue
            if self.stopped:
                return
            parts.append(part)
            known = self._a_run.get(part.scenario)
            seconds += TASK_SECONDS if known is None else known * len(part.strategies)
            if seconds >= self._most() or len(parts) >= _MOST_BLOCKS:
                yield self._hand_out(parts)
                parts, seconds = [], 0.0
        if parts and not self.stopped:
            yield self._hand_out(parts)

    def _most(self) -> float:
        """Seconds of the next task: at the end tasks are short, so that nobody waits long for the last one."""
        left = self._left * max(self._a_run.values(), default=TASK_SECONDS)
        return min(TASK_SECONDS, left / (3 * self.workers()))

    def _hand_out(self, parts: list[Block]) -> Task:
        self._left -= sum(len(part.strategies) for part in parts)
        return self.task(tuple(parts))

    def task(self, parts: tuple[Block, ...]) -> Task:
        """The task of some parts, with what it needs."""
        scenarios = {name: self._scenarios[name] for name in {part.scenario for part in parts}}
        points = {number: pickle.dumps(self._values(number)) for number in {part.point for part in parts}}
        return Task(parts, scenarios, points, self.asked)

    def one_by_one(self, task: Task) -> Iterator[Task]:
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
