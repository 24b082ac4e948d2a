"""Rules as a user would write them, for the tests; the first two are those of docs/rules.md."""

import math
import random

import numpy as np

LIMIT = 2.0


def same_grade_only(exposure_same_grade, p):
    return p.q * exposure_same_grade**p.kappa


def count_bad_quarters(mine, week, using, payoff):
    if not using:
        return 0.0
    if week % 9 != 0:
        return mine
    return mine + 1.0 if payoff < 0.0 else 0.0


def drop_after_two(ratio, hold, agenda, p, mine):
    if mine >= LIMIT:
        return 1000.0
    return ratio * hold * agenda * p.d0


def at_least_three(exposure, users_seen, p):
    return p.q * exposure**p.kappa if users_seen >= 3.0 else 0.0


def heads(exposure, exposure_same_grade, advisers, users_seen, users_seen_same_grade):
    """NaN where heads and shares do not agree."""
    shares = max(1.0, advisers) * exposure, max(1.0, advisers) * exposure_same_grade
    fine = abs(shares[0] - users_seen) < 1e-9 and abs(shares[1] - users_seen_same_grade) < 1e-9
    return 0.2 if fine else math.nan


def raises_in_week_5(exposure, week):
    if week == 5:
        raise ValueError("odd")
    return 0.1 * exposure


def tosses(exposure):
    return random.random()


def tosses_numpy(exposure):
    return np.random.random()


def tosses_inside(exposure):
    return tosses(exposure)


def prints(exposure):
    print(exposure)
    return exposure


def with_a_default(exposure, k=2.0):
    return k * exposure


def imports(exposure):
    import cmath

    return cmath.pi


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
