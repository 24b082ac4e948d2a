"""A year in sentences. Each is made of what was counted, states it, and is there only where the count is above 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from diffusion_sim.analysis.story.follow import ALL
from diffusion_sim.analysis.story.words import Row, dollars, if_any, index, many, number, percent, sd, sentence
from diffusion_sim.state.codes import INSTRUMENTS
from diffusion_sim.strategies import gates

STAGES = {
    gates.TEAM: "the improvement team",
    gates.COLLEAGUES: "willing colleagues",
    gates.FOCAL: "focal grades",
    gates.SCHOOL: "whole schools",
    gates.DISTRICT: "the whole district",
}
VERDICTS = {gates.ADOPT: "adopt", gates.ADAPT: "adapt", gates.ABANDON: "abandon"}


def money_and_hours(row: Row, shared: bool = False) -> list[str]:
    """What came, what was spent, what arrived."""
    return money(row, shared) + hours(row)


def money(row: Row, shared: bool = False) -> list[str]:
    """What came into the pot, and what was spent."""
    pot = "the one pot of all districts" if shared else "the district's pot"
    own = {"after": " for what it goes on paying itself", "own": " for its own programme"}.get(row["phase"], "")
    came, spent = row["came_in"], row["spent"]
    net = ", net of what traded posts freed" if row["structure_quarters"] > 0 else ""
    return sentence(
        [
            f"{dollars(came)} came into {pot}{own}" if round(came) > 0 else "",
            f"{dollars(-came)} of {pot} was cut" if round(came) < 0 else "",
            f"{dollars(spent)} was spent{net}" if round(spent) > 0 else "",
            f"{dollars(-spent)} more was freed by traded posts than spent" if round(spent) < 0 else "",
        ]
    )


def hours(row: Row, where: str = "the conditions of schools") -> list[str]:
    """What arrived."""
    own = {"after": "coaching by the district's own coaches", "own": "the district's own programme"}
    whose = own.get(row["phase"], "support")
    teachers, building, adapting = row["hours"], row["hours_building"], row["hours_adapting"]
    return sentence(
        [
            f"{number(teachers)} person-hours of {whose} reached teachers and leaders" if round(teachers) else "",
            f"{number(building)} went into {where}" if round(building) else "",
            f"{number(adapting)} into adapting the practice" if round(adapting) else "",
        ]
    )


def schools(row: Row) -> list[str]:
    """Who entered, left, was mandated; what became of mandates."""
    broken, kept = row["mandates_broken"], row["phase"] == "after"
    came, went = ("came back to it", "gave it up") if kept else ("entered the programme", "left the programme")
    went += " before its end" if row["phase"] == "support" else ""
    return [
        *sentence(
            [
                if_any(row["school_entries"], f"{many(row['school_entries'], 'school')} {came}"),
                if_any(row["school_exits"], f"{many(row['school_exits'], 'school')} {went}"),
            ]
        ),
        *sentence(
            [
                if_any(
                    row["handed_over"],
                    f"{many(row['handed_over'], 'school was', 'schools were')} in the programme when support ended",
                )
            ]
        ),
        *sentence(
            [
                if_any(row["mandated"], f"{many(row['mandated'], 'school was', 'schools were')} mandated"),
                if_any(broken, f"{many(broken, 'mandate was', 'mandates were')} broken"),
                if_any(row["mandates_ended"], f"{many(row['mandates_ended'], 'mandate')} ended as promised"),
            ]
        ),
    ]


def stages(row: Row, verdicts: Sequence[Row]) -> list[str]:
    """Gates of a staged strategy, and the stage at the year's end."""
    said = gates_told(verdicts)
    if row["phase"] in ("support", "own") and row["stage"] > 0:
        stage = int(row["stage"])
        inside = f"with {many(row['enrolled'], 'school')} in the programme"
        inside = inside if row["enrolled"] > 0 else "with no school in the programme"
        said.append(f"The year ended in stage {stage} of {gates.DISTRICT} ({STAGES[stage]}), {inside}.")
    return said


def gates_told(verdicts: Sequence[Row]) -> list[str]:
    """What the gates of a staged strategy said."""
    said = []
    for gate in verdicts:
        told = f"at the beginning of quarter {gate['quarter']} the gate said {VERDICTS[gate['verdict']]}"
        if gate["verdict"] == gates.ADOPT:
            told += f": stage {gate['stage']} ({STAGES[gate['stage']]})"
        elif gate["verdict"] == gates.ADAPT:
            missed = if_any(gate["misses"], ", both signs missing")
            told += f": stage {gate['stage']} was repeated{missed}"
        else:
            told += ": both signs were missing again, and the district gave the practice up"
        said += sentence([told])
    return said


def came_and_went(row: Row) -> list[str]:
    """Teachers, principals and superintendents."""
    users = if_any(row["left_users"], f" ({number(row['left_users'])} of them users)")
    moved = if_any(row["moved_users"], f" ({number(row['moved_users'])} of them users)")
    knew = if_any(row["comers"], f" ({number(row['comers'])} of whom knew the practice)")
    said = sentence(
        [
            if_any(row["left"], f"{many(row['left'], 'teacher')} left{users}"),
            if_any(row["moved"], f"{number(row['moved'])} moved to another school of the district{moved}"),
            if_any(row["hired"], f"{number(row['hired'])} {'was' if row['hired'] == 1 else 'were'} hired{knew}"),
        ]
    )
    return said + leaders_left(row)


