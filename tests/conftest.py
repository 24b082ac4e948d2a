"""For all tests."""

from __future__ import annotations

import pytest


def pytest_sessionstart(session: pytest.Session) -> None:
    """Where several processes share the tests (-n 2), the model is compiled once, before they start."""
    if session.config.getoption("dist", "no") != "no" and not hasattr(session.config, "workerinput"):
        from diffusion_sim.study.warm_up import warm_up

        warm_up()
