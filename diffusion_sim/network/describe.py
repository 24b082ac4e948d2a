"""Statistics of a network of advice ties, and its export as a networkx graph or an edge list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from diffusion_sim.errors import PopulationError
from diffusion_sim.state.tables import Network, Teachers

ATTRIBUTES = ("grade", "cohort", "attitude")
STATISTICS = (
    "persons", "ties", "out_degree_mean", "out_degree_sd", "nobody_share", "density", "reciprocity", "transitivity",
    "in_degree_gini", "odds_ratio_grade", "odds_ratio_cohort", "odds_ratio_attitude", "cross_school_share",
)  # fmt: skip


def describe_network(
    network: Any, teachers: Teachers | None = None, *, cohort_years: float = 2.0, by_school: bool = False
) -> pd.DataFrame:
    """Statistics of advice ties (seeker -> adviser).

    network : Network (then ``teachers`` is needed), a model that has ``teachers`` and ``network``, or a networkx graph
    whose nodes may carry ``school``, ``grade``, ``cohort``, ``attitude`` (what is missing gives NaN; an undirected
    graph counts both ways; without ``school`` all are one school).
    cohort_years : years of entry that make one cohort. by_school : one set of rows a school instead of one for all.

    Returns a DataFrame statistic, value (with by_school: school, statistic, value). All statistics but
    cross_school_share are of ties within schools. out_degree_sd: population SD, with all schools together the mean of
    the schools' SDs; density: ties / ordered pairs of one school; reciprocity: share of ties that are returned;
    transitivity: 3 x triangles / connected triples of the undirected graph; odds ratios: crude, of a tie by whether
    the pair shares the attribute, ordered pairs of one school pooled; in_degree_gini: with all schools, their median.
    NaN where undefined. Raises PopulationError when it is given something else.
    """
    source, target, school, columns = _parts(network, teachers, cohort_years)
    if not by_school:
        values = _statistics(source, target, school, columns)
        return pd.DataFrame({"statistic": list(values), "value": list(values.values())})
    frames = []
    for name in pd.unique(school):
        one = _statistics(source, target, school, columns, only=name)
        frames.append(pd.DataFrame({"school": name, "statistic": list(one), "value": list(one.values())}))
    return pd.concat(frames, ignore_index=True)


def to_edges(network: Network, teacher_ids: Sequence[str] | None = None) -> pd.DataFrame:
    """All ties as a table: source (who seeks), target (who is asked), within (bool: same school).

    teacher_ids : names of the T rows; without them the row numbers stand in the table.
    """
    source, target = tie_rows(network)
    place = np.arange(source.size) - np.repeat(np.cumsum(network.degree) - network.degree, network.degree)
    inside = place < network.within[source]
    if teacher_ids is not None:
        names = np.asarray(teacher_ids, dtype=object)
        return pd.DataFrame({"source": names[source], "target": names[target], "within": inside})
    return pd.DataFrame({"source": source, "target": target, "within": inside})


def to_networkx(
    network: Network,
    teachers: Teachers,
    teacher_ids: Sequence[str] | None = None,
    attributes: Mapping[str, Sequence[Any]] | None = None,
    cohort_years: float = 2.0,
) -> nx.DiGraph:
    """The network as a networkx graph: seeker -> adviser, edge attribute ``within``.

    Node attributes: school (row of the school), post, grade, cohort, attitude, leader, and further columns given in
    ``attributes`` (name -> T values). Nodes are ``teacher_ids`` or row numbers.
    """
    names: list[Any] = list(range(teachers.school.size)) if teacher_ids is None else list(teacher_ids)
    columns: dict[str, Any] = {
        "school": teachers.school.tolist(),
        "post": teachers.post.tolist(),
        "grade": teachers.grade.tolist(),
        "cohort": _cohort(teachers, cohort_years).tolist(),
        "attitude": teachers.attitude.tolist(),
        "leader": network.leader.tolist(),
    }
    columns |= {key: list(values) for key, values in (attributes or {}).items()}
    graph: nx.DiGraph = nx.DiGraph()
    for row, name in enumerate(names):
        graph.add_node(name, **{key: values[row] for key, values in columns.items()})
    for row in to_edges(network, names).itertuples(index=False):
        graph.add_edge(row.source, row.target, within=bool(row.within))
    return graph


def tie_rows(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Rows of seekers and of advisers, one entry a tie, int64."""
    source = np.repeat(np.arange(network.degree.size), network.degree)
    place = np.arange(source.size) - np.repeat(np.cumsum(network.degree) - network.degree, network.degree)
    return source, network.target[network.first[:-1][source] + place].astype(np.int64)


def _cohort(teachers: Teachers, cohort_years: float) -> np.ndarray:
    return np.floor(teachers.entered / cohort_years).astype(np.int64)


