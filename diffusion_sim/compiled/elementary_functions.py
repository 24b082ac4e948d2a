"""e**x, ln x and cos(2 pi x) from arithmetic alone, of a float64 or of eight Lanes; square roots of both.

The C library's functions take one call for each number, and each system has its own. Arithmetic alone lets loops work
on several numbers at once, and results do not depend on the system. Lanes may differ from single numbers in the last
bit.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic

from diffusion_sim.compiled.integer_lanes import Words, number_of
from diffusion_sim.compiled.jit import rule
from diffusion_sim.compiled.lanes import EIGHT, EIGHT_WORDS, Lanes, pick


# ---- what processors do themselves -----------------------------------------------------------------------------------
def _intrinsic_of(name):
    """The intrinsic function ``name`` of LLVM, of a float64 or of Lanes."""

    @intrinsic
    def function(context, x):
        def generate(context, builder, sig, args):
            kind, ending = (EIGHT, "v8f64") if sig.args[0] == Lanes else (ir.DoubleType(), "f64")
            form = ir.FunctionType(kind, [kind])
            return builder.call(cgutils.get_or_insert_function(builder.module, form, f"{name}.{ending}"), args)

        return signature(*(Lanes if x == Lanes else types.float64,) * 2), generate

    return function


sqrt, _floor = _intrinsic_of("llvm.sqrt"), _intrinsic_of("llvm.floor")


@intrinsic
def _bits_of(context, x):
    """The bits of a float64 as a uint64, of Lanes as Words."""
    kind, form = (Words, EIGHT_WORDS) if x == Lanes else (types.uint64, ir.IntType(64))
    return signature(kind, x), lambda c, builder, sig, args: builder.bitcast(args[0], form)


@intrinsic
def _float_of(context, bits):
    """The float64 of these bits; Lanes of Words."""
    kind, form = (Lanes, EIGHT) if bits == Words else (types.float64, ir.DoubleType())
    return signature(kind, bits), lambda c, builder, sig, args: builder.bitcast(args[0], form)


# ---- e**x ------------------------------------------------------------------------------------------------------------
_ONE, _FRACTION = np.uint64(1023 << 52), np.uint64(52)  # bits of 1; bits of a float64 below its exponent
_LOG2_E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01  # ln 2 in two parts: the first has so few bits that n times it is exact
_LN2_LOW = 1.90821492927058770002e-10
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number, kept in the lowest bits
_LARGEST = 700.0
# e**r as 1 + r + _C2 r**2 + ... + _C10 r**10: of all such sums the one whose largest relative error, 2.9e-16, is the
# smallest for |r| <= ln(2)/2 (Remez' exchange). The series itself would need r**13.
_C2, _C3, _C4 = 0.49999999999998324, 0.16666666666611554, 0.04166666666813647
_C5, _C6, _C7 = 0.008333333370870256, 0.0013888888516232316, 0.0001984118523596651
_C8, _C9, _C10 = 2.4801931712015264e-05, 2.7634990897692366e-06, 2.7476799256616697e-07


@rule
def exp(x):
    """e**x, x float64 or Lanes, relative error below 1e-15. x beyond +-700 counts as +-700; NaN gives NaN.

    x = n ln 2 + r with |r| <= ln(2)/2; e**r by a sum of ten powers of r, 2**n by the exponent bits (Cody & Waite 1980).
    """
    x = min(max(x, -_LARGEST), _LARGEST)
    shifted = x * _LOG2_E + _ROUND
    n = shifted - _ROUND
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    low = (r + 1.0) + r2 * (r * _C3 + _C2)
    middle = (r * _C5 + _C4) + r2 * (r * _C7 + _C6)
    high = (r * _C9 + _C8) + r2 * _C10
    return (low + r4 * (middle + r4 * high)) * _float_of((_bits_of(shifted) << _FRACTION) + _ONE)


# ---- ln --------------------------------------------------------------------------------------------------------------
_ABOVE = np.uint64((1023 << 52) - 0x3FE6A09E667F3BCD)  # bits of 1 less those of the square root of 1/2
_L1, _L2, _L3, _L4, _L5, _L6 = 2 / 3, 2 / 5, 2 / 7, 2 / 9, 2 / 11, 2 / 13
_L7, _L8, _L9, _L10, _L11 = 2 / 15, 2 / 17, 2 / 19, 2 / 21, 2 / 23


@rule
def log(x):
    """ln x of a normal positive float64 (or Lanes), relative error below 1e-15. Other numbers give nonsense.

    x = 2**n m with m from sqrt(1/2) to sqrt(2); ln m = 2 artanh(s), s = (m - 1)/(m + 1), by its series up to s**23.
    """
    bits = _bits_of(x)
    exponent = (bits + _ABOVE) >> _FRACTION  # n + 1023
    m = _float_of((bits - (exponent << _FRACTION)) + _ONE)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    z2 = z * z
    z4 = z2 * z2
    low = (_L1 + z * _L2) + z2 * (_L3 + z * _L4)
    middle = (_L5 + z * _L6) + z2 * (_L7 + z * _L8)
    high = (_L9 + z * _L10) + z2 * _L11
    rest = s * z * (low + z4 * (middle + z4 * high))
    whole = number_of(exponent) - 1023.0
    return whole * _LN2_HIGH + (2.0 * s + (rest + whole * _LN2_LOW))


# ---- cos -------------------------------------------------------------------------------------------------------------
_TWO_PI = 6.283185307179586
_K2, _K4, _K6, _K8 = -1 / 2, 1 / 24, -1 / 720, 1 / 40320
_K10, _K12, _K14, _K16 = -1 / 3628800, 1 / 479001600, -1 / 87178291200, 1 / 20922789888000
_K3, _K5, _K7, _K9 = -1 / 6, 1 / 120, -1 / 5040, 1 / 362880
_K11, _K13, _K15, _K17 = -1 / 39916800, 1 / 6227020800, -1 / 1307674368000, 1 / 355687428096000


@rule
def cos_of_turns(x):
    """cos(2 pi x) for x from 0 to 1 (float64 or Lanes), error below 1e-15.

    The nearest quarter turn is taken off; the rest goes through the series of sine and cosine up to the 17th power.
    """
    quarters = _floor(4.0 * x + 0.5)  # 0, 1, 2, 3 or 4
    r = _TWO_PI * (x - 0.25 * quarters)
    z = r * r
    z2 = z * z
    z4 = z2 * z2
    even = ((_K2 + z * _K4) + z2 * (_K6 + z * _K8)) + z4 * ((_K10 + z * _K12) + z2 * (_K14 + z * _K16))
    odd = ((_K3 + z * _K5) + z2 * (_K7 + z * _K9)) + z4 * ((_K11 + z * _K13) + z2 * (_K15 + z * _K17))
    cosine, sine = 1.0 + z * even, r + r * z * odd
    first, third = (quarters > 0.5) & (quarters < 1.5), (quarters > 2.5) & (quarters < 3.5)
    value = pick(first | third, sine, cosine)
    return pick((quarters > 0.5) & (quarters < 2.5), -value, value)
