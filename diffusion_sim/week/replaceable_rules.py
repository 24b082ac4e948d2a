"""The rules of a teacher's week that a user may replace by a Python function of the own (own_rules.py).

Each stands here as a hook: the built-in rule with one argument more, ``me``, what a rule may know of the teacher
beside its own arguments. The plain week (teachers_plain.py) calls hooks; where a rule is replaced, another hook takes
the place. With the built-in rules ``me`` is never read, so it costs nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.compiled.jit import rule, rule_without_file
from diffusion_sim.dynamics import aware, experience, internalise, learning, pupils, stop, trial


class Me(NamedTuple):
    """What every rule may ask for by name, beside the rule's own arguments: ``FACTS`` says what each is."""

    faults: int  # address of this thread's row of ``Changing.faults``: for the hooks, not for rules
    row: int  # the same
    week: int
    mine: float
    skill: float
    conviction: float
    innovativeness: float
    grade: float
    years: float
    spells: float
    uses: float
    using: bool
    routine: bool
    owned: bool
    invited: bool
    exposure: float
    exposure_same_grade: float
    advisers: float
    users_seen: float
    users_seen_same_grade: float
    stopped_seen: float
    payoff: float
    norm: float
    time: float
    readiness: float
    leadership: float
    trust: float
    principal: float
    reach: float
    enrolled: bool
    mandated: bool


@rule
def now_known(me, sight, worth, mine):
    """``me`` with what has been worked out since. sight : of teachers_plain.sight_of."""
    return Me(
        me.faults, me.row, me.week, mine, me.skill, me.conviction, me.innovativeness, me.grade, me.years, me.spells,
        me.uses, me.using, me.routine, me.owned, me.invited, sight[0], sight[3], sight[4], sight[5], sight[6],
        sight[7], worth,
        me.norm, me.time, me.readiness, me.leadership, me.trust, me.principal, me.reach, me.enrolled, me.mandated,
    )  # fmt: skip


TRUTH = "True, False"  # unit of what is true or not

# name -> unit, meaning
FACTS: dict[str, tuple[str, str]] = {
    "week": ("weeks", "the week that runs, from 1; a quarter has 9, a school year 36"),
    "mine": ("your own", "the teacher's own column: 0 at the start and for who is new; written by the rule remember"),
    "skill": ("0 to 1", "skill in the practice as the week begins"),
    "conviction": ("-1 to 1", "own view of the practice's worth as the week begins"),
    "innovativeness": ("SD of teachers", "z"),
    "grade": ("number", "grade band of the post: 1, 2, ...; 0 = several"),
    "years": ("years", "experience as a teacher, not a whole number: 0 for who is new, 1 more each summer"),
    "spells": ("count", "spells of use begun so far"),
    "uses": ("uses", "uses of the practice in this spell"),
    "using": (TRUTH, "in TRIAL or ROUTINE"),
    "routine": (TRUTH, "in ROUTINE"),
    "owned": (TRUTH, "use is the teacher's own, not compliant; False for who does not use"),
    "invited": (TRUTH, "invited by name this quarter"),
    "exposure": ("0 to 1", "share of advice ties whose adviser visibly uses; not known yet to tie_weight (0 there)"),
    "exposure_same_grade": ("0 to 1", "users of the own grade band, as a share of all ties; not known to tie_weight"),
    "advisers": ("count", "colleagues whom the teacher asks (of weight above 0); not known to tie_weight"),
    "users_seen": ("count", "those of them who visibly use the practice; not known to tie_weight"),
    "users_seen_same_grade": ("count", "those of them who are of the own grade band, too; not known to tie_weight"),
    "stopped_seen": ("0 to 1", "share of advice ties whose adviser stopped within a year; not known to tie_weight"),
    "payoff": ("payoff", "of this week's use as the teacher sees it, 0 for who does not use; known to remember and to "
               "all rules but tie_weight and payoff"),
    "norm": ("0 to 1", "what is usual in the school"),
    "time": ("0 to 1", "the school's protected time"),
    "readiness": ("0 to 1", "the school's readiness, R"),
    "leadership": ("0 to 1", "leadership coherence, C"),
    "trust": ("0 to 1", "trust between teachers and leaders"),
    "principal": ("0 to 1", "the principal's support"),
    "reach": ("0 to 1", "share of the school's teachers who use the practice, last week"),
    "enrolled": (TRUTH, "the school is in the programme"),
    "mandated": (TRUTH, "a mandate is in force"),
}  # fmt: skip

