"""What is said of the ten partnerships: statements that can be false, and the answer in five lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diffusion_sim.scenario import Scenario
from diffusion_sim.systems.lever_plans import LEVERS
from diffusion_sim.systems.question import Estimate, Statement, percent

START, GOAL = 0.15, 0.8  # shares of educators between which the article's mandate lies
ONE_IN_TEN, HALF = 0.1, 0.5  # of districts
NAMES = {
    "vision": "1 vision", "honest_look": "2 honest look", "all_levels": "3 all levels", "departments": "4 departments",
    "power": "5 power", "autonomy": "6 autonomy",
}  # fmt: skip


def above(value: float) -> bool:
    """Above 0."""
    return value > 0.0


def below(value: float) -> bool:
    """Below 0."""
    return value < 0.0


def at_least(low: float) -> Callable[[float], bool]:
    """``low`` or more."""
    return lambda value: value >= low


def at_most(high: float) -> Callable[[float], bool]:
    """``high`` or less."""
    return lambda value: value <= high


_NAMED = "schools that accountability names"
_GOAL: tuple[tuple[str, str, Callable[[float], bool]], ...] = (
    ("volunteers.goal", "Volunteers: at least one district in ten is at 80 % after three years", at_least(ONE_IN_TEN)),
    ("together.goal", "All six levers: at least one district in ten is at 80 %", at_least(ONE_IN_TEN)),
    ("told_everywhere.goal", "All schools told, no other lever: at least one district in ten is at 80 %",
     at_least(ONE_IN_TEN)),
    ("told_and_together.goal", "All schools told, and all levers: at least half of the districts are at 80 %",
     at_least(HALF)),
    ("volunteers.times", "Volunteers: the share of users at least doubles in three years", at_least(2.0)),
    ("none.growth", "Without a programme fewer use it after three years than at the start", below),
)  # fmt: skip
_LEFT_OUT: tuple[tuple[str, str, Callable[[float], bool]], ...] = (
    ("volunteers.gap_takers_1", f"Volunteers: {_NAMED} come less often in the first year than others", below),
    ("volunteers.gap_enrolled", f"Volunteers: {_NAMED} are in the programme less often after three years", below),
    ("volunteers.gap_use", f"Volunteers: after three years fewer teachers use it in {_NAMED}", below),
    ("volunteers.named_enrolled", f"Volunteers: next to none (a tenth at most) of the {_NAMED} take part",
     at_most(0.1)),
    ("halved.takers_1", "Where accountability presses on nobody less than half of the gap in coming is left", below),
    ("halved.use", "Where accountability presses on nobody less than half of the gap in use is left", below),
    ("vision_in_waves.more.named_enrolled_1",
     f"Where places are scarce a vision brings in more {_NAMED} in the first year", above),
    ("vision.alone.named_use", f"Vision alone: more teachers use it in {_NAMED}", above),
    ("by_poverty.use", "Hours by poverty instead of alike for all lower use after three years", below),
    ("honest_look.alone.named_use", f"Relief alone: more teachers use it in {_NAMED}", above),
    ("vision.alone.ratio", "Vision alone: low-income pupils' share of deep use rises against that of others", above),
)  # fmt: skip
_LEVERS: tuple[tuple[str, str, Callable[[float], bool]], ...] = (
    *(
        (f"{lever}.alone.use", f"Lever {NAMES[lever]}, alone: more teachers use it after three years", above)
        for lever in LEVERS
    ),
    *((f"{lever}.alone.gain", f"Lever {NAMES[lever]}, alone: pupils gain more by the end", above) for lever in LEVERS),
    ("power.ahead.use", "Telling where districts are centralised raises use more than any other lever alone", above),
    ("power.ahead.gain", "It raises pupils' gain more than any other lever alone", above),
    ("departments - power.per_100", "Departments bring more users for a dollar than telling does", above),
    ("power.alone.owned", "It leaves a smaller share of use owned", below),
    (
        "tailored - told.gain",
        "Telling only where districts are centralised leaves pupils more than telling everywhere",
        above,
    ),
    ("align.use", "Aligning evaluation raises use beside departments' hours", above),
    ("beyond_sum.use", "All six together add less use than the sum of each alone", below),
    ("beyond_sum.gain", "All six together add less gain than the sum of each alone", below),
    ("together.more.gain", "All six together: pupils gain more than with volunteers alone", above),
    ("together.more.poorest", "All six together: so do pupils of the poorest quarter of schools", above),
)
_EVENTS: tuple[tuple[str, str, Callable[[float], bool]], ...] = (
    ("pandemic.volunteers.use", "The pandemic lowers use after three years, volunteers", below),
    ("pandemic.together.use", "The pandemic lowers use after three years, all levers", below),
    ("pandemic.kept_more", "A larger share of use is left through the pandemic with all levers, a year on", above),
    ("leaders.volunteers.use", "Leaders who all leave lower use after three years, volunteers", below),
    ("leaders.together.use", "Leaders who all leave lower use after three years, all levers", below),
    ("leaders.kept_more", "A larger share of use is left through it with all levers, a year on", above),
)
_HARM: tuple[tuple[str, str, Callable[[float], bool]], ...] = tuple(
    (f"{arm}.{what}", f"{words}: {whose} gain more than without a programme", above)
    for arm, words in (("volunteers", "Volunteers"), ("together", "All six levers"), ("told_everywhere", "All told"))
    for what, whose in (("gain", "pupils"), ("poorest", "pupils of the poorest quarter of schools"))
)
STATEMENTS = tuple(Statement(*said) for said in (*_GOAL, *_LEFT_OUT, *_LEVERS, *_EVENTS, *_HARM))


def points(found: Estimate) -> str:
    """``+6.1 (+5.3 to +6.8)``, percentage points."""
    return f"{100 * found.mean:+.1f} ({100 * found.low:+.1f} to {100 * found.high:+.1f})"


def say(q: Mapping[str, Estimate], sc: Scenario) -> list[str]:
    """The answer, five lines."""
    return [_chance(q), _left_out(q), _alone(q), _together(q), _broken(q)]


def _chance(q: Mapping[str, Estimate]) -> str:
    arms = ("volunteers", "together", "told_everywhere", "told_and_together")
    goal, use = ([percent(q[f"{arm}.{what}"]) for arm in arms] for what in ("goal", "use"))
    return (
        f"Chance of 80 % in three years, a district: {goal[0]} with volunteers, {goal[1]} with all six levers, "
        f"{goal[2]} where all schools are told and {goal[3]} with both; of all teachers {use[0]}, {use[1]}, {use[2]} "
        f"and {use[3]} use it."
    )


def _left_out(q: Mapping[str, Estimate]) -> str:
    named, others = ([q[f"volunteers.{who}_{what}"] for what in ("enrolled", "use")] for who in ("named", "others"))
    return (
        f"Who is left out: after three years {percent(named[0])} of the schools that accountability names are in the "
        f"programme and {percent(named[1])} of their teachers use it; of others {percent(others[0])} and "
        f"{percent(others[1])}. Where accountability presses on nobody the gap in use is "
        f"{points(q['equal_pressure.gap_use'])} points instead of {points(q['volunteers.gap_use'])}."
    )


def _alone(q: Mapping[str, Estimate]) -> str:
    parts = [f"{NAMES[v]} {points(q[f'{v}.alone.use'])} for {q[f'{v}.alone.cost'].mean:+.0f}" for v in LEVERS]
    return f"Each lever alone, points of use after three years, for US dollars a pupil and year: {'; '.join(parts)}."


def _together(q: Mapping[str, Estimate]) -> str:
    more, sd = q["together.more.use"], q["together.more.gain"]
    last = ", ".join(f"{NAMES[v]} {points(q[f'{v}.last.use'])}" for v in LEVERS)
    return (
        f"All six together add {points(more)} points, {points(q['beyond_sum.use'])} beside the sum of each "
        f"alone, and {sd.mean:+.3f} SD ({sd.low:+.3f} to {sd.high:+.3f}) of pupils' gain, for "
        f"{q['together.more.cost'].mean:+.0f} US dollars; without one of them less by: {last}."
    )


def _broken(q: Mapping[str, Estimate]) -> str:
    said = []
    happens = {"pandemic": "A pandemic in the second year", "leaders": "All leaders leaving after the first"}
    for event, words in happens.items():
        first, other = (points(q[f"{event}.{arm}.use"]) for arm in ("volunteers", "together"))
        said.append(f"{words} changes use after three years by {first} points with volunteers, {other} with all levers")
    return f"{said[0]}; {said[1][0].lower()}{said[1][1:]}."
