"""Improvement cycles, events, staffing structures and capacity in one run: what no other comparison puts together."""

from __future__ import annotations

import random

import pytest

from diffusion_sim.scenario.words import MEASURES_WORDS, TOPOLOGIES

from .test_twin import SUPPORT_2_AFTER_1, agree
from .test_twin_cycles import rule
from .test_twin_networks import drawn_networks
from .twin import drawn_events, make_case, network_columns, school_rows

PARTS = ("recruitment", "allocation", "content", "tempo", "staffing")
# Money for all of it, and schools that enrol, so that there is something to compare.
RICH = {
    "money.budget_per_teacher": 9000,
    "money.own_budget": 0.1,
    "enrolment.n0": 4,
    "staffing.team_size": 4,
    "staffing.coach_ratio": 6,
    "testing.study_factor": 1.0,
    "strategy.content.departments": 0.3,
}


def agree_with_everything(folder, seed, more=None):
    """A run with cycles, two to eight events, a staffing structure and hours for capacity; the finished twin."""
    rng = random.Random(f"everything {seed}")
    words = (
        rng.choice(("volunteer", "directed", "team_outward", "equity_first")),
        rng.choice(("uniform", "readiness_gap", "need_weighted")),
        "mixed",
        rng.choice(("waves", "at_once", "gated")),
        rng.choice(("coach", "multi_classroom_leader", "multi_classroom_leader")),
    )
    a, b, c = sorted(rng.random() for _ in range(3))
    mix = (a, b - a, c - b, 1 - c)
    changes = RICH | SUPPORT_2_AFTER_1 | (more or {})
    changes |= {f"strategy.{part}.kind": word for part, word in zip(PARTS, words, strict=True)}
    names = ("practice", "expertise", "conditions", "capacity")
    changes |= {f"strategy.content.{name}": share for name, share in zip(names, mix, strict=True)}
    testing = rule(rng.choice(("local", "menu")), rng.choice(MEASURES_WORDS), rng.choice(TOPOLOGIES), 0.8)
    rows = network_columns(school_rows(12, 120, seed), named=seed % 3 == 0)
    networks = drawn_networks(seed, rows) if seed % 2 else None
    case = make_case(folder, rows, None, drawn_events(seed, rows, 108, 72, "district"), networks)
    return agree(case, "+".join(words), seed=seed, overrides=changes, mix=mix, testing=testing)[1]


def happened(twin) -> set[str]:
    """What there was to compare."""
    found = {name for name in ("own", "capacity", "supplements", "measurement") if twin.ledger.get(name, 0) > 0}
    return found | ({"cycles"} if twin.cycles.counts["study_acts"] > 0 else set())


@pytest.mark.parametrize("seed", (0, 1, 3))
def test_same_users_with_everything(tmp_path, seed):
    assert "cycles" in happened(agree_with_everything(tmp_path, seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", (2, *range(4, 40)))
def test_same_users_with_everything_often(tmp_path, seed):
    agree_with_everything(tmp_path, seed)


@pytest.mark.parametrize("seed", [100, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(101, 125))])
def test_same_users_with_everything_for_some_grades(tmp_path, seed):
    """The practice is for some grade bands, and the district has its part besides."""
    rng = random.Random(f"bands {seed}")
    more = {"practice.for": "bands", "practice.bands": rng.choice((0.2, 0.3, 0.5, 0.8)), "testing.explore": 0.3}
    more["strategy.district.kind"] = rng.choice(("as_it_is", "relief", "autonomy", "vision"))
    twin = agree_with_everything(tmp_path, seed, more)
    assert any(school.teaching_posts() < school.posts for school in twin.schools)
