"""A quarter of improvement cycles by hand: who reads whom, what is learnt, what schools do, who hears, who pays."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim import rng
from diffusion_sim.programme import hubs, improvement_cycles
from diffusion_sim.programme import variant_evidence as of_variants
from diffusion_sim.programme.partner_groups import make_circles
from diffusion_sim.state.codes import AWARE, DISCONTINUED, ROUTINE, TRIAL, UNAWARE
from diffusion_sim.strategies.testing import coded

MENU = 0


def ruler(p):
    return improvement_cycles.rules.ruler("common", p)


# ---- circles ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("topology", "numbers", "sizes"),
    [
        ("isolated", {}, [1] * 11),
        ("pairs", {}, [2, 2, 2, 2, 3]),
        ("groups", {}, [5, 6]),
        ("groups", {"group_size": 3}, [3, 4, 4]),
        ("hub", {}, [11]),
        ("all_to_all", {"network_size": 4}, [3, 4, 4]),
        ("pairs", {"network_size": 4}, [2, 2, 2, 2, 3]),
        ("hub", {"network_size": 1}, [1] * 11),
        ("groups_hub", {}, [5, 6]),
        ("pairs_hub", {}, [2, 2, 2, 2, 3]),
    ],
)
def test_circles(started, topology, numbers, sizes):
    model, rule, p = started(topology=topology, **numbers)
    circles = make_circles(model.world, model.state, rule, p)
    assert sorted(circles.size[circles.place == 0].tolist()) == sizes
    assert sorted(circles.rows.tolist()) == list(range(11))
    assert (circles.start + circles.place == np.arange(11)).all()


def test_circles_follow_enrolment_then_the_keyed_draw(started):
    model, rule, p = started(topology="pairs")
    schools = model.state.schools
    schools.enrolled_week[3] = 0  # came earlier than all others
    rows = make_circles(model.world, model.state, rule, p).rows
    draw = rng.uniforms(model.seed, schools.key, 0, 97, 0)
    assert rows[0] == 3 and (np.diff(draw[rows[1:]]) > 0).all()


def test_networks_that_a_table_names(make, started):
    from .conftest import rows_of

    rows = [row | {"network": ("alpha", "beta", "")[min(2, i // 4)]} for i, row in enumerate(rows_of())]
    model = make({"strategy.testing.topology": "hub"}, rows=rows)
    model.step()
    circles = make_circles(model.world, model.state, started(topology="hub")[1], model.numbers.cycles)
    together = {}
    for row, start in zip(circles.rows.tolist(), circles.start.tolist(), strict=True):
        together.setdefault(start, set()).add(row)
    assert sorted(map(sorted, together.values())) == [[0, 1, 2, 3], [4, 5, 6, 7], [8], [9], [10]]


# ---- learning --------------------------------------------------------------------------------------------------------
def test_contexts_are_locale_and_poverty_half(started):
    model, _, _ = started()
    half = np.arange(11) > 5  # the median school itself is not above the median
    assert (model.world.context == 2 * model.state.schools.locale + half).all()


def test_a_test_shows_fit_with_bias_and_noise(started):
    """Own measures: fit + the school's own bias, the same in every quarter, + noise."""
    model, rule, p = started(measures="own")
    fit = model.state.schools.fit.copy()
    rows = np.array([2, 5])
    key = model.state.schools.key[rows]
    bias = 0.4 * rng.normals(model.seed, key, 0, 165, 0)
    assert np.abs(bias).min() > 0.01
    for quarter in (3, 4):
        model.state.evidence[:] = 0
        seen = of_variants.observe(model.world, model.state, rows, quarter, rule, p)
        assert seen == pytest.approx(fit[rows] + bias + 0.7 * rng.normals(model.seed, key, 0, 94, quarter))
        assert model.state.evidence[rows, 0, :2].tolist() == [[1.0, seen[0]], [1.0, seen[1]]]
        assert model.state.evidence[rows].astype(bool).sum() == 4
        assert model.state.evidence.sum(axis=(1, 2)).nonzero()[0].tolist() == [2, 5]


