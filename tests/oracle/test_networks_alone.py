"""Improvement networks in the slow twin by itself: estimates against the algebra that they are said to be, readings,
rules by network and how networks fare, with numbers worked out by hand."""

import math

import numpy as np
import pytest

from .test_oracle_alone import DIRECTED, STEADY, rows_of, small, steps
from .variants import CONTEXTS, MENU, Rule
from .whole import WholeOracle

OWN = Rule("menu", "own", "groups_hub", None)
COMMON = Rule("menu", "common", "groups_hub", None)
FOUR = rows_of(*(("d", name, 4, {"locale": locale}) for name, locale in zip("abcd", (0, 0, 1, 3), strict=True)))


def cycles_of(topology, measures="own", kind="menu", study_act=1.0):
    return {"kind": kind, "measures": measures, "topology": topology, "study_act": study_act}


def network(rule, rows=FOUR, networks=None, **numbers):
    """A world in which all schools take part and can pay from the first week on."""
    numbers = {"testing__reports": 2, **STEADY, **numbers}

    def kind(**given):
        return WholeOracle(networks=networks, **given)

    return small(rows, DIRECTED | {"testing": rule}, kind=kind, **numbers)


def book(oracle, school):
    return oracle.cycles.books["d", school]


def covariances(cycles, variant, contexts):
    """Of the true fit in each of some contexts."""
    same = np.equal.outer(contexts, contexts)
    return cycles.spread(variant) ** 2 + cycles.number("context_sd") ** 2 * same


@pytest.mark.parametrize("variant", [(MENU, 3), (77, 0)])
@pytest.mark.parametrize("rule", [OWN, COMMON])
@pytest.mark.parametrize("counts", [(0, 0, 3, 0, 0, 0, 0, 0), (2, 1, 0, 0, 5, 0, 0, 1), (1,) * 8])
def test_an_estimate_is_the_best_linear_prediction(variant, rule, counts):
    """Of the fit in a context, given each single report: by the covariances of all of them."""
    cycles = small(FOUR).cycles
    contexts = np.repeat(range(CONTEXTS), counts)
    shown = np.sin(range(contexts.size)) + 0.5
    m, noise = cycles.expected(variant), cycles.noise(rule)
    seen = covariances(cycles, variant, contexts) + noise**2 * np.eye(contexts.size)
    evidence = [(float(n), float(shown[contexts == j].sum())) for j, n in enumerate(counts)]
    for context in range(CONTEXTS):
        sd = cycles.spread(variant) ** 2 + cycles.number("context_sd") ** 2 * (contexts == context)
        best = m + sd @ np.linalg.solve(seen, shown - m)
        assert cycles.predict(variant, evidence, context, rule) == pytest.approx(best, abs=1e-12)


def test_reports_of_one_school_weigh_what_their_mean_tells():
    cycles = small(FOUR, testing__bias_own=0.4, testing__noise_own=0.8).cycles
    for n in (1, 2, 9):
        about_the_fit = 0.4**2 + 0.8**2 / n  # variance of the mean of n reports
        assert cycles.weight(OWN, n) == pytest.approx(0.8**2 / about_the_fit)
    assert cycles.weight(OWN, 1) == pytest.approx(0.8) and cycles.weight(OWN, 1e9) == pytest.approx(4)
    assert cycles.weight(COMMON, 9) == 9


def test_measures_without_noise_are_taken_as_they_are():
    cycles = small(FOUR, testing__noise_common=0).cycles
    evidence = [(0.0, 0.0)] * 4 + [(2.0, 1.4)] + [(0.0, 0.0)] * 3
    assert cycles.predict((MENU, 1), evidence, 4, COMMON) == pytest.approx(0.7, abs=1e-9)


