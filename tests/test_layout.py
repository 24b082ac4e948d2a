"""Where imports may go: down only, and never from one sibling to another."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "diffusion_sim"

# From the ground up. Rooms on one floor are siblings: they do not import each other.
FLOORS: list[set[str]] = [
    {"errors", "_mesa", "columns", "ids", "lanes", "ranks", "school_year", "sharing"},
    {"columns_compiled", "meeting", "words"},
    {"_cache"},
    {"archive", "elementary"},
    {"rng"},
    {"state"},
    {"tiles"},
    {"faces", "persons"},  # persons: what a person is when drawn: used by dynamics and by the world
    {"scenario", "population", "network", "dynamics", "measures"},
    {"climate", "school_sums", "week_lanes", "week_schools"},
    {"strategies", "week_teachers", "ties"},  # strategies read the words of scenarios
    {"engine", "start"},
    {"world"},
    {"run_state"},
    {"circles"},
    {"books"},
    {"cycles"},
    {"staffing"},
    {"programme", "summer"},
    {"planner", "interventions", "events"},
    {"agents", "frames"},
    {"model"},
    {"saved"},
    {"study"},
    {"analysis"},
    {"viz"},
    {"cli"},
    {"__main__"},
]
HEIGHT = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# Doors that lead up, each opened inside a function, with its reason.
DOORS = {
    ("model", "saved"),  # m.save(path) is a method; what it needs is above
}
# The package's own version, which the file at the top holds and everybody may read.
FACADE = "__init__"


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else FACADE


def imports(path: Path) -> list[tuple[str, str, bool, int]]:
    """(room that imports, module imported, at the top of the file, line) without those for type checkers only."""
    tree = ast.parse(path.read_text("utf-8"))
    own = room_of("diffusion_sim." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts))
    hidden = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    top = {id(node) for node in tree.body}
    found = []
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are written in full"
            base = node.module or ""
            names = [f"{base}.{alias.name}" for alias in node.names] if base == "diffusion_sim" else [base]
        ours = [name for name in names if name.split(".")[0] == "diffusion_sim"]
        found += [(own, name, id(node) in top, node.lineno) for name in ours]
    return found


FILES = sorted(PACKAGE.rglob("*.py"))
ALL = [(path, *found) for path in FILES for found in imports(path)]


def wrong(own: str, target: str, top: bool) -> str | None:
    """What is wrong with an import, None where nothing is."""
    other = room_of(target)
    if own == FACADE:
        return "the public door loads on first use only" if top else None
    if other in (own, FACADE) or other.startswith("__version"):
        return None
    if other not in HEIGHT:
        return f"'{other}' has no floor"
    if (own, other) in DOORS:
        return "a door upwards is opened inside a function" if top else None
    if HEIGHT[other] < HEIGHT[own]:
        return None
    return "siblings do not import each other" if HEIGHT[other] == HEIGHT[own] else "imports go down only"


def test_every_room_has_a_floor():
    rooms = {room_of("diffusion_sim." + ".".join(p.relative_to(PACKAGE).with_suffix("").parts)) for p in FILES}
    assert rooms - {FACADE} == set(HEIGHT)


def test_imports_go_down():
    assert len(ALL) > 100
    bad = []
    for path, own, target, top, line in ALL:
        if reason := wrong(own, target, top):
            bad.append(f"{path.relative_to(PACKAGE.parent)}:{line}: {own} imports {target}: {reason}")
    assert not bad, "\n".join(bad)


def test_every_door_is_used():
    assert {(own, room_of(target)) for _, own, target, _, _ in ALL} >= DOORS


@pytest.mark.parametrize(
    ("own", "target", "top"),
    [
        ("rng", "diffusion_sim.week.run_weeks", True),
        ("network", "diffusion_sim.dynamics.trial", False),
        ("model", "diffusion_sim.load_model", True),
        ("analysis", "diffusion_sim.viz", False),
        ("study", "diffusion_sim.analysis.paired", False),
        ("__init__", "diffusion_sim.model", True),
        ("cli", "diffusion_sim.attic", True),
    ],
)
def test_a_wrong_import_would_be_found(own, target, top):
    assert wrong(own, target, top)


def test_rules_and_strategies_are_one_file_each():
    """Files of dynamics do not import each other, but for the group of all their parameters."""
    for path, own, target, _, line in ALL:
        if own == "dynamics" and room_of(target) == "dynamics" and path.name != "params.py":
            assert target.split(".")[-1] in ("params", "dynamics"), f"{path}:{line} imports {target}"


def test_pages_not_scrolls():
    """Modules stay near 300 lines."""
    long = {str(p.relative_to(PACKAGE)): n for p in FILES if (n := len(p.read_text("utf-8").splitlines())) > 340}
    assert not long, long