def _parts(network: Any, teachers: Teachers | None, cohort_years: float):
    """Seekers, advisers, school of each person, and the attributes known: name -> codes (T,)."""
    network = getattr(network, "state", network)  # a model holds its network in its state
    if hasattr(network, "network") and hasattr(network, "teachers"):
        network, teachers = network.network, network.teachers
    if isinstance(network, nx.Graph):
        return _graph_parts(network)
    if not isinstance(network, Network):
        found = type(network).__name__
        raise PopulationError(
            f"describe_network: cannot describe a {found}; give a model, a Network or a networkx graph"
        )
    if teachers is None:
        raise PopulationError("describe_network: a Network needs its teachers: describe_network(network, teachers)")
    columns = {"grade": teachers.grade, "cohort": _cohort(teachers, cohort_years), "attitude": teachers.attitude}
    return *tie_rows(network), np.asarray(teachers.school), columns


def _graph_parts(graph: nx.Graph):
    names = {node: row for row, node in enumerate(graph.nodes)}
    ties = [(names[a], names[b]) for a, b in graph.edges() if a != b]
    if not graph.is_directed():
        ties += [(b, a) for a, b in ties]
    pairs = np.unique(np.array(ties, dtype=np.int64).reshape(-1, 2), axis=0)
    nodes = [data for _, data in graph.nodes(data=True)]
    school = np.array([data.get("school", "all") for data in nodes], dtype=object)
    columns = {}
    for name in ATTRIBUTES:
        if nodes and all(name in data for data in nodes):
            columns[name] = pd.factorize(np.array([data[name] for data in nodes], dtype=object))[0]
    return pairs[:, 0], pairs[:, 1], school, columns


def _statistics(source, target, school, columns, only=None) -> dict[str, float]:
    """All statistics, of every school or of the school ``only``."""
    codes, names = pd.factorize(school)
    inside = codes[source] == codes[target]
    mine = np.ones(codes.size, bool) if only is None else codes == list(names).index(only)
    ours = mine[source]
    values: dict[str, float] = {"persons": float(mine.sum()), "ties": float((inside & ours).sum())}
    a, b = source[inside & ours], target[inside & ours]
    out = np.bincount(a, minlength=codes.size)
    asked = np.bincount(b, minlength=codes.size)
    sizes = np.bincount(codes[mine])
    sizes = sizes[sizes > 0]
    pairs = float((sizes * (sizes - 1)).sum())
    groups = [np.flatnonzero(codes == c) for c in np.unique(codes[mine])] if mine.any() else []
    values["out_degree_mean"] = float(out[mine].mean()) if mine.any() else np.nan
    values["out_degree_sd"] = float(np.mean([out[g].std() for g in groups])) if groups else np.nan
    values["nobody_share"] = float((out[mine] == 0).mean()) if mine.any() else np.nan
    values["density"] = a.size / pairs if pairs else np.nan
    values["reciprocity"] = _reciprocity(a, b, codes.size)
    values["transitivity"] = _transitivity(a, b, codes.size)
    values["in_degree_gini"] = float(np.nanmedian([_gini(asked[g]) for g in groups])) if a.size else np.nan
    for name in ATTRIBUTES:
        known = columns.get(name)
        values[f"odds_ratio_{name}"] = np.nan if known is None else _odds_ratio(a, b, known, groups, pairs)
    values["cross_school_share"] = float((~inside[ours]).mean()) if ours.any() else np.nan
    return values


def _reciprocity(a, b, n) -> float:
    return float(np.isin(a * n + b, b * n + a).mean()) if a.size else np.nan


def _transitivity(a, b, n) -> float:
    """3 x triangles / connected triples of the undirected graph, by common neighbours of every edge."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    edges = np.unique(low * n + high)
    neighbours: dict[int, set[int]] = {}
    for edge in edges.tolist():
        u, v = divmod(edge, n)
        neighbours.setdefault(u, set()).add(v)
        neighbours.setdefault(v, set()).add(u)
    closed = sum(len(neighbours[e // n] & neighbours[e % n]) for e in edges.tolist())
    triples = sum(len(v) * (len(v) - 1) // 2 for v in neighbours.values())
    return closed / triples if triples else np.nan


def _gini(x) -> float:
    total = x.sum()
    if total == 0:
        return np.nan
    rank = 2 * np.arange(1, x.size + 1) - x.size - 1
    return float((rank * np.sort(x)).sum() / (x.size * total))


def _odds_ratio(a, b, code, groups, pairs) -> float:
    """Crude odds ratio of a tie by whether the two share ``code``, ordered pairs within schools pooled."""
    same_pairs = 0.0
    for group in groups:
        count = np.unique(np.asarray(code)[group], return_counts=True)[1]
        same_pairs += float((count * (count - 1)).sum())
    same_ties = float((np.asarray(code)[a] == np.asarray(code)[b]).sum())
    other_ties = a.size - same_ties
    wrong = (same_pairs - same_ties) * other_ties
    return same_ties * (pairs - same_pairs - other_ties) / wrong if wrong > 0 else np.nan
