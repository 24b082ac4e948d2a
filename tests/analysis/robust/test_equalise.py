"""Equal spending draw by draw: whose pot is cut, how often, and what stands apart. Numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion_sim.analysis.robust.equalise import ROUNDS, equalise, told

POST_YEARS = 10.0  # 5 teaching posts x 2 years of support
OWN = 100.0  # own pot, US dollars per post and year


def of(*pairs, spends=None, seeds=2):
    """Draws in which the two spend this with their own pot. spends : (arm, whole pot of a draw) -> net spending; None =
    all of it."""
    asked = []

    def run(arm, turn, budgets):
        asked.append((arm, turn, budgets.tolist()))
        net = [spends(arm, POST_YEARS * budget) if spends else POST_YEARS * budget for budget in budgets]
        return np.repeat(np.array(net, float)[:, None], seeds, axis=1)

    whole = np.array(pairs, float)
    stretched = [np.repeat(whole[:, [arm]], seeds, axis=1) for arm in (0, 1)]
    found = equalise(stretched, np.full(len(pairs), POST_YEARS), np.full(len(pairs), OWN), run)
    return found, asked


def test_the_one_that_spends_more_gets_the_pot_that_the_other_spends():
    found, asked = of((600, 1000), (1000, 450))
    assert asked == [(0, 1, [OWN, 45.0]), (1, 1, [60.0, OWN])], "the other draw is left as it is"
    table = found.table
    assert table["spending"].tolist() == ["equal", "equal"] and table["round"].tolist() == [1, 1]
    assert table["pot"].tolist() == [600, 450] and table["per_post"].tolist() == table["budget"].tolist() == [60, 45]
    assert table[["first", "second"]].to_numpy().tolist() == [[600, 600], [450, 450]]
    assert found.taken.tolist() == [[0, 1], [1, 0]], "the thriftier keeps its runs"


def test_a_pot_that_does_not_come_out_is_mended():
    # Spends a quarter more than its pot holds, own money after support: 600 -> 750; then 600 x 600 / 750 = 480 -> 600.
    found, asked = of((600, 1000), spends=lambda arm, pot: 1.25 * pot)
    assert [(arm, turn) for arm, turn, _ in asked] == [(1, 1), (1, 2)]
    assert asked[1][2] == [pytest.approx(48.0)] and found.table["budget"][0] == pytest.approx(48.0)
    assert found.table["spending"][0] == "equal" and found.table["second"][0] == pytest.approx(600)


def test_two_per_cent_of_the_pot_are_equal_and_no_pot_is_above_the_draws_own():
    found, asked = of((1000, 1020), (1000, 985))
    assert asked == [] and found.table["round"].tolist() == [0, 0]
    found, asked = of((900, 1000), spends=lambda arm, pot: 0.5 * pot)  # 900 -> 450; 900 x 900 / 450 = 1,800 > 1,000
    assert asked[1][2] == [OWN] and len(asked) == ROUNDS
    assert found.table["spending"][0] == "differs" and found.table["second"][0] == 500


def test_what_stands_apart():
    found, asked = of((-50, 1000), (0, 1000), (0, 0), (np.nan, 1000), (600, 1000),
                      spends=lambda arm, pot: 900.0)  # fmt: skip
    assert found.table["spending"].tolist() == ["frees", "nothing", "nothing", "failed", "differs"]
    assert found.table["pot"].tolist() == pytest.approx([1000, 1000, np.nan, np.nan, 600], nan_ok=True)
    assert len(asked) == ROUNDS and all(pots[:4] == [OWN] * 4 for _, _, pots in asked)
    assert told(found.table) == (
        "equal spending in 0 of 5 draws; apart and not counted: in 1 the two still differ by more than 2% of the pot, "
        "in 1 one of them frees money, in 2 one or both spend nothing, in 1 runs failed"
    )


@pytest.mark.parametrize(("net", "word"), [(-10.0, "frees"), (0.0, "nothing"), (np.nan, "failed")])
def test_who_frees_money_with_the_smaller_pot_stands_apart_too(net, word):
    found, asked = of((600, 1000), spends=lambda arm, pot: net)
    assert found.table["spending"].tolist() == [word] and len(asked) == 1


def test_seeds_that_one_of_them_lacks_count_for_neither():
    stretched = [np.array([[600.0, np.nan]]), np.array([[1000.0, 5000.0]])]
    found = equalise(stretched, np.array([10.0]), np.array([100.0]), lambda arm, turn, pots: np.array([[605.0, 9.0]]))
    assert found.table[["pot", "stretched_second", "second"]].to_numpy().tolist() == [[600.0, 1000.0, 605.0]]
    assert found.table["spending"].tolist() == ["equal"]


def test_it_says_how_much_is_spent():
    found, _ = of((600, 1000), (500, 1000), (-1, 1000))
    assert told(found.table) == (
        "equal spending in 2 of 3 draws (median 55 US dollars a teaching post and year of support); apart and not "
        "counted: in 1 one of them frees money"
    )
