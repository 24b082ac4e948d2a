"""How networks fare, counted by hand: what is recommended, who found it, who has taken it up, what it is worth."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim import rng
from diffusion_sim.measures import new_sums, sum_all
from diffusion_sim.programme.networks_judged import fit_anywhere, judge_networks, recommend
from diffusion_sim.programme.partner_groups import make_circles, rules_in_force

MENU = 0


def judged(model):
    """Judge all networks as they are; returns rows of those in the first network."""
    p = model.numbers.cycles
    found = [
        (rule, make_circles(model.world, model.state, rule, p, who)) for rule, who in rules_in_force(*parts(model))
    ]
    judge_networks(model.world, model.state, found, p)
    return np.flatnonzero(model.state.schools.network == model.state.schools.network.max())


def parts(model):
    return model.world, model.state


def measured(model):
    sums = new_sums(model.state.districts.size)
    sum_all(model.state.schools, model.world.basis, sums)
    return sums.rows[-1]


def fit(model, number, context):
    """True fit of a variant of the menu, from the equation."""
    return min(max(0.9 + 0.2 * normal(model, number, 90, 0) + 0.14 * normal(model, number, 91, context), -2), 3)


def normal(model, number, purpose, occasion):
    """A draw of a variant of the menu."""
    return rng.normal(np.uint64(model.seed), np.uint64(0), number, purpose, occasion)


@pytest.fixture
def quiet(started):
    """All in one network of eleven, using variant 7, which nobody has tested; nobody in it uses the practice."""

    def make(**said):
        model, _, _ = started(**{"topology": "hub"} | said)
        state, schools = model.state, model.state.schools
        state.evidence[:] = 0
        state.variant_number[:] = -1
        state.variant_origin[:, 0], state.variant_number[:, 0] = MENU, 7
        schools.slot[:], schools.borrowed[:], schools.users[:], schools.fit_start[:] = 0, 0, 0, 0.0
        return model

    return make


def test_nothing_is_recommended_where_nothing_was_observed(quiet):
    model = quiet()
    assert judged(model).size == 11
    assert recommend(*parts(model), np.arange(11), "common", model.numbers.cycles) is None
    s = model.state.schools
    assert (s.network == 0).all() and not s.spread.any() and np.isnan(s.fit_new_area).all()
    sums = measured(model)
    assert (sums.networks, sums.scaled, sums.known) == (1, 0, 0)


def test_the_best_by_context_of_all_that_was_observed(quiet, books):
    """One variant is found good in context 0, another in the context of the last school; each is recommended there, and
    elsewhere the one that is better by its main effect."""
    model = quiet(menu_sd=0.01, context_sd=0.5)
    context = model.world.context.tolist()
    one, other = context[0], context[-1]
    assert one != other
    books(model, 0, 1, (MENU, 1), own=(3, 3 * 1.2))
    books(model, 10, 1, (MENU, 2), own=(3, 3 * 1.3))
    best = recommend(*parts(model), np.arange(11), "common", model.numbers.cycles)
    there = sorted(set(context))
    expected = {c: 1 if c == one else 2 for c in there}
    assert {c: int(best.number[c]) for c in there} == expected and not best.origin.any()
    p = model.numbers.cycles
    fits = [min(max(0.9 + 0.01 * normal(model, n, 90, 0) + 0.5 * normal(model, n, 91, c), -2), 3) for c, n in
            enumerate(best.number.tolist())]  # fmt: skip
    assert best.fit == pytest.approx(np.array(fits))
    judged(model)
    assert model.state.schools.fit_new_area[0] == pytest.approx(np.mean([fits[c] for c in there]))
    assert fit_anywhere(*parts(model), p) == pytest.approx(np.mean(fits)) and len(there) == 4


@pytest.mark.parametrize(("measures", "wins"), [("common", 1), ("own", 2)])
def test_many_reports_of_one_school_count_little_with_own_measures(quiet, books, measures, wins):
    """Variant 1: twenty reports of 1.30 by one school; variant 2: one report each of 1.29 by four. With bias .4 of own
    measures 20 reports of one school weigh 20/(1 + 20 x .16/.49) = 2.66 and four single ones 4/(1 + .16/.49) = 3.02."""
    model = quiet(measures=measures, context_sd=0.0)
    books(model, 0, 1, (MENU, 1), own=(20, 20 * 1.30))
    for row in range(1, 5):
        books(model, row, 1, (MENU, 2), own=(1, 1.29))
    best = recommend(*parts(model), np.arange(11), measures, model.numbers.cycles)
    assert set(best.number.tolist()) == {wins}


def test_fit_in_new_areas_is_true_fit_in_all_contexts_of_the_world(quiet, books):
    model = quiet()
    books(model, 3, 1, (MENU, 5), own=(2, 2.4))  # the only one that was tested: recommended everywhere
    judged(model)
    contexts = sorted(set(model.world.context.tolist()))
    assert len(contexts) == 4
    expected = np.mean([fit(model, 5, c) for c in contexts])
    assert model.state.schools.fit_new_area == pytest.approx(np.full(11, expected))
    sums = measured(model)
    assert (sums.known, sums.fit_new_area) == (1, pytest.approx(expected))


def scaled_world(quiet, books):
    """Variant 5 is recommended. School 0 tested it and uses it, unborrowed; school 1 began with it; schools 2 to 10 are
    the nine others, of whom 2, 3 and 4 have taken it up."""
    model = quiet()
    s, context = model.state.schools, model.world.context
    books(model, 0, 1, (MENU, 5), own=(2, 2.4))
    for row in (0, 1, 2, 3, 4):
        books(model, row, 1, (MENU, 5), own=(2, 2.4) if row == 0 else (0, 0))
        s.slot[row] = 1
    s.borrowed[1:5] = 1
    there = np.array([fit(model, 5, c) for c in context.tolist()])
    s.fit_start[:] = there - 0.06
    s.fit_start[1] = there[1]
    s.users[:] = 4.0  # of 12 teachers: a third
    judged(model)
    return model


def test_who_found_it_and_who_has_taken_it_up(quiet, books):
    model = scaled_world(quiet, books)
    assert model.state.schools.spread.tolist() == [0, 0, 2, 2, 2, 1, 1, 1, 1, 1, 1]
    assert measured(model).scaled == 1  # 3 of 9: a third
    frame = model.networks_frame()
    assert frame.columns.tolist() == ["network", "schools", "kind", "measures", "topology", "fit_new_area", "others",
                                      "taken_up", "scaled"]  # fmt: skip
    assert frame.iloc[0, :5].tolist() == ["number 1", 11, "menu", "common", "hub"]
    assert frame.iloc[0, 6:].tolist() == [9, 3, True]


@pytest.mark.parametrize(
    ("change", "spread", "scaled"),
    [
        ({"users": (4, 3.0)}, 2, 0),  # a quarter of school 4's teachers: in two of nine schools, fewer than .3
        ({"borrowed": (4, 0)}, 0, 0),  # it has found it itself: two of eight, fewer than .3
        ({"borrowed": (5, 0)}, 1, 1),  # school 5 does not use it; what it uses is its own affair
        ({"slot": (4, 0)}, 1, 0),  # it uses something else
        ({"fit_start": (4, 0.02)}, 1, 0),  # better by .02 only
    ],
)
def test_what_counts_as_taken_up(quiet, books, change, spread, scaled):
    model = scaled_world(quiet, books)
    (name, (row, value)), s = next(iter(change.items())), model.state.schools
    s[name][row] = fit(model, 5, int(model.world.context[row])) - value if name == "fit_start" else value
    judged(model)
    assert s.spread[row] == spread and measured(model).scaled == scaled


def test_an_own_design_that_is_recommended_was_found_by_its_maker(started, books):
    model, _, _ = started(kind="local", topology="hub")
    s = model.state.schools
    maker = int(s.key[6])
    model.state.evidence[:] = 0
    books(model, 6, 0, (maker, 0), own=(3, 3.6))
    s.slot[6], s.borrowed[6] = 1, 0  # it has moved on since
    model.state.variant_origin[6, 1], model.state.variant_number[6, 1] = maker, 1
    judged(model)
    assert s.spread.tolist() == [1] * 6 + [0] + [1] * 4


def test_a_school_without_a_cycle_or_without_company_is_in_no_network(quiet, books):
    model = quiet()
    model.state.schools.testing[:] = 0
    model.state.schools.testing[8:] = 1
    judged(model)
    assert model.state.schools.network.tolist() == [-1] * 8 + [8] * 3
    model.state.schools.testing[10] = 0
    judged(model)
    assert model.state.schools.network.tolist() == [-1] * 8 + [8] * 2 + [-1]  # two are company
    model.state.schools.testing[9:] = 0
    assert judged(model).size == 11 and (model.state.schools.network == -1).all()
    assert measured(model).networks == 0 and len(model.networks_frame()) == 0


def test_runs_show_networks_from_the_first_quarter_that_was_studied(make):
    """NaN before a network was judged; then it holds, after support too, while users still count by the week."""
    noisy = {"testing.noise_common": 1.0}  # so that what seems best changes
    model = make({"strategy.testing.study_act": 1, "strategy.testing.topology": "hub"} | noisy)
    model.run()
    series = model.series
    assert series["networks_scaled"][:10].isna().all() and series["fit_new_area"][:10].isna().all()
    assert series["networks_scaled"][10:].isin([0, 1]).all() and series["fit_new_area"][10:].notna().all()
    assert series["fit_new_area"][73:].nunique() == 1 < series["fit_new_area"][10:73].nunique()
    assert len(model.networks_frame()) == 1
    assert np.isnan(make(strategy="volunteer_uniform").run().outcomes["networks_scaled"])


def test_saved_and_loaded_networks_are_the_same(make, tmp_path):
    model = make({"strategy.testing.study_act": 1, "strategy.testing.topology": "groups_hub"})
    model.run(until=30)
    model.save(tmp_path / "m.npz")
    loaded = ds.load_model(tmp_path / "m.npz")
    assert loaded.networks_frame().equals(model.networks_frame())
    assert np.array_equal(loaded.run().series.to_numpy(), model.run().series.to_numpy(), equal_nan=True)
    model.state.schools.network[3] = 11
    model.save(tmp_path / "m.npz")
    with pytest.raises(ds.errors.StoreError, match="damaged .improvement networks"):
        ds.load_model(tmp_path / "m.npz")
