"""Inside a worker process of our own: it ends with its parent, tells it that a run begins where it is alone, and is
ended by a run that takes too long."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

_LOOK = 1.0  # seconds between looks at the parent
_TIMER = hasattr(signal, "setitimer")  # not on Windows
TOO_LONG = "SIGALRM" if _TIMER else "EXIT(1)"  # in the exit code of a worker that took too long


class Pipes(NamedTuple):
    """Ends of pipes. life : nothing is ever written to it; it is closed when the parent is gone. begun : from workers
    to the parent, a byte for each run that begins alone."""

    life: Connection
    begun: Connection


@cache
def pipes(parent: int) -> tuple[Pipes, Pipes]:
    """(ends of the parent, ends of its workers) of the process with this number."""
    (life, our_life), (our_begun, begun) = Pipe(duplex=False), Pipe(duplex=False)
    return Pipes(our_life, our_begun), Pipes(life, begun)


_begun: Connection  # in a worker


def begin(parent: int, ends: Pipes) -> None:
    """A worker's first act. The keyboard's interrupt is for the parent, which ends its workers."""
    global _begun
    _begun = ends.begun
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _TIMER:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    if sys.platform == "linux":
        with suppress(OSError):  # without /proc the thread is left
            _ended_by(ends.life)
    if os.name == "posix":  # elsewhere the parent's number stays; idle workers end by themselves
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _ended_by(life: Connection) -> None:
    """Let the system end this process, by SIGIO, when the parent is gone: at once, within a compiled call as well.

    A parent-death signal would do so, too, but comes already when the thread that started the worker ends.
    """
    import fcntl

    # Opened anew: a file has one owner, who gets the signal, and all workers have the same end of the pipe.
    own = os.open(f"/proc/self/fd/{life.fileno()}", os.O_RDONLY | os.O_NONBLOCK)
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(own, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(own, fcntl.F_SETFL, fcntl.fcntl(own, fcntl.F_GETFL) | os.O_ASYNC)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)


def announced(function: Callable[[Any], Any], task: Any) -> Any:
    """``function`` of a task, in a worker; before, its parent is told that it begins."""
    _begun.send_bytes(b"1")
    return function(task)


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
