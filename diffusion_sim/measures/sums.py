"""Sums over schools that the measures are made of: of each district in one pass, then of all districts.

A district's sums are taken when its week is done, by the thread that has done it. The order of adding depends on the
world alone, not on the number of threads.

Letters
    u, w : of a school, the share of its teachers who use (or are in deep use) and its share of all pupils
    U : sum of w u
    d, s : numbers of a district and a school
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.compiled.elementary_functions import log
from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.state.codes import LAST_STAGE, TAKEN_UP
from diffusion_sim.state.tables import Floats
from diffusion_sim.state.use import per_post

SCALED_TEACHERS, SCALED_SCHOOLS = 0.3, 0.3  # share of teachers who use, in what share of the other schools of a network

# Sums of the schools' shares u that measures of equity are made of.
UNEQUAL = np.dtype(
    [
        ("low_income", "f8"),  # mean of u, weighted by low-income pupils, of all schools
        ("other", "f8"),  # the same by other pupils
        ("poorest", "f8"),  # by pupils of the poorest quarter of the programme schools' pupils
        ("least_poor", "f8"),  # by those of the least poor quarter
        ("programme", "f8"),  # by pupils, of programme schools
        ("rank", "f8"),  # covariance with the rank by poverty, of programme schools
        ("use", "f8"),  # U = sum of w u, w a school's share of all pupils
        ("schools", "f8"),  # sum of w u ln u; u = 0 adds 0, the limit
        ("districts", "f8"),  # sum over districts of U ln(U / sum of w)
    ]
)
SUMS = np.dtype(
    (
        np.record,
        [
            ("teachers", "f8"),  # persons, as the next ones
            ("users", "f8"),
            ("ever", "f8"),  # present teachers who use or have ever used
            ("discontinued", "f8"),
            ("deep", "f8"),  # users in deep use
            ("deep_40", "f8"),  # the same with the line at .4 of quality
            ("deep_60", "f8"),  # and at .6
            ("owned", "f8"),  # users whose use is owned
            ("marked_deep", "f8"),  # of those in deep use in the last week of support, still in deep use
            ("quality", "f8"),  # sum of the quality of users
            ("saturated", "f8"),  # schools with at least .8 of their teachers using
            ("schools", "f8"),  # in which somebody teaches whom the practice is for
            ("gain", "f8"),  # pupil-weighted mean of the schools' gains, SD
        ("gain_poorest", "f8"),  # the same of the poorest quarter of the programme schools' pupils
            ("fit", "f8"),  # sum over users of the true fit of what their school uses
            ("testing", "f8"),  # schools that have begun improvement cycles
            ("claimed", "f8"),  # of these, schools that claim success
            ("improved", "f8"),  # of these, schools in which what is in use is truly better than what they began with
            ("borrowed", "f8"),  # of these, schools that use what only others had tested when they took it up
            ("ever_low_income", "f8"),  # mean share of teachers who ever used, weighted by low-income pupils
            ("ever_other", "f8"),  # the same by other pupils; of all schools, as the next ones
            ("places_low_income", "f8"),  # share of low-income pupils whose school is enrolled
            ("places_other", "f8"),
            ("hours_low_income", "f8"),  # mean hours a teacher and year that are delivered
            ("hours_other", "f8"),
            ("comers_low_income", "f8"),  # hires so far who knew the practice, per post that teaches
            ("comers_other", "f8"),
            ("kept", "f8"),  # schools that still count as in the programme, after support
            ("once_kept", "f8"),  # of these and others, schools that were in it when support ended
            ("embedded", "f8"),  # sum of how far the practice is part of the school, by teachers
            ("in_teams", "f8"),  # teachers who lead or are led
            ("leaders", "f8"),
            ("leader_skill", "f8"),  # sum of their skill
            ("districts", "f8"),  # districts with a programme school; those that follow are of them
            ("at_80", "f8"),  # in which .8 of the programme schools' teachers use
            ("staged", "f8"),  # in which the strategy goes by stages
            ("stage", "f8"),  # sum of their stages, abandoned = 0
            ("complete", "f8"),  # in the last stage
            ("adopted", "f8"),  # verdicts of gates so far, of all districts
            ("adapted", "f8"),
            ("abandoned", "f8"),
            ("networks", "f8"),  # improvement networks; these and the next three of the world only
            ("scaled", "f8"),  # of these, networks in which what they would recommend is used elsewhere
            ("known", "f8"),  # networks that would recommend anything
            ("fit_new_area", "f8"),  # sum of its fit in new areas
            ("members", "f8"),  # programme schools; those that follow are of them
            ("designated", "f8"),  # that accountability names
            ("lower", "f8"),  # in the lower half by achievement
            ("enrolled", "f8"),  # in the programme, or after support still counted as in it
            ("enrolled_designated", "f8"),
            ("enrolled_lower", "f8"),
            ("takers", "f8"),  # of these and of others, schools that would come
            ("takers_designated", "f8"),
            ("takers_lower", "f8"),
            ("of_deep", UNEQUAL),
            ("of_users", UNEQUAL),
        ],
    )
)


class Sums(NamedTuple):
    """Sums of all districts and, in the last row, of the world."""

    rows: Any  # (D + 1,) records of SUMS
    numbers: Floats  # (D + 1, number of sums): the same memory


def new_sums(districts: int) -> Sums:
    """Room for the sums of a world of ``districts`` districts, and for the world's own."""
    rows = np.zeros(districts + 1, SUMS)
    return Sums(rows, rows.view(np.float64).reshape(districts + 1, -1))


