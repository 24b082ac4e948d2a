"""How far a comparison or a study is, with the time left: a bar, a line below a notebook's cell, or plain lines."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from diffusion_sim.errors import encodable

_QUIET = 5.0  # seconds before the first plain line: short comparisons print nothing
_EVERY = 10.0  # seconds between plain lines
_CELL = 0.5  # seconds between changes below a notebook's cell


class Silent:
    """Says nothing."""

    def say(self, text: str) -> None:
        """One line of text."""

    def phase(self, what: str, runs: int) -> None:
        """A part of the work with this many runs begins."""

    def advance(self, runs: int) -> None:
        """So many more runs are done."""

    def fewer(self, runs: int) -> None:
        """So many of the runs are not needed after all."""

    def close(self) -> None:
        """No more is said."""


class Lines(Silent):
    """A line now and then."""

    def __init__(self) -> None:
        self._begin = self._last = time.monotonic()
        self._what, self._runs, self._done = "", 0, 0

    def say(self, text: str) -> None:
        """One line of text."""
        print(encodable(text), file=sys.stderr, flush=True)

    def phase(self, what: str, runs: int) -> None:
        """A part of the work with this many runs begins."""
        self._what, self._runs, self._done = what, runs, 0
        self._begin = time.monotonic()
        self._last = self._begin + _QUIET - _EVERY

    def fewer(self, runs: int) -> None:
        """So many of the runs are not needed after all."""
        self._runs -= runs

    def advance(self, runs: int) -> None:
        """So many more runs are done."""
        self._done += runs
        now = time.monotonic()
        if now - self._last < _EVERY or self._done >= self._runs:
            return
        self._last = now
        self.say(self._state(now))

    def _state(self, now: float) -> str:
        if self._done >= self._runs:
            return f"{self._what}: {self._done} of {self._runs} runs in {in_words(now - self._begin)}"
        rate = self._done / max(now - self._begin, 1e-9)
        left = (self._runs - self._done) / rate if rate else 0.0
        return f"{self._what}: {self._done} of {self._runs} runs, {rate:.3g} a second, about {in_words(left)} left"


class Cell(Lines):
    """One line below a notebook's cell, which changes."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Any = None
        self._told: list[str] = []

    def say(self, text: str) -> None:
        """One line of text, which stays."""
        self._told.append(encodable(text))
        self._show("")

    def advance(self, runs: int) -> None:
        """So many more runs are done."""
        self._done += runs
        now = time.monotonic()
        if now - self._last >= _CELL or self._done >= self._runs:
            self._last = now
            self._show(self._state(now))

    def close(self) -> None:
        """No more is said; what stays is how far it came."""
        if self._what:
            now = time.monotonic()
            done = self._done >= self._runs
            self._show(self._state(now) if done else f"{self._what}: ended after {self._done} of {self._runs} runs")

    def _show(self, state: str) -> None:
        from IPython.display import display

        bundle = {"text/plain": "\n".join([*self._told, state]).rstrip("\n")}
        if self._shown is None:
            self._shown = display(bundle, raw=True, display_id=True)
        else:
            self._shown.update(bundle, raw=True)


class Bar(Silent):
    """A bar that moves, for terminals."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.text import Text

        class Rate(ProgressColumn):
            """Runs a second."""

            def render(self, task: Any) -> Text:
                return Text(f"{task.speed:.3g} a second," if task.speed else "")

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("runs,"),
            Rate(),
            TextColumn("time left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            speed_estimate_period=120.0,
        )
        self._task: Any = None
        self._runs = 0

    def say(self, text: str) -> None:
        """One line of text."""
        self._progress.console.print(encodable(text), markup=False, highlight=False)

    def phase(self, what: str, runs: int) -> None:
        """A part of the work with this many runs begins."""
        if self._task is None:
            self._progress.start()
        else:
            self._progress.remove_task(self._task)
        self._runs = runs
        self._task = self._progress.add_task(what, total=runs)

    def advance(self, runs: int) -> None:
        """So many more runs are done."""
        self._progress.advance(self._task, runs)

    def fewer(self, runs: int) -> None:
        """So many of the runs are not needed after all."""
        self._runs -= runs
        self._progress.update(self._task, total=self._runs)

    def close(self) -> None:
        """No more is said."""
        self._progress.stop()


def make_progress(wanted: bool | None) -> Silent:
    """Nothing for ``False``; a bar where standard error is a terminal that can move, a line below a notebook's cell,
    lines elsewhere."""
    if wanted is False:
        return Silent()
    stream = sys.stderr
    terminal = stream is not None and hasattr(stream, "isatty") and stream.isatty()
    if stream is None:
        return Silent()
    if terminal and not os.environ.get("CI") and os.environ.get("TERM") != "dumb":
        return Bar()
    return Cell() if _in_notebook() else Lines()


def _in_notebook() -> bool:
    """Whether an IPython kernel runs this, as in Jupyter."""
    shell = sys.modules.get("IPython")
    here = shell.get_ipython() if shell is not None else None
    return here is not None and getattr(here, "kernel", None) is not None


def in_words(seconds: float) -> str:
    """``40 s``, ``3 min``, ``2.5 h``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
