"""Rules of the user's own: ordinary Python functions of numbers that take the place of built-in rules.

A function names its arguments: any of those of the rule it replaces, and any of ``FACTS``. It is compiled with Numba.
What it returns is looked at every time: NaN, or a value outside the rule's bounds, ends the run with an error that
names rule, place, value and week.
"""

from __future__ import annotations

import dis
import hashlib
import inspect
import random
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from diffusion_sim import own_code
from diffusion_sim.compiled.jit import compiled_alone, rule
from diffusion_sim.compiled.jit_variant import names_in
from diffusion_sim.compiled.number_at import read_at, write_at
from diffusion_sim.dynamics.params import packed
from diffusion_sim.errors import RuleError, nearest, told
from diffusion_sim.week.arguments import FAULT
from diffusion_sim.week.replaceable_rules import ARGUMENTS, FACTS, RULES, TRUTH, Replaceable, hook

NUMBERS = {name: number for number, name in enumerate(RULES, start=1)}  # of a rule in a row of faults


class OwnRule(NamedTuple):
    """A function in the place of a rule. where : "file.py:function", or file and line; digest : hash of its text and of
    what it uses; named : whether ``where`` can be loaded again, in another process."""

    name: str
    function: Callable[..., Any]
    where: str
    digest: str
    named: bool

    @property
    def line(self) -> int:
        """Line of its file on which it begins."""
        return self.function.__code__.co_firstlineno

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of its arguments."""
        return tuple(inspect.signature(self.function).parameters)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Those of them that an error can show: numbers, as many as are noted."""
        return tuple(name for name in self.arguments if name != "p")[: FAULT - 4]

    @property
    def place(self) -> str:
        """File and line, for errors."""
        return f"{self.function.__code__.co_filename}, line {self.line}"


# ---- reading ---------------------------------------------------------------------------------------------------------
def read_rules(said: Mapping[str, Any] | None, folder: Path | None) -> dict[str, OwnRule]:
    """Rules by name, loaded and checked but for whether they compile. folder : of the scenario.

    Raises RuleError: an unknown rule, code that cannot be loaded, no function, an argument that the rule does not have.
    """
    if said is None:
        return {}
    if not isinstance(said, Mapping):
        raise RuleError(f"rules: found {said!r:.60}; a mapping of a rule's name to a function is allowed")
    return {name: _read(name, said[name], folder) for name in sorted(said, key=str)}


def check_allowed(said: Mapping[str, Any], allow_code: bool) -> None:
    """Raises RuleError for rules named as code that may not run."""
    for name, where in said.items():
        if not allow_code:
            raise RuleError(
                f"rules.{name}: code of yours ({where!r:.80}) runs only when allowed: --allow-code on the command "
                "line, allow_code=True in Python"
            )


def _read(name: Any, said: Any, folder: Path | None) -> OwnRule:
    if name not in RULES:
        raise RuleError(f"rules.{name}: no such rule{nearest(str(name), RULES) or '.'} Rules: {', '.join(RULES)}")
    where, named = said, True
    if isinstance(said, str):
        with own_code.guarded(lambda text: RuleError(f"rules.{name}: cannot load '{where}': {text}")):
            said = own_code.load(said, folder)
    function = getattr(said, "py_func", said)  # of one that is compiled already
    if not isinstance(function, types.FunctionType):
        raise RuleError(f"rules.{name}: found {said!r:.60}; a Python function, or text 'file.py:function', is allowed")
    if not isinstance(where, str):
        where, named = _name_of(function)
    own = OwnRule(name, function, where, "", named)
    _check_arguments(own)
    return own._replace(digest=_digest(own))


def _name_of(function: types.FunctionType) -> tuple[str, bool]:
    """``file.py:function`` where another process finds it so, else file and line."""
    file = Path(function.__code__.co_filename)
    if file.suffix == ".py" and file.is_file() and "." not in function.__qualname__ and "<" not in function.__name__:
        return f"{file.resolve()}:{function.__name__}", True
    return f"{file}:{function.__name__}", False


