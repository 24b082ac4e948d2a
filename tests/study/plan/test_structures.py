"""Structures: what a study file says of them, which points there are, and which runs are the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from diffusion_sim.errors import StudyError
from diffusion_sim.scenario import load_scenario
from diffusion_sim.scenario.numbers import defaults
from diffusion_sim.study.plan.extending import extend
from diffusion_sim.study.plan.factor_columns import column_of, is_factor
from diffusion_sim.study.plan.plan import make_plan, seed_of
from diffusion_sim.study.plan.read_study import from_canonical, from_mapping, read_study

SMALL = {"population.schools": 5, "programme.years_support": 1, "programme.years_after": 1}
WORDS = {name: list(entry.choices) for name, entry in defaults()["structure"].items()}
DOSE, RECRUITED, LIKE = "structure.dose", "structure.recruited", "structure.like"
BOTH = {"recruited": ["by_readiness", "owned"], "dose": ["hill", "saturating"]}
DRAWN = {"space": {"trial.q": {"range": [0.7, 1]}}, "design": {"kind": "latin_hypercube", "points": 3}}


def study(where="study.yaml", **said):
    base = {"id": "a", "scenarios": ["mid_size_district"], "strategies": ["none", "lottery"], "replicates": 2,
            "set": SMALL}  # fmt: skip
    return from_mapping({key: value for key, value in {**base, **said}.items() if value is not None}, where, None)


def words_of(spec):
    """Words of each point of a study."""
    return [point.values for point in make_plan(spec).points]


def test_there_are_structures():
    assert len(WORDS) >= 6 and all(len(words) > 1 for words in WORDS.values())


def test_every_combination_of_the_words():
    assert words_of(study(structure=BOTH)) == [
        {RECRUITED: "by_readiness", DOSE: "hill"},
        {RECRUITED: "by_readiness", DOSE: "saturating"},
        {RECRUITED: "owned", DOSE: "hill"},
        {RECRUITED: "owned", DOSE: "saturating"},
    ]


def test_the_scenario_s_own_then_each_other_word_alone():
    said = {"mode": "one_at_a_time", **BOTH, "like": ["trying", "off"]}
    assert words_of(study(structure=said)) == [
        {}, {RECRUITED: "owned"}, {DOSE: "saturating"}, {LIKE: "trying"}, {LIKE: "off"},
    ]  # fmt: skip


def test_the_scenario_s_own_word_is_no_variant(tmp_path):
    text = (Path(load_scenario("mid_size_district").path)).read_text("utf-8").replace("id: mid_size", "id: own_size")
    (tmp_path / "own.yaml").write_text(text + "\nstructure: {dose: saturating}\n", "utf-8")
    (tmp_path / "study.yaml").write_text(
        yaml.safe_dump({"id": "a", "scenarios": ["own.yaml"], "structure": {"mode": "one_at_a_time", "dose": None}})
    )
    plan = make_plan(read_study(tmp_path))
    assert [point.values for point in plan.points] == [{}, {DOSE: "hill"}]
    assert [plan.values("own_size_district", number)[DOSE] for number in (0, 1)] == ["saturating", "hill"]


def test_without_a_list_all_words(tmp_path):
    assert [said[LIKE] for said in words_of(study(structure={"like": None}))] == WORDS["like"]
    (tmp_path / "study.yaml").write_text("id: a\nscenarios: [mid_size_district]\nstructure:\n  like:\n  dose: [hill]\n")
    assert words_of(read_study(tmp_path)) == [{LIKE: word, DOSE: "hill"} for word in WORDS["like"]]
    (tmp_path / "study.yaml").write_text("id: a\nscenarios: [mid_size_district]\nstructure: {like: [off, schools]}\n")
    assert words_of(read_study(tmp_path)) == [{LIKE: "off"}, {LIKE: "schools"}], "off is a word"


def test_all_structures_one_at_a_time():
    spec = study(structure="all")
    assert spec.structure is not None and spec.structure.mode == "one_at_a_time"
    others = [{f"structure.{name}": word} for name, words in WORDS.items() for word in words[1:]]
    assert words_of(spec) == [{}, *others]


def test_crossed_with_points_and_strategies():
    plan = make_plan(study(structure={"dose": None}, space={"trial.q": [0.8, 1]}))
    assert [point.values for point in plan.points] == [
        {"trial.q": q, DOSE: word} for q in (0.8, 1) for word in ("hill", "saturating")
    ]
    assert (plan.structures, plan.runs, plan.paths) == (2, 2 * 2 * 2 * 2, ("trial.q", DOSE))
    assert len({key for block in plan.blocks() for key in block.keys}) == 16


@pytest.mark.parametrize("kind", ["grid", "one_at_a_time", "table", "sobol", "latin_hypercube"])
def test_every_design_is_crossed(kind):
    said = {"space": {"trial.q": [0.8, 1]}, "design": {"kind": kind}}
    if kind == "table":
        said = {"space": None, "design": {"kind": kind, "rows": [{"trial.q": 0.8}, {"trial.q": 1}]}}
    elif kind in ("sobol", "latin_hypercube"):
        said["design"]["points"] = 4
    bare = make_plan(study(**said)).points
    plan = make_plan(study(**said, structure={"dose": None}))
    assert [point.number for point in plan.points] == list(range(2 * len(bare)))
    without = [{k: v for k, v in point.values.items() if k != DOSE} for point in plan.points]
    assert without == [point.values for point in bare for _ in range(2)]
    assert [point.values[DOSE] for point in plan.points] == ["hill", "saturating"] * len(bare)


# ---- keys and seeds --------------------------------------------------------------------------------------------------


def keys(**said):
    return [key for block in make_plan(study(**said)).blocks() for key in block.keys]


def test_keys_differ_by_structure_and_by_it_alone():
    """The same run however its structure is stated, and another for each other word."""
    plain = keys()
    assert keys(structure={"dose": ["hill"]}) == keys(set={**SMALL, DOSE: "hill"}) == plain
    assert keys(structure={"mode": "one_at_a_time", "dose": ["hill"], "like": ["schools"]}) == plain
    assert keys(space={DOSE: ["hill"]}) == plain
    seen = set(plain)
    for name, words in WORDS.items():
        for word in words[1:]:
            other = keys(structure={name: [word]})
            assert not seen & set(other) and len(set(other)) == len(plain)
            assert other == keys(space={f"structure.{name}": [word]}), "however it is stated"
            assert not (seen | set(other)) & set(keys(set={**SMALL, f"structure.{name}": word}))
            seen |= set(other)


def test_the_keys_of_a_crossing_are_those_of_its_structures_one_by_one():
    whole = make_plan(study(structure=BOTH, space={"trial.q": [0.8, 1]}))
    alone = {
        key
        for recruited in BOTH["recruited"]
        for dose in BOTH["dose"]
        for key in keys(structure={"recruited": [recruited], "dose": [dose]}, space={"trial.q": [0.8, 1]})
    }
    assert {key for block in whole.blocks() for key in block.keys} == alone and len(alone) == 4 * 2 * 2 * 2


@pytest.mark.parametrize("seeds", ["common", "by_point"])
def test_a_point_has_its_seeds_under_every_structure(seeds):
    """Structures are compared on the same chances; points drawn anew have seeds of their own, as without structures."""
    plan = make_plan(study(structure=BOTH, seeds=seeds, **DRAWN))
    by_point = {}
    for block in plan.blocks():
        by_point.setdefault(block.point // 4, set()).add((block.replicate, block.seed))
        assert block.seed == plan.seed(block.point, block.replicate)
    assert [len(its) for its in by_point.values()] == [2, 2, 2]
    assert len(set.union(*by_point.values())) == (2 if seeds == "common" else 6)
    if seeds == "by_point":
        assert by_point[1] == {(r, seed_of(1, 1, r)) for r in (0, 1)}


def test_structures_move_no_seed():
    """A point has the keys that it has in a study of one structure, and without structures."""
    for said in (DRAWN, {"space": {"trial.q": [0.8, 1]}}):
        plain = set(keys(**said))
        assert set(keys(**said, structure={"dose": ["hill"]})) == plain < set(keys(**said, structure={"dose": None}))


def test_a_row_that_is_said_twice_has_two_seeds_under_every_structure():
    rows = [{"trial.q": 0.8}, {"trial.q": 0.8}]
    plan = make_plan(study(design={"kind": "table", "rows": rows}, structure={"dose": None}, replicates=1))
    assert [plan.base(number) for number in range(4)] == [0, 0, 1, 1]
    assert len({key for block in plan.blocks() for key in block.keys}) == plan.runs == 8


def test_one_structure_for_every_scenario(tmp_path):
    """A scenario whose own word is a variant would be run twice on the same seeds."""
    text = Path(load_scenario("mid_size_district").path).read_text("utf-8").replace("id: mid_size", "id: own_size")
    (tmp_path / "own.yaml").write_text(text + "\nstructure: {dose: saturating}\n", "utf-8")
    for seeds in ("common", "by_point"):
        (tmp_path / "study.yaml").write_text(yaml.safe_dump({
            "id": "a", "scenarios": ["mid_size_district", "own.yaml"], "strategies": ["none"], "seeds": seeds,
            "structure": {"mode": "one_at_a_time", "dose": ["saturating"]},
        }))  # fmt: skip
        with pytest.raises(StudyError, match="points 0 and 1 are the same in scenario 'own_size_district'"):
            make_plan(read_study(tmp_path))
        said = (tmp_path / "study.yaml").read_text("utf-8").replace("one_at_a_time", "grid")
        (tmp_path / "study.yaml").write_text(said.replace("- saturating", "- saturating\n  - hill"))
        assert len(make_plan(read_study(tmp_path)).points) == 2


# ---- what a file may say ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"structure": {"doses": ["hill"]}}, ["structure.doses", "no such structure", "'dose'", "recruited"]),
        ({"structure": {"structure.dose": ["hill"]}}, ["no such structure", "'dose'"]),
        ({"structure": {"dose": ["hil"]}}, ["structure.dose[0]", "'hil'", "hill, saturating", "did you mean 'hill'"]),
        ({"structure": {"dose": [1]}}, ["structure.dose[0]", "hill, saturating"]),
        ({"structure": {"dose": ["hill", "saturating", "hill"]}}, ["structure.dose[2]", "'hill' stands twice"]),
        ({"structure": {"dose": []}}, ["structure.dose", "a list of its words, hill, saturating"]),
        ({"structure": {"dose": "saturating"}}, ["structure.dose", "set: {structure.dose: saturating}"]),
        ({"structure": {"dose": {"levels": 2}}}, ["structure.dose", "a list of its words"]),
        ({"structure": {}}, ["structure", "or all is allowed", "recruited"]),
        ({"structure": {"mode": "grid"}}, ["structure", "or all is allowed"]),
        ({"structure": []}, ["structure", "or all is allowed"]),
        ({"structure": "dose"}, ["structure", "or all is allowed"]),
        ({"structure": True}, ["structure", "or all is allowed"]),
        ({"structure": {"mode": "random", **BOTH}}, ["structure.mode", "grid, one_at_a_time or drawn"]),
        ({"structure": {"mode": ["grid"], **BOTH}}, ["structure.mode", "grid, one_at_a_time or drawn"]),
        ({"structure": BOTH, "set": {**SMALL, DOSE: "hill"}}, [f"set.{DOSE}", "structure: varies it, too"]),
        ({"structure": BOTH, "space": {DOSE: ["hill"]}}, [f"space.{DOSE}", "structure: varies it, too"]),
        ({"structure": "all", "space": {"help": {"levels": {"a": {DOSE: "hill"}, "b": {}}}}},
         ["space.help", f"sets {DOSE}, which structure: varies, too"]),
        ({"structure": BOTH, "design": {"kind": "table", "rows": [{DOSE: "hill"}]}},
         [f"design, column {DOSE}", "structure: varies it, too"]),
        ({"structures": BOTH}, ["structures", "did you mean 'structure'"]),
    ],
)  # fmt: skip
def test_what_is_no_structure(said, words):
    with pytest.raises(StudyError) as error:
        study(**said)
    text = str(error.value)
    assert text.startswith("study.yaml, ")
    for word in words:
        assert word in text, text


@pytest.mark.parametrize("text", ["structure:", "structure: {dose: [hill], dose: [saturating]}"])
def test_empty_or_named_twice_in_a_file(tmp_path, text):
    file = tmp_path / "study.yaml"
    file.write_text(f"id: a\nscenarios: [mid_size_district]\n{text}\n")
    with pytest.raises(StudyError, match="or all is allowed" if text.endswith(":") else "structure.dose: .*twice"):
        read_study(file)


def test_too_many_runs_count_structures():
    with pytest.raises(StudyError, match="8 points x 2 replicates x 2 strategies are 32 runs"):
        make_plan(study(structure=BOTH, space={"trial.q": [0.8, 1]}, at_most_runs=31))
    make_plan(study(structure=BOTH, space={"trial.q": [0.8, 1]}, at_most_runs=32))


@pytest.mark.parametrize("said", [BOTH, "all", {"mode": "one_at_a_time", "like": ["off"]}, None])
def test_canonical_comes_back_whole(said):
    spec = study(structure=said)
    back = from_canonical(json.loads(json.dumps(spec.canonical(), sort_keys=True)))
    assert back == spec and back.digest == spec.digest


def test_the_digest_says_structures_words_their_order_and_mode():
    turned = {"dose": BOTH["dose"], "recruited": BOTH["recruited"]}
    some = [study(structure=said).digest for said in (
        None, BOTH, turned, {"mode": "one_at_a_time", **BOTH}, {**BOTH, "dose": ["saturating", "hill"]}, {"dose": None},
    )]  # fmt: skip
    assert len(set(some)) == len(some)


@pytest.mark.parametrize("said", [3, {"mode": "grid"}, *({"mode": "grid", "vary": odd} for odd in (3, [3], [[{}, 1]]))])
def test_a_saved_study_that_says_something_else_is_refused(said):
    with pytest.raises(StudyError, match="saved study"):
        from_canonical({**study().canonical(), "structure": said})


def test_columns():
    assert [column_of(path) for path in ("trial.q", DOSE)] == ["p.trial.q", DOSE]
    assert all(map(is_factor, ("p.trial.q", "label.pressure", DOSE))) and not is_factor("posts")


# ---- growing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["grid", "sobol", "latin_hypercube"])
def test_points_keep_numbers_and_seeds_when_words_and_points_are_added(kind):
    drawn = kind != "grid"

    def said(points, words):
        space = {"range": [0.7, 1]} if drawn else [0.7, 0.8, 0.9][:points]
        design = {"kind": kind, "points": points} if drawn else {"kind": kind}
        return study(space={"trial.q": space}, design=design, structure={"like": words}, seeds="by_point")

    before = said(2, ["schools", "off"])
    had = make_plan(before).points
    after = said(3, ["schools", "off", "trying"])
    points = extend(before, had, after)
    assert points[: len(had)] == had and [point.number for point in points] == list(range(9))
    pairs = {(point.values["trial.q"], point.values[LIKE]) for point in points}
    assert len(pairs) == 9 and len({q for q, _ in pairs}) == 3
    old, new = make_plan(before, points=had), make_plan(after, points=points)
    seeds = {}
    for point in points:
        seeds.setdefault(point.values["trial.q"], set()).add(new.seed(point.number, 0))
    assert all(len(its) == 1 for its in seeds.values()) and len(seeds) == 3, "a point's seeds under every structure"
    assert [old.seed(number, 1) for number in range(4)] == [new.seed(number, 1) for number in range(4)]
    assert set(old.blocks()) < set(new.blocks())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"structure": {"dose": ["hill"]}}, f"{DOSE}: level saturating is in the store"),
        ({"structure": {"dose": None, "like": None}}, f"{LIKE}: is a new factor"),
        ({"structure": None}, f"factor '{DOSE}' is in the store and no longer in the study"),
        ({"structure": {"mode": "one_at_a_time", "dose": None}}, "structure.mode: was grid .* is one_at_a_time"),
    ],
)
@pytest.mark.parametrize("design", [{}, DRAWN])
def test_structures_only_grow(change, words, design):
    before = study(structure={"dose": None}, **design)
    with pytest.raises(StudyError, match=words):
        extend(before, make_plan(before).points, study(**{**design, **change}))


# ---- drawn by points -------------------------------------------------------------------------------------------------

BY_POINT = {"space": {"trial.q": {"range": [0.7, 1]}}, "design": {"kind": "latin_hypercube", "points": 12},
            "structure": {"mode": "drawn", "dose": None, "like": None}}  # fmt: skip


def test_points_draw_their_structures():
    plan = make_plan(study(**BY_POINT))
    assert (len(plan.points), plan.structures, plan.runs) == (12, 1, 12 * 2 * 2)
    assert plan.paths == ("trial.q", DOSE, LIKE)
    words = [(point.values[DOSE], point.values[LIKE]) for point in plan.points]
    assert sorted(dose for dose, _ in words) == ["hill"] * 6 + ["saturating"] * 6
    assert sorted(like for _, like in words) == ["off"] * 4 + ["schools"] * 4 + ["trying"] * 4
    assert len(set(words)) > 3, "independently of each other"
    seeds = [block.seed for block in plan.blocks()]
    assert len(set(seeds)) == 24 and plan.seed(5, 1) == seed_of(1, 5, 1)
    again = make_plan(from_canonical(study(**BY_POINT).canonical()))
    assert [point.values for point in again.points] == [point.values for point in plan.points]


def test_drawn_structures_need_drawn_points():
    with pytest.raises(StudyError, match=r"structure\.mode: found drawn; design grid draws nothing"):
        study(structure=BY_POINT["structure"], space={"trial.q": [0.7, 1]})


def test_more_points_draw_theirs_and_other_words_are_another_study():
    old = study(**BY_POINT)
    had = make_plan(old).points
    more = {**BY_POINT, "design": {"kind": "latin_hypercube", "points": 20}}
    points = extend(old, had, study(**more))
    assert [p.values for p in points[:12]] == [p.values for p in had] and len(points) == 20
    assert all({DOSE, LIKE} <= set(point.values) for point in points)
    fewer = {**BY_POINT, "structure": {"mode": "drawn", "dose": ["hill"], "like": None}}
    with pytest.raises(StudyError, match="structure: differs from the one"):
        extend(old, had, study(**fewer))


def test_set_does_not_hold_what_points_draw():
    with pytest.raises(StudyError, match=f"set.{DOSE}"):
        study(**BY_POINT, set={**SMALL, DOSE: "hill"})
