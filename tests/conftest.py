"""For all tests."""

from __future__ import annotations

import signal

import pytest

# A shell that starts the tests in the background lets them, and all they start, ignore Ctrl-C: some test it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Where several processes share the tests (-n 2), the model is compiled once, before they start."""
    if session.config.getoption("dist", "no") != "no" and not hasattr(session.config, "workerinput"):
        from diffusion_sim.study.run.warm_up import warm_up

        warm_up()