def _check_arguments(own: OwnRule) -> None:
    """Every argument is one that the rule has, or a fact."""
    allowed = {*RULES[own.name].parameters, *FACTS}
    kinds = inspect.Parameter
    for argument in inspect.signature(own.function).parameters.values():
        if argument.kind not in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD):
            raise RuleError(f"rules.{own.name}: {own.place}: '{argument}': plain arguments, each named, are allowed")
        if argument.name not in allowed:
            mine, facts = ", ".join(RULES[own.name].parameters), ", ".join(FACTS)
            hint = nearest(argument.name, allowed) or "."
            if argument.default is not argument.empty:
                hint = "; defaults are not possible, so write numbers at the top of the file."
            raise RuleError(
                f"rules.{own.name}: {own.place}: no such argument '{argument.name}'{hint} The rule has {mine}; any "
                f"rule may ask for {facts}"
            )


def _digest(own: OwnRule) -> str:
    """16 hexadecimal digits of all that the function is made of."""
    digest = hashlib.blake2b(digest_size=8)
    for part in _parts(own, own.function, set()):
        digest.update(part.encode("utf-8", "backslashreplace") + b"\0")
    return digest.hexdigest()


def _parts(own: OwnRule, function: types.FunctionType, seen: set[int]) -> Iterator[str]:
    """The texts of a function and of the functions it calls, and the values it takes from outside."""
    if id(function) in seen:
        return
    seen.add(id(function))
    code = function.__code__
    if any(step.opname == "IMPORT_NAME" for step in dis.get_instructions(code)):
        raise RuleError(f"rules.{own.name}: {own.place}: imports inside a rule; write them at the top of the file")
    yield code.co_code.hex()
    yield repr([value for value in code.co_consts if not isinstance(value, types.CodeType)])
    yield repr((code.co_names, code.co_varnames, function.__defaults__))
    cells = dict(zip(code.co_freevars, (cell.cell_contents for cell in function.__closure__ or ()), strict=True))
    outside = {name: function.__globals__[name] for name in names_in(code) if name in function.__globals__}
    if "print" in names_in(code) and "print" not in function.__globals__:
        raise RuleError(
            f"rules.{own.name}: {own.place}: a rule cannot print, for it is called millions of times; to look into it, "
            "call it as the Python function it is"
        )
    if "random" in code.co_names or any(map(_draws, [*outside.values(), *cells.values()])):
        raise RuleError(
            f"rules.{own.name}: {own.place}: draws random numbers; chance is the model's, so that runs can be repeated "
            "and compared. Return a hazard or a share instead"
        )
    for name, value in sorted({**outside, **cells}.items()):
        inner = getattr(value, "py_func", value)
        if isinstance(inner, types.FunctionType):
            yield name
            yield from _parts(own, inner, seen)
        elif isinstance(value, bool | int | float | str | np.generic | tuple):
            yield f"{name}={value!r}"
        elif isinstance(value, np.ndarray):
            yield f"{name}={value.dtype} {value.shape} {value.tobytes().hex()}"
        elif isinstance(value, types.ModuleType | types.BuiltinFunctionType | type) or callable(value):
            yield f"{name}: {getattr(value, '__name__', name)}"
        else:
            raise RuleError(
                f"rules.{own.name}: {own.place}: uses '{name}', a {type(value).__name__}; numbers, texts, tuples, "
                "arrays, functions and modules are allowed"
            )


def _draws(value: Any) -> bool:
    """Whether ``value`` is random numbers of Python's or NumPy's, with which a run could not be repeated."""
    module = getattr(value, "__module__", None) or type(getattr(value, "__self__", None)).__module__
    return value is random or value is np.random or f"{module}.".startswith(("random.", "numpy.random."))