def test_common_measures_have_no_bias(started):
    model, rule, p = started(measures="common")
    rows = np.array([2, 5])
    seen = of_variants.observe(model.world, model.state, rows, 3, rule, p)
    noise = rng.normals(model.seed, model.state.schools.key[rows], 0, 94, 3)
    assert seen == pytest.approx(model.state.schools.fit[rows] + 0.25 * noise)


@pytest.mark.parametrize(("measures", "beta"), [("own", 0.16 / 0.49), ("common", 0.0)])
@pytest.mark.parametrize("before", [0, 2])
def test_a_partner_report_is_weighted(started, was_read, measures, beta, before):
    """The n-th report of a school adds w(n) - w(n - 1), w(n) = n/(1 + beta n), times the strength of the tie, 12/16;
    it is noted under the context that it comes from. The last circle in order is a pair."""
    model, rule, p = started(measures=measures)
    circles = make_circles(model.world, model.state, rule, p)
    seen = np.full(11, np.nan)
    seen[-2] = 1.3  # only the last but one in order has studied
    source, reader = circles.rows[-2:]
    assert circles.size[-1] == 2
    n = before + 1
    model.state.evidence[source, 0, :2] = [n, 9.9]  # as it stands when this quarter's test is noted
    of_variants.read_partners(model.world, model.state, circles, seen, 2, rule, p)
    weight = 12 / 16 * (n / (1 + beta * n) - before / (1 + beta * before))
    name = model.state.variant_number[source, 0]
    context = int(model.world.context[source])
    assert was_read(model, reader, name) == {context: pytest.approx((weight, 1.3 * weight))}
    others = np.setdiff1d(np.arange(11), [reader, source])
    assert not model.state.evidence[others].any() and not model.state.evidence[reader, :, :2].any()


def test_everybody_reads_as_many_reports_as_partners_allow(started):
    """All have studied: two reports each from two different partners of many; one where there is one partner."""
    for topology, read in (("isolated", {0}), ("pairs", {1, 2}), ("groups", {2}), ("all_to_all", {2})):
        model, rule, p = started(topology=topology, kind="local")  # every school's variant is another
        circles = make_circles(model.world, model.state, rule, p)
        if topology != "isolated":
            of_variants.read_partners(model.world, model.state, circles, np.ones(11), 0, rule, p)
        number = model.state.evidence[:, :, 2:10].any(axis=2).sum(axis=1)
        assert set(number.tolist()) == read, topology
        own = model.state.evidence[np.arange(11), model.state.schools.slot]
        assert not own.any()  # nobody reads its own


def test_partners_are_drawn_without_replacement(started):
    model, rule, p = started(topology="all_to_all", kind="local", reports=4)
    seen = np.zeros((11, 11), int)
    for quarter in range(60):
        model.state.evidence[:] = 0
        model.state.variant_number[:, 1:] = -1
        circles = make_circles(model.world, model.state, rule, p)
        of_variants.read_partners(model.world, model.state, circles, np.ones(11), quarter, rule, p)
        assert (model.state.evidence[:, :, 2:10].any(axis=2).sum(axis=1) == 4).all()
        for row in range(11):
            makers = model.state.variant_origin[row][model.state.evidence[row, :, 2:10].any(axis=1)]
            seen[row] += np.isin(model.state.schools.key, makers)
    off = seen[~np.eye(11, dtype=bool)]
    assert not seen.diagonal().any()
    # each of 10 partners is read in 4 of 10 quarters: 24 of 60, SD 3.8; 6 SD over 110 cells fails 1 in 10^7
    assert off.min() > 24 - 23 and off.max() < 24 + 23 and off.mean() == 24


def read_hub(model, rule, p):
    circles = make_circles(model.world, model.state, rule, p)
    told = hubs.told_by_hubs(model.world, model.state, circles, rule, p)
    of_variants.note_told(model.world, model.state, told, improvement_cycles.rules.ruler(rule.measures, p), p)