# Arguments of the built-in rules: name -> a usual value, unit, meaning. ``p`` is explained with each rule.
ARGUMENTS: dict[str, tuple[Any, str, str]] = {
    "exposure": (0.25, "0 to 1", "share of the teacher's advice ties whose adviser visibly uses, last week"),
    "outreach": (1.0, "0 to 1", "the programme reaches out to the school"),
    "hours": (1.0, "0 or 1", "hours are paid for the teacher"),
    "like": (0.0, "-1 to 1", "how much further like schools use the practice than at the start"),
    "stopped": (0.1, "0 to 1", "share of advice ties whose adviser stopped within a year"),
    "asked": (0.5, "1/school year", "hazard of trying because a coach asks"),
    "innovativeness": (0.5, "SD of teachers", "z"),
    "conviction": (0.2, "-1 to 1", "own view of the practice's worth"),
    "term": (0.1, "log hazard ratio", "what all teachers of the school share"),
    "peers": (0.1, "1/school year", "what peer_force returned"),
    "norm": (0.3, "0 to 1", "what is usual in the school"),
    "invited": (0.0, "0 to 1", "invited by name: 1 at first, fading to 0 over a school year"),
    "inducted": (0.0, "0 to 1", "embedding of a school that inducts, for who is in the first year there"),
    "led": (0.0, "0 to 1", "reach of the help of the leader of the teacher's team, 0 where no leader expects a trial"),
    "ratio": (1.2, "hazard ratio", "e to the power of inclination, or of stop_inclination"),
    "skill": (0.4, "0 to 1", "skill in the practice"),
    "risk": (0.2, "none", "felt risk of trying"),
    "b_risk": (0.8, "log hazard", "effect of the risk"),
    "routine": (True, TRUTH, "in ROUTINE"),
    "owned": (True, TRUTH, "use is the teacher's own, not compliant"),
    "monitored": (False, TRUTH, "the mandate is watched"),
    "hold": (0.5, "factor", "what hold_factor returned"),
    "agenda": (1.0, "factor", "1, more after a new principal came"),
    "intensity": (1.0, "0 to 1", "1 for owned use, less for compliant use"),
    "time": (0.5, "0 to 1", "the school's protected time"),
    "noise": (0.3, "SD", "this quarter's noise of the payoff, N(0, 1)"),
    "fit": (1.0, "factor", "worth of the school's variant of the practice"),
    "complexity": (1.0, "factor", "of the district's practice; 1 = usual"),
    "effect": (0.42, "SD per school year", "of the district's practice on pupils, at quality 1 and fit 1"),
    "autonomy": (0.5, "0 to 1", "the district's autonomy"),
    "g_v": (1.0, "log hazard", "effect of conviction"),
    "dose_share": (0.4, "0 to 1", "what the hours that arrive are worth as help, saturated"),
    "leader_watch": (0.0, "0 to 1", "feedback by the team's leader or the school's own coaches"),
    "skill_seen": (0.1, "0 to 1", "exposure times the mean skill of the users seen"),
    "drive_": (1.1, "factor", "w, self-directed learning, mean 1"),
    "feedback_": (0.5, "0 to 1", "what feedback returned"),
    "coach": (1.0, "factor", "always 1: the coach's quality is in ready"),
    "ready": (0.7, "factor", "coach's quality times readiness for help"),
    "leader_help": (0.0, "0 to 1", "help of the team's leader or the school's own coaches; a leader's own preparation"),
    "uses": (10.0, "uses", "uses of the practice in this spell"),
    "user": (True, TRUTH, "in TRIAL or ROUTINE"),
    "visible": (True, TRUTH, "this spell's TRIAL is visible to colleagues"),
    "quality": (0.4, "0 to 1", "skill times intensity"),
    "unskilled": (0.6, "0 to 1", "1 - skill in TRIAL, else 0"),
    "same_school": (True, TRUTH, "seeker and adviser teach in one school"),
    "same_grade": (False, TRUTH, "they teach the same grade band"),
    "own_grade": (3.0, "number", "grade band of who asks"),
    "adviser_grade": (4.0, "number", "grade band of who is asked"),
    "mine": (0.0, "your own", "the teacher's own column as it was last week"),
}


@rule
def _tie_weight(same_school, same_grade, own_grade, adviser_grade, p):
    """Weight of one adviser in what a teacher sees of the practice: 1, all count alike; p : TrialParams.

    What is seen is a mean over advisers by this weight; who has weight 0 is not asked.
    """
    return 1.0


@rule
def _remember(mine, p):
    """The teacher's own column after this week: as it was. Called once a week for every post that teaches, before the
    hazards, for rules that need to remember something; p : ExperienceParams."""
    return mine


