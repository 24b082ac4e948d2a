"""A saved model and a store of an earlier version are read, or refused in words: never a traceback, never believed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import diffusion_sim as ds
from diffusion_sim.errors import StoreError
from diffusion_sim.study import commands
from diffusion_sim.study.status import status

KEPT = Path(__file__).with_name("assets")


@pytest.mark.parametrize("path", sorted(KEPT.glob("model_*.npz")), ids=lambda path: path.stem)
def test_a_kept_model(path):
    try:
        assert ds.load_model(path).week == 20
    except StoreError as error:
        assert "written by another version of the model" in str(error) and path.name in str(error)


@pytest.mark.parametrize("path", sorted(KEPT.glob("store_*")), ids=lambda path: path.name)
def test_a_kept_store(path, tmp_path):
    shutil.copytree(path, tmp_path / "store")
    try:
        ds.open_study(tmp_path / "store")
    except StoreError as error:
        older = "is of an older format (its manifest.json has no digest"
        assert older in str(error) or "was made by another version of the model" in str(error)
        assert "--any-version" in str(error)
    study = ds.open_study(tmp_path / "store", any_version=True)
    assert len(study.runs) == 4 and study.runs["reach"].notna().all() and set(study.runs["status"]) == {"ok"}


def test_a_store_from_before_digests_is_only_read(tmp_path):
    store = shutil.copytree(KEPT / "store_0.1.0", tmp_path / "store")
    for write in (commands.start, commands.retry, commands.expand):
        with pytest.raises(StoreError, match=r"older format .*no digest.*it is only read, and run the study into anot"):
            write(store, any_version=True, progress=False)
    assert status(store)["stored"]["ok"] == 4


def test_something_is_kept():
    assert list(KEPT.glob("model_*.npz")) and list(KEPT.glob("store_*"))
