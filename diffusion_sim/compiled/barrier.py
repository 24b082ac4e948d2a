"""A barrier: where threads that run the same weeks wait for each other, without leaving compiled code.

Waking a thread that sleeps takes as long as a small world's week. So a waiting thread does not sleep: it looks again
and again whether all have come, and after LOOKS looks it offers the processor to other threads each time. A meeting is
an array of three numbers: how often a thread has come, whether the meeting was abandoned because a thread will never
come, and a count for the threads' own use.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from concurrent.futures import wait

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic

from diffusion_sim.compiled.threads import turn_of

_WORD = ir.IntType(64)
LOOKS = 500  # looks before the processor is offered to others: some ten microseconds
_HINTS = {"x86_64": ("llvm.x86.sse2.pause",), "aarch64": ("llvm.aarch64.hint", 1)}  # "I am only waiting"
_HINT = _HINTS.get({"AMD64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine()), ())
_YIELD = "diffusion_sim_yield"


def _make_known() -> None:
    """Give compiled code the system's function that lets other threads go first."""
    if sys.platform == "win32":
        function = ctypes.WinDLL("kernel32").SwitchToThread
    else:
        function = ctypes.CDLL(None).sched_yield
    address = ctypes.cast(function, ctypes.c_void_p).value
    llvmlite.binding.add_symbol(_YIELD, address)


_make_known()


ARRIVED, ABANDONED, COUNTED = 0, 1, 2


def new_meeting():
    """A meeting to which nobody has come yet."""
    return np.zeros(3, np.int64)


@intrinsic
def meet(context, meeting, parties):
    """Wait until each of ``parties`` threads (int64) has come here equally often. What a thread wrote before, all can
    read afterwards.

    meeting : ``new_meeting``. All parties must be running. Returns True, or False where the meeting was abandoned.
    """
    if not (isinstance(meeting, types.Array) and meeting.dtype == types.int64):
        raise TypeError("needs an array of int64")

    def generate(context, builder, sig, args):
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        counter, abandoned = (builder.gep(data, [ir.Constant(_WORD, place)]) for place in (ARRIVED, ABANDONED))
        none, one = ir.Constant(_WORD, 0), ir.Constant(_WORD, 1)
        before = builder.atomic_rmw("add", counter, one, "seq_cst")
        goal = builder.mul(builder.add(builder.sdiv(before, args[1]), one), args[1])
        begin, function = builder.block, builder.function
        names = ("look", "wait", "breathe", "offer", "together", "alone", "end")
        look, wait, breathe, offer, together, alone, end = (function.append_basic_block(name) for name in names)
        builder.branch(look)
        builder.position_at_end(look)
        looks = builder.phi(_WORD)
        looks.add_incoming(none, begin)
        present = builder.load_atomic(counter, "acquire", 8)
        builder.cbranch(builder.icmp_signed(">=", present, goal), together, wait)
        builder.position_at_end(wait)
        gone = builder.load_atomic(abandoned, "acquire", 8)
        builder.cbranch(builder.icmp_signed("!=", gone, none), alone, breathe)
        builder.position_at_end(breathe)
        _breathe(builder)
        looks.add_incoming(builder.add(looks, one), breathe)
        builder.cbranch(builder.icmp_signed("<", looks, ir.Constant(_WORD, LOOKS)), look, offer)
        builder.position_at_end(offer)
        let_others = ir.FunctionType(ir.IntType(32), [])
        builder.call(cgutils.get_or_insert_function(builder.module, let_others, _YIELD), [])
        looks.add_incoming(looks, offer)
        builder.branch(look)
        for block in (together, alone):
            builder.position_at_end(block)
            builder.branch(end)
        builder.position_at_end(end)
        met = builder.phi(ir.IntType(1))
        met.add_incoming(cgutils.true_bit, together)
        met.add_incoming(cgutils.false_bit, alone)
        return met

    return signature(types.boolean, meeting, types.int64), generate


def _breathe(builder):
    """Tell the processor that this thread only waits."""
    if _HINT:
        said = [ir.Constant(ir.IntType(32), number) for number in _HINT[1:]]
        form = ir.FunctionType(ir.VoidType(), [ir.IntType(32)] * len(said))
        builder.call(cgutils.get_or_insert_function(builder.module, form, _HINT[0]), said)


def all_together(pool, meeting, calls):
    """Run calls that meet at ``meeting``, all at once, each in a thread of ``pool``, which has as many.

    An error in one of them, or in starting them, ends all of them and is raised. An interrupt (Ctrl-C) is raised only
    when all are done, because compiled code does not stop for it and would go on writing.
    """

    def call(work):
        try:
            work()
        except BaseException:
            meeting[ABANDONED] = 1
            raise

    with turn_of(pool):
        jobs = []
        try:
            for work in calls:
                jobs.append(pool.submit(call, work))
        except BaseException:
            meeting[ABANDONED] = 1
            wait(jobs)
            raise
        interrupt = None
        while not all(job.done() for job in jobs):
            try:
                wait(jobs)
            except KeyboardInterrupt as found:
                interrupt = found
        if interrupt is not None:
            raise interrupt
        for job in jobs:
            job.result()