def test_own_measures_show_too_much_by_the_same_for_all_variants():
    """Without noise every test shows the fit and the school's own bias."""
    oracle = network(cycles_of("isolated"), testing__noise_own=0, testing__explore=1, testing__switch_margin=3)
    steps(oracle, 30)
    for name in "abcd":
        one = book(oracle, name)
        assert sum(line.n_own for line in one.lines) == 3 and len([x for x in one.lines if x.n_own]) == 3
        school = oracle.by_id["d", name]
        bias = 0.4 * oracle.draws.normal(165, school.key, 0, 0)
        for line in one.lines:
            fit = oracle.cycles.fit_in(line.variant, oracle.cycles.context(school))
            assert line.s_own == pytest.approx(line.n_own * (fit + bias))
    assert oracle.cycles.bias(oracle.schools[0]) != 0
    assert network(cycles_of("isolated", "common")).cycles.bias(oracle.schools[0]) == 0


def test_a_pair_with_a_hub_reads_the_partner_and_then_the_hub():
    """Each of four has one partner; 12 hours are shared with the hub: 6 of them and 4 to begin with carry over .6."""
    quiet = {"testing__noise_common": 0.01, "testing__adapt_below": -2}  # adapting changes what was read, too
    oracle = network(cycles_of("pairs_hub", "common"), testing__menu_size=64, **quiet)
    steps(oracle, 9)
    before = {name: book(oracle, name).using for name in "abcd"}
    partner = {name: book(oracle, name).partners[0].id[1] for name in "abcd"}
    assert len({line.variant for line in before.values()}) == 4
    steps(oracle, 1)
    for name in "abcd":
        one, own = book(oracle, name), before[name]
        context = oracle.cycles.context(oracle.by_id["d", name])
        assert own.n_own == 1 and own.read == [(0.0, 0.0)] * CONTEXTS
        shown = {other: before[other].s_own for other in "abcd"}
        held = {x: told(oracle, before[x].variant, x, shown[x], context) for x in "abcd" if x != name}
        best = max(held, key=held.get)
        read = {partner[name], best}
        assert {line.variant for line in one.lines if line.n_own == 0 and line.tested()} >= {
            before[other].variant for other in read
        }
        for other in read:
            there = oracle.cycles.context(oracle.by_id["d", other])
            evidence = [(0.0, 0.0)] * CONTEXTS
            evidence[there] = pytest.approx((0.6, 0.6 * shown[other]))
            assert one.line_of(before[other].variant).read == evidence


def told(oracle, variant, other, y, context):
    """What a hub holds of the one report of a variant, as far as .6 of it carries over."""
    there = oracle.cycles.context(oracle.by_id["d", other])
    evidence = [(0.6, 0.6 * y) if j == there else (0.0, 0.0) for j in range(CONTEXTS)]
    return oracle.cycles.predict(variant, evidence, context, COMMON)


def test_one_reading_is_the_hubs_and_none_is_nobodys():
    for readings, read in ((1, 1), (0, 0)):
        oracle = network(
            cycles_of("groups_hub", "common"), testing__reports=readings, testing__menu_size=64, testing__explore=0,
            testing__drop_below=-2,
        )
        steps(oracle, 10)
        for name in "abcd":
            assert sum(line.n_own == 0 for line in book(oracle, name).lines) == read
        assert oracle.ledger["hub"] == 8 * oracle.n["testing.price_hub"]


def test_what_a_partner_tells_again_adds_what_is_new_of_it():
    """Own measures: two reports weigh w(2), of which w(1) has been read before."""
    quiet = {"testing__explore": 0, "testing__drop_below": -2, "testing__switch_margin": 3, "testing__adapt_below": -2}
    oracle = network(cycles_of("pairs"), FOUR[:2], **quiet)
    steps(oracle, 19)
    a, b = book(oracle, "a"), book(oracle, "b")
    ratio = 0.4**2 / 0.7**2
    assert b.using.n_own == 2
    (n, s), = [pair for pair in a.line_of(b.using.variant).read if pair[0]]
    first = 12 / 16 / (1 + ratio)
    second = 12 / 16 * (2 / (1 + 2 * ratio) - 1 / (1 + ratio))
    assert n == pytest.approx(first + second)
    school, draws = oracle.by_id["d", "b"], oracle.draws
    bias = 0.4 * draws.normal(165, school.key, 0, 0)
    ys = [b.fit + bias + 0.7 * draws.normal(94, school.key, 0, quarter) for quarter in (0, 1)]
    assert s == pytest.approx(first * ys[0] + second * ys[1])


