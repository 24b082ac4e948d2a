"""Given networks: edge lists and graphs, their errors, and the way out and back."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from diffusion_sim.errors import PopulationError
from diffusion_sim.network.advice import NetworkParams, build
from diffusion_sim.network.describe import describe_network, to_edges, to_networkx
from diffusion_sim.network.given import from_edges, from_networkx

from . import reference
from .worlds import DEFAULTS, world

IDS = ["d/a/0", "d/a/1", "d/a/2", "d/b/0", "d/b/1"]
EDGES = pd.DataFrame({"source": ["d/a/2", "d/a/0", "d/a/0", "d/b/1"], "target": ["d/a/0", "d/b/0", "d/a/1", "d/a/0"]})


def test_rows_are_by_seeker_and_own_school_first():
    network = from_edges(EDGES, IDS)
    assert network.degree.tolist() == [2, 0, 1, 0, 1]
    assert network.within.tolist() == [1, 0, 1, 0, 0]
    assert network.target.tolist() == [1, 3, 0, 0]
    assert network.first.tolist() == [0, 2, 2, 3, 3, 4]
    assert network.leader.tolist() == [1, 0, 0, 1, 0]


def test_order_of_the_table_does_not_matter():
    shuffled = EDGES.sample(frac=1, random_state=3)
    for x, y in zip(from_edges(EDGES, IDS), from_edges(shuffled, IDS), strict=True):
        assert np.array_equal(x, y)


@pytest.mark.parametrize("ending", ["csv", "parquet", "semicolon"])
def test_files(tmp_path, ending):
    path = tmp_path / f"edges.{'csv' if ending == 'semicolon' else ending}"
    if ending == "parquet":
        EDGES.to_parquet(path)
    else:
        EDGES.to_csv(path, index=False, sep=";" if ending == "semicolon" else ",", encoding="utf-8-sig")
    assert from_edges(path, IDS).target.tolist() == [1, 3, 0, 0]


def test_graphs_directed_and_undirected():
    graph = nx.DiGraph([("d/a/0", "d/a/1")])
    assert from_networkx(graph, IDS).degree.tolist() == [1, 0, 0, 0, 0]
    assert from_networkx(graph.to_undirected(), IDS).degree.tolist() == [1, 1, 0, 0, 0]
    complete = nx.complete_graph(IDS)
    assert from_networkx(complete, IDS).degree.tolist() == [4] * 5
    with pytest.raises(PopulationError, match=r"networkx graph: node 'd/a/9' .* did you mean"):
        from_networkx(nx.DiGraph([("d/a/0", "d/a/9")]), IDS)
    assert from_networkx(nx.DiGraph(), IDS).degree.sum() == 0


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("d/a/7", "d/a/1", r"row 5, source 'd/a/7' is not a teaching post .*did you mean"),
        ("d/a/1", "", r"row 5, target '' is not a teaching post"),
        ("d/a/1", "d/a/1", r"row 5: 'd/a/1' seeks advice from itself"),
        ("d/a/0", "d/b/0", r"row 5: the tie 'd/a/0' to 'd/b/0' stands in row 2 already"),
    ],
)
def test_bad_rows(source, target, message):
    table = pd.concat([EDGES, pd.DataFrame({"source": [source], "target": [target]})], ignore_index=True)
    with pytest.raises(PopulationError, match=message):
        from_edges(table, IDS)


def test_bad_tables(tmp_path):
    with pytest.raises(PopulationError, match="none.csv: no such file"):
        from_edges(tmp_path / "none.csv", IDS)
    other = tmp_path / "edges.doc"
    other.write_text("x")
    with pytest.raises(PopulationError, match="allowed are .csv"):
        from_edges(other, IDS)
    blank = tmp_path / "blank.csv"
    blank.write_text("")
    with pytest.raises(PopulationError, match="blank.csv"):
        from_edges(blank, IDS)
    with pytest.raises(PopulationError, match="no columns for the two ends"):
        from_edges(EDGES.rename(columns={"source": "a"}), IDS)
    with pytest.raises(PopulationError, match=r"'sorce', which the table does not have.*did you mean 'source'"):
        from_edges(EDGES, IDS, columns={"source": "sorce"})
    with pytest.raises(PopulationError, match="'sauce' is not a role"):
        from_edges(EDGES, IDS, columns={"sauce": "source"})
    with pytest.raises(PopulationError, match="columns: found 3; a mapping of source, target, group, relation to"):
        from_edges(EDGES, IDS, columns=3)
    with pytest.raises(PopulationError, match="relations: found 'friends'; a list of kinds"):
        from_edges(EDGES.assign(k="friends"), IDS, columns={"relation": "k"}, relations="friends")
    with pytest.raises(PopulationError, match="same name twice"):
        from_edges(EDGES, [*IDS, "d/a/0"])
    with pytest.raises(PopulationError, match="relation 'frends' does not occur.*did you mean 'friends'"):
        from_edges(EDGES.assign(k="friends"), IDS, columns={"relation": "k"}, relations=["frends"])


def test_export_and_back():
    w = world([12, 20, 9], [0, 0, 1])
    network = build(3, *w, NetworkParams(**DEFAULTS))
    ids = [f"d/{s}/{p}" for s, p in zip(w[0].school, w[0].post, strict=True)]
    edges = to_edges(network, ids)
    back = from_edges(edges, ids)
    again = from_networkx(to_networkx(network, w[0], ids), ids)
    for other in (back, again):
        assert np.array_equal(other.degree, network.degree) and np.array_equal(other.within, network.within)
        a, b = to_edges(other, ids), edges.sort_values(["source", "target"], ignore_index=True)
        pd.testing.assert_frame_equal(a.sort_values(["source", "target"], ignore_index=True), b)
    graph = to_networkx(network, w[0], ids, attributes={"stage": [0] * len(ids)})
    assert set(graph.nodes[ids[0]]) == {"school", "post", "grade", "cohort", "attitude", "leader", "stage"}
    pd.testing.assert_frame_equal(describe_network(graph), describe_network(network, w[0]))


@pytest.mark.parametrize(
    ("name", "group", "ids", "relation"),
    [("brfarmers", "village", "idold", "net11"), ("medInnovations", "city", "id", "net1_1")],
)
def test_classic_edge_lists(name, group, ids, relation):
    folder = reference.folder()
    if folder is None or not (folder / "netdiffuser" / f"{name}_edges.csv").exists():
        pytest.skip("needs netdiffuser of the reference data (DIFFUSION_SIM_REFERENCE_DATA is not set or lacks it)")
    path = folder / "netdiffuser" / f"{name}_edges.csv"
    edges = pd.read_csv(path)
    chosen = edges[edges.relation == relation]
    names = sorted({f"{g}/{p}" for side in ("from", "to") for g, p in zip(edges.group, edges[side], strict=True)})
    roles = {"group": "group", "relation": "relation"}
    if (chosen["from"] == chosen["to"]).any():
        with pytest.raises(PopulationError, match="seeks advice from itself"):
            from_edges(path, names, columns=roles, relations=[relation])
    clean = edges[edges["from"] != edges["to"]]
    network = from_edges(clean, names, columns=roles, relations=[relation])
    pairs = clean[clean.relation == relation]
    assert network.degree.sum() == len(pairs) > 50 and (network.within == network.degree).all()
    everything = from_edges(clean, names, columns=roles)
    assert everything.degree.sum() == len(clean.drop_duplicates(["group", "from", "to"]))
    with pytest.raises(PopulationError, match="already"):
        from_edges(clean, names, columns={"group": "group"})
    nodes = pd.read_csv(folder / "netdiffuser" / f"{name}_nodes_all.csv", low_memory=False)
    assert {group, ids} <= set(nodes.columns)
    with pytest.raises(PopulationError, match="is not a teaching post"):
        from_edges(clean, names[:10], columns=roles)
