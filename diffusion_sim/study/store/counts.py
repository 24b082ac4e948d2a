"""How the runs of a study ended, as whoever runs it says and a store's status holds it."""

from __future__ import annotations

from typing import NamedTuple


class Counts(NamedTuple):
    """Runs. done : ended well now; failed : with an error of their own; crashed : took their worker with them twice;
    skipped : in the store before, and not run again; not_needed : of cells that had enough replicates (``precision``);
    failed_before : of the skipped, those that had failed or crashed."""

    done: int
    failed: int
    crashed: int
    skipped: int
    not_needed: int = 0
    failed_before: int = 0

    @property
    def all_failed(self) -> bool:
        """Whether there are runs, and none of them succeeded, now or before."""
        bad = self.failed + self.crashed + self.failed_before
        return bad > 0 and self.done + self.skipped == self.failed_before

    def __str__(self) -> str:
        said = f"{self.done:,} done, {self.failed:,} failed, {self.crashed:,} crashed, {self.skipped:,} skipped"
        said += f" (of them {self.failed_before:,} had failed before)" if self.failed_before else ""
        return said + (f", {self.not_needed:,} not needed" if self.not_needed else "")
