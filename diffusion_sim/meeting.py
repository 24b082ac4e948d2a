"""Where threads that run the same weeks wait for each other, without leaving compiled code.

Waking a thread that sleeps takes as long as a small world's week; who waits here looks again and again, and after a
while lets others have the processor at each look.
"""

from __future__ import annotations

import ctypes
import platform
import sys

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic

_WORD = ir.IntType(64)
LOOKS = 500  # before the processor is offered to others: some ten microseconds
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


@intrinsic
def meet(context, arrived, parties):
    """Wait until all ``parties`` (int64) have come here as often; what one wrote before, all read afterwards.

    arrived : int64 (1,), 0 before the first meeting: how often anybody has come. All parties must be running.
    """
    if not (isinstance(arrived, types.Array) and arrived.dtype == types.int64):
        raise TypeError("needs an array of int64")

    def generate(context, builder, sig, args):
        counter = context.make_array(sig.args[0])(context, builder, args[0]).data
        parties = args[1]
        one = ir.Constant(_WORD, 1)
        before = builder.atomic_rmw("add", counter, one, "seq_cst")
        goal = builder.mul(builder.add(builder.sdiv(before, parties), one), parties)
        function = builder.function
        begin = builder.block
        look = function.append_basic_block("look")
        wait, offer = function.append_basic_block("wait"), function.append_basic_block("offer")
        together = function.append_basic_block("together")
        builder.branch(look)
        builder.position_at_end(look)
        looks = builder.phi(_WORD)
        looks.add_incoming(ir.Constant(_WORD, 0), begin)
        present = builder.load_atomic(counter, "acquire", 8)
        builder.cbranch(builder.icmp_signed(">=", present, goal), together, wait)
        builder.position_at_end(wait)
        if _HINT:
            said = [ir.Constant(ir.IntType(32), number) for number in _HINT[1:]]
            form = ir.FunctionType(ir.VoidType(), [ir.IntType(32)] * len(said))
            builder.call(cgutils.get_or_insert_function(builder.module, form, _HINT[0]), said)
        more = builder.add(looks, one)
        looks.add_incoming(more, wait)
        builder.cbranch(builder.icmp_signed("<", looks, ir.Constant(_WORD, LOOKS)), look, offer)
        builder.position_at_end(offer)
        form = ir.FunctionType(ir.IntType(32), [])
        builder.call(cgutils.get_or_insert_function(builder.module, form, _YIELD), [])
        looks.add_incoming(looks, offer)
        builder.branch(look)
        builder.position_at_end(together)
        return context.get_dummy_value()

    return signature(types.void, arrived, types.int64), generate
