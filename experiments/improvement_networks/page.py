"""docs/systems/improvement_networks.md: the text of page.md with the numbers of the findings in its places.

    python experiments/improvement_networks/page.py

A place is {key}: a quantity, "mean (low to high)"; {key:held}: in how many draws its statement holds; {key:below}: in
how many draws the quantity is below 0; {table:name}: a table of TABLES; {five.key}: a quantity of the run over five
years. An unknown place is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "systems" / "improvement_networks.md"
FINDINGS, FIVE_YEARS = HERE / "findings", HERE / "findings_five_years"
PAYOFF = ("fit", "new_area", "anywhere", "held")  # last words of quantities in units of payoff: two decimals
SHARES = ("claiming", "untested", "working", "improved")  # shares of schools, in per cent
ARMS = {
    "as_they_are": "the nine as they are",
    "typical": "all like most networks",
    "typical_with_menu": "… with a menu",
    "typical_with_common_measures": "… with common measures",
    "typical_with_menu_and_common_measures": "… with both",
    "typical_with_study_act": "… with more study and act",
    "typical_with_groups_hub": "… with groups and a hub",
    "typical_with_mixed_members": "… with mixed members",
    "typical_with_district_staff": "… with district staff",
    "effective": "all like the effective two",
    "effective_without_menu": "… without a menu",
    "effective_without_common_measures": "… without common measures",
    "effective_without_study_act": "… without more study and act",
    "effective_without_groups_hub": "… all with all, no hub",
    "effective_without_hub": "… groups, no hub",
    "effective_without_small_groups": "… a hub, no groups",
    "effective_without_mixed_members": "… with members alike",
    "effective_with_district_staff": "… with district staff",
}


def table(name: str, folder: Path = FINDINGS) -> pd.DataFrame:
    """A CSV of the findings."""
    return pd.read_csv(folder / f"{name}.csv")


def quantity(key: str, folder: Path = FINDINGS) -> str:
    """ "mean (low to high)", with a sign where it is a difference."""
    found = table("quantities", folder).set_index("key")
    if key not in found.index:
        raise SystemExit(f"page.md: found {{{key}}}; keys of quantities.csv are allowed")
    last = key.split(".")[-1]
    sign = "+" if key.startswith(("add.", "drop.", "effective_more")) else ""
    factor, digits, unit = (100.0, 0, " %") if last in SHARES else (1.0, 2 if last in PAYOFF else 1, "")
    mean, low, high = (f"{factor * found.loc[key, end]:{sign}.{digits}f}" for end in ("mean", "low", "high"))
    return f"{mean}{unit} ({low} to {high})"


def held(key: str, text: str = "") -> str:
    """ "123 of 200": in how many draws the statement on a quantity holds (the first; or the one that has ``text``)."""
    found = table("statements")
    found = found[(found["key"] == key) & found["text"].str.contains(text, regex=False)]
    if not len(found):
        raise SystemExit(f"page.md: found {{{key}:held}}; keys of statements.csv are allowed")
    return f"{found['holds_in'].iloc[0]} of {found['draws'].iloc[0]}"


def below(key: str) -> str:
    """In how many draws a quantity is below 0."""
    values = table("draws")[key]
    return f"{int((values < 0.0).sum())} of {len(values)}"


def markdown(found: pd.DataFrame) -> str:
    """A table of text."""
    rows = [list(found.columns), ["---"] + ["---:"] * (found.shape[1] - 1), *found.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)


def flows() -> str:
    """Where it stops: means over networks and seeds, arm by arm."""
    networks = table("networks")
    networks["studied"] = networks["study_acts"] / networks["tests"]
    said = {
        "scaled": ("scaled", 9.0, 1), "kinds of place": ("kinds", 1.0, 1), "studies a school": ("studied", 1.0, 2),
        "fit at first": ("fit_start", 1.0, 2), "fit now": ("fit", 1.0, 2), "held now": ("held", 1.0, 2),
        "best known, new areas": ("fit_new_area", 1.0, 2), "others": ("others", 1.0, 1),
        "have it": ("taken", 1.0, 2), "use it": ("taken_up", 1.0, 2),
    }  # fmt: skip
    rows = []
    for arm, name in ARMS.items():
        its = networks[networks["strategy"] == arm]
        rows.append([name, *(f"{factor * its[column].mean():.{digits}f}" for column, factor, digits in said.values())])
    return markdown(pd.DataFrame(rows, columns=["arm", *said]))


def levers() -> str:
    """What each lever changes, and in how many draws it raises and lowers how many scale."""
    names = {
        "menu": "a menu", "common_measures": "common measures", "study_act": "more study and act",
        "groups_hub": "groups and a hub", "mixed_members": "mixed members", "district_staff": "district staff",
    }  # fmt: skip
    rows = []
    for lever, name in names.items():
        cells = [name]
        for way in ("add", "drop"):
            key = f"{way}.{lever}.scaled"
            cells += [quantity(key), held(key, "more often"), below(key)]
        rows.append(cells)
    head = ["lever", "added to most", "more in", "fewer in", "in the effective", "more in", "fewer in"]
    return markdown(pd.DataFrame(rows, columns=head))


def new_areas() -> str:
    """Fit in new areas, lever by lever."""
    names = {"menu": "a menu", "common_measures": "common measures", "study_act": "more study and act",
             "groups_hub": "groups and a hub", "mixed_members": "mixed members",
             "district_staff": "district staff"}  # fmt: skip
    rows = []
    for lever, name in names.items():
        cells = [name]
        for way in ("add", "drop"):
            key = f"{way}.{lever}.new_area"
            draws = table("draws")[key]
            cells += [quantity(key), f"{int((draws > 0.0).sum())} of {len(draws)}"]
        rows.append(cells)
    return markdown(
        pd.DataFrame(rows, columns=["lever", "added to most", "better in", "in the effective", "better in"])
    )


def drivers() -> str:
    """Numbers that go with what decides, over draws."""
    found = table("drivers")
    shown = {"effective_more": "effective - most, how many scale", "drop.menu.scaled": "menu, in the effective",
             "drop.mixed_members.scaled": "mixed members, in the effective",
             "drop.groups_hub.scaled": "groups and a hub, in the effective"}  # fmt: skip
    rows = []
    for key, name in shown.items():
        its = found[found["key"] == key]
        told = ", ".join(f"`{row.number}` {row.rank_correlation:+.2f}" for row in its.itertuples())
        rows.append([name, told or "none stands out"])
    return markdown(pd.DataFrame(rows, columns=["quantity", "rank correlation over the draws"]))


def statements() -> str:
    """All statements."""
    found = table("statements")
    here = [
        ("yes" if h else "no") + ("" if t else ", not told from chance") for h, t in found[["holds", "told"]].values
    ]
    shares = [f"{held_in} of {draws}" for held_in, draws in found[["holds_in", "draws"]].to_numpy().tolist()]
    return markdown(pd.DataFrame({"statement": found["text"], "at the scenario's numbers": here, "draws": shares}))


TABLES: dict[str, Callable[[], str]] = {
    "flows": flows, "levers": levers, "new_areas": new_areas, "drivers": drivers, "statements": statements,
}  # fmt: skip


def place(match: re.Match[str]) -> str:
    """What stands in a place."""
    key, _, what = match[1].partition(":")
    if key == "table":
        return TABLES[what]()
    if what == "held":
        return held(key)
    if what == "below":
        return below(key)
    if what:
        raise SystemExit(f"page.md: found {{{match[1]}}}; held and below are allowed behind a key")
    return quantity(key.removeprefix("five."), FIVE_YEARS) if key.startswith("five.") else quantity(key)


def page() -> str:
    """The whole page."""
    return re.sub(r"\{([a-z_.:]+)\}", place, (HERE / "page.md").read_text("utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
