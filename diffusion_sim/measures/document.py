"""docs/measures.md from the table of measures: ``python -m diffusion_sim.measures.document docs/measures.md``."""

from __future__ import annotations

import sys
from pathlib import Path

from diffusion_sim.measures import (
    accountability,
    cost,
    depth,
    embedding,
    equity,
    equity_parts,
    pupils,
    spread,
    stages,
    sustainability,
    teams,
    testing,
)
from diffusion_sim.measures.info import MeasureInfo

_HEAD = """# Measures

Generated from `diffusion_sim/measures`; do not edit by hand.

Every measure is taken every week, over **all** schools of the world, enrolled or not. Teachers are the posts that
teach; coaches do not count. Where the practice is for some grade bands (`practice.for: bands`), teachers are those of
these bands, and pupils are theirs: a school's pupils x the share of its posts that the practice is for before week 1.
In the definitions s is a school, w its pupils, p its share of low-income pupils and u a share of its teachers. Ranks
and quarters by poverty are over programme schools only. What is undefined (0/0, or a run too short) is NaN, never 0.

*Better* says which way is better where strategies are compared. A measure marked *ratio of means* has a denominator
that differs from run to run: over several runs it is the mean of its numerator divided by the mean of its
denominator, with an interval by bootstrap over seeds, and no standard deviation. A measure marked *not against none*
divides by what there is hardly any of without a programme, or has no meaning there, as money has: comparisons show
its level under each strategy and no difference to `none`.

A run's outcomes hold each measure twice: under its name for the last week, and with the suffix `_support_end` for the
last week of support; a sustainability measure has no value there (NaN in outcomes and in the table of runs, and no row
in a comparison's tables). Money is in the scenario's US dollars, summed from the first week on.
"""

_SECTIONS = (
    ("Spread", spread.INFO, ""),
    ("Depth", depth.INFO, "Quality q = skill x intensity of use; deep use is q of at least .5."),
    (
        "Equity",
        equity.INFO | equity_parts.INFO,
        "Sources: concentration index, O'Donnell, van Doorslaer, Wagstaff & Lindelow (2008), ch. 8; corrected index, "
        "Erreygers (2009); decomposition, Theil (1967), ch. 4. What is said first of a comparison: "
        "exposure_low_income, equity_ratio and poorest_quarter; then the gap, which is large wherever much is used. "
        "The ratio is taken apart exactly: with B, U, D the shares of a school's present teachers who ever used, use "
        "and use deeply, averaged with weights w p and w (1-p), equity_ratio = ratio_ever (of B) x ratio_kept (of "
        "U / B) x ratio_deepened (of D / U). In a comparison all four are ratios of means over runs, so that this "
        "holds there too.",
    ),
    ("Sustainability", sustainability.INFO, "A school year has 36 weeks."),
    ("Pupils", pupils.INFO | pupils.COMPARED, ""),
    ("Cost", cost.INFO, ""),
    ("What schools keep", embedding.INFO, ""),
    ("Improvement cycles", testing.INFO, "A variant's true fit stands in docs/model.md, section 11."),
    (
        "Stages",
        stages.INFO,
        "Of a staged roll-out, as the strategy says (docs/strategies.md): 1 team, 2 colleagues, 3 focal grades, 4 "
        "schools, 5 district.",
    ),
    ("Teams", teams.INFO, "Of teams with multi-classroom leaders (docs/model.md, section 12)."),
    (
        "Who comes",
        accountability.INFO,
        "Of programme schools, each counted once. Which schools accountability names: docs/model.md, section 4. Where "
        "places are scarce, who is enrolled differs more than who would come, so that both are shown.",
    ),
)


def _line(name: str, info: MeasureInfo) -> str:
    better = info.direction or "neither"
    definition = info.definition + (" *Ratio of means.*" if info.parts else "")
    definition += "" if info.against_none else " *Not against none.*"
    return f"| `{name}` | {info.title} | {info.unit} | {better} | {definition} |"


def document() -> str:
    """The text of docs/measures.md: one table a section, one line a measure, in the order of MEASURES."""
    pages = [_HEAD]
    for title, table, note in _SECTIONS:
        pages.append(f"## {title}\n" + (f"{note}\n" if note else ""))
        pages.append("| name | title | unit | better | definition |\n|---|---|---|---|---|")
        pages.append("\n".join(_line(name, info) for name, info in table.items()) + "\n")
    return "\n".join(pages)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document(), encoding="utf-8", newline="\n")
