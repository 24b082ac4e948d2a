"""Where compiled kernels are kept: a folder named by what they were compiled from.

Numba's own cache looks only at the file of the function it compiles, so a rule edited in another file would be
served stale. The folder's name is a hash of every source file that kernels are made of, of Numba and of the CPU.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
# Whole rooms that hold kernels or code compiled into them, and the small files beside the rooms that these use.
ROOMS = ("compiled", "dynamics", "measures", "network", "programme", "state", "week", "world", "year")
FILES = ("ids.py", "persons.py", "ranks.py", "rng.py", "school_year.py")


@cache
def kernel_version() -> str:
    """12 hexadecimal digits: BLAKE2b of the sources that decide compiled code, by relative path and content."""
    digest = hashlib.blake2b(digest_size=6)
    in_rooms = [path for room in ROOMS for path in sorted((_PACKAGE / room).rglob("*.py"))]
    for path in [*in_rooms, *(_PACKAGE / name for name in FILES)]:
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _cache_root() -> Path:
    chosen = os.environ.get("DIFFUSION_SIM_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", str(Path.home())))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")))
    return base / "diffusion-sim"


@cache
def _configure() -> None:
    import llvmlite.binding as llvm
    import numba

    about = f"{llvm.get_host_cpu_name()} {sys.version_info[:2]}"
    cpu = hashlib.blake2b(about.encode(), digest_size=4).hexdigest()
    from diffusion_sim.compiled import column_table_numba  # noqa: F401  kernels take tables kept by columns

    numba.config.CACHE_DIR = str(_cache_root() / f"{kernel_version()}-{numba.__version__}-{cpu}")


def njit(function):
    """``numba.njit`` without the interpreter lock, with the cache folder above.

    Division by 0 gives inf or NaN, as in NumPy (kernels never raise). ``.py_func`` is the plain Python function; it can
    be called unless it uses Lanes or a table kept by columns.
    """
    kernel = _compiled(function, cache=True, no_cfunc_wrapper=True)
    _compile_parts_bare(kernel)
    return kernel


def _compiled(function, **how):
    """``numba.njit`` as all kernels have it."""
    _configure()
    import numba

    return numba.njit(nogil=True, error_model="numpy", **how)(function)


def _compile_parts_bare(kernel) -> None:
    """Where another kernel calls ``kernel``, compile it without the wrappers that Python needs to call it.

    The wrappers take a quarter of the compiling, and most kernels are called by other kernels only. So they are made,
    and kept in the cache, only for kernels that Python does call. Numba uses the two methods that are replaced here
    when it compiles a call of the kernel. A number written into a call counts as any number of its type; otherwise
    Numba would compile the kernel anew for each number.
    """
    from numba.core.types import unliteral

    kind = type(kernel)

    @cache
    def bare():
        return _compiled(kernel.py_func, no_cfunc_wrapper=True, no_cpython_wrapper=True)

    def get_call_template(args, kws):
        args, kws = tuple(map(unliteral, args)), {name: unliteral(type_) for name, type_ in kws.items()}
        return kind.get_call_template(kernel if args in kernel.overloads else bare(), args, kws)

    def get_overload(args):
        return kind.get_overload(kernel if args in kernel.overloads else bare(), args)

    kernel.get_call_template, kernel.get_overload = get_call_template, get_overload


def rule(function):
    """``njit`` for a rule of floats or Lanes, written into the kernels that call it: fewer functions compile faster."""
    return _compiled(function, cache=True, inline="always")


def rule_without_file(function):
    """``rule`` for a function that stands in no file, and so cannot be kept in the cache by itself."""
    return _compiled(function, inline="always")


def compiled_alone(function):
    """``njit`` of a function from outside, called by kernels; nothing of it is kept in the cache by itself."""
    return _compiled(function)


@contextmanager
def cache_of(label):
    """Within it, kernels are made whose compiled code is kept in a folder of its own, named by ``label``."""
    _configure()
    import numba

    usual = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = f"{usual}-{label}"
    try:
        yield
    finally:
        numba.config.CACHE_DIR = usual
