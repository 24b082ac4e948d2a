"""Loading of code of the user's own: what one thread loads is no matter of another's."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from diffusion_sim import own_code
from diffusion_sim.errors import DiffusionSimError


def test_threads_load_and_run_models_at_once(tmp_path):
    """One looks whether it is loading a file while others begin and end with theirs."""
    (tmp_path / "mine.py").write_text("def f():\n    return 1\n")
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            loads = [pool.submit(own_code.load, "mine.py:f", tmp_path) for _ in range(400)]
            looks = [pool.submit(lambda: [own_code.refuse_while_loading() for _ in range(2_000)]) for _ in range(100)]
            assert [one.result()() for one in loads] == [1] * 400
            assert all(one.result() for one in looks)
    finally:
        sys.setswitchinterval(before)


def test_a_file_that_is_being_loaded_is_that_of_this_thread(tmp_path):
    """Another thread may run models meanwhile; after an error in the file this one may, too."""
    (tmp_path / "mine.py").write_text(
        "from concurrent.futures import ThreadPoolExecutor\nfrom diffusion_sim import own_code\n"
        "with ThreadPoolExecutor(1) as pool:\n    pool.submit(own_code.refuse_while_loading).result()\n"
        "own_code.refuse_while_loading()\n"
    )
    with pytest.raises(DiffusionSimError, match="mine.py' runs the model while it is loaded"):
        own_code.load("mine.py:f", tmp_path)
    own_code.refuse_while_loading()
