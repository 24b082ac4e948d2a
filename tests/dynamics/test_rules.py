"""Rules by hand: each value worked out from the equation of docs/model.md; the compiled rule equals the plain one."""

from __future__ import annotations

import math

import pytest

from diffusion_sim.dynamics import (
    aware,
    coaches,
    enrolment,
    experience,
    exposure,
    hours,
    internalise,
    leaders,
    learning,
    norm,
    pupils,
    readiness,
    staffing,
    stop,
    trial,
    trust,
)
from diffusion_sim.dynamics.params import section
from diffusion_sim.scenario.numbers import defaults

VALUES = {path: number.value for block in defaults().values() for path, number in block.items()}
if not any("." in path for path in VALUES):
    VALUES = {f"{name}.{key}": number.value for name, block in defaults().items() for key, number in block.items()}


def numbers(name):
    return section(VALUES.__getitem__, name)


T, L, X, S = numbers("trial"), numbers("learning"), numbers("experience"), numbers("stop")
F = numbers("staffing")

# rule, arguments, value by hand from the default numbers
BY_HAND = [
    (aware.awareness_hazard, (0.2, 1.0, 0.0, 0.0, numbers("aware")), 0.1 + 3 + 5 * 0.2),
    (aware.awareness_hazard, (0.2, 0.0, 1.0, 0.25, numbers("aware")), 0.1 + 8 + 5 * 0.2 + 2 * 0.25),
    (aware.awareness_hazard, (0.0, 0.0, 0.0, -0.5, numbers("aware")), 0.0),  # never below 0
    (trial.risk_of_trying, (0.8, 0.5, 0.5, 0.4), 0.8 * 0.5 * (1 - 0.2)),
    (trial.school_term, (0.6, 0.4, 0.5, 0.1, T), 1.1 * 0.2 + 0.7 * -0.2 + 0 - 1.2 * 0.1),
    (trial.inclination, (1.0, 0.5, 0.0, -0.2, T), 0.5 + 0.6 - 0.2),
    (trial.inclination, (1.0, 0.5, 0.25, -0.2, T), 0.5 + 0.6 - 1.0 * 0.25 - 0.2),
    (
        trial.voluntary_hazard,
        (0.93 * 0.25, 0.5, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, T),
        (0.03 * 2 + 0.93 * 0.25 + 0.75 * 0.5) * 2,
    ),
    (trial.voluntary_hazard, (0.0, 0.0, 0.0, 0.4, 0.5, 0.0, 0.0, 0.0, 1.0, T), 0.03 + 0.4 + 0.5 * 0.5),
    (trial.voluntary_hazard, (0.0, 0.0, 0.0, 0.0, 0.0, 0.75, 0.0, 0.0, 1.0, T), 0.03 + 0.8 * 0.75),
    (trial.voluntary_hazard, (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0, 1.0, T), 0.03 + 0.8 * 0.25),
    (trial.voluntary_hazard, (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.6, 2.0, T), 0.03 * 2 + 0.8 * 0.6),  # by its leader
    # like schools take no invitation away
    (trial.voluntary_hazard, (0.0, 0.0, 0.0, 0.0, -0.5, 1.0, 0.0, 0.0, 1.0, T), 0.8),
    (trial.own_causes, (0.1, 0.0, 0.0, 0.2, 0.0, T), 0.03 + 0.1 + 0.2),
    (trial.own_causes, (0.0, 0.0, 0.0, 0.0, -0.5, T), 0.0),
    (trial.asked_by_coach, (0.5, 0.8, T), 1.0 * 0.5 * 0.8),
    (trial.faded, (0,), 1.0),
    (trial.faded, (9,), 0.75),
    (trial.faded, (40,), 0.0),
    (trial.threshold_force, (2.0, 0.3, T), 0.93 * 0.3),
    (trial.threshold_force, (1.0, 0.3, T), 0.0),
    (trial.peer_force, (0.25, T._replace(kappa=2.0)), 0.93 * 0.0625),
    (trial.mandated_hazard, (0.5, 0.5, T), 1.2 * 0.5 * 0.7),
    (trial.agenda_factor, (0.0, T), 1.6),
    (trial.agenda_factor, (18.0, T), 1.3),
    (trial.agenda_factor, (50.0, T), 1.0),
    (hours.saturation, (11.0, 11.0), 0.5),
    (hours.share_of_hours, (0.0, 5.0, 1.0), 0.0),
    (hours.share_of_hours, (5.0, 5.0, 1.0), 0.5),
    (hours.share_of_hours, (15.0, 5.0, 1.0), 0.9),
    (hours.share_of_hours, (15.0, 5.0, 0.0), 0.75),
    (learning.come_to_know, (0.08, 0.3, L), 0.3 * 0.2),
    (learning.come_to_know, (0.4, 0.3, L), 0.0),
    (learning.drive, (0.0, L), math.exp(-0.98)),
    (learning.ready_for_help, (0.2, L), 0.0),
    (learning.ready_for_help, (0.45, L), 0.5),
    (learning.ready_for_help, (0.99, L), 1.2),
    (learning.feedback, (0.0, 0.0, 0.0, 0.5, L), 0.3),
    (learning.feedback, (0.2, 0.0, 0.5 * 0.4, 0.5, L), 0.3 + 0.7 * (1.5 * 0.2 + 2 * 0.5 * 0.4 * 0.5)),
    (learning.feedback, (0.2, 0.1, 0.5 * 0.4, 0.5, L), 0.3 + 0.7 * (1.5 * 0.2 + 0.1 + 2 * 0.5 * 0.4 * 0.5)),
    (learning.feedback, (0.9, 0.5, 1.0, 1.0, L), 1.0),
    (staffing.structure_reach, (0, F), 0.4),
    (staffing.structure_reach, (2, F), 0.8),
    (staffing.structure_reach, (3, F), 1.0),
    (staffing.structure_reach, (7, F), 1.0),
    (staffing.helper_quality, (0.5, 1.0, F), 0.5 * 1.15),
    (staffing.helper_quality, (1.0, 2.0, F), 1.2),
    (staffing.helper_quality, (0.5, -7.0, F), 0.0),
    (learning.learn_by_use, (0.5, 0.5, 1.0, 1.0, L), 0.5 * 0.5 * 1.3),
    (learning.learn_from_help, (0.5, 0.5, 1.0, 0.8, L), 0.25 * 3 * 0.5 * 0.8),
    (learning.learn_from_leader, (0.5, 0.3, L), 0.25 * 3 * 0.3),
    (learning.learn_from_peers, (0.5, 0.5 * 0.6, L), 0.5 * 1.2 * 0.5 * 0.6 * 0.25),
    (learning.fidelity_drift, (0.5, 0.3, 0.2, L), 0.15 * 0.5 * 0.5),
    (learning.fidelity_drift, (0.5, 0.9, 0.2, L), 0.0),
    (experience.payoff, (0.5, 0.3, 0.5, 1.0, 1.2, 0.8, X), 1.2 * 0.15 - 0.75 * 0.8 * 0.5 + 0.5),
    (stop.holding_norm, (0.4, S), 0.5),
    (stop.school_stop_term, (0.4, 0.5, S), -2 * 0.5 + 0.6 * 0.5),
    (stop.stop_inclination, (0.5, 0.5, 0.0, 0.0, 1.2, S), -0.8),
    (stop.stop_inclination, (0.0, 0.5, 0.0, 0.5, 1.2, S), 1.2 * 0.5 * 0.5),
    (stop.stop_inclination, (0.0, 0.75, -0.3, 0.5, 1.2, S), -S.g_k * 0.5 - 0.3 + 1.2 * 0.5 * 0.25),
    (stop.hold_factor, (False, True, False, S), 1.0),
    (stop.hold_factor, (True, False, True, S), 0.45 * 0.3),
    (stop.hold_factor, (False, False, False, S), 0.8),
    (internalise.internalise_hazard, (0.5, 0.25, 0.5, 1.6, numbers("internalise")), 0.2 * math.exp(0.8) * 0.5),
    (norm.norm_change, (0.2, 0.6, numbers("norm")), 0.4),
    (readiness.district_condition, (0.4, 0.6, 0.8, numbers("readiness")), 0.2 + 0.15 + 0.2),
    (readiness.readiness_index, (0.5, 0.5, 0.5, 0.5), 0.5),
    (readiness.readiness_index, (0.9, 0.9, 0.9, 0.0), 0.0),
    (readiness.coherence_index, (0.8, 0.1, 0.1), 0.2),
    (readiness.coherence_with_board, (0.8, 0.1, 0.2, 0.1), 0.2),
    (readiness.focus_target, (0.5, 3.0, 4.0, numbers("readiness")), 0.5 * 1.6 / 1.8),
    (readiness.focus_target, (0.9, 5.0, 0.0, numbers("readiness")), 1.0),
    (readiness.condition_change, (0.4, 0.5, 0.5, 0.5, 1.0, numbers("readiness")), 1.2 * 0.5 * 0.5 * 0.6 + 0.15 * 0.1),
    (readiness.condition_change, (0.4, 0.5, 0.5, 0.5, 0.2, numbers("readiness")), 1.2 * 0.15 + 0.2 * 0.15 * 0.1),
    (readiness.rebuilt, (0.5, 0.2, 0.7), 0.2 * 0.3 * 0.5),
    (trust.trust_change, (0.5, 0.6, 0.5, 0.55, 0.2, numbers("trust")), 0.05 + 0.02 - (0.2 * 0.55 * 0.4 - 0.2 * 0.05)),
    (trust.trust_change, (0.6, 0.6, 0.7, 0.7, 0.2, numbers("trust")), 0.2 * 0.05),  # what leavers take
    (coaches.supply_factor, (100.0, 100.0, 0.3), 1.0),
    (coaches.supply_factor, (200.0, 100.0, 0.3), 0.5**0.3),
    (coaches.supply_factor, (200.0, 175.0, 0.3), 0.875**0.3),
    (coaches.leadership_change, (0.5, 0.4, 20.0, 0.15, numbers("coaches")), 0.3 * 0.5 * 0.5 - 0.015),
    (coaches.alignment_change, (0.5, 60.0, numbers("coaches")), 0.3 * 0.75 * 0.5),
    (pupils.load_on, (0.3, numbers("pupils")._replace(load=0.2)), 0.2 * 0.5),
    (pupils.load_on, (0.7, numbers("pupils")._replace(load=0.2)), 0.0),
    (pupils.gain_of_use, (0.5, 0.4, 1.2, 0.45, numbers("pupils")), 0.45 * 1.2 * 0.5 - 0.125 * 0.4),
    (pupils.still_unskilled, (0.3, 7.0, numbers("pupils")), 0.7),
    (pupils.still_unskilled, (0.3, 8.0, numbers("pupils")), 0.0),
    (pupils.time_lost, (40.0, numbers("pupils")), 40 / 1000 * 9 / 36 * 0.5),  # .005 SD
    (pupils.crowded, (480.0, 32.0, 30.0, numbers("pupils")), 0.01 * (16 - 15)),
    (enrolment.enrolment_term, (0.2, 0.6, 0.4, 0.1, 0.1, 0.0, numbers("enrolment")), 0.2 + 0.14 - 0.14 + 0.1 - 0.12),
    (enrolment.enrolment_term, (0.0, 0.5, 0.5, 0.0, 0.0, 0.3, numbers("enrolment")), 0.3),
    (leaders.yearly_hazard, (0.2, 1.0, 0.9, 0.1), -math.log(0.8)),
    (leaders.yearly_hazard, (0.2, 1.5, 0.8, 0.5), -math.log(1 - 0.2 * 1.5**0.5)),
    (exposure.exposure, (0.0, 0.0, 0.0, 0.0, 0.25), (0.0, 0.0, 0.0, 0.0)),
    (exposure.exposure, (2.0, 1.0, -0.5, 1.0, 0.25), (0.5, 0.25, -0.125, 0.25)),
    (exposure.stopped_lately, (True, 40, 5), 1.0),  # 35 weeks ago
    (exposure.stopped_lately, (True, 41, 5), 0.0),
    (exposure.stopped_lately, (False, 6, 5), 0.0),
    (readiness.built, (0.4, 0.5, 0.5, numbers("readiness")), 1.2 * 0.5 * 0.5 * 0.6),
]