@pytest.mark.parametrize(("measures", "beta"), [("own", 0.16 / 0.49), ("common", 0.0)])
def test_a_hub_pools_without_the_reader_and_replaces_what_was_read(started, books, was_read, measures, beta):
    model, rule, p = started(topology="hub", reports=1, measures=measures)
    state, context = model.state, model.world.context.tolist()
    state.variant_number[:] = -1
    state.variant_number[:, 0] = 7  # in use everywhere, never tested
    books(model, 0, 1, (MENU, 1), own=(2, 2.4))
    books(model, 2, 1, (MENU, 1), own=(1, 1.0))
    books(model, 2, 2, (MENU, 3), own=(1, 0.1))
    assert context[0] == context[2]
    two, one = 0.75 * 2 / (1 + 2 * beta), 0.75 / (1 + beta)
    for _ in range(2):  # a second reading says the same again, not twice as much
        read_hub(model, rule, p)
        assert was_read(model, 4, 1) == {context[0]: pytest.approx((two + one, two * 1.2 + one * 1.0))}
        assert 3 not in state.variant_number[4]  # one report: the variant that the hub holds to be best
        assert was_read(model, 0, 1) == {context[0]: pytest.approx((one, one * 1.0))}
        assert was_read(model, 2, 1) == {context[0]: pytest.approx((two, two * 1.2))}
        assert state.evidence[0, 1, :2].tolist() == [2, 2.4]


def test_a_hub_recommends_by_context(started, books):
    """Two variants, each good where it was tested and nowhere else: readers are sent to that of their own context."""
    model, rule, p = started(topology="hub", reports=1, menu_sd=0.01, context_sd=0.5)
    state, context = model.state, model.world.context
    state.variant_number[:] = -1
    state.variant_number[:, 0] = 7
    kinds = sorted(set(context.tolist()))[:2]
    testers = [int(np.flatnonzero(context == kind)[0]) for kind in kinds]
    for number, tester in enumerate(testers):
        books(model, tester, 1, (MENU, number), own=(3, 3.6))
    read_hub(model, rule, p)
    for number, kind in enumerate(kinds):
        readers = [s for s in np.flatnonzero(context == kind).tolist() if s not in testers]
        assert readers
        for reader in readers:
            assert number in state.variant_number[reader] and 1 - number not in state.variant_number[reader]


@pytest.mark.parametrize(("reports", "partners", "hub"), [(0, 0, 0), (1, 0, 1), (2, 1, 1), (4, 3, 1)])
@pytest.mark.parametrize("topology", ["groups_hub", "pairs_hub"])
def test_one_reading_is_the_hubs_and_the_others_are_partners(started, topology, reports, partners, hub):
    _, rule, p = started(topology=topology, reports=reports)
    assert of_variants.readings(rule, p) == (partners, hub)


def test_a_hub_of_groups_takes_the_time_of_one_partner_more(started, was_read):
    """Groups of 5 and 6: with 4 partners and the hub a fifth of 12 hours, 2.4/(2.4 + 4); with 5 a sixth, 2/(2 + 4)."""
    model, rule, p = started(topology="groups_hub")
    state = model.state
    circles = make_circles(model.world, state, rule, p)
    assert set(circles.size.tolist()) == {5, 6} and circles.networks == [(0, 11)]
    assert of_variants.tie(circles, rule, p) == pytest.approx(np.where(circles.size == 5, 2.4 / 6.4, 2 / 6))
    # the hub reaches beyond the circle: one school has tested, all others hear of it
    tester = int(circles.rows[0])
    state.variant_number[:] = -1
    state.variant_number[:, 0] = 7
    state.variant_number[tester, 1], state.evidence[tester, 1, :2] = 4, [1, 1.5]
    read_hub(model, rule, p)
    context = int(model.world.context[tester])
    for row, size in zip(circles.rows.tolist(), circles.size.tolist(), strict=True):
        tie = 2.4 / 6.4 if size == 5 else 2 / 6
        assert was_read(model, row, 4) == ({} if row == tester else {context: pytest.approx((tie, 1.5 * tie))})


