"""Rows on accountability and on leaders at several levels (A11, A12)."""

from __future__ import annotations

from typing import Any

from diffusion_sim.patterns.record import CHECK, Arm, Condition, Row
from diffusion_sim.patterns.seen import mean_of, quotient
from diffusion_sim.patterns.worlds import FOUR, MANY
from diffusion_sim.ranks import parts_by_rank

_ONE_YEAR = {"programme.years_support": 1, "programme.years_after": 0}
_EQUAL = {"districts.regime": 0.0, "districts.regime_sd": 0.0}
_NO_SPREAD = {"districts.alignment_sd_between": 0.0, "districts.alignment_sd_within": 0.0}
_REMOVED = {
    "principal": {"schools.principal": 0.0, "schools.principal_sd": 0.0},
    "superintendent": {"districts.superintendent": 0.0, "districts.superintendent_sd": 0.0},
    "instruments": {"districts.alignment": 0.0, "districts.evaluation": 0.0, **_NO_SPREAD},
    "evaluation": {"districts.evaluation": 0.0, **_NO_SPREAD},
}


def who_volunteers(at: Any) -> dict[str, float]:
    """A11: schools that came in the first year, and that would have come, by half of achievement, and those that
    nobody designates by those that are."""
    found = {}
    for name in ("volunteers", "equal"):
        s = at(name).years[1].schools
        high = parts_by_rank(s.achievement, 2) == 1
        taken = (s.enrolled == 1) | (s.enter_sum >= s.enter_draw)
        for what, who in (("enrolled", s.enrolled == 1), ("takers", taken)):
            found[f"{what}_{name}"] = quotient(mean_of(who, among=high), mean_of(who, among=~high))
            named = s.designated == 1
            found[f"{what}_{name}_named"] = quotient(mean_of(who, among=~named), mean_of(who, among=named))
    return found


def one_level_gone(at: Any) -> dict[str, float]:
    """A12: share of reach at the end of support that is lost where one level gives no support."""
    whole = at("whole").reach(3)
    return {name: 1.0 - quotient(at(name).reach(3), whole) for name in _REMOVED} | {"reach": whole}


ROWS = (
    Row(
        "A11", "volunteers come from better schools",
        "Volunteers came from schools with higher results; low performers under separate accountability did not feel "
        "free to join.",
        "SRI article (Warner & Caspary 2023); Desimone et al. 2006", "partly seen", CHECK,
        "Volunteers' first year: share of schools in the programme, upper by lower half of achievement; sharper: also "
        "of schools that would have come if places were not scarce, and of schools that accountability does not name "
        "by those that it names. Equal: no form of pressure acts.",
        MANY,
        {
            "volunteers": Arm("volunteer_uniform", overrides=_ONE_YEAR),
            "equal": Arm("volunteer_uniform", overrides={**_ONE_YEAR, **_EQUAL}),
        },
        who_volunteers,
        (
            Condition("enrolled, upper / lower half", "enrolled_volunteers", 1.5),
            Condition("enrolled, upper / lower, equal pressure", "enrolled_equal", high=1.2),
        ),
        (
            Condition("enrolled, upper / lower half", "enrolled_volunteers", 1.5),
            Condition("enrolled, upper / lower, equal pressure", "enrolled_equal", high=1.2),
            Condition("takers, upper / lower half", "takers_volunteers", 1.5),
            Condition("takers, upper / lower, equal pressure", "takers_equal", high=1.2),
            Condition("enrolled, others / designated", "enrolled_volunteers_named", 1.5),
            Condition("enrolled, others / designated, equal pressure", "enrolled_equal_named", high=1.2),
            Condition("takers, others / designated", "takers_volunteers_named", 1.5),
            Condition("takers, others / designated, equal pressure", "takers_equal_named", high=1.2),
        ),
        "pressure",
        reading=(
            "pressure keeps away schools that accountability names. They are a quarter of all and only half of the "
            "lower half; the others of the lower half come as often as the upper half. So a ratio of 1.5 between "
            "halves would need named schools to come a third as often as others. Over the draws both rise with "
            "`districts.regime`, that of halves also with `districts.designated`; with the latter and either "
            "`districts.regime` or `enrolment.e_P` at the upper end of their ranges all pass 1.5. The source tells "
            "what partners saw and has no ratio."
        ),
    ),
    Row(
        "A12", "coherence from top to bottom",
        "Where evaluation is not aligned, teachers fear to look bad; leaders at each level have to go the same way.",
        "SRI article (Warner & Caspary 2023)", "article", CHECK,
        "Volunteers, who under a directive would be free of that risk: share of reach at the end of support that is "
        "lost where one level gives no support at all.",
        FOUR,
        {"whole": Arm("volunteer_uniform")}
        | {name: Arm("volunteer_uniform", overrides=said) for name, said in _REMOVED.items()},
        one_level_gone,
        (
            Condition("lost without principals", "principal", 1.0 / 3.0, strict=True),
            Condition("lost without superintendents", "superintendent", 1.0 / 3.0, strict=True),
            Condition("lost without aligned instruments", "instruments", 1.0 / 3.0, strict=True),
            Condition("lost without aligned evaluation", "evaluation", 1.0 / 3.0, strict=True),
        ),
        (), "coherence",
    ),
)  # fmt: skip
