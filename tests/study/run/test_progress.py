"""What is said while a comparison runs."""

from __future__ import annotations

import io
import sys
import types

import pytest

from diffusion_sim.study.run import progress


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(progress.time, "monotonic", found)
    return found


def test_lines_with_time_left(clock, capsys):
    lines = progress.Lines()
    lines.phase("runs", 100)
    clock.now = 4
    lines.advance(10)  # nothing within the first seconds
    assert capsys.readouterr().err == ""
    clock.now = 10
    lines.advance(15)
    assert capsys.readouterr().err == "runs: 25 of 100 runs, 2.5 a second, about 30 s left\n"
    clock.now = 15
    lines.advance(10)  # not every time
    clock.now = 80
    lines.advance(65)  # nor at the end, which is seen
    assert capsys.readouterr().err == ""


def test_a_short_comparison_says_nothing(clock, capsys):
    lines = progress.Lines()
    lines.phase("runs", 4)
    for _ in range(4):
        clock.now += 1
        lines.advance(1)
    lines.close()
    assert capsys.readouterr() == ("", "")


def test_which_one(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert type(progress.make_progress(None)) is progress.Lines
    assert type(progress.make_progress(False)) is progress.Silent
    monkeypatch.setattr("sys.stderr", Terminal())
    assert type(progress.make_progress(None)) is progress.Bar
    monkeypatch.setenv("CI", "true")
    assert type(progress.make_progress(None)) is progress.Lines
    monkeypatch.setattr("sys.stderr", None)
    assert type(progress.make_progress(None)) is progress.Silent


def test_the_bar_moves_through_phases(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    bar = progress.Bar()
    bar.say("compiling [the] model")
    for name in ("runs", "at full intensity"):
        bar.phase(name, 3)
        bar.advance(2)
        bar.advance(1)
    bar.close()
    assert "compiling [the] model" in stream.getvalue()


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "1 s"), (89, "89 s"), (100, "2 min"), (7200, "2.0 h")])
def test_words(seconds, text):
    assert progress.in_words(seconds) == text


def test_a_line_below_a_notebook_s_cell(clock, monkeypatch):
    shown = []

    class Handle:
        def update(self, bundle, raw):
            shown[-1] = bundle["text/plain"]

    def display(bundle, raw, display_id):
        shown.append(bundle["text/plain"])
        return Handle()

    class Shell:
        kernel = object()

    module = types.ModuleType("IPython")
    module.get_ipython = Shell
    inside = types.ModuleType("IPython.display")
    inside.display = display
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", inside)
    cell = progress.make_progress(None)
    assert type(cell) is progress.Cell
    cell.say("compiling")
    cell.phase("runs", 10)
    clock.now = 10.0
    cell.advance(5)
    assert shown == ["compiling\nruns: 5 of 10 runs, 0.5 a second, about 10 s left"]
    clock.now = 20.0
    cell.advance(4)
    cell.say("quarantined: a run")
    cell.fewer(1)  # the last one is not needed
    cell.close()
    assert shown == ["compiling\nquarantined: a run\nruns: 9 of 9 runs in 20 s"]
    cell.phase("at full intensity", 4)
    cell.advance(4)
    assert shown[-1].endswith("at full intensity: 4 of 4 runs in 1 s")


def test_what_is_left_below_a_notebook_s_cell_after_an_interrupt(clock, monkeypatch):
    said = []
    monkeypatch.setattr(progress.Cell, "_show", lambda self, state: said.append(state))
    cell = progress.Cell()
    cell.close()
    cell.phase("runs", 10)
    clock.now = 10.0
    cell.advance(5)
    cell.close()
    assert said == ["runs: 5 of 10 runs, 0.5 a second, about 10 s left", "runs: ended after 5 of 10 runs"]