def test_a_hub_tells_what_was_known_before_anybody_read(started, was_read):
    """A quarter of a hub of pairs: what a partner's report had said is in the hub's, and is not counted twice."""
    model, rule, p = started(topology="pairs_hub", study_factor=20.0, explore=0.0, habit=0.0, menu_size=1)
    model.state.schools.adapting[:] = 0
    model.state.week = 9
    improvement_cycles.study(model.world, model.state, p, 0.0)
    circles = make_circles(model.world, model.state, rule, p)
    own = model.state.evidence[:, 0, :2]
    assert (own[:, 0] == 1).all()
    for row, size in zip(circles.rows.tolist(), circles.size.tolist(), strict=True):
        tie = 6 / 10 if size == 2 else 4 / 8
        for context, (weight, total) in was_read(model, row, 0).items():
            there = [r for r in range(11) if r != row and model.world.context[r] == context]
            assert (weight, total) == pytest.approx((tie * len(there), tie * own[there, 1].sum()))


def test_full_books_forget_what_seems_worst(started, books):
    model, _, p = started()
    for place in range(8):
        books(model, 0, place, (MENU, 10 + place), own=(4, 4 * (0.5 + 0.1 * place)))
    model.state.schools.slot[0] = 0  # the worst of all is in use and stays
    new = np.array([0]), np.array([5], np.uint64), np.array([2])
    place = of_variants.find_place(model.world, model.state, *new, ruler(p), p)
    assert place.tolist() == [1]
    assert model.state.variant_number[0].tolist() == [10, 2, 12, 13, 14, 15, 16, 17]
    assert not model.state.evidence[0, 1].any()
    again = of_variants.find_place(model.world, model.state, *new, ruler(p), p)
    assert again.tolist() == [1]


# ---- deciding --------------------------------------------------------------------------------------------------------
NEVER = {"explore": 0.0}


def decided(model, rule, p, school=0, quarter=0):
    rows = np.array([school])
    moved = improvement_cycles.decide(model.world, model.state, rows, quarter, rule, p)
    return bool(moved[0]), model.state.schools[school]


def test_a_better_tested_variant_is_borrowed(started, books):
    model, rule, p = started(**NEVER)
    books(model, 0, 0, (MENU, 0), own=(1, 0.9))  # estimate .9
    # evidence of one context counts (.2^2 + .14^2)/(.2^2 + .14^2 + .25^2/4) = .0596/.075225 = .792290
    books(model, 0, 1, (MENU, 5), read=(4, 4 * 1.1))  # estimate .9 + .2 x .79229 = 1.058458
    moved, school = decided(model, rule, p)
    assert moved and school.slot == 1 and school.borrowed == 1 and school.adapting == 0
    assert school.estimate == pytest.approx(1.0584580, abs=1e-6)
    flows = model.state.flow_rows[0]
    assert (flows.variant_switches, flows.variant_borrowed, flows.variant_abandonments) == (1, 1, 0)
    first, third = np.zeros(1, np.uint64), np.array([5])
    expected = improvement_cycles.rules.true_fit(model.seed, first, third, model.world.context[:1], p)
    assert school.fit == expected[0]


def test_a_little_better_is_not_enough(started, books):
    model, rule, p = started(**NEVER)
    books(model, 0, 0, (MENU, 0), own=(1, 0.9))
    books(model, 0, 1, (MENU, 5), read=(4, 4 * 1.0003))  # estimate .9 + .1003 x .79229 = .97947: better by .07947
    fit = model.state.schools.fit[0]
    moved, school = decided(model, rule, p)
    assert not moved and school.slot == 0 and school.fit == fit and model.state.flow_rows[0].variant_switches == 0


def test_what_the_school_tested_itself_is_not_borrowed(started, books):
    model, rule, p = started(**NEVER)
    books(model, 0, 0, (MENU, 0), own=(4, 0.4))
    books(model, 0, 1, (MENU, 5), own=(1, 1.2), read=(2, 2.4))
    moved, school = decided(model, rule, p)
    assert moved and school.slot == 1 and school.borrowed == 0
    assert model.state.flow_rows[0].variant_borrowed == 0 and model.state.flow_rows[0].variant_switches == 1


