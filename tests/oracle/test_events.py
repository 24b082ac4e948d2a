"""Dated events, the model against its slow twin: the same persons use the practice in every week, whatever comes."""

from __future__ import annotations

import pytest

from diffusion_sim.model import ReformModel

from .test_twin import SEED, SUPPORT_2_AFTER_1, agree
from .twin import drawn_events, drawn_numbers, make_case, run_both, school_rows, survey_columns, twin_of

STRATEGIES = ("directed_uniform", "volunteer_uniform")
EAST, WEST = ["east"], ["west", "north"]
# Name -> events, what must have happened in the twin for the comparison to say anything.
EVENTS = {
    "lost_time": (
        [
            {"kind": "lost_time", "share": 0.6, "weeks": 20, "week": 22},
            {"kind": "lost_time", "share": 0.5, "weeks": 30, "week": 30, "districts": EAST},
            {"kind": "lost_time", "share": 1, "weeks": 5, "week": 36, "schools": ["s21", "west/s28"]},
        ],
        lambda h: h["weeks_with_lost_time"] > 200,
    ),
    "suspended_support": (
        [
            {"kind": "suspended_support", "weeks": 11, "week": 22},
            {"kind": "suspended_support", "weeks": 5, "week": 45, "districts": EAST},  # with the next a whole quarter
            {"kind": "suspended_support", "weeks": 7, "week": 50, "districts": EAST},
            {"kind": "suspended_support", "weeks": 50, "week": 67, "districts": WEST},  # to the end of support only
        ],
        lambda h: h["weeks_without_help"] > 30,
    ),
    "suspended_as_a_year_begins": (
        [{"kind": "suspended_support", "weeks": 2, "week": 0}, {"kind": "suspended_support", "weeks": 12, "week": 34}],
        lambda h: True,  # below: nobody enrols
    ),
    "withdrawn_support": (
        [
            {"kind": "suspended_support", "week": 22, "districts": EAST},
            {"kind": "suspended_support", "week": 36, "schools": ["s00", "s21"]},
        ],
        lambda h: h["withdrawn"] > 1,
    ),
    "leader_leaves": (
        [
            {"kind": "leader_leaves", "week": 0, "schools": ["s21", "east/s14"]},
            {"kind": "leader_leaves", "week": 36, "districts": EAST},
            {"kind": "leader_leaves", "week": 36, "schools": "all"},
            {"kind": "leader_leaves", "week": 50, "districts": "all"},
        ],
        lambda h: h["principals"] == 14 and h["superintendents"] == 6,
    ),
    "new_mandate": (
        [
            {"kind": "new_mandate", "week": 5, "years": 1, "districts": EAST},
            {"kind": "new_mandate", "week": 45, "years": 2},
            {"kind": "new_mandate", "week": 73, "years": 1},
        ],
        lambda h: h["mandates"] + h["mandates_prolonged"] > 5,
    ),
    "budget_cut": (
        [
            {"kind": "budget_cut", "week": 5, "share": 0.5},
            {"kind": "budget_cut", "week": 36, "share": 0.9, "districts": EAST},
            {"kind": "budget_cut", "week": 50, "share": 1.0, "districts": WEST},
        ],
        lambda h: h["money_cut"] > 10_000,
    ),
    "new_initiative": (
        [
            {"kind": "new_initiative", "week": 12, "weeks": 30},
            {"kind": "new_initiative", "week": 36, "districts": EAST},
            {"kind": "new_initiative", "week": 36, "weeks": 36, "schools": ["s21"]},
        ],
        lambda h: h["initiatives"] > 15 and h["initiatives_over"] == 13,
    ),
}
EVERYTHING = [event for events, _ in EVENTS.values() for event in events]
# In the default suite one strategy meets each kind, and both meet everything at once.
CASES = [
    pytest.param(name, strategy, marks=() if strategy == STRATEGIES[i % 2] else pytest.mark.slow)
    for i, name in enumerate(EVENTS)
    for strategy in STRATEGIES
]
OWN_MONEY = {"money.own_budget": 0.2}


@pytest.mark.parametrize(("name", "strategy"), CASES)
def test_same_users_with_events_of_a_kind(tmp_path, name, strategy):
    events, happened = EVENTS[name]
    case = make_case(tmp_path, school_rows(12, 150), SUPPORT_2_AFTER_1, events)
    model, twin = agree(case, strategy, overrides=OWN_MONEY)
    assert model.week == 108 and happened(twin.happened), twin.happened
    if name == "suspended_as_a_year_begins":
        assert model.flows.school_entries.iloc[-1] == 0
    if (name, strategy) == ("new_mandate", "volunteer_uniform"):
        assert model.flows.trial_mandate.iloc[-1] > 5 and twin.happened["mandates_anew"] > 0


