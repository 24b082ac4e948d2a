"""Without a programme what stands at the start is at rest, and a mechanism of the second edition moves nothing: each
on against off, on the same seeds."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import diffusion_sim as ds

PARTS = (
    "stopped_talk", "like_schools", "recruiting", "experienced_hires", "expertise", "provider_lag", "building",
    "crowding", "invitation_price", "habit", "class_time", "class_size", "dip", "school_years",
    "embedding", "induction", "own_bias", "designation",
)  # fmt: skip
SEEDS = range(1, 9)
ALONE = {"districts.icc": 0}  # a single district's own chance would hide a drift of its schools
MANY = {"population.schools": 800, "population.districts": 400}


@cache
def of_none(part: str | None) -> tuple[float, float]:
    """Mean over seeds of reach in the last week, and of the change of schools' mean focus since the start."""
    found = []
    for seed in SEEDS:
        overrides = {} if part is None else {f"mechanisms.{part}": False}
        model = ds.ReformModel("mid_size_district", rng=seed, strategy="none", overrides=ALONE | overrides)
        focus = model.state.schools.conditions[:, 0].mean()
        model.run()
        found.append((model.outcomes["reach"], model.state.schools.conditions[:, 0].mean() - focus))
    reach, change = np.mean(found, axis=0)
    return float(reach), float(change)


@pytest.mark.parametrize("part", PARTS)
def test_none_stays_where_it_is_without(part):
    on, off = of_none(None), of_none(part)
    assert abs(on[0] - off[0]) < 0.01, "reach moves by more than a point"
    assert abs(on[1] - off[1]) < 0.01, "focus drifts"


def test_focus_team_and_trust_stay_where_they_start():
    """Principals come and go: each summer takes something away and the year gives it back, so the mean of the fifth
    year is held against the start. 800 schools in 400 districts, for their own chance not to hide a drift."""
    model = ds.ReformModel("mid_size_district", rng=1, strategy="none", overrides=MANY)

    def means():
        schools = model.state.schools
        return np.array([schools.conditions[:, 0].mean(), schools.conditions[:, 2].mean(), schools.trust.mean()])

    start, year = means(), []
    while model.week < 180:
        model.step()
        year += [means()] if model.week > 144 else []
    assert len(year) == 36
    assert np.abs(np.mean(year, axis=0) - start).max() < 0.01


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_embedding_stays_where_it_starts(share):
    """Where use, coherence and support from within stay what they are, E does not move in a year; with half of the
    teachers using it is far from 0."""
    still = {"initial_use.share": share, "stop.d0": 0, "trial.p": 0, "trial.q": 0, "trial.qN": 0, "turnover.exit": 0,
             "leaders.principal_exit": 0, "leaders.superintendent_exit": 0, "aware.a_0": 0}  # fmt: skip
    model = ds.ReformModel("mid_size_district", rng=1, strategy="none", overrides=ALONE | still)
    start, rooted = model.state.schools.embedded.copy(), model.state.schools.rooted.copy()
    model.run(until=36)
    assert (model.state.schools.rooted == rooted).all() and (start.mean() > 0.1) == (share == 0.5)
    assert np.abs(model.state.schools.embedded - start).max() < 0.001


def test_embedding_of_none_stays_where_it_starts():
    """Use falls by itself, and what is embedded with it, from next to nothing."""
    changes = []
    for seed in SEEDS:
        model = ds.ReformModel("mid_size_district", rng=seed, strategy="none")
        start = model.state.schools.embedded.mean()
        changes.append(model.run().state.schools.embedded.mean() - start)
    assert abs(np.mean(changes)) < 0.01


def test_none_stays_where_it_is_where_districts_differ():
    """On against off: reach, and changes of focus, team and trust, over many districts."""
    found = []
    for overrides in ({}, {"mechanisms.districts_differ": False}):
        model = ds.ReformModel("mid_size_district", rng=2, strategy="none", overrides=MANY | overrides)
        schools = model.state.schools
        start = [schools.conditions[:, 0].mean(), schools.conditions[:, 2].mean(), schools.trust.mean()]
        model.run()
        end = [schools.conditions[:, 0].mean(), schools.conditions[:, 2].mean(), schools.trust.mean()]
        found.append([model.outcomes["reach"], *np.subtract(end, start)])
    assert np.abs(np.subtract(*found)).max() < 0.01


@pytest.mark.parametrize("part", ("class_time", "class_size", "dip", "school_years"))
def test_parts_of_pupils_gain_move_nothing_but_gain(part):
    """People, schools and money are the same to the bit; without a programme nobody is released and no post is traded,
    so that only what first uses cost and schools' years are felt."""
    runs = []
    for overrides in ({}, {f"mechanisms.{part}": False}):
        model = ds.ReformModel("mid_size_district", rng=3, strategy="none", overrides=overrides).run()
        runs.append(model)
    on, off = (model.state for model in runs)
    for column in ("stage", "skill", "conviction", "uses"):
        assert (getattr(on.teachers, column) == getattr(off.teachers, column)).all()
    assert (on.schools.conditions == off.schools.conditions).all() and (on.ledger == off.ledger).all()
    moved = on.schools.gain != off.schools.gain
    if part in ("class_time", "class_size"):
        assert not moved.any()
    elif part == "dip":
        assert moved.any() and (on.schools.gain <= off.schools.gain).all()
    else:
        assert moved.all() and on.schools.gain.std() > off.schools.gain.std()


def test_a_schools_year_is_the_same_under_every_strategy():
    """What the shock adds to a difference between two strategies on one seed is nothing."""
    gains = {}
    for shock in (0.1, 0.0):
        none, directed = (
            ds.ReformModel("mid_size_district", rng=3, strategy=name, overrides={"pupils.shock": shock}).run()
            for name in ("none", "directed_uniform")
        )
        gains[shock] = directed.state.schools.gain - none.state.schools.gain
    assert gains[0.1] == pytest.approx(gains[0.0], abs=1e-12) and np.abs(gains[0.1]).max() > 0.1


def test_without_a_programme_nothing_recruits():
    """Not only close: these parts act by hours, places or money alone, so without any they change no bit."""
    for part in (
        *("recruiting", "expertise", "provider_lag", "building", "invitation_price", "habit", "leaving"),
        *("standing_support", "leaders_on_team", "relief", "wider_autonomy"),
    ):
        assert of_none(part) == of_none(None)
