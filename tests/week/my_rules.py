"""Rules as a user would write them, for the tests; the first two are those of docs/rules.md."""

import math

LIMIT = 2.0


def same_grade_only(exposure_same_grade, p):
    return p.q * exposure_same_grade


def count_bad_quarters(mine, week, using, payoff):
    if week % 9 != 0:
        return mine
    return mine + 1.0 if using and payoff < 0.0 else 0.0


def drop_after_two(ratio, hold, agenda, p, mine):
    if mine >= LIMIT:
        return 1000.0
    return ratio * hold * agenda * p.d0


def as_built_in(exposure, p):
    return p.q * exposure if p.kappa == 1.0 else p.q * exposure**p.kappa


def with_a_part(exposure, p):
    return half(exposure) * p.q


def half(x):
    return math.sqrt(x) / 2.0


def no_such_argument(exposure, grde):
    return exposure


def many(*exposure):
    return 0.0


def negative(exposure):
    return -0.1


def not_a_number(exposure, week):
    return float("nan") if week == 5 else 0.0


def a_list(exposure):
    return [exposure] + {}["a"]


def no_such_number(exposure, p):
    return p.nothing


def nothing(exposure):
    return None


def some_weight(same_grade):
    return 1.0 if same_grade else 0.25


TABLE = {"a": 1}


def uses_a_dict(exposure):
    return exposure * len(TABLE)
