"""Eight 64-bit words side by side: keyed draws that compiled kernels make eight at a time.

``Words`` holds eight uint64, as ``Lanes`` holds eight float64. Rules made of whole-number arithmetic take Words
wherever they take a uint64: `rng.philox` is the same rule for one draw and for eight.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.typing import signature
from numba.extending import intrinsic, models, overload, register_model

from diffusion_sim.compiled.lanes import (
    EIGHT,
    EIGHT_BITS,
    EIGHT_WORDS,
    WIDTH,
    Lanes,
    Mask,
    constant,
    everywhere,
    teach,
)


class WordsType(types.Type):
    """Type of eight uint64."""

    def __init__(self) -> None:
        super().__init__(name="Words")


Words = WordsType()


@register_model(WordsType)
class _WordsModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, EIGHT_WORDS)


# Words with Words, or with a uint64 on either side.
_PAIRS = ((Words, Words), (Words, types.uint64), (types.uint64, Words))
teach(operator.add, Words, _PAIRS, lambda b, x, y: b.add(x, y))
teach(operator.sub, Words, _PAIRS, lambda b, x, y: b.sub(x, y))
teach(operator.mul, Words, _PAIRS, lambda b, x, y: b.mul(x, y))
teach(operator.and_, Words, _PAIRS, lambda b, x, y: b.and_(x, y))
teach(operator.or_, Words, _PAIRS, lambda b, x, y: b.or_(x, y))
teach(operator.xor, Words, _PAIRS, lambda b, x, y: b.xor(x, y))
teach(operator.lshift, Words, _PAIRS, lambda b, x, y: b.shl(x, y))
teach(operator.rshift, Words, _PAIRS, lambda b, x, y: b.lshr(x, y))


@intrinsic
def all_alike(context, word):
    """Words that all hold ``word``, a uint64."""
    return signature(Words, types.uint64), lambda c, builder, sig, args: everywhere(builder, args[0], EIGHT_WORDS)


@intrinsic
def from_on(context, word):
    """Words ``word``, ``word`` + 1 and so on, ``word`` a uint64."""

    def generate(context, builder, sig, args):
        steps = ir.Constant(EIGHT_WORDS, list(range(WIDTH)))
        return builder.add(everywhere(builder, args[0], EIGHT_WORDS), steps)

    return signature(Words, types.uint64), generate


def number_of(word):
    """A word below 2**63 as a float64; Words as Lanes."""
    return np.float64(word)


@intrinsic
def _number_of(context, word):
    kind, form = (Lanes, EIGHT) if word == Words else (types.float64, ir.DoubleType())
    return signature(kind, word), lambda c, builder, sig, args: builder.sitofp(args[0], form)


@overload(number_of, inline="always")
def _number_of_compiled(word):
    return lambda word: _number_of(word)


@intrinsic
def any_bits(context, words):
    """A Mask of the words that are not 0."""

    def generate(context, builder, sig, args):
        return builder.icmp_unsigned("!=", args[0], constant(0, EIGHT_WORDS))

    return signature(Mask, Words), generate


@intrinsic
def mask_of(context, bits):
    """The lowest eight bits of a uint64 as a Mask, the lowest for lane 0."""

    def generate(context, builder, sig, args):
        return builder.bitcast(builder.trunc(args[0], ir.IntType(WIDTH)), EIGHT_BITS)

    return signature(Mask, types.uint64), generate
