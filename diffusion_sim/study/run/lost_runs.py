"""What the row of a run that was lost says, and what that says later: whether to try the run once more."""

from __future__ import annotations

from diffusion_sim.study.run.executors import DIED, Lost

_FIRST, _AGAIN = "run alone, ", "run alone again, "
_NOT_KNOWN = ", and it is not known whether a worker had begun it"
_SIGNAL = DIED + "SIG"


def words(lost: Lost, tries: int, before: bool) -> str:
    """The error of a run that was lost alone. tries : of its place; before : whether its row said so already."""
    times = "twice" if tries > 1 else "again"
    return f"{_AGAIN if before else _FIRST}it was lost {times}{_NOT_KNOWN if lost.begun is None else ''}: {lost.reason}"


def once_more(error: str | None) -> bool:
    """Whether a row's error says that the run was lost for the first time, and perhaps not by its own fault: a signal
    (``kill -9``, too little memory) ended its worker, or no worker may have begun it."""
    return error is not None and error.startswith(_FIRST) and (_SIGNAL in error or _NOT_KNOWN in error)
