"""The default tests notice when a rule of the model is broken: 60 slips drawn at random, one at a time.

Takes one to two hours on two cores, longer beside other work: ``pytest -s -m slow tests/slips``. SLIPS_SEED draws the
same slips again, SLIPS says how many, SLIPS_FROM after how many to begin, so that a sample can be tried in parts.
"""

from __future__ import annotations

import os
import random
import time

import pytest

from .equivalent import DRAWS, EQUIVALENT, changes_nothing
from .slips import ROOMS, Copy, all_slips, slips_of, stages

ALL = all_slips()
MOST_MISSED = 0.05


def test_slips_of_a_text():
    text = 'def f(a, *b, c=-1):\n    """a + b"""\n    a += -b[0] * 2 ** c  # 1 + 1\n'
    text += "    return min(a, (a)- 1) <= 3 and f(*b)\n"
    found = [(slip.row, slip.old, slip.new) for slip in slips_of("f.py", text)]
    assert found == [
        (3, "+=", "-="), (3, "*", "/"), (3, "**", "*"),
        (4, "min", "max"), (4, "-", "+"), (4, "<=", "<"), (4, "and", "or"),
    ]  # fmt: skip
    assert slips_of("f.py", text)[4].after == "return min(a, (a)+ 1) <= 3 and f(*b)"
    assert len(ALL) > 1000 and len({slip.file for slip in ALL}) > 50


def test_every_equivalent_slip_is_there():
    """A line that has changed has to be argued anew."""
    assert set(EQUIVALENT) - {(slip.file, slip.before, slip.after) for slip in ALL} == set()
    assert DRAWS - {(slip.file, slip.before) for slip in ALL} == set()


def test_likely_tests_come_first():
    own, whole, others = stages(["network"], "describe")
    assert own[0] == "tests/network/test_describe.py" and whole[0] == "tests/oracle/test_twin_everything.py"
    found = own + whole + others
    assert len(set(found)) == len(found) and "tests/slips/test_slips.py" not in found
    assert sorted(found) == sorted(sum(stages(ROOMS), []))


@pytest.mark.slow
def test_slips_are_noticed(tmp_path, capsys):
    seed = int(os.environ.get("SLIPS_SEED") or random.randrange(1_000_000))
    pool = [slip for slip in ALL if not changes_nothing(slip)]
    first = int(os.environ.get("SLIPS_FROM", 0))
    chosen = random.Random(seed).sample(pool, int(os.environ.get("SLIPS", 60)))[first:]
    copy = Copy(tmp_path)
    assert copy.check() is None, "the tests have to pass without a slip"
    missed = []
    with capsys.disabled():
        print(f"\nSLIPS_SEED={seed} SLIPS={first + len(chosen)} SLIPS_FROM={first}, of {len(pool)}")
        for slip in chosen:
            begin = time.perf_counter()
            by = copy.noticed(slip)
            print(f"{slip}\n    {by or 'NOT NOTICED'} ({time.perf_counter() - begin:.0f} s)", flush=True)
            missed += [] if by else [str(slip)]
    assert len(missed) <= MOST_MISSED * len(chosen), "not noticed:\n" + "\n".join(missed)
