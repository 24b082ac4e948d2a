"""Advice ties at the start and over summers: what must hold in every world."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim import rng
from diffusion_sim.network.advice import (
    CROSS_ROOM,
    WITHIN_ROOM,
    NetworkParams,
    build,
    empty,
    end_ties,
    network_params,
    renew,
)
from diffusion_sim.network.describe import describe_network, tie_rows

from .worlds import DEFAULTS, world

PARAMS = NetworkParams(**DEFAULTS)
SIZES = [2, 9, 14, 31, 60, 22, 8, 40, 25, 33, 18, 90]
DISTRICTS = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 3]


def ties_of(network, teachers, schools):
    """Set of (seeker, adviser), each named by its school's key and its post."""
    name = [(int(schools.key[s]), int(p)) for s, p in zip(teachers.school, teachers.post, strict=True)]
    return {(name[a], name[b]) for a, b in zip(*tie_rows(network), strict=True)}


def rows_of(network):
    return [set(network.target[a : a + d].tolist()) for a, d in zip(network.first[:-1], network.degree, strict=True)]


def check(network, teachers):
    """Room, order within the row, no self ties, no duplicates, unused room empty, one leader a school."""
    assert (network.degree <= np.diff(network.first)).all()
    for i in range(network.degree.size):
        row = network.target[network.first[i] : network.first[i + 1]]
        used = row[: network.degree[i]]
        assert len(set(used.tolist())) == used.size and i not in used and (used >= 0).all()
        assert (row[network.degree[i] :] == -1).all()
        inside = teachers.school[used] == teachers.school[i]
        assert inside[: network.within[i]].all() and not inside[network.within[i] :].any()
        assert network.within[i] <= WITHIN_ROOM and network.degree[i] - network.within[i] <= CROSS_ROOM
    assert (np.bincount(teachers.school, weights=network.leader) == 1).all()


def hire(seed, year, teachers, share=0.16):
    """Give a share of the posts to new persons; returns who is new."""
    new = np.zeros(teachers.post.size, np.uint8)
    for i in range(new.size):
        new[i] = rng.uniform(seed, teachers.origin[i], teachers.tag[i], rng.LEAVE, year) < share
        if new[i]:
            teachers.tag[i] = rng.person_tag(int(teachers.post[i]), int(teachers.hires[i]))
            teachers.hires[i] += 1
            teachers.entered[i] = year
    return new


def test_start_is_well_formed_and_deterministic():
    w = world(SIZES, DISTRICTS)
    network = build(1, *w, PARAMS)
    check(network, w[0])
    again = build(1, *world(SIZES, DISTRICTS), PARAMS)
    assert all(np.array_equal(x, y) for x, y in zip(network, again, strict=True))
    other = build(2, *world(SIZES, DISTRICTS, seed=2), PARAMS)
    assert ties_of(network, *w[:2]) != ties_of(other, *w[:2])
    assert network.degree.sum() > 3 * w[0].post.size * 0.7


def test_rows_of_schools_in_another_order_have_the_same_ties_within():
    order = [3, 0, 2, 1]
    names = [f"s{i}" for i in range(4)]
    a = world(SIZES[:4], names=names)
    b = world([SIZES[i] for i in order], names=[names[i] for i in order])
    p = PARAMS._replace(cross_share=0.0)
    assert ties_of(build(1, *a, p), *a[:2]) == ties_of(build(1, *b, p), *b[:2])


def test_a_school_outside_the_programme_changes_nobody():
    a = world(SIZES[:8], DISTRICTS[:8])
    b = world([*SIZES[:8], 1, 20], [*DISTRICTS[:8], 3, 3], programme=[1] * 8 + [0, 0])
    first, second = build(1, *a, PARAMS), build(1, *b, PARAMS)
    for year in range(3):
        mine, theirs = ties_of(first, *a[:2]), ties_of(second, *b[:2])
        outside = set(b[1].key[8:].tolist())
        assert mine == {t for t in theirs if t[0][0] not in outside}
        assert not [t for t in theirs if (t[0][0] in outside) != (t[1][0] in outside)]
        renew(np.uint64(1), year, *a, first, hire(1, year, a[0]), PARAMS)
        renew(np.uint64(1), year, *b, second, hire(1, year, b[0]), PARAMS)