@rule
def _shown(user, routine, visible, p):
    """1 where a teacher shows the practice to those who ask, else 0: a user in routine use, or in a visible trial;
    p : TrialParams."""
    return 1.0 if user and (routine or visible) else 0.0


class Replaceable(NamedTuple):
    """A rule that may be replaced. group : the numbers that ``p`` holds; low, high : bounds of what it may return."""

    name: str
    function: Any
    group: str
    unit: str
    low: float
    high: float

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of its own arguments."""
        return tuple(inspect.signature(self.function.py_func).parameters)

    @property
    def meaning(self) -> str:
        """Its docstring."""
        return inspect.cleandoc(self.function.py_func.__doc__ or "")


_ANY, _HAZARD = (-np.inf, np.inf), (0.0, np.inf)
_TABLE = (
    ("tie_weight", _tie_weight, "trial", "weight", *_HAZARD),
    ("awareness_hazard", aware.awareness_hazard, "aware", "1/school year", *_HAZARD),
    ("peer_force", trial.peer_force, "trial", "1/school year", *_HAZARD),
    ("inclination", trial.inclination, "trial", "log hazard ratio", *_ANY),
    ("voluntary_hazard", trial.voluntary_hazard, "trial", "1/school year", *_HAZARD),
    ("stop_inclination", stop.stop_inclination, "stop", "log hazard ratio", *_ANY),
    ("hold_factor", stop.hold_factor, "stop", "factor", *_HAZARD),
    ("stop_hazard", stop.stop_hazard, "stop", "1/school year", *_HAZARD),
    ("payoff", experience.payoff, "experience", "payoff", *_ANY),
    ("remember", _remember, "experience", "your own", *_ANY),
    ("internalise_hazard", internalise.internalise_hazard, "internalise", "1/school year", *_HAZARD),
    ("feedback", learning.feedback, "learning", "share", 0.0, 1.0),
    ("learn_by_use", learning.learn_by_use, "learning", "1/school year", *_ANY),
    ("learn_from_help", learning.learn_from_help, "learning", "1/school year", *_ANY),
    ("learn_from_leader", learning.learn_from_leader, "learning", "1/school year", *_ANY),
    ("learn_from_peers", learning.learn_from_peers, "learning", "1/school year", *_ANY),
    ("fidelity_drift", learning.fidelity_drift, "learning", "1/school year", *_ANY),
    ("is_practised", learning.is_practised, "learning", TRUTH, 0.0, 1.0),
    ("shown", _shown, "trial", "0 or 1", 0.0, 1.0),
    ("gain_of_use", pupils.gain_of_use, "pupils", "SD per school year", *_ANY),
)
RULES: dict[str, Replaceable] = {row[0]: Replaceable(*row) for row in _TABLE}


def hook(parameters: tuple[str, ...], call: str, label: str, known: dict[str, Any], returned: str = "found") -> Any:
    """A compiled function of ``parameters`` and ``me`` that returns ``returned`` after ``found = call``; known : names
    that the two use."""
    text = f"def {label}({', '.join(parameters)}, me):\n    found = {call}\n    return {returned}\n"
    made: dict[str, Callable[..., Any]] = {}
    exec(text, {"__name__": __name__, **known}, made)  # our own text: names of arguments that were checked before
    return rule_without_file(made[label])


def _usual(name: str) -> Any:
    """The hook of a built-in rule."""
    found = RULES[name]
    return hook(found.parameters, f"function({', '.join(found.parameters)})", name, {"function": found.function})


HOOKS = {name: _usual(name) for name in RULES}
awareness_hazard = HOOKS["awareness_hazard"]
feedback = HOOKS["feedback"]
fidelity_drift = HOOKS["fidelity_drift"]
gain_of_use = HOOKS["gain_of_use"]
hold_factor = HOOKS["hold_factor"]
inclination = HOOKS["inclination"]
internalise_hazard = HOOKS["internalise_hazard"]
is_practised = HOOKS["is_practised"]
learn_by_use = HOOKS["learn_by_use"]
learn_from_help = HOOKS["learn_from_help"]
learn_from_leader = HOOKS["learn_from_leader"]
learn_from_peers = HOOKS["learn_from_peers"]
payoff = HOOKS["payoff"]
peer_force = HOOKS["peer_force"]
remember = HOOKS["remember"]
shown = HOOKS["shown"]
stop_hazard = HOOKS["stop_hazard"]
stop_inclination = HOOKS["stop_inclination"]
tie_weight = HOOKS["tie_weight"]
voluntary_hazard = HOOKS["voluntary_hazard"]
