"""Tables of a study's findings: who is ahead of whom, in which share of the points, and what moves it.

All differences are paired, on the same seeds. A point is a draw of a drawn design, else a condition of the grid; its
value is the mean over its seeds.
"""

import numpy as np
import pandas as pd
from scipy import stats

MEASURES = [
    *("exposure_low_income", "poorest_quarter", "deep_use", "reach", "pupil_gain_sd", "poorest_quarter_gain"),
    *("equity_gap", "sustained_deep_use_2y"),
]
COSTS = ["cost_total", "cost_gross", "cost_own"]
BY_NUMBER = ["deep_use", "exposure_low_income", "pupil_gain_sd"]
BY_LEVEL = ["deep_use", "poorest_quarter", "pupil_gain_sd"]
FIFTHS = 5
FIRST, LAST = 0, -1


def of(study, contrasts):
    """Name -> table."""
    found = {
        "means": means(study),
        "differences": study.differences(MEASURES, by="scenario"),
        "contrasts": study.differences([*MEASURES, "cost_total"], by="scenario", contrasts=contrasts),
        "signs": signs(study, MEASURES, None),
        "contrast_signs": signs(study, [*MEASURES, "cost_total"], contrasts),
        "for_money": for_money(study, contrasts),
        "best": study.best(MEASURES[:5]),
    }
    if study.design.kind == "grid":
        found["by_level"] = study.by_level(BY_LEVEL)
        found["contrasts_by_level"] = study.by_level(BY_LEVEL, contrasts=contrasts)
        found["contrasts_by_point"] = study.differences(BY_LEVEL[:1], by="point", contrasts=contrasts)
        found["changes"] = changes(study, MEASURES[:5])
    else:
        found["variance_shares"] = study.variance_shares(MEASURES[:5], contrasts=contrasts)
        found["rank_correlations"] = rank_correlations(study, contrasts)
        found["by_structure"] = by_structure(study, contrasts)
        found["by_fifth"] = by_fifth(study, contrasts)
        found["money_by_fifth"] = money_by_fifth(study, contrasts)
    return found


def means(study):
    """Means by scenario and strategy, and what one deep user more than under none costs (ratio of means, net)."""
    runs = study.runs.assign(deep_users=study.runs["deep_users"].astype(float))
    kept = [*MEASURES, *COSTS, "cost_per_pupil", "deep_users"]
    found = runs.groupby(["scenario", "strategy"], observed=True, sort=False)[kept].mean().reset_index()
    none = found[found["strategy"] == "none"].set_index("scenario")["deep_users"]
    more = found["deep_users"] - found["scenario"].astype(str).map(none.rename(index=str)).astype(float)
    found["cost_per_more_deep_user"] = (found["cost_total"] / more).where(found["strategy"] != "none")
    return found


def worth(study):
    """Deep users above none for a dollar (net), one row a scenario and point; NaN where nothing is spent, or freed."""
    cell = ["scenario", "point", "strategy"]
    table = study.runs.groupby(cell, observed=True)[["deep_users", "cost_total"]].mean().unstack("strategy")
    more = table["deep_users"].sub(table["deep_users"]["none"], axis=0)
    return (more / table["cost_total"]).where(table["cost_total"] > 0)


def for_money(study, contrasts):
    """Shares of the points in which a strategy has more deep users above none for a dollar (net) than another.

    Means over a point's seeds; points where one of the two spends nothing or frees money are left out and counted.
    """
    values, rows = worth(study), []
    for strategy, baseline in (pair.split(" - ") for pair in contrasts):
        for scenario, some in (values[strategy] - values[baseline]).groupby(level="scenario", observed=True):
            kept = some.dropna()
            if len(kept):
                shares = np.mean(kept > 0), np.mean(kept < 0)
                rows.append((scenario, strategy, baseline, len(kept), len(some) - len(kept), *shares))
    return pd.DataFrame(rows, columns=["scenario", "strategy", "baseline", "points", "left_out", "above", "below"])


def money_by_fifth(study, contrasts):
    """The same in the lowest and the highest fifth of the points by each number; of a study of one scenario."""
    values, points, rows = worth(study).droplevel("scenario"), study.points.set_index("point"), []
    for number, drawn in numbers_of(points).items():
        low, high = drawn.quantile([1 / FIFTHS, 1 - 1 / FIFTHS])
        for fifth, those in (("lowest", drawn <= low), ("highest", drawn >= high)):
            for strategy, baseline in (pair.split(" - ") for pair in contrasts):
                kept = (values[strategy] - values[baseline])[those].dropna()
                rows.append((number, fifth, strategy, baseline, len(kept), np.mean(kept > 0), np.mean(kept < 0)))
    return pd.DataFrame(rows, columns=["number", "fifth", "strategy", "baseline", "points", "above", "below"])


