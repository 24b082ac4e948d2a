"""e**x in additions and multiplications alone, of one float or of eight Lanes; the two may differ in the last bit.

The C library's exp is one call for each number.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core.typing import signature
from numba.extending import intrinsic

from diffusion_sim._cache import rule
from diffusion_sim.lanes import EIGHT, EIGHT_WORDS, Lanes, constant

_LOG2_E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01  # ln 2 in two parts: the first has so few bits that n times it is exact
_LN2_LOW = 1.90821492927058770002e-10
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number, kept in the lowest bits
_LARGEST = 700.0
_C2, _C3, _C4, _C5, _C6, _C7 = 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040
_C8, _C9, _C10, _C11, _C12, _C13 = 1 / 40320, 1 / 362880, 1 / 3628800, 1 / 39916800, 1 / 479001600, 1 / 6227020800


@intrinsic
def _power_of_two(context, shifted):
    """2**n, where ``shifted`` (float64 or Lanes) is n + _ROUND: the bits of n become those of an exponent."""
    kind = Lanes if shifted == Lanes else types.float64

    def generate(context, builder, sig, args):
        if sig.args[0] == Lanes:
            words, floats, shift, bias = EIGHT_WORDS, EIGHT, *(constant(n, EIGHT_WORDS) for n in (52, 1023 << 52))
        else:
            words, floats = ir.IntType(64), ir.DoubleType()
            shift, bias = ir.Constant(words, 52), ir.Constant(words, 1023 << 52)
        return builder.bitcast(builder.add(builder.shl(builder.bitcast(args[0], words), shift), bias), floats)

    return signature(kind, kind), generate


@rule
def exp(x):
    """e**x, x float64 or Lanes, relative error below 1e-15; beyond +-700 the value there; NaN of NaN.

    x = n ln 2 + r with |r| <= ln(2)/2; e**r by its series up to r**13, 2**n by the exponent bits (Cody & Waite 1980).
    """
    x = min(max(x, -_LARGEST), _LARGEST)
    shifted = x * _LOG2_E + _ROUND
    n = shifted - _ROUND
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    low = (r + 1.0) + r2 * (r * _C3 + _C2)
    middle = (r * _C5 + _C4) + r2 * (r * _C7 + _C6)
    high = (r * _C9 + _C8) + r2 * (r * _C11 + _C10) + r4 * (r * _C13 + _C12)
    return (low + r4 * (middle + r4 * high)) * _power_of_two(shifted)