def test_untested_variants_are_never_taken_for_better(started, books):
    """A variant that nobody in reach has tested is expected to be worth 1.1, and is left alone all the same."""
    model, rule, p = started(**NEVER)
    books(model, 0, 0, (MENU, 0), own=(4, 4 * 0.95))
    books(model, 0, 1, (MENU, 5))
    moved, school = decided(model, rule, p)
    assert not moved and school.slot == 0


@pytest.mark.parametrize("kind", ["local", "menu"])
def test_a_failing_variant_is_dropped(started, books, kind):
    model, rule, p = started(kind=kind, **NEVER)
    name = (model.state.variant_origin[0, 0], 0)
    books(model, 0, 0, name, own=(20, 0.0))  # estimate .0153 or .0449, below .4
    moved, school = decided(model, rule, p)
    flows = model.state.flow_rows[0]
    assert moved and (flows.variant_abandonments, flows.variant_switches, flows.variant_borrowed) == (1, 1, 0)
    assert school.estimate == pytest.approx({"local": 0.75, "menu": 1.1}[kind])  # hope again
    number = model.state.variant_number[0, school.slot]
    assert (number == 1) if kind == "local" else (1 <= number < 8)
    if kind == "local":
        assert model.state.variant_origin[0, school.slot] == school.key and school.designs == 2


def test_nothing_is_left_to_try(started, books):
    model, rule, p = started(menu_size=1, **NEVER)
    books(model, 0, 0, (MENU, 0), own=(20, 0.0))
    moved, school = decided(model, rule, p)
    assert not moved and school.adapting == 1  # so it is adapted


def test_some_try_something_untested_without_need(started, books):
    model, rule, p = started(explore=1.0)
    for place in range(7):  # seven of eight are tested; variant 7 is left
        books(model, 0, place, (MENU, place), own=(1, 1.0))
    moved, school = decided(model, rule, p)
    assert moved and model.state.variant_number[0, school.slot] == 7
    assert model.state.flow_rows[0].variant_abandonments == 0 and model.state.flow_rows[0].variant_switches == 1


@pytest.mark.parametrize(("total", "adapting"), [(4 * 0.7, 1), (4 * 1.1, 0)])
def test_a_kept_variant_is_adapted_while_it_seems_to_need_it(started, books, total, adapting):
    model, rule, p = started(**NEVER)
    books(model, 0, 0, (MENU, 0), own=(4, total))
    moved, school = decided(model, rule, p)
    assert not moved and school.adapting == adapting


def test_adapting_takes_the_hours_of_a_quarter(started, books):
    model, _, p = started(**NEVER)
    state, schools = model.state, model.state.schools
    books(model, 0, 0, (MENU, 0), own=(2, 1.6), read=(0.5, 0.3))
    schools.adapting[:3] = 1
    schools.hours[:3] = [8.0, 0.0, 8.0]
    schools.testing[2] = 0
    schools.fit[:3], schools.estimate[:3] = 0.65, 0.85
    improvement_cycles.adapt(state, p)
    assert schools.hours[:3].tolist() == [0, 0, 8] and schools.adapting_hours[:3].tolist() == [8, 0, 0]
    assert schools.fit[:3] == pytest.approx([0.74, 0.65, 0.65])
    assert schools.estimate[:3] == pytest.approx([0.91, 0.85, 0.85])
    assert schools.adapting[:3].tolist() == [1, 0, 0]
    there = model.world.context[0]
    assert state.evidence[0, 0, :2] == pytest.approx([2, 1.6 + 0.15 * (2.5 - 1.6)])
    assert state.evidence[0, 0, [2 + there, 10 + there]] == pytest.approx([0.5, 0.3 + 0.15 * (0.625 - 0.3)])
    assert state.evidence[0, 0].astype(bool).sum() == 4
    assert state.flow_rows["variant_adaptations"][:3].tolist() == [1, 0, 0]


