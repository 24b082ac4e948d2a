"""What a measure's entry in the table of measures says. The entries stand in the files of the measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

LARGER, SMALLER, SMALLER_ABSOLUTE = "larger", "smaller", "smaller absolute"
DIRECTIONS = (LARGER, SMALLER, SMALLER_ABSOLUTE, None)

NONE = "none"  # the strategy without a programme
SUPPORT_END = "_support_end"  # suffix of a run's outcome: the measure in the last week of support


class MeasureInfo(NamedTuple):
    """One measure, for documents and tables.

    title : a few words for a table or an axis
    unit : "share", "SD", "US dollars", ...
    direction : "larger", "smaller", "smaller absolute" (better when so) or None (neither is better)
    definition : one or two sentences; s is a school, w_s its pupils, p_s its share of low-income pupils
    parts : None, or (numerator, denominator) of a ratio whose denominator differs from run to run: a summary over
        runs is then the ratio of the means, not the mean of the ratios. A numerator of "" is value x denominator. Four
        of them, n, d, n2, d2, are of a product of two such ratios, n / d x n2 / d2.
    later : begins to exist one or two years after support; there is no such value at the end of support
    against_none : whether a difference to ``none`` says something; False where the measure divides by what there is
        hardly any of without a programme, or has no meaning there, as money has
    """

    title: str
    unit: str
    direction: str | None
    definition: str
    parts: tuple[str, ...] | None = None
    later: bool = False
    against_none: bool = True


def outcome_exists(name: str, table: Mapping[str, MeasureInfo]) -> bool:
    """Whether an outcome of this name can have a value: not ``<name>_support_end`` of what comes after support."""
    stem = name.removesuffix(SUPPORT_END)
    return name == stem or stem not in table or not table[stem].later


def compares(name: str, baseline: str, table: Mapping[str, MeasureInfo]) -> bool:
    """Whether a difference of an outcome to ``baseline`` says something (``MeasureInfo.against_none``)."""
    info = table.get(name.removesuffix(SUPPORT_END))
    return baseline != NONE or info is None or info.against_none