@pytest.mark.parametrize("strategy", [*STRATEGIES, "staged_first"])
def test_same_users_with_everything_at_once(tmp_path, strategy):
    case = make_case(tmp_path, school_rows(12, 150), SUPPORT_2_AFTER_1, EVERYTHING[3:])
    model, twin = agree(case, strategy, overrides=OWN_MONEY | {"enrolment.n0": 3})
    assert model.week == 108
    expected = {"principals", "superintendents", "initiatives", "mandates", "money_cut"}
    assert all(twin.happened[name] > 0 for name in expected), twin.happened


# Several events at once that suspend nothing when a year begins, so that strategies go on.
SEVERAL = [
    {"kind": "lost_time", "share": 0.6, "weeks": 20, "week": 22},
    {"kind": "suspended_support", "weeks": 7, "week": 22},
    {"kind": "leader_leaves", "week": 22, "schools": "all"},
    {"kind": "new_initiative", "week": 22, "weeks": 30},
    {"kind": "new_mandate", "week": 22, "years": 1, "districts": ["east", "alone"]},
    {"kind": "budget_cut", "week": 22, "share": 0.4},
    {"kind": "suspended_support", "week": 50, "districts": ["west"]},
    {"kind": "leader_leaves", "week": 50, "districts": "all"},
]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_same_users_where_several_come_in_one_week(tmp_path, strategy):
    case = make_case(tmp_path, school_rows(20, 500), SUPPORT_2_AFTER_1, SEVERAL)
    model, twin = agree(case, strategy, overrides={"enrolment.n0": 2, "programme.mandate_years": 1})
    assert model.state.teachers.school.size == 500
    done = ("weeks_with_lost_time", "weeks_without_help", "principals", "initiatives_over", "money_cut", "withdrawn")
    assert all(twin.happened[name] > 0 for name in done), twin.happened
    assert twin.happened["superintendents"] == 5


@pytest.mark.parametrize("mandate_years", [0, 3])
def test_same_users_where_a_strategy_mandates_what_an_event_has_mandated(tmp_path, mandate_years):
    """The strategy's mandate enrols the school and leaves the event's mandate as it is, be its own of no years."""
    events = [{"kind": "new_mandate", "week": 27, "years": 2}]
    words = {"recruitment": "directed", "allocation": "uniform", "content": "practice_first", "tempo": "waves"}
    overrides = {f"strategy.{part}.kind": kind for part, kind in words.items()}
    case = make_case(tmp_path, school_rows(12, 150), SUPPORT_2_AFTER_1 | overrides, events)
    _, twin = agree(case, "+".join(words.values()), overrides={"programme.mandate_years": mandate_years})
    assert twin.happened["mandates"] > 3 and twin.happened["enrolled_under_a_mandate_by_event"] > 2


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_same_users_where_mandates_by_events_take_the_money(tmp_path, strategy):
    """Monitoring of mandated schools is set aside before others start, theirs too; not all mandates can be paid."""
    events = [{"kind": "new_mandate", "week": week, "years": 1} for week in (4, 40)]
    changes = SUPPORT_2_AFTER_1 | {"money.budget_per_teacher": 400, "enrolment.n0": 5}
    case = make_case(tmp_path, school_rows(12, 150), changes, events)
    _, twin = agree(case, strategy)
    assert twin.happened["mandates_not_paid"] > 0, twin.happened


def agree_with_drawn_events(folder, seed):
    rows = school_rows(12, 120, seed)
    overrides, parts, mix = drawn_numbers(seed)
    support = 36 * overrides["programme.years_support"]
    weeks = min(108, support + 36 * overrides["programme.years_after"])  # 108: of the scenario before it is changed
    events = drawn_events(seed, rows, weeks, support, overrides["money.pool"])
    case = make_case(folder, survey_columns(rows) if seed % 3 == 0 else rows, None, events)
    agree(case, parts, seed=seed * 10**15 + seed, overrides=overrides, mix=mix)


@pytest.mark.parametrize("seed", range(100, 106))
def test_same_users_with_events_drawn(tmp_path, seed):
    agree_with_drawn_events(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [36, *range(106, 160)])
def test_same_users_with_events_drawn_often(tmp_path, seed):
    agree_with_drawn_events(tmp_path, seed)


@pytest.mark.parametrize(
    ("i", "change"),
    [
        (0, {"share": 0.41}),
        (0, {"weeks": 19}),
        (1, {"weeks": 6}),
        (2, {"week": 23}),
        (3, {"weeks": 29}),
        (4, {"years": 2}),
        (5, {"share": 0.41}),
        (6, {"week": 51}),
        (7, {"week": 51}),
    ],
)
def test_another_event_is_seen(tmp_path, i, change):
    """A twin that is told a little else of one event does not agree: the comparison can fail."""
    case = make_case(tmp_path, school_rows(12, 150), SUPPORT_2_AFTER_1, SEVERAL)
    model = ReformModel(case, rng=SEED, strategy="directed_uniform", overrides={"programme.mandate_years": 1})
    twin = twin_of(model, "directed_uniform")
    twin.events[i] = twin.events[i] | change
    assert run_both(model, twin) != []
