"""The plan of the house: which room may import which, one sentence a test. Imports for type checkers count too."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "diffusion_sim"

# Rooms from the ground up; a room imports only from rooms before it. Small files at the top are rooms of their own.
ROOMS = (
    *("errors", "ids", "ranks", "school_year", "_mesa", "model_version", "own_code"),
    *("compiled", "rng", "state", "persons", "scenario", "population", "network", "measures", "dynamics"),
    *("strategies", "world", "week", "programme", "year", "agents", "frames", "interventions", "saved", "model"),
    *("saved_bounds", "load_saved"),
    *("study/plan", "study/store", "study/run", "study", "analysis", "systems", "viz", "patterns", "cli", "__main__"),
)
HEIGHT = {room: floor for floor, room in enumerate(ROOMS)}
# The public door and the package's version stand in the package's own file, which everybody may read.
FACADE = "__init__"


def room_of(module: str) -> str:
    """The room of a module, ``diffusion_sim.study.run.places`` -> ``study/run``."""
    _, *parts = module.split(".")
    if not parts:
        return FACADE
    inner = "/".join(parts[:2])
    return inner if inner in HEIGHT else parts[0]


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(module: str, path: Path) -> list[tuple[str, int]]:
    """(module of ours that is imported, line); a name that is a file counts as that file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are written in full"
            base = node.module or ""
            names = [full if (full := f"{base}.{alias.name}") in FILES else base for alias in node.names]
        found += [(name, node.lineno) for name in dict.fromkeys(names) if name.split(".")[0] == "diffusion_sim"]
    return found


ALL = [(module, target, line) for module, path in FILES.items() for target, line in imports(module, path)]


def pairs(room: str) -> set[str]:
    """Rooms that a room imports from, without itself and the package's own file."""
    found = {room_of(target) for module, target, _ in ALL if room_of(module) == room}
    return found - {room, FACADE}


def test_every_room_has_a_place():
    assert len(ALL) > 500
    assert {room_of(module) for module in FILES} - {FACADE} == set(ROOMS)


def wrong(room: str, other: str) -> bool:
    return other not in (room, FACADE) and not HEIGHT[other] < HEIGHT[room]


def test_imports_go_down():
    bad = [
        f"{module}:{line} imports {target}"
        for module, target, line in ALL
        if room_of(module) != FACADE and wrong(room_of(module), room_of(target))
    ]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize(
    ("room", "other"),
    [("rng", "week"), ("dynamics", "world"), ("saved", "model"), ("study/run", "study"), ("analysis", "viz")],
)
def test_a_wrong_import_would_be_found(room, other):
    assert wrong(room, other)


def test_compiled_imports_nothing_of_ours():
    assert pairs("compiled") == set()


def test_rules_know_neither_networks_nor_measures_nor_strategies():
    assert not pairs("dynamics") & {"network", "measures", "strategies", "scenario", "population"}


def test_a_week_knows_neither_programme_nor_year():
    assert not pairs("week") & {"programme", "year", "strategies"}


def test_plan_and_store_do_not_know_each_other():
    assert "study/store" not in pairs("study/plan") and "study/plan" not in pairs("study/store")


def test_what_carries_runs_out_does_not_know_who_commands_it():
    for room in ("study/plan", "study/store", "study/run"):
        assert "study" not in pairs(room)


def test_figures_are_loaded_by_name():
    assert "viz" not in pairs("analysis") | pairs("study") | pairs("systems")


def test_the_public_door_loads_on_first_use_only():
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    top = [node.module for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert not [name for name in top if name and name.startswith("diffusion_sim")]


def circles(arrows: dict[str, set[str]]) -> list[str]:
    """Files from which imports lead back to themselves."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        left = list(arrows[start])
        while left:
            file = left.pop()
            if file not in seen:
                seen.add(file)
                left += arrows.get(file, ())
        return seen

    return [file for file in arrows if file in reached(file)]


def test_no_circle_of_files():
    arrows = {module: {t for m, t, _ in ALL if m == module and t != "diffusion_sim"} for module in FILES}
    arrows.pop("diffusion_sim")
    assert circles(arrows) == []
    assert sorted(circles({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == ["b", "c"]  # the check can fail


def test_rules_are_one_file_each():
    """Files of dynamics do not import each other, but for the group of all parameters, what hours are worth and what a
    district's schools share."""
    for module, target, line in ALL:
        if room_of(module) == room_of(target) == "dynamics" and module != "diffusion_sim.dynamics.params":
            allowed = ("params", "dynamics", "hours", "districts")
            assert target.split(".")[-1] in allowed, f"{module}:{line} imports {target}"


def test_pages_not_scrolls():
    """Modules stay near 300 lines."""
    long = {m: n for m, p in FILES.items() if (n := len(p.read_text("utf-8").splitlines())) > 340}
    assert not long, long
