"""Compiling the model before workers start, so that each of them loads what was compiled once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_SECONDS = 40  # of a first compilation on two processors


def warm_up(say: Callable[[str], None]) -> float:
    """Compile all kernels where this machine's cache does not hold them; ``say`` gets a line before that.

    Returns the seconds it took, 0 where nothing was to be done.
    """
    mark = _mark()
    if mark.exists():
        return 0.0
    begin = time.perf_counter()
    say(f"compiling the model (once on this machine, about {_SECONDS} s) ...")
    _compile()
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError:
        pass  # without a folder for the cache, it compiles each time
    return time.perf_counter() - begin


def _mark() -> Path:
    """A file that stands beside compiled kernels; named by what Numba itself judges freshness by: files' times."""
    import numba

    import diffusion_sim.rng  # noqa: F401  (sets the cache's folder)

    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(_PACKAGE.rglob("*.py")):
        if path.parent.name not in ("study", "analysis", "viz"):
            stat = path.stat()
            digest.update(f"{path.relative_to(_PACKAGE)} {stat.st_mtime_ns} {stat.st_size}\n".encode())
    return Path(numba.config.CACHE_DIR) / f"complete-{digest.hexdigest()}"


def _compile() -> None:
    """Run a small model through everything that is compiled."""
    from diffusion_sim.model import ReformModel

    small = {"population.schools": 2, "programme.years_support": 1, "programme.years_after": 1}
    ReformModel("mid_size_district", rng=1, strategy="directed_uniform", overrides=small).run()