def test_one_post_more_changes_few_ties():
    a, b = world([30] * 40), world([31] + [30] * 39)
    p = PARAMS._replace(cross_share=0.0)
    old, new = ties_of(build(1, *a, p), *a[:2]), ties_of(build(1, *b, p), *b[:2])
    key = int(a[1].key[0])
    assert {t for t in old if t[0][0] != key} == {t for t in new if t[0][0] != key}
    here = {t for t in old if t[0][0] == key}
    # a thirtieth of the ties go to the newcomer, and a few follow by reciprocity and transitivity
    assert len(here - new) <= 0.25 * len(here)


def test_summer_breaks_ties_of_leavers_and_few_others_change():
    w = world(SIZES * 4)
    teachers = w[0]
    network = build(1, *w, PARAMS)
    for year in range(4):
        before = rows_of(network)
        room = network.first.copy()
        new = hire(1, year, teachers)
        still = PARAMS._replace(tie_loss=0.0, tie_loss_changed=0.0, grade_change=0.0)
        renew(np.uint64(1), year, *w, network, new, still)
        check(network, teachers)
        assert np.array_equal(room, network.first)
        after = rows_of(network)
        cross_kept = 0
        for i in np.flatnonzero(new == 0):
            kept = {j for j in before[i] if not new[j] and teachers.school[j] == teachers.school[i]}
            assert kept <= after[i], "a tie between two stayers of a school was lost"
            cross_kept += len({j for j in before[i] & after[i] if teachers.school[j] != teachers.school[i]})
        assert cross_kept > 0
        newcomers = np.flatnonzero(new)
        named = np.array([network.within[i] > 0 for i in newcomers])
        assert abs(named.mean() - 0.8) < 4 * np.sqrt(0.16 / named.size)  # 4 SE: fails by chance in 1 of 16,000
        # 1 - .84^2 = .29 of all ties are new and go to anybody: about one a newcomer, to whom others have none yet
        a, b = tie_rows(network)
        assert 0.7 < np.bincount(b, minlength=new.size)[newcomers].mean() < 2.0


def test_loss_of_ties_is_as_stated():
    w = world([30] * 60)
    p = PARAMS._replace(grade_change=0.0, tie_loss=0.3, cross_share=0.0)
    network = build(1, *w, p)
    a, b = tie_rows(network)
    renew(np.uint64(1), 0, *w, network, np.zeros(w[0].post.size, np.uint8), p)
    after = rows_of(network)
    lost = np.array([y not in after[x] for x, y in zip(a, b, strict=True)])
    # 5 SE; what ended is not sought anew but may come back through reciprocity or transitivity, up to 2 points
    error = 5 * np.sqrt(0.21 / lost.size)
    assert 0.28 - error < lost.mean() < 0.3 + error


