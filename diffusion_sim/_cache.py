"""Where compiled kernels are kept: a folder named by what they were compiled from.

Numba's own cache looks only at the file of the function it compiles, so a rule edited in another file would be
served stale. The folder's name is a hash of every source file that kernels are made of, of Numba and of the CPU. The
model version, which is written into results, is another: of every source that decides runs.
"""

from __future__ import annotations

import hashlib
import os
import sys
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# Files and folders that hold kernels or what kernels are made of.
KERNEL_PARTS = (
    "_cache.py",
    "lanes.py",
    "words.py",
    "elementary.py",
    "columns.py",
    "columns_compiled.py",
    "tiles.py",
    "faces.py",
    "rng.py",
    "state.py",
    "persons.py",
    "dynamics",
    "measures",
    "network",
    "ties.py",
    "start.py",
    "climate.py",
    "school_sums.py",
    "week_lanes.py",
    "week_teachers.py",
    "week_schools.py",
    "engine.py",
    "meeting.py",
    "programme.py",
    "planner.py",
    "staffing.py",
    "summer.py",
)


# Folders that only sum up and show runs: they decide no run, so that a new figure leaves stores and models readable.
SHOWS_RUNS = ("analysis", "viz", "cli")


@cache
def model_version() -> str:
    """12 hexadecimal digits: BLAKE2b of the Python sources that decide runs, by relative path and content."""
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(_PACKAGE.rglob("*.py"), key=lambda p: p.relative_to(_PACKAGE).as_posix()):
        if path.relative_to(_PACKAGE).parts[0] in SHOWS_RUNS:
            continue
        digest.update(path.relative_to(_PACKAGE).as_posix().encode())
        digest.update(b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
        digest.update(b"\0")
    return digest.hexdigest()


@cache
def kernel_version() -> str:
    """Hash of the sources that decide compiled code: everything kernels are made of, below the engine."""
    digest = hashlib.blake2b(digest_size=6)
    for part in KERNEL_PARTS:
        path = _PACKAGE / part
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            digest.update(file.relative_to(_PACKAGE).as_posix().encode())
            digest.update(file.read_bytes())
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
    from diffusion_sim import columns_compiled  # noqa: F401  kernels take the table of teachers

    numba.config.CACHE_DIR = str(_cache_root() / f"{kernel_version()}-{numba.__version__}-{cpu}")


def njit(function):
    """``numba.njit`` without the interpreter lock, with the cache folder above; division by 0 gives inf or NaN, as in
    NumPy (kernels never raise). ``.py_func`` is the plain Python function, which runs where no Lanes and no table kept
    by columns are in it."""
    _configure()
    import numba

    kernel = numba.njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)(function)
    _compile_parts_bare(kernel)
    return kernel


def _compile_parts_bare(kernel) -> None:
    """Where another kernel calls ``kernel``, compile it without what Python needs to call it.

    That takes a quarter of the time of compiling a function, and most kernels are called by others only. So it is
    made, and kept in the cache, for those alone that Python does call. Numba asks a kernel for the two methods that
    are replaced here when it compiles a call of it. Numbers written into a call are taken for any others of their
    type: Numba would compile the function anew for each.
    """
    import numba
    from numba.core.types import unliteral

    kind = type(kernel)

    @cache
    def bare():
        return numba.njit(
            nogil=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True
        )(kernel.py_func)  # fmt: skip

    def get_call_template(args, kws):
        args, kws = tuple(map(unliteral, args)), {name: unliteral(type_) for name, type_ in kws.items()}
        return kind.get_call_template(kernel if args in kernel.overloads else bare(), args, kws)

    def get_overload(args):
        return kind.get_overload(kernel if args in kernel.overloads else bare(), args)

    kernel.get_call_template, kernel.get_overload = get_call_template, get_overload


def rule(function):
    """``njit`` for a rule of floats or Lanes, written into the kernels that call it: fewer functions compile faster."""
    _configure()
    import numba

    return numba.njit(cache=True, nogil=True, error_model="numpy", inline="always")(function)
