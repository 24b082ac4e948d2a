"""What is said of staged districts: statements that can be false, and the answer in five lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diffusion_sim.scenario import Scenario
from diffusion_sim.systems.question import Estimate, Statement, percent

TEXT = (
    "How far do 48 districts get in three years, stage by stage, what lasts two years after, what does the slow start "
    "buy at equal spending against big-bang and against broad superficial roll-out, and which leadership does it need?"
)
S, B, W = "five_stages", "big_bang_at_equal_spending", "broad_superficial_at_equal_spending"
LAST = f"{S}.districts.5.end"


def _above(value: float) -> bool:
    return value > 0.0


def _below(value: float) -> bool:
    return value < 0.0


_SAID: tuple[tuple[str, str, Callable[[float], bool]], ...] = (
    (LAST, "When support ends fewer than one district in twenty stands in the last stage", lambda x: x < 0.05),
    (f"{S}.to_schools.end", "When support ends fewer than half of the districts have gone beyond their pilot schools",
     lambda x: x < 0.5),
    (f"{S}.at_80.end", "When support ends four fifths of the teachers use it in fewer than one district in twenty",
     lambda x: x < 0.05),
    (f"{S}.kept", "Five stages: two years after at least as much deep use is there as when support ended",
     lambda x: x >= 1.0),
    ("slow - big_bang.kept", "Of deep use the five stages keep more than big-bang at equal spending", _above),
    ("slow - big_bang.users_kept", "Of users the five stages keep more than big-bang at equal spending", _above),
    ("slow - big_bang.reach.first", "After a year the five stages reach fewer than big-bang at equal spending", _below),
    ("slow - big_bang.deep_use.end", "When support ends deep use is higher than with big-bang at equal spending",
     _above),
    ("slow - big_bang.deep_use.after", "Two years after deep use is higher than with big-bang at equal spending",
     _above),
    ("slow - big_bang.mean_depth.end", "When support ends users' depth is higher than with big-bang at equal spending",
     _above),
    ("slow - big_bang.gain", "Pupils gain more than with big-bang at equal spending", _above),
    ("slow - superficial.reach.after", "Two years after more use it than with broad superficial roll-out", _above),
    ("slow - superficial.deep_use.after", "Two years after deep use is higher than with broad superficial roll-out",
     _above),
    ("slow - superficial.kept", "Of deep use the five stages keep more than broad superficial roll-out", _above),
    ("slow - superficial.gain", "Pupils gain more than with broad superficial roll-out at equal spending", _above),
    ("slow - hurried.deep_use.after",
     "Least times in the stages leave more deep use than gates every quarter (these spend more)", _above),
    ("equal_known", "The three can be had at the same spending", lambda x: x > 0.5),
    ("lead.teachers.span.deep_use.after", "Willing teachers: more deep use two years after than unwilling", _above),
    ("lead.principals.span.deep_use.after", "Supportive principals: more deep use two years after", _above),
    ("lead.superintendent.span.deep_use.after", "Supportive superintendents: more deep use two years after", _above),
    ("lead.board.span.deep_use.after", "Supportive boards: more deep use two years after", _above),
    ("lead.teachers - all others", "Teachers' will makes more of a difference than the three others together", _above),
    ("lead.principals - superintendent and board", "Principals make more than superintendent and board together",
     _above),
    ("seen.superintendent.stage", "Between districts: the more support of the superintendent at the start, the later "
     "the stage when support ends", _above),
    ("seen.teachers.stage", "Between districts: the more willing the teachers at the start, the later the stage",
     _above),
    (f"{S}.gain", "Pupils gain more with the five stages than without a programme", _above),
)  # fmt: skip
STATEMENTS = tuple(Statement(*said) for said in _SAID)


def points(found: Estimate) -> str:
    """A difference of shares, in points, with the interval."""
    return f"{100 * found.mean:+.1f} points ({100 * found.low:+.1f} to {100 * found.high:+.1f})"


def say(q: Mapping[str, Estimate], sc: Scenario) -> list[str]:
    """The answer, five lines."""
    years = int(sc["programme.years_support"])
    shares = ", ".join(
        f"{'abandoned' if k == 'abandoned' else f'stage {k}'} {100 * q[f'{S}.districts.{k}.end'].mean:.0f}"
        for k in (1, 2, 3, 4, 5, "abandoned")
    )
    lead = "; ".join(
        f"{who} {points(q[f'lead.{who}.span.deep_use.after'])}"
        for who in ("teachers", "principals", "superintendent", "board")
    )
    return [
        f"How far? After {years} years, of 100 districts: {shares}. {percent(q[f'{S}.reach.end'])} of teachers use the "
        f"practice, {percent(q[f'{S}.deep_use.end'])} deeply.",
        f"What lasts two years after? {percent(q[f'{S}.reach.after'])} use it and {percent(q[f'{S}.deep_use.after'])} "
        f"deeply: of the deep use that the programme had brought, {percent(q[f'{S}.kept'])} is there.",
        f"Against big-bang at equal spending: reach after a year {points(q['slow - big_bang.reach.first'])}, deep use "
        f"two years after {points(q['slow - big_bang.deep_use.after'])}; big-bang keeps "
        f"{percent(q[f'{B}.users_kept'])} of the users it brought, the stages {percent(q[f'{S}.users_kept'])}.",
        f"Against broad superficial roll-out at equal spending: deep use two years after "
        f"{points(q['slow - superficial.deep_use.after'])}, reach {points(q['slow - superficial.reach.after'])}; "
        f"it keeps {percent(q[f'{W}.users_kept'])} of its users.",
        f"Which leadership? High against low, one SD each way, deep use two years after: {lead}.",
    ]
