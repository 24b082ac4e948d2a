"""Study files: what they may say, and one clear error for everything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from diffusion_sim.cli import call
from diffusion_sim.errors import DiffusionSimError, StudyError
from diffusion_sim.study.plan.distributions import NAMES
from diffusion_sim.study.plan.plan import make_plan
from diffusion_sim.study.plan.read_study import DESIGNS as DESIGN_KINDS
from diffusion_sim.study.plan.read_study import KEYS as FILE_KEYS
from diffusion_sim.study.plan.read_study import from_canonical, read_study
from diffusion_sim.study.plan.spec import Precision, StudySpec

SMALL = {"population.schools": 5, "programme.years_support": 1, "programme.years_after": 1}
BASE = {"id": "a_study", "scenarios": ["mid_size_district"], "strategies": ["volunteer_uniform"], "set": SMALL}


@pytest.fixture
def read(tmp_path):
    """Write a study file, ``BASE`` with changes (None = leave out), and read it."""

    def written(**changes) -> StudySpec:
        said = {key: value for key, value in {**BASE, **changes}.items() if value is not None}
        file = tmp_path / "study.yaml"
        file.write_text(yaml.safe_dump(said, sort_keys=False), "utf-8")
        return read_study(file)

    return written


def test_defaults(read, tmp_path):
    spec = read(set=None)
    assert (spec.title, spec.question, spec.baseline, spec.rng, spec.replicates) == ("a_study", "", "none", 1, 30)
    assert (spec.seeds, spec.design, spec.space, spec.outcomes) == ("common", {"kind": "grid"}, (), None)
    assert (spec.series, spec.schools, spec.precision) == (True, False, None)
    assert spec.path == (tmp_path / "study.yaml").absolute()
    assert read_study(tmp_path) == spec, "a folder with a study.yaml is enough"


@pytest.mark.parametrize(
    ("kind", "seeds"),
    [
        ("grid", "common"),
        ("one_at_a_time", "common"),
        ("latin_hypercube", "by_point"),
        ("sobol", "by_point"),
        ("table", "by_point"),
    ],
)
def test_drawn_points_have_seeds_of_their_own(read, kind, seeds):
    design = {"kind": kind}
    design |= {"points": 4} if seeds == "by_point" else {}
    if kind == "table":
        assert read(design={"kind": kind, "rows": [{"trial.q": 0.9}]}).seeds == seeds
    else:
        assert read(design=design, space={"trial.q": [0.8, 0.9]}).seeds == seeds


def test_precision_says_how_many_replicates(read):
    said = {"measure": "reach", "contrast": "volunteer_uniform - none", "half_width": 0.01}
    spec = read(precision=said)
    assert spec.precision == Precision("reach", "volunteer_uniform", "none", 0.01, 30, 2000)
    assert spec.replicates == 2000
    more = spec.with_replicates(5000)
    assert more.precision is not None and (more.replicates, more.precision.at_most) == (5000, 5000)
    assert from_canonical(more.canonical()) == more


FULL = {
    "title": "A title",
    "question": "What?",
    "rng": 2**64 - 1,
    "seeds": "by_point",
    "space": {
        "initial_use.share": [0.03, {"value": 5, "unit": "percent"}],
        "turnover.exit": {"range": [8, 24], "unit": "percent", "levels": 3},
        "accountability": {"levels": {"low": {"trial.b_P": 1.0}, "as_is": {}}},
    },
    "outcomes": ["reach", "deep_use"],
    "keep": {"series": "none", "schools": "end"},
    "at_most_runs": 5000,
}
DRAWN = {
    "design": {"kind": "latin_hypercube", "points": 5},
    "space": {
        "trial.q": {"distribution": "normal", "mean": 0.9, "sd": 0.2, "low": 0.1, "high": 2},
        "trial.p": {"range": "plausible"},
    },
}
ROWS = {"design": {"kind": "table", "rows": [{"trial.q": 0.9}, {"trial.q": 1.0}]}}


@pytest.mark.parametrize("changes", [{}, FULL, DRAWN, ROWS], ids=["base", "full", "drawn", "rows"])
def test_canonical_comes_back_whole(read, changes):
    spec = read(**changes)
    said = json.loads(json.dumps(spec.canonical(), sort_keys=True))
    back = from_canonical(said)
    assert back == spec and back.digest == spec.digest
    assert [p.values for p in make_plan(back).points] == [p.values for p in make_plan(spec).points]


def test_digest_is_of_what_is_said_not_of_where_it_lies(read, tmp_path):
    spec = read(**FULL)
    copy = tmp_path / "elsewhere.yaml"
    copy.write_text((tmp_path / "study.yaml").read_text("utf-8"), "utf-8")
    assert read_study(copy).digest == spec.digest
    assert read(**FULL, replicates=31).digest != spec.digest
    turned = dict(reversed(FULL["space"].items()))
    assert read(**{**FULL, "space": turned}).digest != spec.digest, "the order of factors numbers the points"


# Each: changes, what the error must name.
WRONG = {
    "unknown key": ({"replicate": 3}, ["replicate", "'replicates'"]),
    "no id": ({"id": None}, ["id", "missing"]),
    "bad id": ({"id": "A Study"}, ["id", "A Study"]),
    "no scenarios": ({"scenarios": []}, ["scenarios", "at least one"]),
    "one scenario as text": ({"scenarios": "michigan"}, ["scenarios", "list"]),
    "unknown scenario": ({"scenarios": ["mid_size_distric"]}, ["scenarios[0]", "'mid_size_district'"]),
    "one scenario twice": ({"scenarios": ["michigan", "michigan"]}, ["scenarios[1]", "twice"]),
    "unknown strategy": ({"strategies": ["volunter_uniform"]}, ["volunter_uniform", "'volunteer_uniform'"]),
    "strategy twice": ({"strategies": ["none", "none"]}, ["strategies[1]", "twice"]),
    "unknown baseline": ({"baseline": "nothing"}, ["nothing"]),
    "no replicates": ({"replicates": 0}, ["replicates", "from 1"]),
    "part of a replicate": ({"replicates": 2.5}, ["replicates", "2.5"]),
    "rng below 0": ({"rng": -1}, ["rng", "-1"]),
    "seeds": ({"seeds": "same"}, ["seeds", "common or by_point"]),
    "unknown path in set": ({"set": {"trial.qq": 1}}, ["set", "trial.qq", "'trial.q'"]),
    "set out of bounds": ({"set": {"trial.q": -1}}, ["set", "trial.q", "-1"]),
    "strategy's own numbers": ({"set": {"strategy.tempo.kind": "waves"}}, ["strategy.tempo.kind", "by id"]),
    "unknown measure": ({"outcomes": ["reech"]}, ["outcomes[0]", "'reach'"]),
    "no outcomes": ({"outcomes": []}, ["outcomes", "list of measures"]),
    "keep": ({"keep": {"series": "weekly"}}, ["keep.series", "quarterly or none"]),
    "keep what": ({"keep": {"teachers": "end"}}, ["keep.teachers", "series, schools"]),
    "empty space": ({"space": {}}, ["space", "mapping"]),
    "no levels": ({"space": {"trial.q": []}}, ["space.trial.q", "1 to"]),
    "level twice": ({"space": {"trial.q": [0.9, 0.90]}}, ["space.trial.q", "twice"]),
    "level out of bounds": ({"space": {"turnover.exit": [0.1, 16]}}, ["turnover.exit", "per cent"]),
    "unknown factor": ({"space": {"turnover.exitt": [0.1]}}, ["turnover.exitt", "'turnover.exit'"]),
    "another section's": ({"space": {"teachers.exit": [0.1]}}, ["teachers.exit", "did you mean 'turnover.exit'"]),
    "another section's range": ({"space": {"teachers.exit": {"range": [0.1, 0.2], "levels": 2}}},
                                ["did you mean 'turnover.exit'"]),
    "a built-in strategy's": ({"space": {"strategies.lottery.content.practice": [0.9]}}, ["'lottery'", "fixed"]),
    "no dot": ({"space": {"exit": [0.1, 0.2]}}, ["space.exit", "labelled levels"]),
    "section": ({"space": {"turnover.": [0.1]}}, ["space.turnover."]),
    "word in a range": ({"space": {"money.pool": {"range": [0, 1], "levels": 2}}}, ["money.pool", "word"]),
    "range turned": ({"space": {"trial.q": {"range": [2, 1], "levels": 2}}}, ["trial.q.range", "low < high"]),
    "range without levels": ({"space": {"trial.q": {"range": [1, 2]}}}, ["trial.q", "levels"]),
    "one level": ({"space": {"trial.q": {"range": [1, 2], "levels": 1}}}, ["trial.q.levels", "from 2"]),
    "range out of bounds": ({"space": {"trial.q": {"range": [-1, 2], "levels": 2}}}, ["trial.q.range", "-1"]),
    "parts of schools": (
        {"set": None, "space": {"population.schools": {"range": [5, 6], "levels": 3}}},
        ["population.schools.levels", "whole numbers"],
    ),
    "varied and set": ({"space": {"population.schools": [5, 6]}}, ["set.population.schools", "too"]),
    "two factors set it": (
        {"space": {"trial.q": [1.0], "other": {"levels": {"a": {"trial.q": 2}}}}},
        ["space.other", "trial.q"],
    ),
    "label's values": ({"space": {"other": {"levels": {"a": 3}}}}, ["space.other.levels.a"]),
    "label's path": ({"space": {"other": {"levels": {"a": {"trial.x": 3}}}}}, ["space.other.levels.a", "trial.x"]),
    "labels alike": (
        {"space": {"other": {"levels": {"a": {"trial.q": 1}, "b": {"trial.q": 1.0}}}}},
        ["space.other", "'a'", "'b'"],
    ),
    "design": ({"design": {"kind": "gird"}}, ["design.kind", "'grid'"]),
    "points of a grid": ({"design": {"kind": "grid", "points": 3}}, ["design.points", "no points"]),
    "no points": ({**DRAWN, "design": {"kind": "sobol"}}, ["design.points", "missing"]),
    "0 points": ({**DRAWN, "design": {"kind": "sobol", "points": 0}}, ["design.points", "from 1"]),
    "nothing to draw": ({"design": {"kind": "sobol", "points": 3}}, ["space", "missing"]),
    "nothing one at a time": ({"design": "one_at_a_time"}, ["space", "missing"]),
    "distribution": (
        {**DRAWN, "space": {"trial.q": {"distribution": "norml"}}},
        ["trial.q.distribution", "'normal'"],
    ),
    "number missing": (
        {**DRAWN, "space": {"trial.q": {"distribution": "normal", "mean": 1}}},
        ["trial.q.sd", "missing"],
    ),
    "sd 0": ({**DRAWN, "space": {"trial.q": {"distribution": "normal", "mean": 1, "sd": 0}}}, ["trial.q.sd"]),
    "tail out of bounds": (
        {**DRAWN, "space": {"trial.q": {"distribution": "normal", "mean": 1, "sd": 1}}},
        ["space.trial.q", "without low", "Write low:"],
    ),
    "no range of its own": (
        {**DRAWN, "space": {"population.population_seed": {"range": "plausible"}}},
        ["[low, high]"],
    ),
    "table and space": ({**ROWS, "space": {"trial.p": [0.1]}}, ["space.trial.p", "columns"]),
    "table of nothing": ({"design": {"kind": "table"}}, ["design", "file:", "rows:"]),
    "row without a key": (
        {"design": {"kind": "table", "rows": [{"trial.q": 1}, {"trial.p": 1}]}},
        ["design.rows[1]", "same keys"],
    ),
    "row out of bounds": (
        {"design": {"kind": "table", "rows": [{"trial.q": 1}, {"trial.q": -3}]}},
        ["rows[1]", "trial.q", "-3"],
    ),
    "row and set": (
        {"design": {"kind": "table", "rows": [{"population.schools": 6}]}},
        ["set.population.schools"],
    ),
    "too large": (
        {"space": {"trial.q": {"range": [0.1, 1], "levels": 1000}, "trial.p": {"range": [0.1, 1], "levels": 1000}}},
        ["1,000,000 points", "60,000,000 runs", "hours", "at_most_runs"],
    ),
    "far too large": (
        {"space": {f"trial.{name}": {"range": [0.1, 1], "levels": 9999} for name in ("p", "q", "qN")}},
        ["at most 1,000,000"],
    ),
    "too many allowed": ({"at_most_runs": 10**9}, ["at_most_runs", "100,000,000"]),
    "contrast": (
        {"precision": {"measure": "reach", "contrast": "volunteer_uniform", "half_width": 1}},
        ["precision.contrast", "two strategies"],
    ),
    "contrast of what is not run": (
        {"precision": {"measure": "reach", "contrast": "volunteer_unifrm - none", "half_width": 1}},
        ["precision.contrast", "'volunteer_uniform'"],
    ),
    "precise measure": (
        {"precision": {"measure": "equity", "contrast": "volunteer_uniform - none", "half_width": 1}},
        ["precision.measure", "equity"],
    ),
    "precise measure left out": (
        {"outcomes": ["reach"], "precision": {"measure": "deep_use", "contrast": "a - b", "half_width": 1}},
        ["precision.measure", "outcomes"],
    ),
    "half width 0": (
        {"precision": {"measure": "reach", "contrast": "volunteer_uniform - none", "half_width": 0}},
        ["precision.half_width", "above 0"],
    ),
    "a look too early": (
        {"precision": {"measure": "reach", "contrast": "a - b", "half_width": 1, "at_least": 5}},
        ["precision.at_least", "from 30"],
    ),
    "replicates and precision": (
        {"replicates": 5, "precision": {"measure": "reach", "contrast": "a - b", "half_width": 1}},
        ["replicates", "at_most"],
    ),
    "infinite": ({"space": {"trial.q": [float("inf")]}}, ["space.trial.q.0", "finite"]),
}


@pytest.mark.parametrize(("changes", "names"), WRONG.values(), ids=WRONG.keys())
def test_one_clear_error(read, tmp_path, changes, names):
    with pytest.raises(StudyError) as caught:
        make_plan(read(**changes))
    text = str(caught.value)
    assert text.startswith(str(tmp_path / "study.yaml")), text
    for name in names:
        assert name in text, text
    assert len(text) < 1500


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("id: a\nid: b\n", "twice"),
        ("- a\n", "a study is a mapping"),
        ("", "is empty"),
        ("id: !!python/object:os.system a\n", "tag"),
        ("id: a\n\tb: c\n", "tab"),
        ("x: &a [*a]\n", "itself"),
    ],
)
def test_files_that_are_no_study(tmp_path, content, says):
    file = tmp_path / "a scenario.yaml"
    file.write_text(content, "utf-8")
    with pytest.raises(StudyError, match=says) as caught:
        read_study(file)
    assert str(caught.value).startswith(str(file))


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(StudyError, match="no such file"):
        read_study(tmp_path / "missing.yaml")
    with pytest.raises(StudyError, match="no such file"):
        read_study(tmp_path)
    with pytest.raises(StudyError, match="path of a file"):
        read_study(3)  # type: ignore[arg-type]


def test_scenarios_lie_beside_the_study(read, tmp_path):
    text = "id: own\ntitle: t\nquestion: q\nsources: []\npopulation: {kind: synthetic, schools: 4}\n"
    text += "initial_use: {share: 0.05}\nstrategy: {recruitment: volunteer}\ncompare: [none, lottery]\n"
    (tmp_path / "own.yaml").write_text(text, "utf-8")
    plan = make_plan(read(scenarios=["own.yaml", "mid_size_district"], strategies=None, set=None))
    assert plan.arms["own"] == ("none", "lottery")
    assert plan.arms["mid_size_district"][:2] == ("none", "volunteer_uniform")
    with pytest.raises(StudyError, match="'own'"):
        read(scenarios=["own.yaml", str(tmp_path / "own.yaml")])


OWN = """\
id: own
title: t
question: q
population: {kind: synthetic, schools: 4}
initial_use: {share: 0.05}
strategy: {recruitment: volunteer}
strategies:
  mine: {recruitment: directed, content: {kind: by_readiness, cut: 0.5}}
  staged_mine: {recruitment: team_outward}
