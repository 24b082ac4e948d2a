"""Whatever a file holds: a scenario or a ScenarioError; whatever valid override: the same scenario back."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import defaults, from_canonical, load_scenario
from diffusion_sim.scenario.build import from_mapping
from diffusion_sim.scenario.read_yaml import parse_yaml, read_text, scalar

MICHIGAN = load_scenario("michigan")
SMALL = {
    "id": "small",
    "title": "A small world",
    "question": "Does it load?",
    "population": {"kind": "synthetic"},
    "initial_use": {"share": 0.1},
    "strategy": {"recruitment": {"kind": "volunteer"}},
}
WORDS = sorted(
    {*SMALL, *defaults(), *(k for keys in defaults().values() for k in keys), "kind", "value", "unit", "code"}
)
quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def overrides(draw):
    """Valid bare values for some numbers of Michigan."""
    chosen = draw(st.lists(st.sampled_from(list(MICHIGAN.numbers)), max_size=6, unique=True))
    values = {}
    for path in chosen:
        n = MICHIGAN.number(path)
        if n.optional and draw(st.booleans()):
            values[path] = None
        elif n.choices:
            values[path] = draw(st.sampled_from(n.choices))
        elif isinstance(n.value, bool):
            values[path] = draw(st.booleans())
        elif n.integer:
            values[path] = draw(st.integers(int(n.bounds[0]), int(n.bounds[1])))
        else:
            values[path] = draw(st.floats(*n.bounds))
    return values


@quick
@given(overrides())
def test_valid_overrides_come_back(values):
    scenario = MICHIGAN.override(values)
    back = from_canonical(json.loads(json.dumps(scenario.canonical(), allow_nan=False)))
    assert back == scenario and back.canonical() == scenario.canonical()
    assert {path: back[path] for path in values} == values == dict(back.overrides)
    assert (scenario == MICHIGAN) == (not values)


@quick
@given(overrides(), overrides())
def test_overrides_in_two_steps_are_overrides_in_one(first, second):
    assert MICHIGAN.override(first).override(second) == MICHIGAN.override({**first, **second})


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS)
keys = st.sampled_from(WORDS) | st.text(max_size=8)
junk = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)


@quick
@given(st.dictionaries(keys, junk, max_size=6))
def test_junk_beside_a_good_scenario(extra):
    with contextlib.suppress(ScenarioError):
        loaded = from_mapping({**SMALL, **extra}, "junk", None, False)
        assert from_canonical(loaded.canonical()) == loaded


@quick
@given(st.sampled_from([k for k in defaults() if k != "population"]), keys, junk)
def test_junk_inside_a_section(section, key, value):
    with contextlib.suppress(ScenarioError):
        from_mapping({**SMALL, section: {**SMALL.get(section, {}), key: value}}, "junk", None, False)


@quick
@given(keys | scalars, junk)
def test_junk_overrides(path, value):
    with contextlib.suppress(ScenarioError):
        MICHIGAN.override({path: value})


@quick
@given(st.sampled_from([*MICHIGAN.canonical(), "nothing"]), junk)
def test_junk_canonical(key, value):
    with contextlib.suppress(ScenarioError):
        from_canonical({**MICHIGAN.canonical(), key: value})


@quick
@given(st.binary(max_size=200))
@example(b"\xff\xfe")
@example(b"%YAML 1.2\n---\n")
@example(b"%TAG ! tag:x,2000:\n--- !x\n")
@example(b"? a\n: b\n")
@example(b"&a *a : 1")
@example(b"*a")
@example(b"{")
@example(b"...")
@example(b"a: |\n \tx\n\t")
def test_junk_bytes(write, content):
    with pytest.raises(ScenarioError):  # 200 bytes are too few for a scenario
        load_scenario(write(content))


yamlish = st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"%@`#?,\t\n 01.~<"), max_size=60)


@quick
@given(yamlish, st.integers(0, 400))
def test_junk_text_in_the_middle_of_a_file(text, place):
    good = Path(MICHIGAN.path).read_text(encoding="utf-8")
    with contextlib.suppress(ScenarioError):
        parse_yaml(good[:place] + text + good[place:], "junk")


@quick
@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**15), 10**15))
def test_numbers_are_read_as_python_writes_them(number):
    assert scalar(repr(number)) == number


@quick
@given(st.sampled_from(WORDS) | st.from_regex(r"[a-zA-Z][a-zA-Z ]{0,10}", fullmatch=True))
def test_words_are_texts(word):
    meant = {"true": True, "false": False, "null": None}.get(word.lower(), word)
    if word in ("true", "True", "TRUE", "false", "False", "FALSE", "null", "Null", "NULL"):
        assert scalar(word) is meant
    else:
        assert scalar(word) == word


def test_the_shipped_file_reads_as_it_stands():
    raw = parse_yaml(read_text(MICHIGAN.path), "michigan")
    assert raw["population"]["options"] == {"teachers_per_staff": 0.75, "teachers_min": 2}