def test_which_ties_end_is_drawn_for_each_place_of_a_row():
    """16 bits a tie and eight ties a draw, against `rng.words`: rows of twelve take two draws."""
    seed, year, loss = np.uint64(7), 3, 0.4
    teachers, schools, _ = world([30, 14])
    network, size = empty(schools), teachers.size
    for i, (s, post) in enumerate(zip(teachers.school, teachers.post, strict=True)):
        colleagues = schools.first[s] + (post + 1 + np.arange(12)) % schools.posts[s]
        network.target[network.first[i] : network.first[i] + 12] = colleagues
    network.within[:] = network.degree[:] = 12
    before, none = network.target.copy(), np.zeros((3, size), np.uint8)
    p = PARAMS._replace(grade_change=0.0, tie_loss=loss)
    end_ties(0, schools.size, seed, year, teachers, schools, network, *none, p)
    for i in range(size):
        lasts = np.empty(12, bool)
        for c in range(12):
            draws = rng.words(seed, teachers.origin[i], teachers.tag[i], rng.TIE_LOSS, (year + 1) << 1 | c // 8)
            a, b, c_, d = (int(word) for word in draws)
            half = a << 32 | b if c % 8 < 4 else c_ << 32 | d
            lasts[c] = ((half >> 16 * (c % 4) & 0xFFFF) + 0.5) / 65536 >= loss
        row, start = before[network.first[i] :][:12], network.first[i]
        assert network.within[i] == network.degree[i] == lasts.sum()
        assert network.target[start : start + 12].tolist() == [*row[lasts], *row[~lasts]]


def test_change_of_grade_breaks_more_ties():
    w = world([30] * 60)
    p = PARAMS._replace(grade_change=0.3, tie_loss=0.05, tie_loss_changed=0.9, cross_share=0.0)
    network = build(1, *w, p)
    grade = w[0].grade.copy()
    a, b = tie_rows(network)
    renew(np.uint64(1), 0, *w, network, np.zeros(grade.size, np.uint8), p)
    moved = grade != w[0].grade
    after = rows_of(network)
    lost = np.array([y not in after[x] for x, y in zip(a, b, strict=True)])
    touched = moved[a] | moved[b]
    assert 0.15 < moved.mean() < 0.3
    assert lost[touched].mean() > 0.5 > 0.1 > lost[~touched].mean()


def test_ties_stay_as_many_and_as_alike_over_ten_summers():
    w = world([30] * 80, np.repeat(np.arange(20), 4))
    network = build(1, *w, PARAMS)
    start = describe_network(network, w[0]).set_index("statistic").value
    for year in range(10):
        renew(np.uint64(1), year, *w, network, hire(1, year, w[0]), PARAMS)
    end = describe_network(network, w[0]).set_index("statistic").value
    for name, room in (("out_degree_mean", 0.15), ("reciprocity", 0.08), ("cross_school_share", 0.02)):
        assert abs(end[name] - start[name]) < room, name


def test_cross_school_ties():
    poverty = np.tile([0.1, 0.9], 40)
    w = world([30] * 80, np.repeat(np.arange(8), 10), poverty=poverty, level=np.repeat([0, 1], 40))
    network = build(1, *w, PARAMS)
    a, b = tie_rows(network)
    school = w[0].school
    cross = school[a] != school[b]
    assert abs(cross.mean() - 0.05) < 0.012
    assert 0.6 < network.leader[a[cross]].mean() < 0.8
    district = w[1].district
    own = district[school[a[cross]]] == district[school[b[cross]]]
    assert 0.8 < own.mean() < 0.96
    assert (poverty[school[a[cross]]] == poverty[school[b[cross]]]).mean() > 0.6
    assert (network.degree[network.leader == 1] - network.within[network.leader == 1]).mean() > 2


def test_a_district_of_one_school_only_has_ties_into_the_world():
    w = world([30] * 60, np.arange(60))
    share = describe_network(build(1, *w, PARAMS), w[0]).set_index("statistic").value["cross_school_share"]
    assert 0.001 < share < 0.012  # a tenth of the 5 %
    alone = world([30])
    assert describe_network(build(1, *alone, PARAMS), alone[0]).set_index("statistic").value["cross_school_share"] == 0


def test_a_place_that_does_not_exist_is_not_filled_later():
    """Half of the 5 % lead out of the district; alone in it, a school keeps that half over the summers."""
    w = world([30] * 60, np.arange(60))
    p = PARAMS._replace(cross_world_share=0.5)
    network = build(1, *w, p)
    for year in range(8):
        share = describe_network(network, w[0]).set_index("statistic").value["cross_school_share"]
        assert share == pytest.approx(0.025, abs=0.002)
        renew(np.uint64(1), year, *w, network, hire(1, year, w[0]), p)


def test_who_no_longer_leads_loses_ties_to_other_schools():
    w = world([30] * 80, np.repeat(np.arange(8), 10))
    network = build(1, *w, PARAMS)
    for year in range(5):
        renew(np.uint64(1), year, *w, network, hire(1, year, w[0]), PARAMS)
    cross = network.degree - network.within
    assert cross[network.leader == 0].max() <= 1 < cross[network.leader == 1].mean()


def test_smallest_schools_and_params():
    w = world([1, 2, 2], [0, 0, 1])
    network = build(5, *w, PARAMS._replace(nobody_share=0.0))
    check(network, w[0])
    assert network.within.tolist() == [0, 1, 1, 1, 1]
    assert empty(w[1]).first[-1] == CROSS_ROOM * 5 + 4
    assert network_params(DEFAULTS | {"cohort_years": 2, "other": "x"}) == PARAMS
    with pytest.raises(KeyError):
        network_params({})
