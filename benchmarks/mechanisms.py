"""docs/mechanisms.md: what each mechanism does, by switching it off.

    python benchmarks/mechanisms.py --replicates 60 --out docs/mechanisms.md      about ten minutes on 2 cores

Each mechanism is switched off (`mechanisms.<id>`) and the strategies run again on the same seeds. The page says what
happens to reach, deep use, equity and what lasts, and whether that agrees with what its source leads one to expect
(diffusion_sim/scenario/mechanisms.yaml).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pandas as pd
import yaml

from diffusion_sim import Scenario, compare, decompose, load_scenario, new_scenario
from diffusion_sim.analysis.intervals import mean_interval
from diffusion_sim.scenario.mechanisms import Mechanism, mechanisms
from diffusion_sim.scenario.numbers import defaults

CASE = "mid_size_district"
# Strategies that show what no built-in one does.
OWN = {
    "leave_coaches": {"recruitment": "volunteer", "content": {"kind": "practice_first", "practice": 0.6,
                      "conditions": 0.1, "capacity": 0.3}},
    "through_leaders": {"recruitment": "volunteer", "content": {"kind": "practice_first", "to_leaders": 1}},
    "each_for_itself": {"recruitment": "volunteer", "testing": "local"},
    "own_measures": {"recruitment": "volunteer",
                     "testing": {"kind": "menu", "measures": "own", "topology": "groups_hub"}},
    "looked": {"recruitment": {"kind": "volunteer", "look": 1}, "allocation": "readiness_gap",
               "content": {"kind": "by_readiness", "cut": 0.5}},
    "with_departments": {"recruitment": "volunteer", "content": {"kind": "responsive", "departments": 0.5}},
    "aligned": {"recruitment": "volunteer", "district": {"kind": "align", "instrument": "evaluation"}},
    "relieved": {"recruitment": "volunteer", "district": "relief"},
    "told_with_autonomy": {"recruitment": "directed", "district": "autonomy"},
}  # fmt: skip
# One mechanism shows only where support breaks off.
EVENTS = {"withdrawal_trust": [{"week": 54, "kind": "suspended_support"}]}
ARMS = ("directed_uniform", "volunteer_differentiated")
MEASURES = {
    "reach": "reach",
    "deep_use": "deep use",
    "exposure_low_income": "deep use, low-income pupils",
    "poorest_quarter": "deep use, poorest quarter",
    "sustained_deep_use_1y": "deep use lasting 1 y",
    "pupil_gain_sd": "pupils' gain, SD",
}
# Words and numbers that are no mechanism to be switched off but another form of one; the structures' words join them.
OTHER_FORMS: tuple[tuple[dict, tuple[str, ...]], ...] = (
    ({"money.unspent": "returned"}, ("staged",)),
    ({"staffing.trade": "half"}, ("multi_classroom_leader",)),
    ({"structure.exposure": "threshold", "trial.threshold": 1}, ()),
    ({"structure.exposure": "threshold", "trial.threshold": 3}, ()),
    ({"pupils.load": 0.1}, ()),
)
SMALL = 0.01  # a change whose interval lies within this is called none
WORDS = {"-": "falls", "+": "rises", "0": "hardly changes"}


def run(replicates: int, workers: int | None) -> pd.DataFrame:
    """The decomposition of all mechanisms, each with the arms that it concerns."""
    groups: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for key, mechanism in mechanisms().items():
        arms = tuple(dict.fromkeys([*ARMS, *mechanism.arms]))
        groups.setdefault((arms, key if key in EVENTS else ""), []).append(key)
    asked = {measure for m in mechanisms().values() for _, measure, _ in m.expect} | set(MEASURES)
    found = []
    for (arms, events), keys in groups.items():
        sc = case(EVENTS.get(events, []))
        found.append(
            decompose(sc, arms, mechanisms=keys, replicates=replicates, measures=sorted(asked), workers=workers)
        )
    return pd.concat(found, ignore_index=True)


def other_forms() -> list[tuple[dict, tuple[str, ...]]]:
    """Every other form, as overrides, with the strategies that show it beside ARMS."""
    words = [
        ({f"structure.{key}": word}, ())
        for key, number in defaults()["structure"].items()
        for word in number.choices or ()
        if word != number.value
    ]
    return [*words, *OTHER_FORMS]


def run_other_forms(replicates: int, workers: int | None) -> pd.DataFrame:
    """What each other form changes, paired by seed: form, strategy, measure, change, change_low, change_high."""
    sc, known, rows = case([]), {}, []
    for form, more in other_forms():
        arms = ["none", *ARMS, *more]
        if tuple(arms) not in known:
            known[tuple(arms)] = _levels(sc, arms, replicates, workers)
        change = _levels(sc.override(form), arms, replicates, workers) - known[tuple(arms)]
        label = ", ".join(f"`{path}` = {value}" for path, value in form.items())
        for strategy, measure in change.columns:
            mean, _, low, high, _ = mean_interval(change[strategy, measure].to_numpy())
            rows.append((label, strategy, measure, mean, low, high))
    return pd.DataFrame(rows, columns=["form", "strategy", "measure", "change", "change_low", "change_high"])


def _levels(sc: Scenario, arms: list[str], replicates: int, workers: int | None) -> pd.DataFrame:
    """Outcomes by replicate; columns (strategy, measure)."""
    runs = compare(sc, arms, replicates=replicates, workers=workers).runs
    wide = runs.pivot(index="replicate", columns="strategy", values=list(MEASURES))
    return wide.swaplevel(axis=1)


def case(events: list[dict]) -> Scenario:
    """CASE with the strategies OWN and these events, written as a user would and read again."""
    with tempfile.TemporaryDirectory() as folder:
        path = new_scenario(Path(folder) / "mechanisms.yaml", like=CASE)
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        said |= {"strategies": {**said.get("strategies", {}), **OWN}, "events": events}
        path.write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")
        return load_scenario(path)


def verdict(row: pd.Series, sign: str) -> str:
    """What a change, with its interval, says of an expectation."""
    low, high = row["change_low"], row["change_high"]
    none = abs(low) <= SMALL and abs(high) <= SMALL
    if sign == "0":
        return "agrees" if none else "does not agree" if low > 0 or high < 0 else "undecided"
    if none and not (low > 0 or high < 0):
        return "no change"
    if low > 0 or high < 0:
        return "agrees" if (low > 0) == (sign == "+") else "does not agree"
    return "undecided"


def number(value: float) -> str:
    """A signed number without a leading zero."""
    return "" if value != value else f"{value:+.3f}".replace("+0.", "+.").replace("-0.", "-.")


def section(mechanism: Mechanism, found: pd.DataFrame) -> list[str]:
    """The part of the page about one mechanism."""
    rows = found[found["mechanism"] == mechanism.id].set_index(["strategy", "measure"])
    said = {path: value if isinstance(value, str) else f"{value:g}" for path, value in mechanism.off.items()}
    off = ", ".join(f"`{path}` = {value}" for path, value in said.items())
    lines = [
        f"## {mechanism.title}",
        "",
        f"Switch `mechanisms.{mechanism.id}`; off: {off}. Source: {mechanism.source}. Without it one expects: "
        f"{mechanism.says}.",
        "",
        "| strategy | " + " | ".join(MEASURES.values()) + " |",
        "|---|" + "---|" * len(MEASURES),
    ]
    for strategy in dict.fromkeys(rows.index.get_level_values(0)):
        cells = []
        for measure in MEASURES:
            cells.append(cell_of(rows.loc[(strategy, measure)]))
        lines.append(f"| {strategy} | " + " | ".join(cells) + " |")
    lines.append("")
    for strategy, measure, sign in mechanism.expect:
        row = rows.loc[(strategy, measure)]
        said = f"{measure} of {strategy} {WORDS[sign]}"
        lines.append(f"- Expected: {said}. Found {cell_of(row)}: **{verdict(row, sign)}**.")
    if mechanism.explained:
        lines += ["", mechanism.explained]
    return [*lines, ""]


def cell_of(row: pd.Series) -> str:
    """A change with its interval; empty where it is not defined."""
    if row["change"] != row["change"]:
        return ""
    return f"{number(row['change'])} ({number(row['change_low'])} to {number(row['change_high'])})"


def forms_section(forms: pd.DataFrame) -> list[str]:
    """The part of the page about other forms."""
    lines = [
        "## Other forms of the same thing", "",
        "No switches: another word, or an end of a range, in the place of the default. Change = other form - default,",
        "on the same seeds.", "",
        "| form | strategy | " + " | ".join(MEASURES.values()) + " |",
        "|---|---|" + "---|" * len(MEASURES),
    ]  # fmt: skip
    for (form, strategy), rows in forms.groupby(["form", "strategy"], sort=False):
        by = rows.set_index("measure")
        lines.append(f"| {form} | {strategy} | " + " | ".join(cell_of(by.loc[m]) for m in MEASURES) + " |")
    return [*lines, ""]


def page(found: pd.DataFrame, forms: pd.DataFrame, replicates: int) -> str:
    """The whole page."""
    whole = found[~found["mechanism"].isin(EVENTS)]
    levels = whole.drop_duplicates(["strategy", "measure"]).set_index(["strategy", "measure"])["level"]
    said = "; ".join(f"`{name}` = " + ", ".join(f"{k} {v}" for k, v in parts.items()) for name, parts in OWN.items())
    lines = [
        "# Mechanisms, one by one",
        "",
        "Made by `python benchmarks/mechanisms.py --out docs/mechanisms.md`; do not edit here.",
        "",
        "Every mechanism has a switch in the scenario (`--set mechanisms.peers=false`). Here each is switched off",
        f"alone, in `{CASE}`, {replicates} seeds, everything else as it is: the tables give the change that follows",
        "(off - on), paired by seed, with 95 % intervals. The intervals cover chance between seeds, not what is not",
        "known of the numbers. What a source leads one to expect is a direction; where the model does not agree the",
        "reason is given. The command `diffusion-sim decompose` does the same for any scenario and strategy.",
        f"Strategies of this page's own: {said}. `withdrawal_trust` runs with support withdrawn for good in week 54.",
        "",
        "With everything on:",
        "",
        "| strategy | " + " | ".join(MEASURES.values()) + " |",
        "|---|" + "---|" * len(MEASURES),
    ]
    for strategy in dict.fromkeys(levels.index.get_level_values(0)):
        values = [levels.get((strategy, measure), float("nan")) for measure in MEASURES]
        lines.append(f"| {strategy} | " + " | ".join("" if v != v else f"{v:.3f}" for v in values) + " |")
    lines.append("")
    for mechanism in mechanisms().values():
        lines += section(mechanism, found)
    lines += forms_section(forms)
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Run and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=60)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found, forms = run(options.replicates, options.workers), run_other_forms(options.replicates, options.workers)
    text = page(found, forms, options.replicates)
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
