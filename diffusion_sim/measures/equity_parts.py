"""What the equity ratio is made of, and what stands beside it: the poorest quarter, places,
hours and comers.

Of each school let B, U, D be the shares of its present teachers who ever used, who use and who use deeply. A group's
mean of them is weighted by its pupils: w p for low-income, w (1-p) for other pupils. Then, exactly,

    D_low / D_other = (B_low / B_other) x (U_low / B_low) / (U_other / B_other) x (D_low / U_low) / (D_other / U_other)

equity ratio    = who began             x who went on                       x whose use became deep
"""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule
from diffusion_sim.measures.info import LARGER, MeasureInfo
from diffusion_sim.measures.sums import ratio

_LOW, _OTHER = "exposure_low_income", "exposure_other"
_QUARTER = (
    "Pupil-weighted mean of u in the poorest quarter of the programme schools' pupils, as in poverty_quartile_gap. "
    "u = {u}."
)
_EVER = "u = share of a school's present teachers who use or have ever used."
_GROUPS = {
    "low_income": ("low-income pupils", "sum(w p u) / sum(w p)"),
    "other": ("other pupils", "sum(w (1-p) u) / sum(w (1-p))"),
}

INFO = (
    {
        "poorest_quarter": MeasureInfo(
            "deep use, poorest quarter", "share", LARGER, _QUARTER.format(u="share of a school's teachers in deep use")
        ),
        "poorest_quarter_reach": MeasureInfo(
            "reach, poorest quarter", "share", LARGER, _QUARTER.format(u="share of a school's teachers who use")
        ),
    }
    | {
        f"exposure_{group}_ever": MeasureInfo(f"ever used, {whose}", "share", LARGER, f"{mean}; {_EVER}")
        for group, (whose, mean) in _GROUPS.items()
    }
    | {
        "ratio_ever": MeasureInfo(
            "of the equity ratio: began", "ratio", LARGER,
            "exposure_low_income_ever / exposure_other_ever. ratio_ever x ratio_kept x ratio_deepened = equity_ratio.",
            (_LOW + "_ever", _OTHER + "_ever"), against_none=False,
        ),
        "ratio_kept": MeasureInfo(
            "of the equity ratio: went on", "ratio", LARGER,
            "(exposure_low_income_reach / exposure_low_income_ever) / (exposure_other_reach / exposure_other_ever).",
            (_LOW + "_reach", _OTHER + "_reach", _OTHER + "_ever", _LOW + "_ever"), against_none=False,
        ),
        "ratio_deepened": MeasureInfo(
            "of the equity ratio: became deep", "ratio", LARGER,
            "(exposure_low_income / exposure_low_income_reach) / (exposure_other / exposure_other_reach).",
            (_LOW, _OTHER, _OTHER + "_reach", _LOW + "_reach"), against_none=False,
        ),
    }
    | {
        f"places_{group}": MeasureInfo(
            f"places, {whose}", "share", LARGER, f"Share of {whose} whose school is enrolled.", against_none=False
        )
        for group, (whose, _) in _GROUPS.items()
    }
    | {
        f"hours_{group}": MeasureInfo(
            f"hours, {whose}", "hours per teacher and year", LARGER,
            f"{mean}; u = hours of practice and expertise, a teacher and year, that reach teachers this week.",
            against_none=False,
        )
        for group, (whose, mean) in _GROUPS.items()
    }
    | {
        f"comers_{group}": MeasureInfo(
            f"comers, {whose}", "hires per post", LARGER,
            f"{mean}; u = hires so far who knew the practice from elsewhere, per post that teaches.",
            against_none=False,
        )
        for group, (whose, mean) in _GROUPS.items()
    }
)  # fmt: skip
NAMES = tuple(INFO)


@rule
def fill(out, at, sums):
    """Write NAMES into ``out[at:]``; return the next free place. sums : record of ``sums.SUMS``."""
    deep, use = sums.of_deep, sums.of_users
    began = ratio(sums.ever_low_income, sums.ever_other)
    used = ratio(use.low_income, use.other)
    out[at] = deep.poorest
    out[at + 1] = use.poorest
    out[at + 2] = sums.ever_low_income
    out[at + 3] = sums.ever_other
    out[at + 4] = began
    out[at + 5] = ratio(used, began)
    out[at + 6] = ratio(ratio(deep.low_income, deep.other), used)
    out[at + 7] = sums.places_low_income
    out[at + 8] = sums.places_other
    out[at + 9] = sums.hours_low_income
    out[at + 10] = sums.hours_other
    out[at + 11] = sums.comers_low_income
    out[at + 12] = sums.comers_other
    return at + 13
