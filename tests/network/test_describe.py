"""Statistics that can be counted by hand."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from diffusion_sim.errors import PopulationError
from diffusion_sim.network.describe import STATISTICS, describe_network


def values(graph, **options):
    return describe_network(graph, **options).set_index("statistic").value


def four():
    """1 and 2 ask each other, 3 asks 1 and 2, 4 asks nobody; 5 in another school asks 1."""
    graph = nx.DiGraph([(1, 2), (2, 1), (3, 1), (3, 2), (5, 1)])
    graph.add_node(4)
    for node in graph:
        graph.nodes[node].update(school="b" if node == 5 else "a", grade=node in (1, 2), cohort=0, attitude=node)
    return graph


def test_counted_by_hand():
    v = values(four())
    assert list(v.index) == list(STATISTICS)
    assert v["persons"] == 5 and v["ties"] == 4
    assert v["out_degree_mean"] == pytest.approx(4 / 5) and v["nobody_share"] == pytest.approx(2 / 5)
    assert v["density"] == pytest.approx(4 / 12) and v["reciprocity"] == pytest.approx(2 / 4)
    assert v["transitivity"] == 1.0 and v["cross_school_share"] == pytest.approx(1 / 5)
    # same grade: pairs 1-2 and 3-4, 4 ordered pairs, 2 ties; others: 8 pairs, 2 ties
    assert v["odds_ratio_grade"] == pytest.approx((2 / 2) / (2 / 6))
    # all share the cohort, nobody the attitude: there is nothing to compare with
    assert np.isnan(v["odds_ratio_cohort"]) and np.isnan(v["odds_ratio_attitude"])
    one = describe_network(four(), by_school=True).pivot(index="school", columns="statistic", values="value")
    assert one.loc["a", "out_degree_mean"] == 1 and one.loc["a", "cross_school_share"] == 0
    assert one.loc["a", "out_degree_sd"] == pytest.approx(np.std([1, 1, 2, 0]))
    assert one.loc["b", "cross_school_share"] == 1 and np.isnan(one.loc["b", "reciprocity"])
    # asked 2, 2, 0, 0: Gini = sum over ordered pairs of |difference| / (2 n^2 mean) = 16 / 32
    assert one.loc["a", "in_degree_gini"] == pytest.approx(0.5)


def test_reciprocity_and_transitivity_as_networkx_has_them():
    graph = nx.gnp_random_graph(60, 0.08, seed=4, directed=True)
    v = values(graph)
    assert v["reciprocity"] == pytest.approx(nx.reciprocity(graph))
    assert v["transitivity"] == pytest.approx(nx.transitivity(graph.to_undirected()))
    assert v["density"] == pytest.approx(nx.density(graph))
    both = values(graph.to_undirected())
    assert both["reciprocity"] == 1.0


def test_nothing_there_is_nan_and_nonsense_is_an_error():
    empty = nx.DiGraph()
    empty.add_nodes_from(range(3))
    assert np.isnan(values(empty)["transitivity"]) and values(empty)["out_degree_mean"] == 0
    with pytest.raises(PopulationError, match="cannot describe a dict"):
        describe_network({})
