"""Eight numbers side by side: arithmetic that compiled kernels do on eight teachers with one instruction.

``Lanes`` holds eight float64, ``Mask`` eight truth values. Rules of ``dynamics`` take Lanes wherever they take a
float, as long as they choose with ``pick`` (and min, max of two) and not with a branch; they add, subtract, multiply,
divide, raise to a power and compare by size, and Numba refuses the rest. Min and max give the first of two numbers
where one of them is NaN, as Python does. Every lane is worked out as it would be alone, so that a teacher's result
does not depend on the neighbours. Where a product is added to something, both are rounded together (fused multiply-add)
if the processor can.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.core.typing.templates import AbstractTemplate, ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, overload, register_model

WIDTH = 8

_DOUBLE, INT64, INT32, _BIT = ir.DoubleType(), ir.IntType(64), ir.IntType(32), ir.IntType(1)
EIGHT = ir.VectorType(_DOUBLE, WIDTH)
EIGHT_WORDS = ir.VectorType(INT64, WIDTH)
EIGHT_BITS = ir.VectorType(_BIT, WIDTH)


class LanesType(types.Type):
    """Type of eight float64."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


class MaskType(types.Type):
    """Type of eight truth values."""

    def __init__(self) -> None:
        super().__init__(name="Mask")


Lanes, Mask = LanesType(), MaskType()


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, EIGHT)


@register_model(MaskType)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, EIGHT_BITS)


def constant(number: Any, kind: Any = EIGHT) -> ir.Constant:
    """The same number in every lane."""
    return ir.Constant(kind, [number] * WIDTH)


def everywhere(builder: Any, value: Any, kind: Any) -> Any:
    """A number that is known only when the code runs, in every lane; kind : EIGHT or EIGHT_WORDS."""
    nothing, first = ir.Constant(kind, ir.Undefined), ir.Constant(ir.IntType(32), 0)
    order = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(builder.insert_element(nothing, value, first), nothing, order)


def spread(builder: Any, value: Any) -> Any:
    """A float64 or a word in every lane; a value that has lanes already stays as it is."""
    if value.type in (EIGHT, EIGHT_WORDS, EIGHT_BITS):
        return value
    kind = EIGHT if value.type == _DOUBLE else EIGHT_WORDS
    return constant(value, kind) if isinstance(value, ir.Constant) else everywhere(builder, value, kind)


# ---- operators -------------------------------------------------------------------------------------------------------
def teach(function: Any, result: Any, cases: Any, build: Callable[..., Any]) -> None:
    """Teach Numba ``function``: for arguments of the types ``cases`` its result has the type ``result``, and ``build``
    makes its code. Single numbers are spread over the lanes."""

    class Template(ConcreteTemplate):
        pass

    Template.cases = [signature(result, *case) for case in cases]
    infer_global(function)(Template)
    for case in cases:

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return build(builder, *(spread(builder, a) for a in args))

        lower_builtin(function, *case)(lower)


# Lanes with Lanes, or with a float64 on either side.
_PAIRS = ((Lanes, Lanes), (Lanes, types.float64), (types.float64, Lanes))
_FUSED = ("contract",)
for _function in (operator.add, operator.iadd):
    teach(_function, Lanes, _PAIRS, lambda b, x, y: b.fadd(x, y, flags=_FUSED))
for _function in (operator.mul, operator.imul):
    teach(_function, Lanes, _PAIRS, lambda b, x, y: b.fmul(x, y, flags=_FUSED))
for _function in (operator.sub, operator.isub):
    teach(_function, Lanes, _PAIRS, lambda b, x, y: b.fsub(x, y, flags=_FUSED))
for _function in (operator.truediv, operator.itruediv):
    teach(_function, Lanes, _PAIRS, lambda b, x, y: b.fdiv(x, y))
for _sign, _function in ((">=", operator.ge), (">", operator.gt), ("<=", operator.le), ("<", operator.lt)):
    teach(_function, Mask, _PAIRS, lambda b, x, y, sign=_sign: b.fcmp_ordered(sign, x, y))
teach(min, Lanes, _PAIRS, lambda b, x, y: b.select(b.fcmp_ordered("<", y, x), y, x))
teach(max, Lanes, _PAIRS, lambda b, x, y: b.select(b.fcmp_ordered(">", y, x), y, x))
teach(operator.neg, Lanes, [(Lanes,)], lambda b, x: b.fsub(constant(-0.0), x))
teach(operator.and_, Mask, [(Mask, Mask)], lambda b, x, y: b.and_(x, y))
teach(operator.or_, Mask, [(Mask, Mask)], lambda b, x, y: b.or_(x, y))
teach(operator.invert, Mask, [(Mask,)], lambda b, x: b.xor(x, constant(1, EIGHT_BITS)))


