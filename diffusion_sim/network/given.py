"""Advice ties given by the user: an edge list or a networkx graph between teaching posts.

Given ties belong to the posts, not to the persons in them: they stay as they are over all summers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from diffusion_sim.errors import PopulationError, nearest
from diffusion_sim.population import cells
from diffusion_sim.population.catalogue import OPTIONS
from diffusion_sim.population.read import Sheet, read, short_list
from diffusion_sim.state.tables import Network

SOURCE_NAMES = ("source", "from", "ego", "sender", "seeker")
ROLES = ("source", "target", "group", "relation")
TARGET_NAMES = ("target", "to", "alter", "receiver", "adviser")


def from_edges(
    edges: pd.DataFrame | str | Path,
    teacher_ids: Sequence[str],
    *,
    columns: Mapping[str, str] | None = None,
    relations: Sequence[str] | None = None,
    separator: str | None = None,
) -> Network:
    """Network from an edge list, one row a tie: ``source`` seeks the advice of ``target``.

    edges : DataFrame, or path of a file as for a table of schools (population/read.py). columns : names of the
    table's columns for ``source`` and ``target`` (else: source/target, from/to, ego/alter, sender/receiver,
    seeker/adviser, the first pair there is), and optionally for ``group``, a column put before both names as
    "group/name" (edge lists that number people anew in each village or school), and for ``relation``, the kind of tie.
    relations : kinds to read, all when not given; a tie of several kinds counts once. separator : of a .csv, one of
    , ; | and tab; guessed when not given.
    teacher_ids : the posts by name, "district/school/post", in the order of teacher rows.

    Returns a Network of the T posts; a tie is within the school when the names agree up to the last "/". The subject
    leader of a school is the most asked by colleagues, the lowest row at ties. Raises PopulationError naming table,
    row, value and what is allowed for a missing file or column, unknown names, ties to oneself, ties named twice.
    """
    if columns is not None and not isinstance(columns, Mapping):
        raise PopulationError(f"columns: found {columns!r:.60}; a mapping of {', '.join(ROLES)} to columns is allowed")
    if isinstance(relations, str) or not (relations is None or isinstance(relations, Sequence)):
        raise PopulationError(f"relations: found {relations!r:.60}; a list of kinds of tie is allowed")
    separators = OPTIONS["delimiter"][1] or ()
    if not (separator is None or isinstance(separator, str) and separator in separators):
        allowed = ", ".join(map(repr, separators))
        raise PopulationError(f"separator: found {separator!r:.60}; {allowed} or None is allowed")
    roles = dict(columns or {})
    sheet = read(edges, {"delimiter": separator}, [*roles.values(), *SOURCE_NAMES, *TARGET_NAMES], label="edge list")
    names = _columns(sheet, roles)
    ends = [_texts(sheet, name) for name in names]
    if "group" in roles:
        ends = [_texts(sheet, roles["group"]) + "/" + end for end in ends]
    kind = _texts(sheet, roles["relation"]) if "relation" in roles else None
    wanted = _wanted(kind, relations, sheet)
    return _network(ends[0], ends[1], teacher_ids, sheet.label, names, kind, np.flatnonzero(wanted), sheet.place)


def from_networkx(graph: nx.Graph, teacher_ids: Sequence[str]) -> Network:
    """Network from a networkx graph whose nodes are named like ``teacher_ids``; an edge leads from seeker to adviser.

    An undirected graph counts as both directions. Nodes without ties may be missing; attributes are not read. Errors
    as for `from_edges`; "row" is then the number of the edge in the graph's own order.
    """
    pairs = [(str(a), str(b)) for a, b in graph.edges()]
    if not graph.is_directed():
        pairs += [(b, a) for a, b in pairs if a != b]
    known = {str(name) for name in teacher_ids}
    unknown = [str(node) for node in graph.nodes if str(node) not in known]
    if unknown:
        raise _unknown("networkx graph", f"node {unknown[0]!r}", unknown[0], teacher_ids, len(unknown))
    source = np.array([a for a, _ in pairs], dtype=object)
    target = np.array([b for _, b in pairs], dtype=object)
    return _network(source, target, teacher_ids, "networkx graph", ("source", "target"))


def _wanted(kind: np.ndarray | None, relations: Sequence[str] | None, sheet: Sheet) -> np.ndarray:
    """Rows of the relations asked for."""
    if relations is None:
        return np.ones(sheet.rows, bool)
    if kind is None:
        raise PopulationError(
            f"{sheet.label}: relations={list(relations)} needs columns={{'relation': name of its column}}"
        )
    have = sorted(set(kind))
    for name in relations:
        if name not in have:
            raise PopulationError(
                f"{sheet.label}: relation {name!r} does not occur; allowed: {have[:20]}{nearest(name, have)}"
            )
    return np.isin(kind.astype(str), list(relations))


def _columns(sheet: Sheet, given: Mapping[str, str]) -> tuple[str, str]:
    """Names of the columns of source and target."""
    for key in given:
        if key not in ROLES:
            raise PopulationError(
                f"{sheet.label}: columns: {key!r} is not a role; allowed: {ROLES}{nearest(key, ROLES)}"
            )
    for role, name in given.items():
        if name not in sheet.names:
            raise PopulationError(
                f"{sheet.label}: columns: {role} is to be {name!r}, which the table does not have; its columns are "
                f"{short_list(sheet.names)}{nearest(name, sheet.names)}"
            )
    for source, target in zip(SOURCE_NAMES, TARGET_NAMES, strict=True):
        chosen = given.get("source", source), given.get("target", target)
        if chosen[0] in sheet.names and chosen[1] in sheet.names:
            sheet.check_once([*chosen, *given.values()])
            return chosen
    pairs = ", ".join(f"{a} and {b}" for a, b in zip(SOURCE_NAMES, TARGET_NAMES, strict=True))
    raise PopulationError(
        f"{sheet.label}: no columns for the two ends of a tie; found {short_list(sheet.names)}; needed: {pairs}, or "
        "name them with columns={'source': ..., 'target': ...}"
    )


def _texts(sheet: Sheet, name: str) -> np.ndarray:
    """A column as names, checked like ids: whole numbers lose their '.0', what is missing becomes ''."""
    return np.array(cells.names(sheet, name), dtype=object)


def _network(source, target, teacher_ids: Sequence[str], where: str, names: tuple[str, str],
             kind: np.ndarray | None = None, rows: np.ndarray | None = None,
             place: Callable[[int], str] = lambda row: f"row {row + 1}") -> Network:  # fmt: skip
    """Check the ties of the chosen rows of the table and put them into rows of the network."""
    ids = [str(t) for t in teacher_ids]
    row_of = pd.Index(ids, dtype=object)
    if not row_of.is_unique:
        raise PopulationError(f"{where}: teacher_ids holds the same name twice; each post needs a name of its own")
    rows = np.arange(len(source)) if rows is None else rows
    ends = []
    for column, name in ((source, names[0]), (target, names[1])):
        found = row_of.get_indexer(column[rows])
        bad = rows[found < 0]
        if bad.size:
            value = column[bad[0]]
            raise _unknown(where, f"{place(bad[0])}, {name} {value!r:.60}", value, ids, int(bad.size))
        ends.append(found)
    a, b = ends
    selves = rows[a == b]
    if selves.size:
        raise PopulationError(
            f"{where}: {place(selves[0])}: {source[selves[0]]!r} seeks advice from itself ({selves.size} such rows); "
            "allowed: ties between two posts"
        )
    ties = pd.DataFrame({"a": a, "b": b} | ({} if kind is None else {"kind": kind[rows]}))
    twice = np.flatnonzero(ties.duplicated().to_numpy())
    if twice.size:
        same = (ties == ties.iloc[twice[0]]).all(axis=1).to_numpy()
        here, earlier = rows[twice[0]], rows[np.flatnonzero(same)[0]]
        raise PopulationError(
            f"{where}: {place(here)}: the tie {source[here]!r} to {target[here]!r} stands in {place(earlier)} "
            f"already ({twice.size} such rows); allowed: each tie once"
        )
    once = ties.drop_duplicates(["a", "b"])
    return _rows(once.a.to_numpy(), once.b.to_numpy(), ids)


def _unknown(where: str, place: str, value: str, ids: Sequence[str], count: int) -> PopulationError:
    example = f"; posts are named like {ids[0]!r}" if len(ids) else ""
    return PopulationError(
        f"{where}: {place} is not a teaching post of this world ({count} unknown){example}"
        f"{nearest(value, ids) if len(ids) <= 100_000 else ''}"
    )


def _rows(a: np.ndarray, b: np.ndarray, ids: list[str]) -> Network:
    """Ties by seeker: those within the school first, each part by row of the adviser."""
    school = pd.factorize(np.array([name.rpartition("/")[0] for name in ids], dtype=object))[0]
    outside = (school[a] != school[b]) if a.size else np.zeros(0, bool)
    order = np.lexsort((b, outside, a))
    t = len(ids)
    degree = np.bincount(a, minlength=t).astype(np.int32)
    first = np.concatenate([[0], np.cumsum(degree)]).astype(np.int64)
    asked = np.bincount(b[~outside], minlength=t)
    leader = np.zeros(t, np.uint8)
    best = pd.Series(asked).groupby(school).idxmax().to_numpy() if t else np.zeros(0, np.int64)
    leader[best] = 1
    return Network(
        first=first,
        degree=degree,
        target=b[order].astype(np.int32),
        within=np.bincount(a[~outside], minlength=t).astype(np.int32),
        leader=leader,
    )
