"""What was expected of the regression on colleagues' use before the first run, and the page docs/peer_regression.md."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from diffusion_sim.analysis.intervals import mean_interval
from diffusion_sim.model_version import model_version

ARMS = ("none", "volunteer_uniform", "directed_uniform")
TIES = ("peers", "peer_learning", "stopped_talk")
INFLUENCE = (*TIES, "norm")
USES = {"quality": "quality of use", "use": "use, yes or no"}
# label -> (controls beside the own use, what is absorbed, years as dummies, which school years)
SUPPORT, ALL = (0, 1, 2), (0, 1, 2, 3, 4)
FORMS: dict[str, tuple[tuple[str, ...], tuple[str, ...], bool, tuple[int, ...]]] = {
    "years": ((), ("year",), False, ALL),
    "years, perceived worth": (("worth",), ("year",), False, ALL),
    "years, schools": ((), ("school",), True, ALL),
    "schools x years": ((), ("school", "year"), False, ALL),
    "years of support": ((), ("year",), False, SUPPORT),
    "years after support": ((), ("year",), False, ALL[len(SUPPORT) :]),
}
PARTS = ("without", "norm", "ties")
LITERATURE = (0.15, 0.30)  # standardised, each of two paths; direction seen, size from memory (Frank et al. 2004)



class Expected(NamedTuple):
    """A sentence with its reason; the rows it speaks of (strategy, influence, form; None = all); of them what, and
    between which values the mean over seeds of each should lie."""

    says: str
    strategies: tuple[str, ...]
    influence: bool
    form: str
    what: str
    low: float
    high: float


SUPPORTED = ARMS[1:]
EXPECTED = (
    Expected(
        "With influence the plain form finds some: beta above .02. At the defaults an adviser's visible use adds .93 a "
        "year to the hazard of trying, and the norm .75, when all use.",
        ARMS, True, "years", "beta", 0.02, 1.0,
    ),
    Expected(
        "Without influence it finds some, too, where there is support: coaches and mandates come to whole schools, so "
        "that those who begin late sit beside those who began early.",
        SUPPORTED, False, "years", "beta", 0.02, 1.0,
    ),
    Expected(
        "Without influence and without a programme there is little: schools differ in climate, and people ask those "
        "who are like them, but both are weak.",
        ("none",), False, "years", "beta", -0.02, 0.02,
    ),
    Expected(
        "Within schools and years nothing is left of it without influence, or a little less than nothing: one's "
        "colleagues are the school without oneself, so that their mean lies lower where one's own is high.",
        ARMS, False, "schools x years", "beta", -0.04, 0.02,
    ),
    Expected(
        "With influence, what ties did in the year is above nothing and smaller than what the plain form reports.",
        SUPPORTED, True, "years", "ties over beta", 0.0, 1.0,
    ),
    Expected(
        "The plain form stays below the literature's .15 to .30: an adviser's use raises a hazard of a few tenths a "
        "year among those who do not use yet, and what is explained holds those who use already, too.",
        ARMS, True, "years", "beta", -1.0, LITERATURE[0],
    ),
)  # fmt: skip


def came_out(expected: Expected, found: pd.DataFrame) -> str:
    """The sentence, what was found, and whether it lies where it was expected."""
    values = []
    for strategy in expected.strategies:
        rows = chosen(found, strategy, expected.influence, "quality", expected.form)
        over = rows["ties"].mean() / rows["beta"].mean() if expected.what == "ties over beta" else rows["beta"].mean()
        values.append(over)
    inside = all(expected.low < value < expected.high for value in values)
    said = ", ".join(f"{number(v)} ({s})" for s, v in zip(expected.strategies, values, strict=True))
    bounds = f"{number(expected.low)} to {number(expected.high)}"
    verdict = "as expected" if inside else "not as expected"
    return f"- {expected.says} Expected: {expected.what} {bounds}. Found: {said}. **{verdict.capitalize()}.**"


def chosen(found: pd.DataFrame, strategy: str, influence: bool, kind: str, form: str) -> pd.DataFrame:
    """The studies of one kind, a row a seed."""
    keys = {"strategy": strategy, "influence": influence, "kind": kind, "form": form}
    return found[np.logical_and.reduce([found[key] == value for key, value in keys.items()])]


def number(value: float) -> str:
    """Two digits, no leading zero, no minus before zero."""
    text = f"{value:.2f}"
    text = text if float(text) else text.removeprefix("-")
    return re.sub(r"^(-?)0[.]", r"\1.", text)


def interval(values: pd.Series) -> str:
    """Mean over seeds with its 95 % t interval."""
    mean, _, low, high, _ = mean_interval(values.to_numpy())
    return f"{number(mean)} ({number(low)} to {number(high)})"


def share_found(rows: pd.DataFrame) -> str:
    """Share of studies whose beta is above nothing at the 5 % level."""
    return f"{100 * (rows['beta'] > 1.96 * rows['se']).mean():.0f} %"


Remark = tuple[bool, str]  # whether it holds in these runs, and the sentence


def means(found: pd.DataFrame, form: str, what: str = "beta", influence: bool = True) -> list[float]:
    """Of quality of use, for SUPPORTED."""
    return [float(chosen(found, s, influence, "quality", form)[what].mean()) for s in SUPPORTED]


def told(values: list[float]) -> str:
    """Numbers in words."""
    return " and ".join(map(number, values))


def what_it_holds(found: pd.DataFrame) -> Remark:
    """The plain form and its parts."""
    plain, ties, norm, rest = (means(found, "years", what) for what in ("beta", "ties", "norm", "without"))
    return (
        bool(np.less(ties, plain).all() and np.greater(norm, 0).all()),
        f"The plain form (years) reports {told(plain)} where ties did {told(ties)} in the year. The rest is the "
        f"school's norm ({told(norm)}), which is no matter of whom one asks, and what would have stood there anyway "
        f"({told(rest)}).",
    )


def what_it_finds_without(found: pd.DataFrame) -> Remark:
    """The plain form where nobody has influence, in years of support and after."""
    during, after = (means(found, form, influence=False) for form in ("years of support", "years after support"))
    shares = " and ".join(share_found(chosen(found, s, False, "quality", "years")) for s in SUPPORTED)
    return (
        bool(np.greater(during, after).all()),
        f"Where nobody influences anybody it still finds influence in {shares} of studies: small, but a study has some "
        f"five thousand rows. It comes from the years of support ({told(during)}), when coaches and mandates work on "
        f"whole schools; after support little of it is left ({told(after)}). More was expected.",
    )


def what_schools_do(found: pd.DataFrame) -> Remark:
    """Schools held constant over all waves."""
    with_, without = (means(found, "years, schools", influence=influence) for influence in (True, False))
    ties = means(found, "years, schools", "ties")
    return (
        bool(np.less(without, 0).all() and np.less(with_, ties).all()),
        f"Holding schools constant over the years overdoes it: {told(without)} where there is no influence, and "
        f"{told(with_)} where ties did {told(ties)}. A school's mean over five years holds the later use, too: where "
        "use is high early, what follows is low against it (Nickell 1981, from memory, on panels with few waves).",
    )


def what_comes_nearest(found: pd.DataFrame) -> Remark:
    """Teachers of the same school and year; perceived worth."""
    inside, ties = means(found, "schools x years"), means(found, "schools x years", "ties")
    worth = np.abs(np.subtract(means(found, "years, perceived worth"), means(found, "years")))
    return (
        bool(np.less(np.abs(np.subtract(inside, ties)), 0.015).all() and worth.max() < 0.015),
        f"Comparing teachers of the same school and year comes nearest: {told(inside)} where ties did {told(ties)}. "
        "Perceived worth as a control changes little.",
    )


def remarks(found: pd.DataFrame) -> list[str]:
    """What the tables say; marked where a sentence does not hold in these runs."""
    said = [say(found) for say in (what_it_holds, what_it_finds_without, what_schools_do, what_comes_nearest)]
    return [f"- {text}" if holds else f"- *(does not hold in these runs)* {text}" for holds, text in said]


def table(found: pd.DataFrame, kind: str) -> list[str]:
    """With and without influence, form by form."""
    head = ["strategy", "form", "beta without influence", "found", "beta with influence", "found", *MEANT.values()]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for strategy in ARMS:
        for form in FORMS:
            cells = [strategy, form]
            for influence in (False, True):
                rows = chosen(found, strategy, influence, kind, form)
                cells += [interval(rows["beta"]), share_found(rows)]
            cells += [number(rows[part].mean()) for part in PARTS]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


MEANT = {"without": "of it: without influence this year", "norm": "through the norm", "ties": "through ties"}


def page(found: pd.DataFrame, seeds: int, design: str) -> str:
    """The whole page. design : the description of ``peer_regression.py``."""
    argument = design.split("\n\n", 2)[2]
    low, high = (number(value) for value in LITERATURE)
    spans = []
    for kind in USES:
        betas = [chosen(found, strategy, True, kind, "years")["beta"].mean() for strategy in ARMS]
        spans.append(f"{number(min(betas))} to {number(max(betas))} for {USES[kind]}")
    lines = [
        "# A regression on colleagues' use",
        "",
        f"Made by `python benchmarks/peer_regression.py --seeds {seeds} --out docs/peer_regression.md`; do not edit",
        "here.",
        f"Version of the model: `{model_version()}`.",
        "",
        argument.replace("\n    u(i", "\n```\nu(i").replace("/ d(i)\n", "/ d(i)\n```\n").replace("    e(i)", "  e(i)"),
        "Perceived worth = conviction in autumn.",
        "",
        "## What was expected, and what came out",
        "",
        "Quality of use, means over seeds.",
        "",
        *(came_out(expected, found) for expected in EXPECTED),
        "",
        "## What the tables say",
        "",
        "Quality of use; volunteers and the directive, in this order.",
        "",
        *remarks(found),
        "",
    ]
    for kind, title in USES.items():
        lines += [
            f"## {title.capitalize()}",
            "",
            f"Means over {seeds} studies of 40 schools with 95 % intervals over studies; found: share of studies in",
            "which beta is above nothing at the 5 % level (2.5 % would be chance). The last three columns add up to",
            "beta with influence.",
            "",
            *table(found, kind),
            "",
        ]
    lines += [
        "## Beside the literature",
        "",
        "Frank, Zhao & Borman (2004) find that colleagues count at least as much as perceived value. The direction was",
        f"seen; the standardised sizes, {low} to {high} for each of two paths, are from memory. To be set against them",
        "is beta with influence in the plain form, what their method would report here, bias included:",
        f"{'; '.join(spans)}. The column through ties is what the model means by influence. The",
        "numbers that make influence in the model were fitted to neither.",
    ]
    return "\n".join(lines).rstrip() + "\n"