def _power(builder: Any, x: Any, y: Any) -> Any:
    """x**y lane by lane: there is no instruction for it."""
    pow_ = builder.module.declare_intrinsic("llvm.pow", [_DOUBLE])
    out = ir.Constant(EIGHT, ir.Undefined)
    for j in range(WIDTH):
        place = ir.Constant(ir.IntType(32), j)
        one = builder.call(pow_, [builder.extract_element(x, place), builder.extract_element(y, place)])
        out = builder.insert_element(out, one, place)
    return out


teach(operator.pow, Lanes, _PAIRS, _power)


# ---- a branch --------------------------------------------------------------------------------------------------------
BRANCH = "a branch on eight teachers at once: use pick(condition, a, b) in the place of if"


@infer_global(bool)
class _NoBranch(AbstractTemplate):
    """``if`` asks a condition for one truth value, which eight do not have; Numba would say so in fifty lines."""

    def generic(self, args: Any, kws: Any) -> Any:
        if len(args) == 1 and args[0] == Mask:
            raise TypingError(BRANCH)
        return None


# ---- choosing, filling, summing --------------------------------------------------------------------------------------
def pick(condition, one, other):
    """``one`` where the condition holds, else ``other``: of Lanes by a Mask, of two floats by a truth value; in plain
    Python of arrays too."""
    if isinstance(condition, np.ndarray):
        return np.where(condition, one, other)
    return one if condition else other


@intrinsic
def _pick(context, condition, one, other):
    if condition == Mask:
        call = signature(Lanes, condition, *(Lanes if value == Lanes else types.float64 for value in (one, other)))
    else:
        call = signature(types.float64, types.boolean, types.float64, types.float64)

    def generate(context, builder, sig, args):
        if sig.args[0] == Mask:
            return builder.select(args[0], spread(builder, args[1]), spread(builder, args[2]))
        flag = context.cast(builder, args[0], sig.args[0], types.boolean)
        return builder.select(flag, args[1], args[2])

    return call, generate


@overload(pick, inline="always")
def _pick_compiled(condition, one, other):
    return lambda condition, one, other: _pick(condition, one, other)


@intrinsic
def filled(context, value):
    """Lanes that all hold ``value``, a float64."""
    return signature(Lanes, types.float64), lambda context, builder, sig, args: spread(builder, args[0])


@intrinsic
def all_if(context, value):
    """A Mask whose lanes all hold the truth value."""

    def generate(context, builder, sig, args):
        bit = builder.trunc(args[0], _BIT) if args[0].type != _BIT else args[0]
        return builder.select(bit, constant(1, EIGHT_BITS), constant(0, EIGHT_BITS))

    return signature(Mask, types.boolean), generate


def mask_of_first(builder: Any, count: Any) -> Any:
    """The first ``count`` lanes, as a value of EIGHT_BITS."""
    numbers = ir.Constant(EIGHT_WORDS, list(range(WIDTH)))
    return builder.icmp_signed("<", numbers, everywhere(builder, count, EIGHT_WORDS))


@intrinsic
def first_lanes(context, count):
    """A Mask of the first ``count`` lanes."""
    return signature(Mask, types.int64), lambda context, builder, sig, args: mask_of_first(builder, args[0])


@intrinsic
def bits_of(context, mask):
    """The truth values of a Mask as bits of an int64, lane 0 the lowest."""

    def generate(context, builder, sig, args):
        return builder.zext(builder.bitcast(args[0], ir.IntType(WIDTH)), INT64)

    return signature(types.int64, Mask), generate


@intrinsic
def count(context, mask):
    """How many lanes of a Mask are true, int64."""

    def generate(context, builder, sig, args):
        byte = ir.IntType(WIDTH)
        ones = builder.module.declare_intrinsic("llvm.ctpop", [byte])
        return builder.zext(builder.call(ones, [builder.bitcast(args[0], byte)]), INT64)

    return signature(types.int64, Mask), generate


@intrinsic
def lane(context, lanes, number):
    """The float64 of one lane, number an int64."""

    def generate(context, builder, sig, args):
        return builder.extract_element(args[0], args[1])

    return signature(types.float64, Lanes, types.int64), generate


@intrinsic
def total(context, lanes):
    """Sum of the lanes, in pairs: (0 + 4) + (2 + 6) and so on, always in the same order."""

    def generate(context, builder, sig, args):
        parts = [builder.extract_element(args[0], ir.Constant(ir.IntType(32), j)) for j in range(WIDTH)]
        while len(parts) > 1:
            half = len(parts) // 2
            parts = [builder.fadd(a, b) for a, b in zip(parts[:half], parts[half:], strict=True)]
        return parts[0]

    return signature(types.float64, Lanes), generate