@rule
def add_share(sums, u, weight):
    """Add a school's share u to the sums of a district, except to ``districts``. sums : record of UNEQUAL; weight :
    record of ``Basis.weights``."""
    sums.low_income += weight.low_income * u
    sums.other += weight.other * u
    sums.poorest += weight.poorest * u
    sums.least_poor += weight.least_poor * u
    sums.programme += weight.programme * u
    sums.rank += weight.rank_weight * u
    if u > 0.0:
        sums.use += weight.pupils * u
        sums.schools += weight.pupils * u * log(u)


@rule
def add_groups(sums, school, weight):
    """Add a school to the means of low-income and of other pupils. sums : record of SUMS; school : of SCHOOL; weight :
    of ``Basis.weights``."""
    ever = per_post(school.ever, school.teaching)
    direct = 1.0 - school.to_leaders + school.to_leaders * school.conditions[2] * school.principal
    to_teachers = school.hours * (school.mix[0] + school.mix[1]) * direct * school.active * school.supported
    hours = per_post(to_teachers * school.participants, school.teaching)
    sums.ever_low_income += weight.low_income * ever
    sums.ever_other += weight.other * ever
    sums.places_low_income += weight.low_income * school.enrolled
    sums.places_other += weight.other * school.enrolled
    sums.hours_low_income += weight.low_income * hours
    sums.hours_other += weight.other * hours
    comers = per_post(school.comers, school.teaching)
    sums.comers_low_income += weight.low_income * comers
    sums.comers_other += weight.other * comers


@rule
def add_stage(sums, schools, first, last):
    """Where a district stands (rows first to last - 1 of schools), and what its gates have decided. sums : record of
    SUMS."""
    users = teaching = 0.0
    stage = 1.0 * LAST_STAGE  # a district stands where the last of its programme schools does
    programme = False
    for s in range(first, last):
        school = schools[s]
        if school.programme == 1:
            programme = True
            users += school.users
            teaching += school.teaching
            stage = min(stage, 1.0 * school.stage)
            sums.adopted += school.adopted
            sums.adapted += school.adapted
            sums.abandoned += school.abandoned
    if programme:
        sums.districts += 1.0
        sums.at_80 += teaching > 0.0 and 5.0 * users >= 4.0 * teaching  # compared whole, as of a school
        sums.staged += stage != 0.0
        sums.stage += max(0.0, stage)
        sums.complete += stage == LAST_STAGE


@rule
def add_takers(sums, school, weight):
    """Who is in the programme or would come. sums : record of SUMS; school : of SCHOOL; weight : of
    ``Basis.weights``."""
    inside = 1.0 if school.enrolled == 1 or school.kept == 1 else 0.0
    takes = 1.0 if inside > 0.0 or school.enter_sum >= school.enter_draw else 0.0
    sums.members += 1.0
    sums.designated += school.designated
    sums.lower += weight.lower
    sums.enrolled += inside
    sums.enrolled_designated += inside * school.designated
    sums.enrolled_lower += inside * weight.lower
    sums.takers += takes
    sums.takers_designated += takes * school.designated
    sums.takers_lower += takes * weight.lower


