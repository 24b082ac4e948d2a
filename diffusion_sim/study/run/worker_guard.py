"""Inside a worker process of our own: it ends with its parent, and a run that takes too long ends the worker."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_LOOK = 1.0  # seconds between looks at the parent
_TIMER = hasattr(signal, "setitimer")  # not on Windows
TOO_LONG = "SIGALRM" if _TIMER else "EXIT(1)"  # in the exit code of a worker that took too long


def begin(parent: int) -> None:
    """A worker's first act. The keyboard's interrupt is for the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _TIMER:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    if os.name == "posix":  # elsewhere the parent's number stays; idle workers end by themselves
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)


@contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """End this process, with exit code TOO_LONG, where what is inside lasts longer. None = no limit.

    The clock is the system's, or a thread of C, so that code which never lets go of the interpreter's lock is ended as
    well.
    """
    if seconds is None:
        yield
        return
    if _TIMER:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        return
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
