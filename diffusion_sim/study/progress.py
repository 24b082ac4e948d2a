"""How far a comparison is, with the time left: a bar on a terminal, plain lines elsewhere, on standard error."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

_QUIET = 5.0  # seconds before the first plain line: short comparisons print nothing
_EVERY = 10.0  # seconds between plain lines


class Silent:
    """Says nothing."""

    def say(self, text: str) -> None:
        """One line of text."""

    def phase(self, what: str, runs: int) -> None:
        """A part of the work with this many runs begins."""

    def advance(self, runs: int) -> None:
        """So many more runs are done."""

    def close(self) -> None:
        """No more is said."""


class Lines(Silent):
    """A line now and then."""

    def __init__(self) -> None:
        self._begin = self._last = time.monotonic()
        self._what, self._runs, self._done = "", 0, 0

    def say(self, text: str) -> None:
        """One line of text."""
        print(text, file=sys.stderr, flush=True)

    def phase(self, what: str, runs: int) -> None:
        """A part of the work with this many runs begins."""
        self._what, self._runs, self._done = what, runs, 0
        self._begin = time.monotonic()
        self._last = self._begin + _QUIET - _EVERY

    def advance(self, runs: int) -> None:
        """So many more runs are done."""
        self._done += runs
        now = time.monotonic()
        if now - self._last < _EVERY or self._done >= self._runs:
            return
        self._last = now
        left = (now - self._begin) / self._done * (self._runs - self._done)
        self.say(f"{self._what}: {self._done} of {self._runs} runs, about {in_words(left)} left")


class Bar(Silent):
    """A bar that moves, for terminals."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("runs, time left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            speed_estimate_period=120.0,
        )
        self._task: Any = None

    def say(self, text: str) -> None:
        """One line of text."""
        self._progress.console.print(text, markup=False, highlight=False)

    def phase(self, what: str, runs: int) -> None:
        """A part of the work with this many runs begins."""
        if self._task is None:
            self._progress.start()
        else:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(what, total=runs)

    def advance(self, runs: int) -> None:
        """So many more runs are done."""
        self._progress.advance(self._task, runs)

    def close(self) -> None:
        """No more is said."""
        self._progress.stop()


def make_progress(wanted: bool | None) -> Silent:
    """Nothing for ``False``; else a bar where standard error is a terminal that can move, lines where it is not."""
    if wanted is False:
        return Silent()
    stream = sys.stderr
    terminal = stream is not None and hasattr(stream, "isatty") and stream.isatty()
    if stream is None:
        return Silent()
    if terminal and not os.environ.get("CI") and os.environ.get("TERM") != "dumb":
        return Bar()
    return Lines()


def in_words(seconds: float) -> str:
    """``40 s``, ``3 min``, ``2.5 h``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