@njit
def sum_district(d, schools, basis, sums):
    """Take the sums of district d at the end of a week, once all its schools are done. sums : ``Sums``."""
    for number in range(sums.numbers.shape[1]):
        sums.numbers[d, number] = 0.0
    district, pupils = sums.rows[d], 0.0
    of_deep, of_users = district.of_deep, district.of_users
    for s in range(basis.district_first[d], basis.district_first[d + 1]):
        school, weight = schools[s], basis.weights[s]
        pupils += weight.pupils
        district.teachers += school.teaching
        district.users += school.users
        district.ever += school.ever
        district.discontinued += school.discontinued
        district.deep += school.deep
        district.deep_40 += school.deep_40
        district.deep_60 += school.deep_60
        district.owned += school.owned
        district.marked_deep += school.marked_deep
        district.quality += school.quality
        district.kept += school.kept
        district.once_kept += school.once_kept
        district.embedded += school.embedded * school.teaching
        district.in_teams += school.in_teams
        district.leaders += school.leaders
        district.leader_skill += school.leader_skill
        if school.teaching > 0:
            district.saturated += 5.0 * school.users >= 4.0 * school.teaching  # compared whole: 4 of 5 is saturated
            district.schools += 1.0
        district.gain += weight.pupils * school.gain
        district.gain_poorest += weight.poorest * school.gain
        district.fit += school.users * school.fit
        if school.slot >= 0:
            district.testing += 1.0
            district.claimed += school.claims
            district.improved += school.fit > school.fit_start + 1e-9
            district.borrowed += school.borrowed
        add_groups(district, school, weight)
        if school.programme == 1:
            add_takers(district, school, weight)
        add_share(of_deep, per_post(school.deep, school.teaching), weight)
        add_share(of_users, per_post(school.users, school.teaching), weight)
    add_stage(district, schools, basis.district_first[d], basis.district_first[d + 1])
    if of_deep.use > 0.0:
        of_deep.districts = of_deep.use * log(of_deep.use / pupils)
    if of_users.use > 0.0:
        of_users.districts = of_users.use * log(of_users.use / pupils)


@njit
def add_up(rows, whole):
    """Sums of the columns of ``rows`` (n, k), from the first row to the last, into ``whole`` (k,); both float64."""
    for k in range(whole.size):
        whole[k] = 0.0
    for row in range(rows.shape[0]):
        for k in range(whole.size):
            whole[k] += rows[row, k]


@njit
def sum_networks(schools, sums):
    """Networks of schools, counted at the first of each: how many have scaled, and what they would recommend in new
    areas. sums : the world's record of SUMS, whose four are 0."""
    if schools.size == 0 or schools.network.max() < 0:
        return
    others, took = np.zeros(schools.size), np.zeros(schools.size)
    for school in schools:
        if school.network >= 0 and school.spread > 0:
            others[school.network] += 1.0
            if school.spread == TAKEN_UP and school.users >= max(1.0, SCALED_TEACHERS * school.teaching):
                took[school.network] += 1.0
    for s in range(schools.size):
        if schools[s].network == s:
            sums.networks += 1.0
            sums.scaled += took[s] > 0.0 and took[s] >= SCALED_SCHOOLS * others[s]
            if not np.isnan(schools[s].fit_new_area):
                sums.known += 1.0
                sums.fit_new_area += schools[s].fit_new_area


@rule
def sum_world(schools, sums):
    """Add up the districts' sums, and count networks; returns the world's, a record of SUMS."""
    world = sums.rows.size - 1
    add_up(sums.numbers[:world], sums.numbers[world])
    sum_networks(schools, sums.rows[world])
    return sums.rows[world]


@njit
def sum_all(schools, basis, sums):
    """Sums of all districts and of the world, from the state as it is."""
    for d in range(sums.rows.size - 1):
        sum_district(d, schools, basis, sums)
    sum_world(schools, sums)


@rule
def total(x):
    """Sum of ``x`` (n,), in order."""
    whole = 0.0
    for number in x:
        whole += number
    return whole


@rule
def ratio(numerator, denominator):
    """``numerator / denominator``; NaN where the denominator is 0: undefined is never 0."""
    return numerator / denominator if denominator != 0.0 else np.nan