def as_texts(said: Mapping[str, Any] | None, folder: Path | None) -> dict[str, str]:
    """Rules as a scenario names them, for other processes. Raises RuleError for what ``read_rules`` refuses, and for a
    function that stands at the top of no file."""
    texts = {}
    for name, own in read_rules(said, folder).items():
        if said is not None and getattr(said[name], "__module__", "") == "__main__" and own.named:
            raise RuleError(
                f"rules.{name}: '{own.function.__name__}' stands in the script that runs, which other processes would "
                "run once more; write it into a file of its own, such as my_rules.py, and import it from there"
            )
        if not own.named:
            raise RuleError(
                f"rules.{name}: the function of {own.where} stands at the top of no .py file, where other processes "
                "could find it; write it into a file and give 'file.py:function'"
            )
        texts[name] = own.where
    return texts


# ---- compiling -------------------------------------------------------------------------------------------------------
@rule
def noted(value, number, low, high, fallback, me, given):
    """``value``, or ``fallback`` where it is not finite or out of bounds: then the first fault is noted.

    given : the arguments that it was worked out from, float64s; one at least, the first FAULT - 4 count.
    """
    if value >= low and value <= high and value - value == 0.0:
        return value
    if read_at(me.faults, 0) == 0.0:
        write_at(me.faults, 0, number)
        write_at(me.faults, 1, float(me.week))
        write_at(me.faults, 2, float(me.row))
        write_at(me.faults, 3, value)
        for place in range(len(given)):
            write_at(me.faults, 4 + place, given[place])
    return fallback


def hooks_of(own: Mapping[str, OwnRule], numbers: Any) -> dict[str, Any]:
    """Hooks of the plain week for the user's own rules; numbers : ``Params``, to try them with.

    Raises RuleError for a function that cannot be compiled, with its line.
    """
    return {name: _hook(found, numbers) for name, found in own.items()}


def _hook(own: OwnRule, numbers: Any) -> Any:
    found = RULES[own.name]
    function = _compiled(own, found, numbers)
    asked = {name: name if name in found.parameters else f"me.{name}" for name in own.arguments}
    given = "".join(f"1.0 * {asked[name]}, " for name in own.numbers) or "0.0,"
    fallback = max(found.low, 0.0)
    known = {"function": function, "noted": noted, "number": float(NUMBERS[own.name]), "low": found.low,
             "high": found.high, "fallback": fallback, "float": float}  # fmt: skip
    returned = f"noted(float(found), number, low, high, fallback, me, ({given}))"
    if found.unit == TRUTH:
        returned += " > 0.0"
    return hook(found.parameters, f"function({', '.join(asked.values())})", own.name, known, returned)


def _compiled(own: OwnRule, found: Replaceable, numbers: Any) -> Any:
    """The function compiled, tried once with usual values."""
    import numba

    function = compiled_alone(_with_compiled_parts(own.function, {}))
    usual = _usual_values(found, numbers)
    try:
        value = function(*(usual[name] for name in own.arguments))
    except numba.core.errors.NumbaError as error:
        line = getattr(getattr(error, "loc", None), "line", None) or own.line
        said = first_words(str(error))
        raise RuleError(
            f"rules.{own.name}: {own.function.__code__.co_filename}, line {line}: cannot be compiled: {said}. A rule "
            "is a function of numbers that returns a number: arithmetic, if, for, math, and numpy of numbers"
        ) from None
    except KeyError as error:  # what a record says of a field that it does not have
        known = ", ".join(usual["p"].dtype.names)
        raise RuleError(f"rules.{own.name}: {own.place}: p has no number {error}; it has {known}") from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise RuleError(f"rules.{own.name}: {own.place}: failed when tried: {told(error)}") from None
    if not isinstance(value, bool | int | float | np.generic):
        raise RuleError(f"rules.{own.name}: {own.place}: returned {value!r:.60}; a number is allowed")
    return function