def leaders_left(row: Row) -> list[str]:
    """Principals and superintendents who left, and what their successors found and what there was a week later."""
    said = []
    if row["principals_left"] > 0:
        went = ", ".join(
            f"{text} went from {index(row[f'{name}_before'])} to {index(row[f'{name}_after'])}"
            for name, text in (("focus", "focus"), ("leadership_team", "leadership team"), ("trust", "trust"))
        )
        where = "in the school" if row["principals_left"] == 1 else "in their schools, on average,"
        said.append(f"{many(row['principals_left'], 'principal')} left; {where} {went}.")
    if row["superintendents"] > 0:
        went = ", ".join(
            f"{text} went from {index(row[f'{name}_before'])} to {index(row[f'{name}_after'])}"
            for name, text in (("superintendent_support", "support"), ("alignment", "alignment of instruments"))
        )
        who = "The superintendent" if row["superintendents"] == 1 else many(row["superintendents"], "superintendent")
        n = row["broken_with_superintendent"]
        broken = if_any(n, f"; in the same week {many(n, 'mandate was', 'mandates were')} broken")
        said.append(f"{who} left: {went}{broken}.")
    return said


def structures(row: Row) -> list[str]:
    """Teams with a leader, coaches of a school's own."""
    paid = row["structure_quarters_paid"]
    unpaid = row["structure_quarters"] - paid
    begun, gone, prepared = row["structures_begun"], row["structures_ended"], row["leaders_prepared"]
    return [
        *sentence(
            [
                if_any(begun, f"{many(begun, 'school')} began another staffing"),
                if_any(gone, f"{many(gone, 'school')} went back to the usual staffing"),
                if_any(prepared, f"{many(prepared, 'team leader was', 'team leaders were')} prepared"),
            ]
        ),
        *sentence(
            [
                if_any(row["teams"], f"{many(row['teams'], 'team')} had a leader"),
                if_any(row["coaches"], f"{many(row['coaches'], 'teacher')} coached"),
                if_any(row["traded"], f"{many(row['traded'], 'post was', 'posts were')} traded"),
            ],
            begin="at the year's end ",
        ),
        *sentence(
            [
                if_any(paid, f"staffing was paid in {many(paid, 'quarter')} of schools"),
                if_any(unpaid, f"staffing could not be paid in {many(unpaid, 'quarter')} of schools"),
            ]
        ),
    ]


def district(row: Row) -> list[str]:
    """What the district changed at its own level."""
    aligned, first = row["align_quarters"], row["vision_quarters"]
    what = f" {INSTRUMENTS[int(row['aligned'])]}" if row["aligned"] >= 0 else " an instrument"
    eased, share, wider = row["relieved_schools"], row["relieved"], row["autonomy_added"]
    return [
        *sentence(
            [
                if_any(aligned, f"the district aligned{what} in {many(aligned, 'quarter')}"),
                if_any(first, f"it put those first who would be left out in {many(first, 'quarter')}"),
            ]
        ),
        *sentence(
            [
                if_any(eased, f"{many(eased, 'school was', 'schools were')} relieved of {percent(share)} of pressure"),
                if_any(wider, f"teachers' autonomy was wider by {index(wider)}"),
            ],
            begin="at the year's end ",
        ),
    ]


def ended(row: Row, before: Row, alone: bool, whom: str = "all districts") -> list[str]:
    """Reach, deep use, depth and pupils' gain at the year's end; ``alone`` : nobody in brackets, else ``whom``."""

    def beside(name: str, told: Callable[[float], str]) -> str:
        return told(row[name]) + ("" if alone else f" ({told(row[name + ALL])})")

    gain = {name: row[f"pupil_gain_sd{name}"] - before[f"pupil_gain_sd{name}"] for name in ("", ALL)}
    others = "" if alone else f"; in brackets {whom}"
    users = row["reach"] > 0
    told = [
        f"the practice was in use by {beside('reach', percent)} of teachers" if users else "nobody used the practice",
        f"in deep use by {beside('deep_use', percent)}" if row["deep_use"] > 0 else "",
        f"mean depth among users was {beside('mean_depth', index)}" if users else "",
        f"in the year pupils gained {sd(gain[''])}" + ("" if alone else f" ({sd(gain[ALL])})") + " SD",
    ]
    return sentence([*told[:-1], told[-1] + others], begin="at the year's end ")


def events(said: Sequence[tuple[int, int, Mapping[str, Any]]]) -> list[str]:
    """Dated events of the scenario."""
    told = []
    for _, week, event in said:
        keys = ("share", "weeks", "years", "instrument", "value", "change")
        more = [f"{key} {event[key]}" for key in keys if key in event]
        told.append(", ".join([f"{event['kind'].replace('_', ' ')} after week {week}", *more]))
    return [f"Dated events: {'; '.join(told)}."] if told else []