def test_networks_that_a_scenario_names_have_rules_of_their_own():
    names = {"own": {"schools": ["a", "d/b"], "rule": {"kind": "local"}}, "plans": {"schools": ["d"]}}
    oracle = network(cycles_of("groups_hub", "common"), networks=names)
    rules = [oracle.cycles.rule(school) for school in oracle.schools]
    assert rules[0] == rules[1] == Rule("local", "own", "isolated", None)
    assert rules[2] == rules[3] == Rule("menu", "common", "groups_hub", 1.0)
    steps(oracle, 9)
    assert [[s.id[1] for s in network] for network in oracle.cycles.networks()] in (
        [[*pair], *rest] for pair in ("ab", "ba") for rest in ([["d"], ["c"]],)
    )
    own, hub = 2 * oracle.n["testing.price_own"], 2 * oracle.n["testing.price_hub"]
    surveys = 4 * oracle.n["money.price_measurement"]
    assert oracle.ledger["measurement"] == pytest.approx(own + 2 * oracle.n["testing.price_common"] + surveys)
    assert oracle.ledger["hub"] == hub
    assert [book(oracle, name).using.variant[0] for name in "abcd"] == [s.key for s in oracle.schools[:2]] + [MENU] * 2
    nobody = network({"kind": "none"}, networks=names)
    assert {nobody.cycles.rule(school).kind for school in nobody.schools} == {"none"}


def judged(oracle):
    (judgement,) = oracle.cycles.judged
    return judgement


def test_a_network_fares_by_what_it_would_recommend_and_by_whom_it_has_reached():
    oracle = network(cycles_of("hub", "common"), testing__habit=0)
    assert all(math.isnan(value) for value in oracle.cycles.fare_measures().values())
    steps(oracle, 9)
    cycles, schools = oracle.cycles, oracle.schools
    first = {school.id[1]: book(oracle, school.id[1]).using.variant for school in schools}
    best = max(range(8), key=lambda i: min(cycles.fit_in((MENU, i), c) for c in (0, 2, 6)))
    spare = [i for i in range(8) if (MENU, i) not in first.values() and i != best][0]
    for school in schools:  # one has observed a good variant, at length; the others nothing
        one = book(oracle, school.id[1])
        one.lines, one.borrowed = [one.using], False
        one.fit_start = cycles.fit_in((MENU, spare), cycles.context(school)) - 1
    one = book(oracle, "a")
    cycles.take_up(schools[0], (MENU, best))
    one.using.n_own, one.using.s_own = 400.0, 1000.0
    for name in "bc":
        cycles.take_up(oracle.by_id["d", name], (MENU, best))
        book(oracle, name).borrowed = True
    cycles.judge_networks([schools])
    size, fit, others, taken_up = judged(oracle)
    assert size == 4 and fit == pytest.approx(sum(cycles.fit_in((MENU, best), c) for c in (0, 2, 6)) / 3)
    assert [school.id[1] for school in others] == ["b", "c", "d"]
    assert [school.id[1] for school in taken_up] == ["b", "c"]
    for users, scaled in ((1, 0), (2, 1)):  # of four who teach; one school of three is enough
        for school in schools:
            for post, teacher in enumerate(school.teachers):
                teacher.stage = 2 if school.id[1] == "b" and post < users else 1
        assert cycles.fare_measures()["networks_scaled"] == scaled
    book(oracle, "b").fit_start = cycles.fit_in((MENU, best), 0) - 0.04  # hardly better than what it began with
    cycles.judge_networks([schools])
    assert [school.id[1] for school in judged(oracle)[3]] == ["c"]
    book(oracle, "b").fit_start = cycles.fit_in((MENU, best), 0)  # what it began with
    cycles.judge_networks([schools])
    assert [school.id[1] for school in judged(oracle)[2]] == ["c", "d"]


def test_schools_alone_are_no_networks():
    oracle = network(cycles_of("hub", "common"), testing__network_size=1)
    steps(oracle, 20)
    assert oracle.cycles.counts["study_acts"] > 0
    assert all(math.isnan(value) for value in oracle.cycles.fare_measures().values())
