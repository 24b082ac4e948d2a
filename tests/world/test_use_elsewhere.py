"""Hires come from elsewhere: how many of them know the practice follows its spread in the world's other districts."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds

FEW = {"population.schools": 12, "programme.years_support": 1, "programme.years_after": 1}
ALL_GO = {"turnover.exit": 0.9, "turnover.exit_ratio": 1, "turnover.stay_in_district": 0}


def make(**numbers):
    numbers = {name.replace("__", "."): value for name, value in numbers.items()}
    return ds.ReformModel("mid_size_district", rng=5, strategy="directed_uniform", overrides=FEW | numbers)


def to(model, week):
    while model.week < week:
        model.step()
    return model


def test_elsewhere_is_the_share_of_users_in_all_other_districts():
    model = to(make(population__districts=3), 36)
    s, d = model.state.schools, model.state.districts
    users, teaching = s.users.copy(), s.teaching.copy()
    model.step()  # the first summer
    for row in range(3):
        others = s.district != row
        assert d.use_elsewhere[row] == pytest.approx(users[others].sum() / teaching[others].sum())
    assert len(set(d.use_elsewhere.tolist())) == 3


def test_around_one_district_elsewhere_stays_as_it_was():
    model = to(make(initial_use__share=0.07), 40)
    assert model.state.districts.use_elsewhere.tolist() == [0.07]


def test_a_word_keeps_elsewhere_as_it_was():
    model = to(make(population__districts=2, initial_use__share=0.07, structure__elsewhere="start"), 40)
    assert model.state.districts.use_elsewhere.tolist() == [0.07, 0.07]


def test_before_the_first_summer_it_is_that_of_the_start():
    model = make(population__districts=2)
    s, d = model.state.schools, model.state.districts
    for row in range(2):
        others = s.district != row
        assert d.use_elsewhere[row] == pytest.approx(s.users[others].sum() / s.teaching[others].sum())


def test_comers_are_counted_by_school():
    """With a ratio that makes every hire a comer, all hires of the summer are counted; with none, nobody is."""
    model = to(make(initial_use__share=0.05, teachers__experienced_ratio=20, **ALL_GO), 37)
    s = model.state.schools
    assert (s.comers == model.state.flow_rows["hired"]).all() and s.comers.sum() > 100
    came = np.isin(model.state.teachers.entered, 1)
    assert (model.state.teachers.skill_brought[came] == model.numbers.persons.experienced_skill).all()
    assert to(make(teachers__experienced_ratio=0, **ALL_GO), 37).state.schools.comers.sum() == 0
