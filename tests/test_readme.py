"""The README keeps its promises: commands, code and links."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import diffusion_sim as ds
from diffusion_sim.cli.commands import cli

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text("utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def command(name: str) -> str:
    found = re.search(rf"^<!-- command: {name} -->\n```bash\n(.*)\n```$", TEXT, re.MULTILINE)
    assert found, name
    return found.group(1)


def test_the_two_commands():
    main, tests = command("main"), command("tests")
    setup = "python3 -m venv .venv && .venv/bin/pip install -r locked/{}.txt && "
    setup += ".venv/bin/pip install --no-deps --no-build-isolation . && "
    assert main.startswith(setup.format("run"))
    assert main.endswith(" .venv/bin/diffusion-sim compare michigan --replicates 20 --out results/michigan")
    assert tests == setup.format("test") + ".venv/bin/pytest -n 2 --dist loadfile"
    assert "command: $1" in (ROOT / ".ci" / "run").read_text("utf-8"), "the checks follow the README"


def commands_of(page: Path) -> list[list[str]]:
    """Every command line of the program that stands in a page's shell blocks or alone in back-ticks."""
    text = page.read_text("utf-8")
    lines = [line for block in re.findall(r"```bash\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    lines += re.findall(r"`((?:\.venv/bin/)?diffusion-sim [^`\n]+)`", text)
    parts = [part.strip() for line in lines for part in line.split("&&")]
    return [shlex.split(part)[1:] for part in parts if re.match(r"(\.venv/bin/)?diffusion-sim ", part)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_documented_command_lines_are_understood(page: Path):
    for words in commands_of(page):
        words = [re.sub(r"^(ID|SCENARIO)$", "michigan", word) for word in words]
        if words[0].startswith("-"):
            continue
        assert words[0] in cli.commands, words
        if len(words) == 1:  # the command is named, not called
            continue
        context = cli.commands[words[0]].make_context(words[0], list(words[1:]), resilient_parsing=False)
        if "settings" in context.params:
            for path, value in context.params["settings"]:
                ds.load_scenario("mid_size_district").override({path: value})


def test_command_lines_were_found():
    assert len(commands_of(PAGES[0])) >= 5


def test_the_python_example_runs():
    block = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert block
    code = block.group(1).replace("replicates=20", "replicates=2, workers=1, progress=False")
    space: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), space)
    import matplotlib.pyplot as plt

    plt.close("all")
    columns = re.search(r"# (strategy, baseline, .*)", code)
    assert columns and columns.group(1).split(", ") == list(space["c"].differences.columns)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"
