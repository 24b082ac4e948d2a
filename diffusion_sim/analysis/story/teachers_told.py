"""Teachers and variants of a year, in sentences; see year_told.py."""

from __future__ import annotations

from diffusion_sim.analysis.story.words import Row, if_any, listed, many, number, part, sentence, shows, times

# Cause of a trial -> how it is said.
CAUSES = {
    "trial_initiative": "on their own initiative",
    "trial_outreach": "after being told about it",
    "trial_asked": "because a coach asked",
    "trial_peers": "after colleagues' example",
    "trial_norm": "because it was usual in the school",
    "trial_like": "because of like schools",
    "trial_invitation": "by invitation",
    "trial_induction": "because the school inducts who is new",
    "trial_team": "because the leader of their team expected it",
    "trial_mandate": "under a mandate",
    "trial_appointed": "appointed to it",
}
_SKILL = {"skill_use": "from use", "skill_help": "from coaching and help", "skill_peers": "from colleagues",
          "skill_expertise": "from training"}  # fmt: skip
_LOST = {"skill_drift": "by drift", "skill_forgotten": "by forgetting where it was not used"}


def causes_of(row: Row) -> dict[str, float]:
    """Cause -> trials credited to it; also causes that this page has no words for."""
    found = [name for name in row if name.startswith("trial_") and name != "trial_compliant"]
    return {name: float(row[name]) for name in found}


def cause_in_words(name: str) -> str:
    """How a cause is said."""
    return CAUSES.get(name, "by " + name.removeprefix("trial_").replace("_", " "))


def tried(row: Row) -> float:
    """How many trials began: all causes together, a whole number up to rounding."""
    return float(round(sum(causes_of(row).values())))


def causes_said(row: Row) -> list[str]:
    """``12.4 on their own initiative``, largest first; what would show as 0 is left out."""
    there = sorted(causes_of(row).items(), key=lambda item: -item[1])
    return [f"{part(n)} {cause_in_words(name)}" for name, n in there if shows(n)]


def teachers(row: Row) -> list[str]:
    """Who heard, tried and why, went on, stopped."""
    n, compliant = tried(row), row["trial_compliant"]
    said = sentence(
        [
            if_any(row["aware"], f"{many(row['aware'], 'teacher')} heard of the practice"),
            if_any(row["invited"], f"{many(row['invited'], 'teacher was', 'teachers were')} invited by name"),
        ]
    )
    if n > 0:
        said += sentence([f"teachers tried it {times(n)}: {listed(causes_said(row))}"])
        said += sentence(
            [
                if_any(n - compliant, f"{number(n - compliant)} began as owned use"),
                if_any(compliant, f"{number(compliant)} as compliant use"),
            ],
            begin="of these trials ",
        )
        again = row["retrial"]
        said += sentence([if_any(again, f"{many(again, 'trial')} came after an earlier spell of use")])
    said += sentence(
        [
            if_any(row["routine"], f"use became routine {times(row['routine'])}"),
            if_any(row["internalised"], f"compliant use became the teacher's own {times(row['internalised'])}"),
        ]
    )
    return said + sentence(
        [
            if_any(row["stop_owned"], f"owned use was stopped {times(row['stop_owned'])}"),
            if_any(row["stop_compliant"], f"compliant use was stopped {times(row['stop_compliant'])}"),
        ]
    )


def skill(row: Row) -> list[str]:
    """Where skill came from and went."""
    gained = [f"{part(row[name])} {text}" for name, text in _SKILL.items() if shows(row[name])]
    lost = [f"{part(row[name])} {text}" for name, text in _LOST.items() if shows(row[name])]
    unit = "added up over teachers, each from 0 to 1"
    said = [f"Skill gained, {unit}: {listed(gained)}."] if gained else []
    return said + ([f"Skill lost{'' if gained else ', ' + unit}: {listed(lost)}."] if lost else [])


def variants(row: Row) -> list[str]:
    """Improvement cycles."""
    switches, given_up, taken = row["variant_switches"], row["variant_abandonments"], row["variant_borrowed"]
    borrowed = if_any(taken, f"{number(taken)} borrowed from what others had tested")
    dropped = if_any(given_up, f"{number(given_up)} because the one in use failed")
    why = listed([text for text in (borrowed, dropped) if text]) if borrowed or dropped else ""
    return [
        *sentence(
            [
                if_any(row["tests_begun"], f"{many(row['tests_begun'], 'school')} began to test variants"),
                if_any(row["study_acts"], f"results were studied and acted on {times(row['study_acts'])}"),
            ]
        ),
        *sentence(
            [
                if_any(switches, f"another variant was taken up {times(switches)}" + (why and f" ({why})")),
                if_any(row["variant_adaptations"], f"one was adapted {times(row['variant_adaptations'])}"),
            ]
        ),
    ]
