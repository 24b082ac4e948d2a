"""``check_patterns``: the table of patterns, with each row's mechanism off beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.errors import StudyError, as_path, check_flag, nearest
from diffusion_sim.model_version import model_version
from diffusion_sim.patterns.catalogue import NOT_MEASURED, chosen
from diffusion_sim.patterns.record import Row
from diffusion_sim.patterns.space import points
from diffusion_sim.patterns.tasks import Kept, Read, carry_out, make_draws, make_tasks, switched
from diffusion_sim.patterns.verdicts import HOLDS, BySeed, close_call, judge, verdict
from diffusion_sim.scenario.mechanisms import mechanisms
from diffusion_sim.scenario.ranges_lock import digest
from diffusion_sim.study.plan.arms_and_seeds import MOST_REPLICATES, checked_rng, seeds_of, whole
from diffusion_sim.study.run.places import place
from diffusion_sim.study.run.progress import make_progress

SEEDS, LEAST_SEEDS, MOST_DRAWS = 30, 2, 100_000
NO_EVIDENCE = "holds with it off: no evidence for it"
CONDITION_COLUMNS = [
    "row", "reading", "condition", "band", "value", "low", "high", "n", "verdict", "close",
    "value_off", "low_off", "high_off", "verdict_off",
]  # fmt: skip
ROW_COLUMNS = [
    "row", "title", "certainty", "use", "literal", "sharper", "close", "mechanism", "literal_off", "sharper_off",
    "evidence", "space_holds", "space_draws", "lacks",
]  # fmt: skip


@dataclass
class Patterns:
    """What came out. rows : one line a row (ROW_COLUMNS); conditions : one a condition and reading, with its mechanism
    off beside it (CONDITION_COLUMNS); not_measured : id, title, source, reason; values : what each seed showed.

    digest : of all defaults and plausible ranges (ranges.lock). notes : runs that failed.
    """

    rows: pd.DataFrame
    conditions: pd.DataFrame
    not_measured: pd.DataFrame
    values: pd.DataFrame
    seeds: int
    draws: int
    draw_seeds: int
    digest: str = field(default_factory=digest)
    model: str = field(default_factory=model_version)
    notes: list[str] = field(default_factory=list)

    def save(self, out: str | PathLike[str], command: str = "") -> list[Path]:
        """Write the page where ``out`` ends with .md (the ledger that stands there is kept), else patterns.md,
        patterns.csv, conditions.csv, values.csv and patterns.json into that folder. command : that makes the page
        again, for the page to say. Returns the files. Raises StoreError."""
        from diffusion_sim.patterns.page import save

        return save(self, as_path(out, "out", StudyError), command)


def check_patterns(
    rows: Iterable[str] | None = None,
    *,
    seeds: int = SEEDS,
    rng: int = 1,
    off: bool | str = True,
    space: int = 0,
    space_seeds: int = 1,
    workers: int | None = None,
    executor: Executor | None = None,
    keep: str | PathLike[str] | None = None,
    progress: bool | None = None,
) -> Patterns:
    """Hold the model against empirical patterns.

    rows : ids such as A1, None = all. seeds : runs of each arm, 2 or more. rng : the seed of all seeds. off : also
    with each row's own mechanism switched off, or the one that is named. space : draws of the plausible space, 0 =
    none; space_seeds : seeds a draw. workers, executor, progress : as in ``compare``. keep : a folder for what each
    seed shows, so that a stopped call goes on.

    Nothing is tuned here, and no default is changed by what comes out. Raises StudyError for what cannot be asked.
    """
    from diffusion_sim.study.run.warm_up import warm_up

    which = chosen(rows)
    many = whole(seeds, "seeds", LEAST_SEEDS, MOST_REPLICATES)
    count, each = whole(space, "space", 0, MOST_DRAWS), whole(space_seeds, "space_seeds", 1, 1000)
    check_mechanism(off)
    check_flag(progress, "progress", StudyError, none=True)
    first = checked_rng(rng)
    kept = Kept(None if keep is None else as_path(keep, "keep", StudyError))
    tasks = make_tasks(which, seeds_of(first, many), off)
    if count:
        own = seeds_of(first, count * each)
        draws = points(count, first % 2**63)
        tasks += make_draws(which, draws, [own[i * each : (i + 1) * each] for i in range(count)])
    there, left = kept.split(tasks)
    where, shown = place(workers, executor), make_progress(progress)
    point_of = {task.draw: task.point for task in tasks}
    try:
        if left:
            warm_up(shown.say)
        shown.phase("rows on seeds", sum(len(task.rows) for task in left))
        try:
            for read in carry_out(left, where, shown):
                kept.add(read, point_of[read.draw])
                there.append(read)
        except KeyboardInterrupt:
            where.stop()
            more = f"; run again with the same --keep {keep} to go on" if keep is not None else "; nothing was kept"
            raise KeyboardInterrupt(f"stopped after {len(there)} rows on seeds{more}") from None
    finally:
        shown.close()
        where.close()
    return summed_up(which, there, many, count, each, off)


def check_mechanism(off: Any) -> None:
    """Raises StudyError for what is neither True nor False nor the id of a mechanism (nearest ids)."""
    if isinstance(off, bool):
        return
    if not isinstance(off, str) or off not in mechanisms():
        hint = nearest(off, mechanisms()) if isinstance(off, str) else ""
        raise StudyError(f"off: found {off!r:.60}{hint or ';'} True, False or a mechanism is allowed: "
                         f"{', '.join(mechanisms())}")  # fmt: skip


def summed_up(
    which: Sequence[Row], found: Sequence[Read], seeds: int, draws: int, each: int, off: bool | str
) -> Patterns:
    """The tables, from what each row showed on each seed."""
    found = sorted(found, key=lambda read: (read.row, read.off, read.draw, read.seed))
    lines, conditions = [], []
    for row in which:
        mine = [read for read in found if read.row == row.id]
        usual = by_seed(row, [read for read in mine if read.draw < 0 and not read.off])
        without = by_seed(row, [read for read in mine if read.draw < 0 and read.off])
        said = judged_row(row, usual, without if off else None) | {"mechanism": switched(row, off)}
        conditions += said.pop("conditions")
        said["space_holds"], said["space_draws"] = in_space(row, [read for read in mine if read.draw >= 0], draws)
        lines.append(said)
    failed = [read for read in found if read.error]
    notes = [f"{len(failed)} rows on seeds failed; the first: {failed[0].row}, seed {failed[0].seed}: "
             f"{failed[0].error}"] if failed else []  # fmt: skip
    values = pd.DataFrame(
        [(r.row, r.off, r.draw, r.seed, name, value) for r in found for name, value in r.values.items()],
        columns=["row", "off", "draw", "seed", "name", "value"],
    )
    return Patterns(
        pd.DataFrame(lines, columns=ROW_COLUMNS), pd.DataFrame(conditions, columns=CONDITION_COLUMNS),
        pd.DataFrame([one._asdict() for one in NOT_MEASURED]), values, seeds, draws, each, notes=notes,
    )  # fmt: skip


def by_seed(row: Row, reads: Sequence[Read]) -> BySeed:
    """Name -> one value a seed."""
    return {name: np.array([read.values[name] for read in reads], float) for name in row.values}


def judged_row(row: Row, usual: BySeed, without: BySeed | None) -> dict[str, Any]:
    """One line of the table of rows, with the lines of its conditions. A row without a sharper reading has the literal
    one there, too."""
    line: dict[str, Any] = {"row": row.id, "title": row.title, "certainty": row.certainty, "use": row.use,
                            "mechanism": row.mechanism, "lacks": row.lacks, "literal_off": "", "sharper_off": "",
                            "evidence": ""}  # fmt: skip
    conditions = []
    for reading, asked in row.conditions.items():
        asked = asked or row.literal
        here = [judge(one, usual) for one in asked]
        line[reading], line["close"] = verdict(asked, here), close_call(asked, here)
        there = [judge(one, without) for one in asked] if without is not None else None
        if there is not None:
            line[f"{reading}_off"] = verdict(asked, there)
        for place_, (one, it) in enumerate(zip(asked, here, strict=True)):
            own = there[place_] if there is not None else None
            beside = (own.value, own.low, own.high, own.verdict) if own else (np.nan, np.nan, np.nan, "")
            word = "" if one.shown_only else it.verdict
            end = (beside[3] if not one.shown_only else "",)
            conditions.append(
                (row.id, reading, one.words, one.band, it.value, it.low, it.high, it.n, word, it.close, *beside[:3],
                 *end)
            )  # fmt: skip
    if line["sharper"] == HOLDS and line["sharper_off"]:
        line["evidence"] = NO_EVIDENCE if line["sharper_off"] == HOLDS else f"{line['sharper_off']} with it off"
    return line | {"conditions": conditions}


def in_space(row: Row, reads: Sequence[Read], draws: int) -> tuple[float, float]:
    """(draws that hold the sharper reading, draws), NaN where none was asked for or the row goes over them itself."""
    if not draws or not row.in_space:
        return np.nan, np.nan
    asked, holds = row.sharper or row.literal, 0
    for number in range(draws):
        seeds = by_seed(row, [read for read in reads if read.draw == number])
        holds += verdict(asked, [judge(one, seeds) for one in asked]) == HOLDS
    return float(holds), float(draws)