@pytest.mark.parametrize(("rule", "arguments", "expected"), BY_HAND)
def test_rule_by_hand(rule, arguments, expected):
    assert rule.py_func(*arguments) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("rule", "arguments", "expected"),
    [
        row
        for row in BY_HAND
        if row[0].py_func.__name__
        in ("voluntary_hazard", "learn_by_use", "stop_inclination", "yearly_hazard", "enrolment_term", "exposure")
    ],
)
def test_compiled_rule_is_its_plain_twin(rule, arguments, expected):
    assert rule(*arguments) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_coach_quality_has_mean_1_and_the_stated_sd():
    """By Gauss-Hermite quadrature over the normal score, not by sampling."""
    import numpy as np

    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    quality = np.array([coaches.coach_quality.py_func(z, numbers("coaches")) for z in nodes])
    mean = (weights * quality).sum()
    assert mean == pytest.approx(1.0, rel=1e-10)
    assert math.sqrt((weights * (quality - mean) ** 2).sum()) == pytest.approx(0.27, rel=1e-8)


def test_every_group_of_numbers_is_a_section_with_the_same_keys():
    """A number in defaults.yaml that no rule reads, or a rule's field without a number, fails here."""
    from diffusion_sim.dynamics.params import _SECTIONS, BORROWED
    from diffusion_sim.world.numbers import TRAITS

    keys = {name: set() for name in _SECTIONS}
    for path in VALUES:
        name, key = path.split(".")[-2:]
        if name in keys:
            keys[name].add(key)
    keys["staffing"].discard("trade")  # a word, read where posts are traded
    for path in (*TRAITS.values(), *(f"{path}_sd" for path in TRAITS.values())):  # districts have them as columns
        name, key = path.split(".")
        keys.get(name, set()).discard(key)
    fields = {name: set(group._fields) - set(BORROWED.get(group, ())) for name, group in _SECTIONS.items()}
    assert {name: own for name, own in fields.items() if name != "structure"} == {
        name: found for name, found in keys.items() if name != "structure"
    }


