"""Slips: one operator of a rule of the model exchanged for another, in a copy of the repository, and whether the
default tests notice. Own code, because mutmut calls mutants through plain Python (kernels cannot) and cosmic-ray runs
the same tests for every file, which takes minutes for each slip."""

from __future__ import annotations

import importlib.util
import io
import keyword
import os
import shutil
import subprocess
import sys
import time
import tokenize
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.test_layout import ALL, module_of

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("dynamics", "measures", "strategies", "network", "programme", "year")
PAIRS = (("+", "-"), ("*", "/"), ("+=", "-="), ("*=", "/="), ("<", "<="), (">", ">="), ("==", "!="),
         ("min", "max"), ("minimum", "maximum"), ("and", "or"))  # fmt: skip
SWAPS = dict(PAIRS) | {right: left for left, right in PAIRS} | {"**": "*"}
_PATIENCE = 10  # how much longer than its processor time a busy machine may take
_WHOLE = ("oracle/test_twin_everything.py", "oracle", "verification", "model")  # tests of whole runs


class Slip(NamedTuple):
    file: str  # below the package, dynamics/trial.py
    row: int  # from 1
    column: int  # from 0
    old: str
    new: str
    before: str  # the source line without its indent
    after: str

    def __str__(self) -> str:
        return f"{self.file}:{self.row}: {self.before}  ->  {self.after}"


def slips_of(file: str, text: str) -> list[Slip]:
    """All slips of a file's text: its binary operators, comparisons, min, max, ``and`` and ``or``."""
    found, lines, last = [], text.splitlines(), None
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        # After an operand an operator has two sides: no sign, no star of arguments.
        operand = last is not None and (
            last.type in (tokenize.NUMBER, tokenize.STRING)
            or last.string in (")", "]", "}")
            or (last.type == tokenize.NAME and not keyword.iskeyword(last.string))
        )
        if (new := SWAPS.get(token.string)) and (operand or token.string.startswith("m")):
            (row, start), (_, end) = token.start, token.end
            line = lines[row - 1]
            after = (line[:start] + new + line[end:]).strip()
            found.append(Slip(file, row, start, token.string, new, line.strip(), after))
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            last = token
    return found


def all_slips() -> list[Slip]:
    package = ROOT / "diffusion_sim"
    files = [path for room in ROOMS for path in sorted((package / room).rglob("*.py"))]
    return [s for path in files for s in slips_of(path.relative_to(package).as_posix(), path.read_text("utf-8"))]


def stages(rooms: Iterable[str], stem: str = "") -> list[list[str]]:
    """Files of default tests in turn: those of the rooms (first of the file ``stem``), of whole runs, all others."""
    paths = [path for path in sorted((ROOT / "tests").rglob("test_*.py")) if path.parent != Path(__file__).parent]
    left = {path.relative_to(ROOT).as_posix() for path in paths}
    own = sorted((name for name in left if name.split("/")[1] in rooms), key=lambda name: (stem not in name, name))
    left -= set(own)
    whole = dict.fromkeys(name for start in _WHOLE for name in sorted(left) if name.startswith(f"tests/{start}"))
    return [own, [*whole], sorted(left - set(whole))]


def _users(file: str) -> set[str]:
    """Names of all files whose imports lead to ``file`` of the package, itself among them."""
    found = {module_of(ROOT / "diffusion_sim" / file)}
    while new := {module for module, target, _ in ALL if target in found} - found:
        found |= new
    return {module.split(".")[-1] for module in found}


def _limit(seconds: int) -> None:
    """From here on a process ends after so many seconds of processor time."""
    import resource  # not on Windows

    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


class Copy:
    """A copy of the repository in ``folder``; ``cache`` keeps what was compiled of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cache = folder / "copy", folder / "cache"
        unwanted = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "results", "dist")
        shutil.copytree(ROOT, self.folder, ignore=unwanted)
        # A comment changes no rule: tests that noticed it would notice every slip.
        for room in ROOMS:
            for path in (self.folder / "diffusion_sim" / room).rglob("*.py"):
                path.write_text(path.read_text("utf-8") + "# an edit\n", "utf-8")
        self.version = self._version()

    def _version(self) -> str:
        spec = importlib.util.spec_from_file_location("jit", self.folder / "diffusion_sim" / "compiled" / "jit.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.kernel_version()

    def _failure(self, tests: Iterable[str], seconds: float) -> str | None:
        """The first of the tests that fails, or what else happened; None = they pass."""
        environment = os.environ | {
            "PYTHONPATH": str(self.folder), "DIFFUSION_SIM_CACHE": str(self.cache), "PYTHONDONTWRITEBYTECODE": "1"
        }  # fmt: skip
        # Two at a time: most of the time goes where a slip is noticed late or not at all, and all tests run.
        shared = ["-n", "2", "--dist", "loadfile"]
        command = [sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", *shared, *tests]
        # Processor time ends a loop without end, however busy the machine is; the clock ends a wait without end.
        limit = None if os.name == "nt" else partial(_limit, round(seconds) + 1)
        try:
            done = subprocess.run(
                command, env=environment, cwd=self.folder, timeout=_PATIENCE * seconds, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors="replace",
                preexec_fn=limit,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"no end after {_PATIENCE * seconds:.0f} s"
        said = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
        return None if done.returncode == 0 else said[0] if said else f"exit {done.returncode}: {done.stdout[-300:]}"

    def check(self) -> str | None:
        """``failure`` of all default tests without a slip. This compiles the model and sets how long tests may take."""
        taken = []
        for tests in stages(ROOMS):
            begin = time.perf_counter()
            if by := self._failure(tests, 3600):
                return by
            taken.append(time.perf_counter() - begin)
        own, whole, others = taken
        self.limits = 3 * own, 3 * whole, 3 * (own + others)
        return None

    def noticed(self, slip: Slip) -> str | None:
        """What notices ``slip``, None = no test does."""
        path = self.folder / "diffusion_sim" / slip.file
        kept = path.with_suffix(".kept")
        shutil.copy2(path, kept)
        lines = path.read_text("utf-8").splitlines(keepends=True)
        line = lines[slip.row - 1]
        lines[slip.row - 1] = line[: slip.column] + slip.new + line[slip.column + len(slip.old) :]
        path.write_text("".join(lines), "utf-8")
        try:
            self._take_compiled(slip.file)
            tests = stages([slip.file.split("/")[0]], path.stem)
            # Without a name pytest would run all: not every room has tests of its own.
            found = (self._failure(names, limit) for names, limit in zip(tests, self.limits, strict=True) if names)
            return next(filter(None, found), None)
        finally:
            kept.replace(path)  # with its time, for what was compiled of it
            for folder in self.cache.iterdir():
                if not folder.name.startswith(self.version):
                    shutil.rmtree(folder)

    def _take_compiled(self, file: str) -> None:
        """Give the edited copy what was compiled of files that do not lead to ``file``: compiling takes most time."""
        version, users = self._version(), _users(file)

        def stale(_: str, names: list[str]) -> list[str]:
            return [name for name in names if name.startswith("complete") or name.split(".")[0] in users]

        if version != self.version:  # strategies are not compiled
            for folder in list(self.cache.glob(self.version + "-*")):
                shutil.copytree(folder, self.cache / folder.name.replace(self.version, version), ignore=stale)