def _with_compiled_parts(function: types.FunctionType, made: dict[int, Any]) -> types.FunctionType:
    """The function with plain Python functions that it calls compiled too, as Numba asks for.

    All belong to this module then: compiled code in the cache names modules, and the user's has another name elsewhere.
    """
    changed = {}
    for name in names_in(function.__code__):
        value = function.__globals__.get(name)
        if isinstance(value, types.FunctionType) and value is not function:
            if id(value) not in made:
                made[id(value)] = compiled_alone(_with_compiled_parts(value, made))
            changed[name] = made[id(value)]
    known = {**function.__globals__, **changed, "__name__": __name__}
    code = function.__code__
    return types.FunctionType(code, known, function.__name__, function.__defaults__, function.__closure__)


def _usual_values(found: Replaceable, numbers: Any) -> dict[str, Any]:
    """A value for every argument of a rule and every fact, of the type it has in a run."""
    usual: dict[str, Any] = {name: ARGUMENTS[name][0] for name in found.parameters if name != "p"}
    usual["p"] = packed(numbers)[0][found.group]
    facts = {name: True if unit == TRUTH else 0.25 for name, (unit, _) in FACTS.items()}
    return {**facts, "week": 1, **usual}


def first_words(text: str) -> str:
    """What a compiler's error says, without where in the compiler it arose."""
    lines = [line.strip() for line in text.splitlines()]
    said = [line for line in lines if line and not line.startswith(("Failed in", "During:", "File ", "<source"))]
    return said[0].split(", location:")[0][:240].rstrip(".") if said else "no reason is given"


# ---- faults ----------------------------------------------------------------------------------------------------------
def raise_fault(faults: Any, own: Mapping[str, OwnRule], who: Callable[[int], str]) -> None:
    """Raise RuleError for the first fault that the weeks noted, where there is one. who : a teacher's row -> id."""
    noted_ones = sorted((tuple(row[1:3]), tuple(row)) for row in faults.tolist() if row[0])
    if not noted_ones:
        return
    number, week, row, value = noted_ones[0][1][:4]
    name = next(name for name, n in NUMBERS.items() if n == number)
    found = RULES[name]
    at = ", ".join(f"{name} = {x:.6g}" for name, x in zip(own[name].numbers, noted_ones[0][1][4:], strict=False))
    allowed = f"a number from {found.low:g} to {found.high:g}" if found.high < np.inf else (
        f"a finite number from {found.low:g} on" if found.low > -np.inf else "a finite number")  # fmt: skip
    raise RuleError(
        f"rules.{name}: {own[name].place}: returned {value:g} in week {int(week)} for teacher {who(int(row))} "
        f"(district/school/post){f' with {at}' if at else ''}; {allowed} is allowed ({found.unit})"
    )


# ---- what there is ---------------------------------------------------------------------------------------------------
def list_rules() -> Any:
    """The rules that a user may replace, as a DataFrame: rule, arguments, unit, lowest, highest, meaning.

    unit, lowest, highest : of what the rule returns. What each argument is: ``.attrs["arguments"]``; what any rule may
    ask for by name beside its own arguments: ``.attrs["facts"]``; both DataFrames with name, unit, meaning. How to
    write one: docs/rules.md.
    """
    import pandas as pd

    rows = [(r.name, ", ".join(r.parameters), r.unit, r.low, r.high, r.meaning) for r in RULES.values()]
    table = pd.DataFrame(rows, columns=["rule", "arguments", "unit", "lowest", "highest", "meaning"])
    said = {"arguments": [(name, unit, text) for name, (_, unit, text) in ARGUMENTS.items()],
            "facts": [(name, unit, text) for name, (unit, text) in FACTS.items()]}  # fmt: skip
    for name, parts in said.items():
        table.attrs[name] = pd.DataFrame(parts, columns=["name", "unit", "meaning"])
    return table