# ---- people ----------------------------------------------------------------------------------------------------------
def test_results_reach_users_and_those_aware(started):
    model, _, p = started()
    state, t = model.state, model.state.teachers
    t.stage[:5] = [UNAWARE, AWARE, TRIAL, ROUTINE, DISCONTINUED]
    t.conviction[:12] = 0.2
    t.skill[:12], t.uses[:12], t.visible[:12] = 0.5, 30.0, 1
    t.stage[12:] = TRIAL  # other schools
    others = t.conviction[12:].copy()
    state.schools.estimate[0] = 1.0
    improvement_cycles.tell(state, np.array([0]), np.array([True]), 0.5, p)
    told = 0.2 + 0.5 * 0.8 / 4
    assert t.conviction[:5] == pytest.approx([0.2, told, told, told, 0.2])
    assert t.uses[:5].tolist() == [30, 30, 0, 0, 30]
    assert t.skill[:5] == pytest.approx([0.5, 0.5, 0.45, 0.45, 0.5])
    assert np.array_equal(t.conviction[12:], others)
    face = state.faces[state.week % 2]
    assert face[2, :3] == pytest.approx([1, 0.45, told]) and face[3, :3] == pytest.approx([1, 0.45, told])


def test_results_of_a_kept_variant_cost_no_skill(started):
    model, _, p = started()
    t = model.state.teachers
    before = t.skill.copy(), t.uses.copy()
    improvement_cycles.tell(model.state, np.array([0]), np.array([False]), 0.5, p)
    assert np.array_equal(t.skill, before[0]) and np.array_equal(t.uses, before[1])


def test_partners_use_is_seen(started):
    model, rule, p = started()
    schools = model.state.schools
    schools.users[:] = np.arange(11)
    schools.hours[:] = 0
    improvement_cycles.begin(model.world, model.state, p)
    circles = make_circles(model.world, model.state, rule, p)
    for place, row in enumerate(circles.rows.tolist()):
        circle = circles.rows[circles.start == circles.start[place]].tolist()
        others = [schools.users[r] / 12 for r in circle if r != row]
        assert schools.partner_use[row] == pytest.approx(np.mean(others))
    model.state.variant_rule[:] = coded({"kind": "menu", "measures": "own", "topology": "isolated", "study_act": None})
    improvement_cycles.begin(model.world, model.state, p)
    assert not schools.partner_use.any()


def test_partners_use_makes_teachers_aware(started):
    """The aware wait of every unaware teacher grows by a_peer x partners' use / 36 in a week."""
    model, _, _ = started()
    other = model.copy()
    for one in (model, other):
        one.state.schools.mandate_weeks[:] = 0
        one.state.teachers.stage[:] = UNAWARE
        one.state.teachers.wait[:] = 1000.0
        one.state.faces[:] = 0.0
    model.state.schools.partner_use[:], other.state.schools.partner_use[:] = 0.4, 0.0
    model.step(), other.step()
    more = other.state.teachers.wait - model.state.teachers.wait
    assert more == pytest.approx(np.full(more.size, model.case["aware.a_peer"] * 0.4 / 36))


# ---- money -----------------------------------------------------------------------------------------------------------
def test_cycles_are_paid_in_keyed_turn_as_far_as_money_goes(started):
    model, _, p = started(topology="hub")
    state = model.state
    state.ledger[:] = 0
    served = np.ones(11, np.uint8)
    served[model.world.turn[0]] = 0
    allowance = np.array([3 * 4200.0 + 4199.0])
    improvement_cycles.pay(model.world, state, allowance, served, p)
    assert np.flatnonzero(state.schools.testing).tolist() == sorted(model.world.turn[1:4].tolist())
    assert allowance[0] == pytest.approx(4199)
    assert state.ledger[6] == 9000 and state.ledger[7] == 3600 and state.ledger.sum() == 12600


def test_without_a_rule_nothing_is_paid(started):
    model, _, p = started()
    model.state.variant_rule[:] = 0
    allowance = np.array([1e9])
    improvement_cycles.pay(model.world, model.state, allowance, np.ones(11, np.uint8), p)
    assert allowance[0] == 1e9 and not model.state.schools.testing.any()