@pytest.mark.parametrize(
    ("causes", "left"),
    [
        ((0.5, 0.75, 0.25, 0.0), (0.5, 0.75, 0.25, 0.0)),  # not led: all as it is
        # p_team, p_ind, p_inv are all .8, a reach of .75 asks .6
        ((0.5, 0.5, 0.0, 0.75), (0.0, 0.0, 0.0, 0.75)),  # led: neither a coach nor an invitation asks once more
        ((0.5, 0.5, 0.75, 0.75), (0.0, 0.0, 0.0, 0.75)),  # the leader counts at ties
        ((0.5, 0.5, 0.875, 0.75), (0.0, 0.0, 0.875, 0.0)),  # the school inducts more than the leader asks
        ((0.625, 0.0, 0.25, 0.75), (0.625, 0.0, 0.25, 0.0)),  # the coach asks more than the leader
        ((0.0, 0.875, 0.25, 0.75), (0.0, 0.875, 0.25, 0.0)),  # so does whoever invites by name
    ],
)
def test_who_is_led_is_asked_once(causes, left):
    """asked, invited, inducted, led."""
    assert tuple(map(float, trial.asked_once.py_func(*causes, T))) == left
    nobody_expects = T._replace(p_team=0.0)
    assert trial.asked_once.py_func(0.5, 0.75, 0.25, 0.4, nobody_expects)[:3] == (0.5, 0.75, 0.25)


def test_posts_for_teams_are_rounded_up():
    posts = staffing.posts_for_teams
    assert [int(posts(n, share)) for n, share in ((10, 0.5), (11, 0.5), (3, 0.1), (10, 0.3), (10, 1.0))] == [
        *(5, 6, 1, 3, 10)
    ]