"""


def test_options_of_a_scenarios_own_strategies_vary(read, tmp_path):
    (tmp_path / "own.yaml").write_text(OWN, "utf-8")
    said = {"scenarios": ["own.yaml"], "strategies": ["mine", "staged_mine"], "baseline": "none", "set": None}
    cut, team = "strategies.mine.content.cut", "strategies.staged_mine.recruitment.team"
    plan = make_plan(read(**said, space={cut: [0.4, 0.6], team: {"range": [2, 4], "levels": 3}}))
    values = [point.values for point in plan.points]
    assert [(v[cut], v[team]) for v in values] == [(c, t) for c in (0.4, 0.6) for t in (2, 3, 4)]
    assert plan.case("own", 5).section("strategies")["staged_mine"]["recruitment"]["team"] == 4
    assert len({key for block in plan.blocks() for key in block.keys}) == 6 * 30 * 3
    with pytest.raises(StudyError, match="cut: found 2"):
        make_plan(read(**said, space={cut: [0.4, 2]}))
    with pytest.raises(StudyError, match="team.*2.5"):
        make_plan(read(**said, space={team: [2.5]}))


def test_rules_of_networks_that_a_scenario_names_vary(read, tmp_path):
    named = "networks: {coast: {schools: [S0001, S0002], rule: menu}}\n"
    (tmp_path / "own.yaml").write_text(OWN + named, "utf-8")
    said = {"scenarios": ["own.yaml"], "strategies": ["mine"], "baseline": "none", "set": None}
    measures, study = "networks.coast.rule.measures", "networks.coast.rule.study_act"
    plan = make_plan(read(**said, space={measures: ["own", "common"], study: {"range": [0.1, 0.3], "levels": 2}}))
    assert [(p.values[measures], p.values[study]) for p in plan.points] == [
        ("own", 0.1), ("own", 0.3), ("common", 0.1), ("common", 0.3)
    ]  # fmt: skip
    assert plan.case("own", 1).section("networks")["coast"]["rule"]["study_act"] == 0.3
    assert len({key for block in plan.blocks() for key in block.keys}) == 4 * 30 * 2
    with pytest.raises(StudyError, match="measures: found 'shared'"):
        make_plan(read(**said, space={measures: ["own", "shared"]}))


def test_code_runs_only_when_allowed(read, tmp_path):
    (tmp_path / "mine.py").write_text(
        "class Mine:\n    def plan(self, view, draw):\n        raise NotImplementedError\n"
    )
    text = "id: own\ntitle: t\nquestion: q\nsources: []\npopulation: {kind: synthetic, schools: 4}\n"
    text += (
        "initial_use: {share: 0.05}\nstrategy: {recruitment: volunteer}\nstrategies: {mine: {code: 'mine.py:Mine'}}\n"
    )
    (tmp_path / "own.yaml").write_text(text, "utf-8")
    with pytest.raises(StudyError, match="allow-code"):
        read(scenarios=["own.yaml"], strategies=["mine"], set=None)
    spec = read_study(tmp_path / "study.yaml", allow_code=True)
    assert make_plan(spec, allow_code=True).arms["own"] == ("none", "mine")


# ---- never a traceback -----------------------------------------------------------------------------------------------

PATHS = ["trial.q", "turnover.exit", "programme.hours", "mechanisms.norm", "programme.wave_1"]
ODD_PATHS = [
    "money.pool",
    "population.schools",
    "trial",
    "strategy.tempo.kind",
    "events.0.week",
    "a",
    "trial.nowhere",
    "",
]
NUMBERS = st.floats(0.01, 0.99) | st.integers(1, 3)
WORDS = ["none", "volunteer_uniform", "reach", "plausible", "grid", "normal", "uniform", "common", "by_point", ""]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 7),
    st.floats(-1, 20),
    st.sampled_from([1e300, float("nan"), 10**25]),
    st.text(max_size=4),
    st.sampled_from(WORDS),
)
KEYS = [*PATHS, *ODD_PATHS, "range", "levels", "distribution", "value", "unit", "mean", "sd", "low", "high"]
JUNK = st.recursive(
    ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


def mostly(good: st.SearchStrategy, odd: st.SearchStrategy = JUNK) -> st.SearchStrategy:
    """Nine times in ten what a study may say."""
    return st.integers(0, 9).flatmap(lambda n: odd if n == 9 else good)


def mapping(path: st.SearchStrategy, value: st.SearchStrategy, least: int = 1) -> st.SearchStrategy:
    return st.dictionaries(mostly(path, st.sampled_from(ODD_PATHS)), value, min_size=least, max_size=3)


PATH = st.sampled_from(PATHS)
PAIR = st.tuples(NUMBERS, NUMBERS).map(sorted)
LEVELS = st.dictionaries(mostly(st.sampled_from(["low", "high"]), ODD), mapping(PATH, mostly(NUMBERS, ODD), 0))
DISTRIBUTIONS = st.one_of(
    st.fixed_dictionaries({"distribution": st.just("normal"), "mean": NUMBERS, "sd": NUMBERS}),
    st.fixed_dictionaries({"distribution": st.just("lognormal"), "median": NUMBERS, "sd_log": NUMBERS}),
    st.fixed_dictionaries({"distribution": st.just("beta"), "a": mostly(NUMBERS, ODD), "b": NUMBERS}),
    st.fixed_dictionaries({"distribution": st.just("triangular"), "mode": mostly(NUMBERS, ODD)}),
    st.fixed_dictionaries({"distribution": st.just("uniform")}, optional={"a": NUMBERS}),
)
FORMS = st.one_of(
    st.lists(mostly(NUMBERS, ODD), min_size=1, max_size=3),
    st.fixed_dictionaries({"range": mostly(PAIR)}, optional={"levels": mostly(st.integers(2, 3), ODD)}),
    st.tuples(DISTRIBUTIONS, PAIR).map(lambda both: {**both[0], "low": both[1][0], "high": both[1][1]}),
)
SPACE = st.tuples(
    st.dictionaries(mostly(PATH, st.sampled_from(ODD_PATHS)), mostly(FORMS), min_size=1, max_size=2),
    st.dictionaries(st.just("accountability"), st.fixed_dictionaries({"levels": LEVELS}), max_size=1),
).map(lambda both: both[0] | both[1])
STRUCTURES = st.just("all") | st.fixed_dictionaries(
    {"dose": mostly(st.none() | st.just(["saturating"]), ODD)},
    optional={
        "mode": mostly(st.sampled_from(["grid", "one_at_a_time"]), ODD),
        "like": mostly(st.just(["off", "trying"])),
        "nothing": ODD,
    },
)
COUNT = mostly(st.integers(1, 9), ODD)
ROW_LISTS = mostly(st.lists(mapping(PATH, NUMBERS)))
DESIGNS = st.one_of(
    st.sampled_from(["grid", "one_at_a_time"]),
    st.fixed_dictionaries({"kind": st.sampled_from(["sobol", "latin_hypercube"]), "points": COUNT}),
    st.fixed_dictionaries({"kind": st.just("table")}, optional={"rows": ROW_LISTS, "file": ODD}),
)
PRECISION = st.fixed_dictionaries(
    {"measure": st.just("reach"), "contrast": st.just("volunteer_uniform - none"), "half_width": mostly(NUMBERS)},
    optional={"at_least": mostly(st.integers(30, 40)), "at_most": mostly(st.integers(40, 50))},
)
FILES = st.fixed_dictionaries(
    {"id": mostly(st.just("a")), "scenarios": mostly(st.just(["mid_size_district"]))},
    optional={
        "strategies": mostly(st.just(["volunteer_uniform"])),
        "baseline": mostly(st.just("none")),
        "rng": mostly(st.integers(0, 9)),
        "replicates": mostly(st.integers(1, 3)),
        "seeds": mostly(st.sampled_from(["common", "by_point"])),
        "set": mostly(st.dictionaries(st.just("trial.p"), NUMBERS)),
        "space": mostly(SPACE),
        "structure": mostly(STRUCTURES),
        "design": mostly(DESIGNS),
        "outcomes": mostly(st.just(["reach"])),
        "keep": mostly(st.just({"series": "none"})),
        "precision": mostly(PRECISION),
    },
)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(said=FILES, places=st.lists(st.tuples(st.integers(0, 18), JUNK), max_size=2))
def test_any_file_is_a_study_or_one_error(tmp_path_factory, said, places):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(yaml.safe_dump(said, sort_keys=False, allow_unicode=True), "utf-8")
    try:
        spec = read_study(file)
        plan = make_plan(spec)
    except DiffusionSimError as error:
        assert str(error).strip()
        return
    event("a study")
    assert plan.runs == len(plan.points) * spec.replicates * len(plan.arms["mid_size_district"])
    block = next(plan.blocks())
    assert plan.case(block.scenario, block.point)["trial.q"] is not None
    canonical = spec.canonical()
    assert from_canonical(canonical).digest == spec.digest
    keys = list(canonical)
    for place, value in places:
        canonical[keys[place]] = value
    try:
        from_canonical(canonical)
    except DiffusionSimError as error:
        assert str(error).startswith("saved study")


# ---- the page of documentation ---------------------------------------------------------------------------------------


def test_the_documented_file_is_a_study(tmp_path, capsys):
    """The example of docs/studies.md, and the numbers that its page names."""
    text = (Path(__file__).parents[3] / "docs" / "studies.md").read_text("utf-8")
    block = text.split("<!-- example: study -->")[1].split("```yaml\n")[1].split("```")[0]
    (tmp_path / "study.yaml").write_text(block, "utf-8")
    spec = read_study(tmp_path)
    plan = make_plan(spec)
    assert (len(plan.points), plan.runs) == (3 * 2 * 2, 12 * 40 * 3)
    assert spec.outcomes == ("exposure_low_income", "poorest_quarter", "deep_use")
    for key in FILE_KEYS:
        assert f"{key}:" in text or f"`{key}`" in text, key
    for name in (*DESIGN_KINDS, *NAMES):
        assert f"`{name}`" in text, name
    block = text.split("<!-- example: structures -->")[1].split("```yaml\n")[1].split("```")[0]
    (tmp_path / "study.yaml").write_text(block, "utf-8")
    plan = make_plan(read_study(tmp_path))
    assert (plan.structures, len(plan.points), plan.runs) == (4, 2 * 4, 960)
    said = "2 points (grid) x 4 structures (grid) x 40 replicates (common seeds) x strategies (3 in mid_size_district)"
    assert call(["study", "plan", str(tmp_path), "--quick"]) == 0
    assert f"{said}: 960 runs" in text and f"{said}: 960 runs" in " ".join(capsys.readouterr().out.split())
