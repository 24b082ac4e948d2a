"""A kernel once more, with other functions in place of some that it calls, directly or through others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dis import get_instructions
from types import CodeType, FunctionType
from typing import Any

from diffusion_sim.compiled.jit import njit, rule


def is_kernel(value: Any) -> bool:
    """Whether a value is a function that ``njit`` or ``rule`` made."""
    return hasattr(value, "py_func") and hasattr(value, "targetoptions")


def names_in(code: CodeType) -> set[str]:
    """Names that code looks up outside itself, those of functions within it too; not those of attributes."""
    inner = [names_in(part) for part in code.co_consts if isinstance(part, CodeType)]
    return {step.argval for step in get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}.union(*inner)


def variant(kernel: Any, label: str, others: Mapping[Any, Callable[..., Any]]) -> Any:
    """``kernel`` with others[f] wherever it, or a kernel that it calls, calls f; ``kernel`` itself where none does.

    label : tells its compiled code from the kernel's own in the cache; one set of others has one label.
    """
    return _variant(kernel, label, others, {})


def _variant(kernel: Any, label: str, others: Mapping[Any, Any], made: dict[Any, Any]) -> Any:
    if kernel in others:
        return others[kernel]
    if kernel not in made:
        made[kernel] = kernel  # for one that calls itself
        function = kernel.py_func
        known = function.__globals__
        seen = {name: known[name] for name in names_in(function.__code__) if name in known}
        found = {name: _variant(value, label, others, made) for name, value in seen.items() if is_kernel(value)}
        changed = {name: value for name, value in found.items() if value is not seen[name]}
        made[kernel] = _again(kernel, label, changed) if changed else kernel
    return made[kernel]


def _again(kernel: Any, label: str, changed: Mapping[str, Any]) -> Any:
    """The same code with other global names."""
    old = kernel.py_func
    new = FunctionType(old.__code__, {**old.__globals__, **changed}, old.__name__, old.__defaults__, old.__closure__)
    new.__qualname__ = f"{old.__qualname__}_{label}"
    new.__module__, new.__doc__ = old.__module__, old.__doc__
    return rule(new) if kernel.targetoptions.get("inline") == "always" else njit(new)
