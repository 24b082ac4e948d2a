"""Which flows make an arm differ from the baseline, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# Theme -> flow -> its name in a sentence "+12.3 <name>". Counts are of events, skill is summed over teachers.
THEMES: dict[str, dict[str, str]] = {
    "begin": {
        "trial_initiative": "tries on teachers' own initiative",
        "trial_outreach": "tries after being told about it",
        "trial_asked": "tries because a coach asked",
        "trial_peers": "tries after colleagues' example",
        "trial_norm": "tries because it is usual in the school",
        "trial_invitation": "tries by invitation",
        "trial_team": "tries because a team's leader expects it",
        "trial_mandate": "tries under a mandate",
        "trial_appointed": "tries of appointed team members",
        "trial_compliant": "tries begun as compliant",
    },
    "stay": {
        "routine": "become routine",
        "internalised": "compliant users make it their own",
        "stop_owned": "stop what they owned",
        "stop_compliant": "stop complying",
        "left_users": "users leave the schools",
        "mandates_broken": "mandates broken",
    },
    "learn": {
        "skill_use": "skill from own use",
        "skill_help": "skill from coaching",
        "skill_peers": "skill from colleagues",
        "skill_expertise": "skill from training",
        "skill_drift": "skill lost to drift",
        "skill_forgotten": "skill forgotten after stopping",
    },
    "improve": {
        "study_acts": "quarters in which schools study and act",
        "variant_borrowed": "schools take up what others tested",
        "variant_adaptations": "schools adapt their variant",
        "variant_abandonments": "schools drop their variant",
    },
}
_MOST = 4  # flows named in one line
_LEAST = 0.05  # smaller differences per 100 teachers are left out


def reasons(flows: pd.DataFrame, baseline: str) -> dict[str, list[str]]:
    """strategy -> lines "begin: +45.1 tries under a mandate, ...": each theme's largest differences to the baseline.

    flows : strategy, flow, mean, difference, low, high, n, per 100 teachers. Only differences whose interval leaves out
    0 are named, largest first.
    """
    found: dict[str, list[str]] = {}
    for strategy in dict.fromkeys(flows["strategy"]):
        if strategy == baseline:
            continue
        rows = flows[flows["strategy"] == strategy].set_index("flow")
        said = [line for theme, names in THEMES.items() if (line := _line(theme, names, rows))]
        if said:
            found[str(strategy)] = said
    return found


def _line(theme: str, names: dict[str, str], rows: pd.DataFrame) -> str:
    parts = []
    for flow, name in names.items():
        if flow not in rows.index:
            continue
        row = rows.loc[flow]
        clear = row["low"] > 0.0 or row["high"] < 0.0
        if clear and abs(row["difference"]) >= _LEAST:
            parts.append((float(row["difference"]), name))
    parts.sort(key=lambda part: -abs(part[0]))
    if not parts:
        return ""
    return f"{theme}: " + ", ".join(f"{difference:+.1f} {name}" for difference, name in parts[:_MOST])
