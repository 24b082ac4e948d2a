"""What each row reads, in runs that can be counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from diffusion_sim.patterns.growth import bass, categories
from diffusion_sim.patterns.seen import equal_spending, without
from diffusion_sim.ranks import parts_by_rank
from diffusion_sim.state.codes import MULTI_CLASSROOM, ROUTINE, TRIAL
from tests.patterns.made import Given, read, run


def close(found, **said):
    for name, value in said.items():
        assert found[name] == pytest.approx(value, abs=1e-12, nan_ok=True), name


def yearly(**columns):
    """column -> a list of values by year, as year -> column -> values."""
    years = len(next(iter(columns.values())))
    return {year: {name: values[year] for name, values in columns.items()} for year in range(years)}



def test_a1_gain_by_half_of_readiness():
    on = run(2, {2: {"gain": [-0.1, 0.3], "pupils": [3, 1]}, None: {"pupils": [3, 1]}})
    close(read("A1", uniform=on, none=run(2, {})), mean=0.0, ready=0.3, unready=-0.1, ordered=1)


def test_a2_form_and_depth():
    teachers = {"school": [0, 0, 1, 1], "stage": TRIAL, "skill": [0.2, 0.4, 0.6, 0.8]}
    on = run(2, {"users": [5, 5]}, teachers, posts=4)
    # within: 4 x .01 of a whole of .04 + 4 x .04
    close(read("A2", uniform=on, none=run(2, {})), use=0.5, gain=0.0, within=0.2)


def test_a3_thirds():
    fitted, uniform = run(3, {"users": [4, 5, 6]}, size=3), run(3, {"users": [2, 5, 7]}, size=3)
    close(read("A3", fitted=fitted, uniform=uniform), low=0.2, high=-0.1, more=0.3)


def test_a4_end_states():
    def end(reach, deep):
        return run(5, {}, series={"reach": [0, 0, 0, reach, 0, reach], "users": [10] * 6, "deep_users": [deep] * 6})

    found = read("A4", volunteer=end(0.4, 9), directed=end(0.6, 4), volunteer_fitted=end(0.6, 5),
        directed_fitted=end(0.1, 0))
    close(found, runs=4, high_high=1, shallow=1, low=2)


def test_a5_districts():
    found = read("A5", staged=run(3, {"district": [0, 0, 1], "users": [9, 9, 1]}, size=3, memo=[5, 5, 2]))
    close(found, reached=0.5, last=0.5, spread=np.std([0.9, 0.1], ddof=1), mean=0.5)


def test_a6_slow_start():
    def course(reach, deep, spent):
        return run(8, {"users": reach}, series={"deep_use": deep, "cost_total": [spent] * 9, "cost_pot": [spent] * 9})

    slow = course([1, 1], [0, 0, 0, 0.2, 0, 0.1, 0, 0, 0.3], 10.0)
    fast = course([4, 4], [0, 0, 0, 0.4, 0, 0.1, 0, 0, 0.2], 10.0)
    close(read("A6", staged=slow, at_once=fast), reach_1=-0.3, kept=0.25, deep_5=0.0, deep_8=0.1, kept_5=0.25,
        spent_5=1, spent_8=1)


def test_equal_spending_gives_the_one_that_spends_more_a_smaller_pot():
    asked = []

    class At(Given):
        def __call__(self, name, more=None):
            pot = (more or {}).get("money.budget_per_teacher", 100.0)
            asked.append((name, pot))
            spent = 30.0 if name == "a" else 0.9 * pot
            made = run(1, {}, series={"cost_total": [spent] * 2, "cost_pot": [pot] * 2})
            made.scenario = {"money.budget_per_teacher": 100.0}
            return made

    _, _, ratio = equal_spending(At(), "a", "b", 1)
    assert ratio == pytest.approx(1.0, abs=0.02)
    pots = [pot for name, pot in asked if name == "b" and pot != 100.0]
    assert pots == [pytest.approx(30.0), pytest.approx(30.0 / 0.9)]


def test_a7_and_a8_what_moves_from_school_to_school():
    # four schools test; two took over what is better, and the network counts as one that has scaled
    columns = {"slot": 0, "borrowed": [1, 1, 0, 0], "fit": [1.1, 1.1, 1.2, 1.0]}
    moved = run(3, columns, size=4, series={"networks_scaled": [np.nan, 0, 0, 1]})
    still = run(3, {**columns, "borrowed": 0}, size=4, series={"networks_scaled": [np.nan, 0, 1, 0]})
    never = run(3, {**columns, "borrowed": 0}, size=4, series={"networks_scaled": [np.nan] * 4})
    arms = {"menu_common": moved, "menu_own": still, "local_common": still, "local_own": still, "local_alone": never}
    close(read("A7", **arms), menu=1, local=0, local_with_hub=0, some=1, some_with_hub=1, two=2)
    close(read("A8", **arms), best=0.5, alone=0, more=1, corner=1, menu=0.25, common=0.25)
    close(read("A7", **{**arms, "local_own": moved}), local_with_hub=1, some_with_hub=2)


def test_a9_topologies():
    def fit(mean, anywhere=np.nan):
        return run(3, {"slot": [0, -1], "fit": [mean, 9.0]}, fit_anywhere=anywhere)

    arms = dict(menu_common=fit(1.3), pairs=fit(1.2), everybody=fit(1.1))
    found = read("A9", **arms, mixed=fit(1.5, 1.4), alike=fit(1.25, 1.1))
    close(found, groups=0.2, pairs=0.1, mixed=0.3, members=0.25)


def test_a10_districts_and_leaders():
    found = read("A10", directed=run(3, {"district": [0, 1], "users": [8, 4]}), stable=run(3, {"district": [0, 1],
        "users": [8, 6]}))
    close(found, reached=0.5, less=-0.1, mean=0.6)


def test_a11_who_volunteers():
    schools = {"achievement": [-1, -2, 1, 2], "designated": [1, 1, 1, 0]}
    volunteers = run(1, schools | {"enrolled": [1, 0, 1, 1], "enter_sum": [0, 2, 0, 0]}, size=4)
    equal = run(1, schools | {"enrolled": [1, 0, 1, 0], "enter_sum": [0, 0, 0, 0]}, size=4)
    close(read("A11", volunteers=volunteers, equal=equal), enrolled_volunteers=2, takers_volunteers=1,
        enrolled_equal=1, takers_equal=1, enrolled_volunteers_named=1.5, takers_volunteers_named=1,
        enrolled_equal_named=0, takers_equal_named=0)


def test_a12_one_level_gone():
    arms = {name: run(3, {"users": users}) for name, users in (("whole", 8), ("principal", 4), ("superintendent",
        6), ("instruments", 2), ("evaluation", 3))}
    close(read("A12", **arms), reach=0.8, principal=0.5, superintendent=0.25, instruments=0.75, evaluation=0.625)


def test_a13_middle_of_teams():
    posts = {"school": [0, 0, 0, 1], "leader": [0, 0, 0, -1], "stage": TRIAL}
    spent = {"cost_total": [5.0] * 4, "cost_pot": [5.0] * 4}
    led = run(3, {3: {"gain": [0.3, 0.1]}, None: {"staffing": [MULTI_CLASSROOM, 0]}}, posts | {"skill": [0.9, 0.4,
        0.6, 0.1]}, posts=4, series=spent)
    plain = run(3, {}, posts | {"skill": [0.9, 0.1, 0.5, 0.1]}, posts=4, series=spent)
    found = read("A13", teams=led, pull_out=plain, none=run(3, {3: {"gain": 0.2}}))
    close(found, median=0.2, variance=0.02 - 0.08, variation=np.sqrt(0.02) / 0.5 - np.sqrt(0.08) / 0.3, naive=0.2,
        paired=0.1, more=0.1, spent=1)


def test_a14_mature_teams():
    gains = [[0] * 3, [0.1, 0, 0.3], [0.1, 0, 0.3], [0.1, 0, 0.3], [0.5, 0.1, 0.4]]
    taken = {"staffing": [MULTI_CLASSROOM, 0, 0]}
    led = run(4, {year: {"gain": gain, **taken} for year, gain in enumerate(gains)}, size=3)
    found = read("A14", teams=led, none=run(4, {}, size=3))
    close(found, schools=1, effect_1=0.1, effect_4=0.4, high_1=0, high_4=1)


def test_b4_the_speed_of_a_curve():
    years = np.arange(0, 8.25, 0.25)
    left = 0.97 * np.exp(-0.75 * years)
    speed, shape = bass(years, 0.9 * (1 - left) / (1 + 20 * left))
    assert speed == pytest.approx(0.75, rel=1e-3) and shape == pytest.approx(20, rel=1e-2)
    weeks = np.arange(8 * 36 + 1) / 36
    left = 0.97 * np.exp(-0.75 * weeks)
    found = read("B4", directed=run(8, {}, series={"ever_users": 90 * (1 - left) / (1 + 20 * left),
        "teachers": [100] * 9}))
    assert found["speed"] == pytest.approx(0.75, rel=1e-3) and found["s_shaped"] == 1


def test_c1_adopters():
    # mean 10, SD sqrt(12): one and two SD before the mean are weeks 6.5 and 3.1
    begun = np.zeros(21)
    begun[[0, 5, 10, 15, 20]] = 2, 16, 64, 16, 2
    close(categories(begun), innovators=0.02, early=0.16, skew=0.0)
    flows = {"trial_peers": begun + 1.0, "retrial": np.ones(21)}
    reached = read("C1", volunteers=run(1, {}, series={"reach": [0, 0.8]}, flows=flows))
    close(reached, passes=1, innovators=0.02, early=0.16, highest=0.8)
    close(read("C1", volunteers=run(1, {}, series={"reach": [0, 0.6]}, flows=flows)), passes=0, innovators=math.nan)


def test_c4_size_of_a_programme():
    posts = {"school": [0, 1], "stage": TRIAL}
    small = run(1, {1: {"gain": [0.1, 9.0], "enrolled": [1, 0]}}, posts | {"skill": [0.6, 0.9]}, posts=2)
    large = run(1, {1: {"gain": [0.04, 9.0]}}, posts | {"skill": [0.4, 0.9]}, posts=2)
    none = run(1, {}, {"school": [0, 1]}, posts=2)
    close(read("C4", small=small, large=large, none=none), practice_small=0.6, practice_large=0.4,
        pupils_small=0.1, pupils_large=0.04, schools=1)


def test_c5_dose_given_quality():
    posts = {"school": [0, 1], "stage": TRIAL}
    arms = {f"hours_{d}": run(1, {"coach_quality": [1.0, np.e]}, posts | {"skill": [0.1, 0.6]},
        posts=2) for d in (10, 20, 30, 40)}
    none = run(1, {}, {"school": [0, 1]}, posts=2)
    found = read("C5", none=none, **arms)
    assert math.isnan(found["partial"]) or found["partial"] == pytest.approx(0.0, abs=1e-6)
    rising = {f"hours_{d}": run(1, {"coach_quality": [1.0, np.e]}, posts | {"skill": [d / 100, 0.5 + d / 100]},
        posts=2) for d in (10, 20, 30, 40)}
    close(read("C5", none=none, **rising), partial=1.0, effect_10=0.35)


def test_c6_regular_use():
    # of four that never used one left and one is outside the programme; one of the two others uses regularly
    said = {None: {"school": [0, 0, 0, 1, 0], "ever": [0, 0, 0, 0, 1]}, 1: {"stage": [ROUTINE, TRIAL, ROUTINE,
        ROUTINE, ROUTINE], "tag": [0, 0, 7, 0, 0]}}
    coached = run(1, {"enrolled": [1, 0]}, said, posts=5)
    close(read("C6", workshops=run(1, {}, {}), coached=coached), workshops=0, coached=0.5)


STAY = yearly(enrolled=[[0] * 4, [1, 1, 1, 0], [1, 1, 0, 1], [1, 0, 1, 1], [1, 1, 1, 1]])


def test_c7_left_in_three_years():
    unstable = yearly(enrolled=[[0] * 4, [1, 1, 1, 1], [0, 1, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]])
    close(read("C7", volunteers=run(4, STAY, size=4), unstable=run(4, unstable, size=4)), volunteers=2 / 3,
        unstable=0.75, more=1 / 12)


def test_c9_use_after_exit():
    said = {year: columns | {"users": [1, 8 - year, 8 - 2 * year, 1]} for year, columns in STAY.items()}
    # school 2 leaves after year 1 (6 -> 4 users), school 1 after year 2 (6 -> 5)
    close(read("C9", volunteers=run(4, said, size=4)), before=1.2, after=0.9)


def test_c12_new_administrators():
    said = {year: columns | {"principal_number": [0, int(year >= 3), int(year >= 3), 0]} for year,
        columns in STAY.items()}
    found = read("C12", volunteers=run(4, said, size=4))
    # year 2: 3 enters, 2 leaves; year 3: 2 comes back, 1 leaves, both under a new principal; year 4: 1 comes back
    close(found, again=3, again_new=1, entries_new=1, outside_new=1, entries_same=2, outside_same=2, exits_new=1,
        inside_new=1, exits_same=1, inside_same=8)


def test_c15_who_learns_from_whom():
    def branch(gained):
        skill = [0.1, 0.2, 0.3]
        return run(2, {}, {1: {"skill": skill, "stage": TRIAL}, 2: {"skill": np.add(skill, gained),
            "stage": TRIAL}}, posts=3)

    found = read("C15", whole=branch([0.3, 0.3, 0.3]), no_coach=branch([0.0, 0.1, 0.2]), no_colleagues=branch([0.3,
        0.2, 0.1]))
    close(found, coach=-1, colleagues=1, coach_adds=0.2, colleagues_adds=0.1)


def test_c17_carried_by_colleagues():
    def course(skill, users):
        return run(3, {"users": users}, {"skill": skill, "stage": TRIAL})

    found = read("C17", volunteers=course(0.6, 5), none=course(0.1, 1), volunteers_apart=course(0.4, 4),
        none_apart=course(0.0, 1))
    close(found, practice_whole=0.5, practice_carried=0.1, use_whole=0.4, use_carried=0.1)


def test_c21_mandate_and_offer():
    def course(users, deep):
        return run(2, {"users": users}, series={"users": [10] * 3, "deep_users": [deep] * 3})

    found = read("C21", directed=course(6, 4), volunteers=course(2, 5), bare=course(5, 1))
    close(found, reach_1=0.4, reach_2=0.4, gap=0.1, shrinks=0.3)


def test_c23_full_dose():
    said = {None: {"school": [0, 0, 1, 0]}, 1: {"ever": 1, "stage": [ROUTINE, TRIAL, ROUTINE, ROUTINE],
        "origin": [0, 0, 0, 5]}}
    close(read("C23", offer=run(1, {"enrolled": [1, 0]}, said, posts=4)), full=0.5, tried=2)


def test_c24_opting_in():
    said = {None: {"school": [0, 0, 1, 1, 2, 2]}, 1: {"ever": [1, 1, 1, 0, 0, 0]}}
    schools = {"enrolled": [1, 1, 0], "achievement": [2.0, 1.0, 0.0]}
    volunteers = run(1, schools, said, size=3, posts=6)
    found = read("C24", volunteers=volunteers, messages=run(1, schools, {"school": [0, 0, 1, 1, 2, 2]}, size=3,
        posts=6))
    close(found, volunteers=0.5, volunteers_offered=0.75, volunteers_need=-1, regressive=1, messages=0,
        messages_offered=0)


def test_c26_and_c27_longer_use():
    gain = np.cumsum([[0, 0]] + [[0.1, 0.0]] * 4 + [[0.3, 0.1]] * 4, axis=0)
    said = {year: {"gain": gain[year], "enrolled": [1, int(year < 3)]} for year in range(9)}
    for row in ("C26", "C27"):
        found = read(row, volunteers=run(8, said), none=run(8, {}))
        close(found, stayed_early=0.1, stayed_late=0.3, all_early=0.05, all_late=0.2, year_1=0.05, year_2=0.05,
            dip=1, first_flat=0)


def test_c30_claims():
    menu = run(3, {"slot": [0, 0, 0, -1], "claims": 1, "fit": [1.2, 1.0, 0.9, 1.5]}, size=4,
        flows={"study_acts": [2.0, 4.0]})
    local = run(3, {"slot": 0, "claims": [1, 0, 0, 0], "fit": 1.2}, size=4)
    found = read("C30", menu_common=menu, local_alone=local)
    close(found, menu_claims=3, menu_true=1, local_claims=1, local_true=4, menu_studies=6, menu_cycles=48)


def test_c35_trust_and_improvement():
    gain = {1: [0.1] * 8, 5: [0.9, 0.1, 0.2, 0.2, 0.2, 0.3, 0.8, 0.7]}
    said = {year: {"gain": gain.get(year, gain[1] if year else [0] * 8),
        "trust_start": np.arange(8)} for year in range(6)}
    # upper third of 8 = ranks 6, 7 (and 5 * 3 // 8 = 1): schools 0 and 6
    close(read("C35", directed=run(5, said, size=8)), top=1, top_all=2, bottom=1, bottom_all=2)


def test_parts_by_rank_and_lines():
    assert parts_by_rank([3, 1, 2, 0], 2).tolist() == [1, 0, 1, 0]
    assert np.allclose(without([1.0, 3.0, 5.0], [0.0, 1.0, 2.0]), 0.0)
    assert without([1.0, 2.0], [4.0, 4.0]).tolist() == [-0.5, 0.5]