def contrast_of(table):
    """The contrast of each row, as it is written: a - b."""
    return table["strategy"].astype(str) + " - " + table["baseline"].astype(str)


def signs(study, measures, contrasts):
    """Shares of the points whose difference is above, below and at 0, and quantiles over the points."""
    cells = study.differences(measures, by="point", contrasts=contrasts)
    rows = []
    for key, some in cells.groupby(["scenario", "strategy", "baseline", "measure"], observed=True, sort=False):
        values = some["difference"].dropna().to_numpy()
        if not len(values):
            continue
        shares = [np.mean(values > 0), np.mean(values < 0), np.mean(values == 0)]
        clear = [np.mean(some["low"] > 0), np.mean(some["high"] < 0)]
        rows.append((*key, len(values), *shares, *clear, *np.quantile(values, [0.05, 0.5, 0.95])))
    names = ["points", "above", "below", "tied", "clearly_above", "clearly_below", "q05", "median", "q95"]
    return pd.DataFrame(rows, columns=["scenario", "strategy", "baseline", "measure", *names])


def by_draw(study, contrasts):
    """(differences, one row a point and one column a measure and contrast; the points)."""
    cells = study.differences(BY_NUMBER, by="point", contrasts=contrasts)
    cells = cells.assign(contrast=contrast_of(cells))
    wide = cells.pivot(index="point", columns=["measure", "contrast"], values="difference")
    return wide, study.points.set_index("point").loc[wide.index]


def numbers_of(points):
    """Columns of the numbers that were drawn; of a label's numbers that go together, the first."""
    numbers = points.filter(regex="^p[.]")
    return numbers.loc[:, ~numbers.T.duplicated()]


def rank_correlations(study, contrasts):
    """Spearman's correlation over points of each number with the difference at the point."""
    wide, points = by_draw(study, contrasts)
    values = numbers_of(points).rank()
    found = []
    for measure in BY_NUMBER:
        ranks = wide[measure].rank()
        table = pd.DataFrame({name: values.corrwith(ranks[name]) for name in ranks})
        found.append(table.rename_axis("number").reset_index().assign(measure=measure))
    return pd.concat(found, ignore_index=True)


def by_structure(study, contrasts):
    """Mean difference under each word of each structure, its interval over the points, the share of points above 0."""
    wide, points = by_draw(study, contrasts)
    rows = []
    for factor in points.filter(regex="^structure[.]"):
        for word in sorted(points[factor].unique()):
            rows += summaries(wide[points[factor] == word], [factor, word])
    return pd.DataFrame(rows, columns=["factor", "word", *SUMMARY])


def by_fifth(study, contrasts):
    """The same of deep use in the lowest and the highest fifth of the points by each number."""
    wide, points = by_draw(study, contrasts)
    wide, rows = wide[BY_NUMBER[:1]], []
    for number, values in numbers_of(points).items():
        low, high = values.quantile([1 / FIFTHS, 1 - 1 / FIFTHS])
        rows += summaries(wide[values <= low], [number, "lowest"])
        rows += summaries(wide[values >= high], [number, "highest"])
    return pd.DataFrame(rows, columns=["number", "fifth", *SUMMARY])


SUMMARY = ["measure", "strategy", "baseline", "points", "difference", "low", "high", "above", "below"]


def summaries(wide, head):
    """Rows of SUMMARY, one a measure and contrast."""
    rows = []
    for (measure, contrast), values in wide.items():
        shares = [np.mean(values > 0), np.mean(values < 0)]
        rows.append([*head, measure, *contrast.split(" - "), len(values), *interval(values.to_numpy()), *shares])
    return rows


def interval(values):
    """Mean and the ends of its 95 % t interval."""
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return values.mean(), values.mean() - half, values.mean() + half


def changes(study, measures):
    """What goes from the first level of a factor to the last, all else alike: paired, one value a replicate."""
    runs, rows = study.runs, []
    for factor in study.factors:
        column = next(name for name in (f"label.{factor}", factor, f"p.{factor}") if name in runs)
        levels = list(dict.fromkeys(runs.sort_values("point", kind="stable")[column]))
        cell = ["scenario", "strategy", "replicate", column]
        table = runs.groupby(cell, observed=True, sort=False)[measures].mean()
        change = table.xs(levels[LAST], level=column) - table.xs(levels[FIRST], level=column)
        for (scenario, strategy), some in change.groupby(["scenario", "strategy"], observed=True, sort=False):
            for measure in measures:
                found = interval(some[measure].dropna().to_numpy())
                rows.append((factor, levels[FIRST], levels[LAST], scenario, strategy, measure, *found, len(some)))
    names = ["factor", "from", "to", "scenario", "strategy", "measure", "change", "low", "high", "n"]
    return pd.DataFrame(rows, columns=names)
