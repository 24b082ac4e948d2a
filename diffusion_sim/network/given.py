"""Advice ties given by the user: an edge list or a networkx graph between teaching posts.

Given ties belong to the posts, not to the persons in them: they stay as they are over all summers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from diffusion_sim.errors import PopulationError, nearest
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

    edges : DataFrame, or path of a .csv or .parquet file. columns : names of the table's columns for ``source`` and
    ``target`` (else: source/target, from/to, ego/alter, sender/receiver, seeker/adviser, the first pair there is), and
    optionally for ``group``, a column put before both names as "group/name" (edge lists that number people anew in
    each village or school), and for ``relation``, the kind of tie. relations : kinds to read, all when not given; a
    tie of several kinds counts once. separator : of a .csv; guessed between comma, semicolon and tab when not given.
    teacher_ids : the posts by name, "district/school/post", in the order of teacher rows.

    Returns a Network of the T posts; a tie is within the school when the names agree up to the last "/". The subject
    leader of a school is the most asked by colleagues, the lowest row at ties. Raises PopulationError naming table,
    row, value and what is allowed for a missing file or column, unknown names, ties to oneself, ties named twice.
    """
    where = "edge list" if isinstance(edges, pd.DataFrame) else str(edges)
    table = edges if isinstance(edges, pd.DataFrame) else _read(Path(edges), separator)
    roles = columns or {}
    names = _columns(table, roles, where)
    ends = [_text(table[name]) for name in names]
    if "group" in roles:
        ends = [_text(table[roles["group"]]) + "/" + end for end in ends]
    kind = _text(table[roles["relation"]]) if "relation" in roles else None
    wanted = _wanted(kind, relations, len(table), where)
    return _network(ends[0], ends[1], teacher_ids, where, names, kind, np.flatnonzero(wanted))


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


def _read(path: Path, separator: str | None) -> pd.DataFrame:
    if not path.is_file():
        raise PopulationError(f"{path}: there is no such file; give the path of a .csv or .parquet edge list")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return pd.read_parquet(path)
        if path.suffix.lower() not in (".csv", ".txt", ".tsv"):
            raise PopulationError(f"{path}: ending {path.suffix!r} is not known; allowed: .csv, .tsv, .txt, .parquet")
        if separator is None:
            head = path.read_text(encoding="utf-8-sig").split("\n", 1)[0]
            separator = max(",;\t", key=head.count)
        return pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, OSError, pd.errors.ParserError) as problem:
        raise PopulationError(f"{path}: cannot be read as an edge list: {problem}") from problem


def _wanted(kind: np.ndarray | None, relations: Sequence[str] | None, rows: int, where: str) -> np.ndarray:
    """Rows of the relations asked for."""
    if relations is None:
        return np.ones(rows, bool)
    if kind is None:
        raise PopulationError(f"{where}: relations={list(relations)} needs columns={{'relation': name of its column}}")
    have = sorted(set(kind))
    for name in relations:
        if name not in have:
            raise PopulationError(
                f"{where}: relation {name!r} does not occur; allowed: {have[:20]}{nearest(name, have)}"
            )
    return np.isin(kind.astype(str), list(relations))


def _columns(table: pd.DataFrame, given: Mapping[str, str], where: str) -> tuple[str, str]:
    """Names of the columns of source and target."""
    have = [str(name) for name in table.columns]
    for key in given:
        if key not in ROLES:
            raise PopulationError(f"{where}: columns: {key!r} is not a role; allowed: {ROLES}{nearest(key, ROLES)}")
    for role, name in given.items():
        if name not in have:
            raise PopulationError(
                f"{where}: columns: {role} is to be {name!r}, which the table does not have; its columns are "
                f"{have}{nearest(name, have)}"
            )
    for source, target in zip(SOURCE_NAMES, TARGET_NAMES, strict=True):
        chosen = given.get("source", source), given.get("target", target)
        if chosen[0] in have and chosen[1] in have:
            return chosen
    pairs = ", ".join(f"{a} and {b}" for a, b in zip(SOURCE_NAMES, TARGET_NAMES, strict=True))
    raise PopulationError(
        f"{where}: no columns for the two ends of a tie; found {have}; needed: {pairs}, or name them with "
        "columns={'source': ..., 'target': ...}"
    )


def _text(column: pd.Series) -> np.ndarray:
    """A column as text; whole numbers read as floats lose their '.0', what is missing becomes ''."""
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    missing = column.isna().to_numpy()
    text = column.astype(str).to_numpy(dtype=object).copy()
    text[missing] = ""
    return text


def _network(source, target, teacher_ids: Sequence[str], where: str, names: tuple[str, str],
             kind: np.ndarray | None = None, rows: np.ndarray | None = None) -> Network:  # fmt: skip
    """Check the ties of the chosen rows of the table and put them into rows of the network."""
    ids = [str(t) for t in teacher_ids]
    row_of = {name: row for row, name in enumerate(ids)}
    if len(row_of) != len(ids):
        raise PopulationError(f"{where}: teacher_ids holds the same name twice; each post needs a name of its own")
    rows = np.arange(len(source)) if rows is None else rows
    ends = []
    for column, name in ((source, names[0]), (target, names[1])):
        found = np.array([row_of.get(value, -1) for value in column[rows]], dtype=np.int64)
        bad = rows[found < 0]
        if bad.size:
            value = column[bad[0]]
            raise _unknown(where, f"row {bad[0] + 1}, {name} {value!r}", value, ids, int(bad.size))
        ends.append(found)
    a, b = ends
    selves = rows[a == b]
    if selves.size:
        raise PopulationError(
            f"{where}: row {selves[0] + 1}: {source[selves[0]]!r} seeks advice from itself ({selves.size} such rows); "
            "allowed: ties between two posts"
        )
    ties = pd.DataFrame({"a": a, "b": b, "kind": "" if kind is None else kind[rows]})
    twice = np.flatnonzero(ties.duplicated().to_numpy())
    if twice.size:
        same = (ties == ties.iloc[twice[0]]).all(axis=1).to_numpy()
        here, earlier = rows[twice[0]], rows[np.flatnonzero(same)[0]]
        raise PopulationError(
            f"{where}: row {here + 1}: the tie {source[here]!r} to {target[here]!r} stands in row {earlier + 1} "
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
