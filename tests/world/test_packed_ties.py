"""The network in blocks, as the weekly loop reads it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import networkx as nx
import numpy as np
import pytest

from diffusion_sim import ReformModel
from diffusion_sim.state.codes import COACH, NO_TEAM, TRADED
from diffusion_sim.state.tables import FACE_NUMBERS
from diffusion_sim.world.packed_ties import pack_ties, packed_ties


@pytest.fixture(scope="module")
def model():
    return ReformModel("mid_size_district", strategy="none", rng=3, overrides={"network.cross_share": 0.3})


def advisers_of(ties, row):
    """Rows named in the blocks of one seeker."""
    size = ties.near.shape[0]
    named = [*ties.near[row], *ties.far[ties.far_first[row] : ties.far_first[row + 1]].ravel()]
    assert all(place % FACE_NUMBERS == 0 for place in named)
    return [int(place) // FACE_NUMBERS for place in named if place != FACE_NUMBERS * size]


def asked(network, row):
    return network.target[network.first[row] : network.first[row] + network.degree[row]].tolist()


def test_blocks_hold_the_network(model):
    network, ties = model.state.network, model.state.ties
    assert network.degree.max() > 8 and (network.degree == 0).any()
    for row in range(network.degree.size):
        assert advisers_of(ties, row) == asked(network, row)
        assert ties.share[row] == (1 / network.degree[row] if network.degree[row] else 0.0)
    assert np.array_equal(np.bincount(ties.far_row, minlength=network.degree.size), np.diff(ties.far_first.astype(int)))


def test_ties_from_and_to_posts_that_do_not_teach_are_left_out(model):
    network, teachers = model.state.network, model.state.teachers.copy()
    teachers.leader[::7], teachers.leader[3::11] = TRADED, COACH
    teaches = teachers.leader >= NO_TEAM
    ties = packed_ties(network, teachers)
    for row in range(teachers.size):
        expected = [a for a in asked(network, row) if teaches[a]] if teaches[row] else []
        assert advisers_of(ties, row) == expected
        assert ties.share[row] == (1 / len(expected) if expected else 0.0)


def test_both_ways_of_packing_and_any_number_of_threads_agree(model):
    network, teachers = model.state.network, model.state.teachers
    known = packed_ties(network, teachers)
    slow = known._replace(near=np.full_like(known.near, 77), far=np.full_like(known.far, 77))
    slow = slow._replace(far_row=np.zeros_like(known.far_row), share=np.zeros_like(known.share))
    pack_ties(0, teachers.size, network.first, network.degree, network.target, teachers, False, slow)
    with ThreadPoolExecutor(3) as pool:
        shared = packed_ties(network, teachers, pool, model.state.schools)
    for other in (slow, shared):
        assert all(np.array_equal(a, b) for a, b in zip(known, other, strict=True))


def test_a_network_without_room_names_nobody():
    model = ReformModel("mid_size_district", rng=1, overrides={"population.schools": 200}, ties=nx.DiGraph())
    ties = model.state.ties
    assert (ties.near == FACE_NUMBERS * model.state.teachers.size).all() and not ties.share.any()
    assert model.run().outcomes["reach"] > 0
