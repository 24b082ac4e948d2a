"""What is said of the Achievement Network's trial: statements that can be false, and the answer in five lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diffusion_sim.scenario import Scenario
from diffusion_sim.systems.question import Estimate, Statement

U = "uniform_90_10"
NULL = 0.05  # SD; an effect that is no larger counts as none, as in docs/trials.md
ARTICLE = 4.0, 7.0  # months that schools with the right conditions gained in two years


def above(value: float) -> bool:
    """Above 0."""
    return value > 0.0


def at_most(value: float) -> bool:
    """0 or below."""
    return value <= 0.0


def below(value: float) -> bool:
    """Below 0."""
    return value < 0.0


def between(low: float, high: float) -> Callable[[float], bool]:
    """Within [low, high]."""
    return lambda value: low <= value <= high


_ALL, _LEAST = f"{U}.true.true.all", f"{U}.true.true.least_ready"
_READIEST, _READIER = f"{U}.months.true.readiest", f"{U}.months.true.readier_half"
_FITTED = "differentiated_40_60"
_MONTHS = between(*ARTICLE)
STATEMENTS = tuple(
    Statement(key, text, holds)
    for key, text, holds in (
        (
            _ALL,
            "Uniform 90/10 moves pupils of all supported schools by less than .05 SD in two years",
            between(-NULL, NULL),
        ),
        ("gap.true", "Uniform 90/10: the readiest quarter gains more than the least ready", above),
        (_READIEST, "Uniform 90/10: the readiest quarter gains the article's 4 to 7 months", _MONTHS),
        (_READIER, "Uniform 90/10: the readier half gains the article's 4 to 7 months", _MONTHS),
        (_LEAST, "Uniform 90/10: the least ready quarter gains nothing, or loses", at_most),
        ("uniform_no_load.true.true.least_ready", "The same where interim tests cost no school anything", at_most),
        (f"{U}.end.true.all", "Uniform 90/10 leaves pupils better off than no programme at the end", above),
        (f"{U}.end.true.least_ready", "The same in the least ready quarter", above),
        ("through_leaders", "Hours for leaders move pupils less than the same hours for teachers", below),
        ("gap.surveyed - true", "Grouped by the survey, readiest and least ready differ less than they do", below),
        (
            f"{U}.spill",
            "Matched controls gain by the programme beside them, so that the trial sees less",
            above,
        ),
        (
            f"{_FITTED} - unfitted_40_60.trial.all",
            "40/60: hours for the school's lowest condition beat hours for all alike",
            above,
        ),
        (f"unfitted_40_60 - {U}.trial.all", "40/60 the same for all beats 90/10 after two years", above),
        (f"unfitted_40_60 - {U}.end.all", "40/60 the same for all beats 90/10 at the end", above),
        (
            f"{_FITTED} - {U}.trial.less_ready_half",
            "Less ready half: differentiated beats uniform after two years",
            above,
        ),
        (f"{_FITTED} - {U}.end.less_ready_half", "Less ready half: differentiated beats uniform at the end", above),
        (f"{_FITTED} - {U}.end.all", "All supported schools: differentiated beats uniform at the end", above),
        (
            f"fitted_by_readiness - {U}.end.all",
            "All supported schools: fitted by readiness beats uniform at the end",
            above,
        ),
        (
            f"ready_schools_only - {U}.end.all",
            "Serving ready schools alone leaves more, over all, than serving all",
            above,
        ),
        ("ready_schools_only - per dollar", "Serving ready schools alone leaves more for each dollar", above),
        (
            f"conditions_first_year - {U}.end.all",
            "A first year of conditions alone is ahead of 90/10 at the end",
            above,
        ),
        (
            "conditions_first_year.two_full_years.all",
            "Two years of 90/10 do more after a year of conditions than from the start",
            above,
        ),
        ("conditions_first_year.two_full_years.less_ready_half", "The same in the less ready half", above),
        (
            "district_first_year - conditions_first_year.end.all",
            "Conditions built by the district beat those built by the network",
            above,
        ),
    )
)


def months(found: Estimate) -> str:
    """In months, with the interval."""
    return f"{found.mean:+.1f} months ({found.low:+.1f} to {found.high:+.1f})"


def sd(found: Estimate) -> str:
    """In SD, with the interval."""
    return f"{found.mean:+.3f} SD ({found.low:+.3f} to {found.high:+.3f})"


def say(q: Mapping[str, Estimate], sc: Scenario) -> list[str]:
    """The answer, five lines."""
    true, estimate = q[f"{U}.true.true.all"], q[f"{U}.estimate"]
    spill, matching = q[f"{U}.spill"], q[f"{U}.matching"]
    fits, shares = q["differentiated_40_60 - unfitted_40_60.trial.all"], q["unfitted_40_60 - uniform_90_10.trial.all"]
    late = [q[f"{a} - {U}.end.all"] for a in ("differentiated_40_60", "fitted_by_readiness", "ready_schools_only")]
    full = q["conditions_first_year.two_full_years.all"]
    first, own = q[f"conditions_first_year - {U}.end.all"], q["district_first_year - conditions_first_year.end.all"]
    return [
        f"Does it work? Uniform 90/10 moves pupils of supported schools by {sd(true)} in two years; the trial sees "
        f"{sd(estimate)} = true effect + matching {matching.mean:+.3f} - spill-over {spill.mean:+.3f}.",
        f"For whom? Readiest quarter {months(q[f'{U}.months.true.readiest'])}, least ready "
        f"{months(q[f'{U}.months.true.least_ready'])}, or {q['uniform_no_load.months.true.least_ready'].mean:+.1f} if "
        f"interim tests cost no school anything (their load is put in, argued and not found); grouped by the survey "
        f"{months(q[f'{U}.months.surveyed.readiest'])} and {months(q[f'{U}.months.surveyed.least_ready'])}.",
        f"What does fitting buy in two years? Hours for the school's lowest condition instead of all alike {sd(fits)}; "
        f"the shift from 90/10 to 40/60 itself {sd(shares)}.",
        f"At the end against uniform: differentiated {sd(late[0])}, fitted by readiness {sd(late[1])}, ready "
        f"schools only {sd(late[2])}.",
        f"Conditions first: a first year for conditions {sd(first)} against uniform at the end, though the two years "
        f"after it bring {sd(full)} more than uniform's first two; built by the district instead, a further {sd(own)}.",
    ]
