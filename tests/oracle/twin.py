"""The fast model and its slow twin side by side: the same world, week by week."""

from __future__ import annotations

import random

import numpy as np
import yaml

from diffusion_sim.dynamics.money import LEDGER
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.numbers import defaults
from diffusion_sim.scenario.words import CONTENT, MEASURES_WORDS, PLAIN_CONTENT, STRATEGY_PARTS, TOPOLOGIES
from diffusion_sim.state.codes import COACH, FLOWS, NO_TEAM, NOT_CONCERNED, STAFFING, TRADED

from ..small_world import write_case
from .accountability import INSTRUMENTS
from .compare import RELATIVE, apart, unequal
from .compare_cycles import cycle_differences
from .compare_parts import close_parts, exact_parts
from .draws import entity_key
from .numbers import ASIDE, COACHES, DIFFERING, LEADS
from .oracle import Oracle
from .staged import GATED
from .whole import WholeOracle

# Flow names of the twin -> of the model.
FLOW_NAMES = {
    "trial_own": "trial_initiative",
    "trial_asked": "trial_asked",
    "trial_like": "trial_like",
    "trial_outreach": "trial_outreach",
    "trial_peers": "trial_peers",
    "trial_norm": "trial_norm",
    "trial_invited": "trial_invitation",
    "trial_induction": "trial_induction",
    "trial_team": "trial_team",
    "trial_mandate": "trial_mandate",
    "learn_use": "skill_use",
    "learn_help": "skill_help",
    "learn_peers": "skill_peers",
    "learn_expertise": "skill_expertise",
    "loss_drift": "skill_drift",
    "loss_forgetting": "skill_forgotten",
    "trial_appointed": "trial_appointed",
    "school_entries": "school_entries",
    "school_exits": "school_exits",
    "aware": "aware",
    "hired": "hired",
    "left": "left",
    "left_users": "left_users",
    "moved": "moved",
}
# Strategies and words that the twin does not know yet: docs/model.md has them, nobody has written them anew.
NOT_IN_THE_TWIN: frozenset[str] = frozenset()
EVENT_KINDS = ("lost_time", "suspended_support", "leader_leaves", "new_mandate", "budget_cut", "new_initiative")
# Scenario numbers that are words.
WORDS = {
    f"{section}.{key}": number.choices
    for section in ("structure", "money", "staffing")
    for key, number in defaults()[section].items()
    if number.choices and key not in ("pool", "spend")
}
COMERS = ("comers_low_income", "comers_other")  # as the twin's comers_met


def school_rows(schools: int, teachers: int, seed: int = 5) -> list[dict]:
    """Rows of a table, out of order: five districts, one of a single school, one wholly outside the programme, a school
    outside the programme in a district of others, schools of two teachers."""
    rng = random.Random(seed)
    names = ["alone", "outside"] + ["east", "north", "west"] * schools
    sizes = [max(2, round(teachers / schools * rng.choice((0.1, 0.5, 0.8, 1.2, 1.6)))) for _ in range(schools)]
    sizes[-1] = max(2, sizes[-1] + teachers - sum(sizes))
    rows = [
        {
            "district_id": names[i],
            "school_id": f"s{(7 * i) % 100:02d}",
            "teachers": sizes[i],
            "pupils": 15 * sizes[i],
            "poverty": round(rng.random(), 3),
            "achievement": round(rng.gauss(0, 1), 3),
            "programme": 0 if names[i] == "outside" or i == 4 else 1,
        }
        for i in range(schools)
    ]
    rng.shuffle(rows)
    return rows


def network_columns(rows: list[dict], named: bool = False) -> list[dict]:
    """The same rows with locales, and, if asked for, with named networks across districts and schools without one."""
    more = []
    for row in rows:
        i = int(row["school_id"][1:])
        row = row | {"locale": ("city", "rural", "suburb", "town")[i % 4]}
        more.append(row | {"network": ("red", "red", "blue", "")[i % 4 if i % 3 else 0]} if named else row)
    return more


def survey_columns(rows: list[dict], seed: int = 6) -> list[dict]:
    """The same rows with the table's own survey of conditions and its own share of initial users."""
    rng = random.Random(seed)
    names = ("readiness_focus", "readiness_time", "readiness_team", "readiness_district", "initial_use")
    return [row | {name: round(rng.uniform(0.02, 0.9), 3) for name in names} for row in rows]


def make_case(folder, rows: list[dict], overrides: dict | None = None, events: tuple = (), networks=None) -> Scenario:
    """The scenario of a table, written to ``folder``; events and networks as a scenario states them."""
    extra = yaml.safe_dump({"events": list(events)}) if events else ""
    extra += yaml.safe_dump({"networks": networks}) if networks else ""
    return write_case(folder, rows, f"twin_{entity_key(str(rows)):x}", extra).override(overrides)


def drawn_numbers(seed: int) -> tuple[dict, str, tuple]:
    """Every number drawn from its plausible range (odd seeds: some from their hard bounds), a strategy of parts drawn.

    Returns overrides, the strategy as the twin reads it, the shares of hours.
    """
    rng = random.Random(seed)
    drawn: dict = {}
    for section, keys in defaults().items():
        for key, number in keys.items():
            span = number.bounds if seed % 2 and rng.random() < 0.15 else number.range
            if section == "population" or span is None:
                continue
            value = rng.uniform(span[0], min(span[1], 50.0) if span[1] > 1000 else span[1])
            drawn[f"{section}.{key}"] = round(value) if number.integer else value
    drawn |= {
        "programme.years_support": rng.choice((1, 2)),
        "programme.hours": rng.uniform(4, 40),  # shared out unequally, more could pass what a plan may ask for
        "programme.years_after": rng.choice((0, 1, 2)),
        "money.pool": rng.choice(("district", "world")),
        "money.spend": rng.choice(("offer", "stretch")),
        "money.budget_per_teacher": rng.choice((0, 200, 500, 1500, 3400, 6000)),
        "money.own_budget": rng.choice((0, 0.01, 0.1, 0.5)),
    }
    drawn |= {path: rng.choice(words) for path, words in WORDS.items()}
    words = {
        part: rng.choice(sorted(set(STRATEGY_PARTS[part]) - NOT_IN_THE_TWIN))
        for part in ("recruitment", "allocation", "content", "tempo")
    }
    if words["allocation"] == "by_hand":
        drawn["strategy.allocation.table"] = {f"s{7 * i:02d}": {1: 4.0 * i, 2: 20.0, 3: 5.0} for i in range(1, 8)}
        drawn["strategy.allocation.scaled"] = rng.choice((0, 1))
    drawn |= {
        "strategy.content.departments": rng.choice((0, 0.5)),
        "strategy.content.to_leaders": rng.choice((0, 0, 0.4, 1)),
        "strategy.recruitment.look": rng.choice((0, 1)),
    }
    low, high = sorted((rng.random(), rng.random()))
    mix = (low, high - low, 1 - high, 0.0)
    drawn |= {f"strategy.{part}.kind": kind for part, kind in words.items()}
    if words["content"] in PLAIN_CONTENT:
        drawn |= {f"strategy.content.{name}": share for name, share in zip(CONTENT, mix, strict=True)}
    else:
        mix, kinds = None, list(PLAIN_CONTENT)
        options = {"by_readiness": {"cut": rng.random(), "below": rng.choice(kinds), "above": rng.choice(kinds)}}
        options["by_year"] = {"years": {rng.choice((1, 2)): rng.choice(kinds), 1: rng.choice(kinds)}}
        if words["content"] == "by_year":
            drawn["programme.years_support"] = 2
        drawn |= {f"strategy.content.{name}": value for name, value in options[words["content"]].items()}
    return drawn, "+".join(words.values()), mix


def drawn_testing(seed: int) -> dict:
    """A rule of improvement cycles drawn, none now and then: its words and, mostly, options."""
    rng = random.Random(f"testing {seed}")
    kind = rng.choice(("none", "local", "local", "menu", "menu"))
    rule: dict = {"kind": kind}
    if kind != "none":
        drawn = {"measures": rng.choice(MEASURES_WORDS), "topology": rng.choice(TOPOLOGIES), "study_act": rng.random()}
        rule |= {name: value for name, value in drawn.items() if rng.random() < 0.8}
    return rule


def drawn_events(seed: int, rows: list[dict], weeks: int, support: int, pool: str) -> tuple:
    """Two to eight events of all kinds, some in weeks in which a quarter or a year begins.

    weeks: of the run, support: of these with support.
    """
    rng = random.Random(f"events {seed}")
    schools = [row["school_id"] for row in rows]
    districts = sorted({row["district_id"] for row in rows})
    events = []
    for _ in range(rng.randint(2, 8)):
        kind = rng.choice(("suspended_support", "new_mandate", *EVENT_KINDS))
        week = rng.choice((rng.randrange(weeks), 9 * rng.randrange(weeks // 9), 36 * rng.randrange(weeks // 36)))
        event = {"kind": kind, "week": week}
        if kind in ("new_mandate", "budget_cut"):
            event["week"] = min(week, weeks - 9)  # one that finds no quarter any more is an error
        if kind in ("lost_time", "budget_cut"):
            event["share"] = rng.choice((0.2, 0.6, 0.9, 1.0))
        if kind == "suspended_support":
            event["week"] = week % support
        if kind == "lost_time" or kind in ("suspended_support", "new_initiative") and rng.random() < 0.7:
            event["weeks"] = rng.choice((2, 7, 9, 18, 20, 40))
        if kind == "new_mandate":
            event["years"] = rng.choice((1, 2))
        if kind == "budget_cut" or rng.random() < 0.4:
            event["districts"] = "all" if pool == "world" else rng.sample(districts, 2)
        elif kind == "leader_leaves" or rng.random() < 0.5:
            event["schools"] = rng.choice(("all", rng.sample(schools, 3)))
        events.append(event)
    return tuple(events)


def said(value) -> float | None:
    """A number that a table gives, None where it gives none."""
    return None if np.isnan(value) else float(value)


def options_of(case: Scenario) -> dict:
    """The options that the strategy of a scenario's own parts states, by name."""
    return {name: value for part in case.section("strategy").values() for name, value in part.items() if name != "kind"}


def twin_of(
    model, strategy: str, mix: tuple | None = None, testing: dict | None = None, appoint=None
) -> WholeOracle:
    """The slow twin of a model that has made no step; takes its ties and grade bands from the model while both run.

    ``strategy``: a built-in id, or the kinds of the parts that the scenario states, with their options.
    """
    table = model.world.table
    rows = []
    for s in range(len(table)):
        row = {name: getattr(table, name)[s] for name in ("district_id", "school_id", "teachers", "poverty")}
        row |= {"achievement": table.achievement[s], "programme": table.programme[s], "level": int(table.level[s])}
        row |= {"pupils": float(table.pupils[s]), "locale": int(table.locale[s])}
        row |= {"network": "" if table.network is None else table.network[s]}
        if table.readiness is not None:
            row["readiness"] = table.readiness[s].tolist()
        if table.initial_use is not None:
            row["initial_use"] = table.initial_use[s]
        if table.principal_years is not None:
            row["principal_years"] = said(table.principal_years[s])
        if table.designated is not None:
            row["designated"] = int(table.designated[s])
        for name in INSTRUMENTS:
            column = getattr(table, f"alignment_{name}")
            if column is not None:
                row[f"alignment_{name}"] = said(column[s])
        for path in DIFFERING:
            column = getattr(table, path.split(".")[1])
            if column is not None:
                row[path] = said(column[s])
        rows.append(row)
    teachers = model.state.teachers
    places = [
        (table.district_id[s], table.school_id[s], int(post))
        for s, post in zip(teachers.school.tolist(), teachers.post.tolist(), strict=True)
    ]

    def ties(year: int) -> dict:
        first, degree, target = model.state.network.first, model.state.network.degree, model.state.network.target
        return {
            place: [places[j] for j in target[first[i] : first[i] + degree[i]].tolist()]
            for i, place in enumerate(places)
        }

    def grades() -> dict:
        return dict(zip(places, model.state.teachers.grade.tolist(), strict=True))

    options = options_of(model.case) if "+" in strategy else {}
    given = {"events": model.case.events, "options": options, "hours_table": options.get("table", ()), "grades": grades}
    if "+" in strategy:
        given |= {f"{part}_part": model.case.section("strategy").get(part) for part in ("district", "staffing")}
    numbers = {path: number.value for path, number in model.case.numbers.items()}
    rows.reverse()  # the order of rows is the twin's own business
    given["networks"] = model.case.section("networks")
    given |= {"numbers": numbers, "schools": rows, "ties": ties, "strategy": strategy, "seed": model.seed, "mix": mix}
    return WholeOracle(testing=testing, appoint=appoint, **given)


def differences(model, twin: WholeOracle) -> list[str]:
    """What differs now, one line each; empty = the same."""
    found = []
    in_post = [teacher for school in twin.schools for teacher in school.teachers]
    people = [teacher for teacher in in_post if teacher is not None]
    filled = model.state.teachers.leader != TRADED
    if filled.tolist() != [teacher is not None for teacher in in_post]:
        return ["other posts traded"]
    ids = [name for name, there in zip(model.teacher_ids(), filled.tolist(), strict=True) if there]
    if ids != [teacher.id for teacher in people]:
        found.append("other persons in posts")
        return found
    t = model.state.teachers[filled]
    using = np.isin(t.stage, (2, 3)) & (t.leader != COACH)
    taking_part = using & (t.leader != NOT_CONCERNED)
    users = {name for name, uses in zip(ids, taking_part.tolist(), strict=True) if uses}
    if users != twin.users():
        found.append(f"users {sorted(users ^ twin.users())[:5]}")
    exact = {
        "stage": (t.stage, [p.stage for p in people]),
        "spells": (t.spells, [p.spells for p in people]),
        "moves": (t.moves, [p.moves for p in people]),
        "ever": (t.ever, [p.ever_used for p in people]),
        "entered": (t.entered, [p.year_of_entry for p in people]),
        "owned": (t.owned * using, [p.owned and p.is_user() and p.role != COACHES for p in people]),
        "visible": (t.visible * using, [p.visible and p.is_user() and p.role != COACHES for p in people]),
        "leader": (t.leader, _rows_of_leaders(twin)),
        "invited": (t.invited & 1, [p.invited for p in people]),
        "stopped": (t.uses * (t.stage == 4), [(p.stopped_week or 0) * (p.stage == 4) for p in people]),
    }
    if "improvement_team" in twin.strategy or "gated_asked" in twin.strategy:
        exact["named"] = (model.state.named[filled] > 0, [p.named for p in people])
    close = {
        "skill": (t.skill, [p.k for p in people]),
        "skill_brought": (t.skill_brought, [p.k0 for p in people]),
        "conviction": (t.conviction, [p.v for p in people]),
        "uses": (t.uses * using, [p.uses * (p.is_user() and p.role != COACHES) for p in people]),
        "own_gain": (t.gain, [p.own_gain for p in people]),
        "drive": (t.drive, [p.drive for p in people]),
        "years": (t.years, [p.years for p in people]),
    }
    found += _school_differences(model, twin) + cycle_differences(model, twin)
    found += [f"{name}: rows {unequal(a, b)}" for name, (a, b) in exact.items() if unequal(a, b)]
    found += [f"{name}: rows {apart(a, b)}" for name, (a, b) in close.items() if apart(a, b)]
    return found


def _rows_of_leaders(twin: Oracle) -> list[int]:
    """Of everybody in post: the row of the team's leader (the own one for a leader), or the code of who has none."""
    rows = {(*school.id, post): 0 for school in twin.schools for post in range(school.posts)}
    rows = dict(zip(rows, range(len(rows)), strict=True))
    found = []
    for school in twin.schools:
        for teacher in school.present():
            leader = teacher if teacher.role == LEADS else teacher.team_leader
            if teacher.role == COACHES:
                found.append(COACH)
            elif teacher.role == ASIDE:
                found.append(NOT_CONCERNED)
            else:
                found.append(NO_TEAM if leader is None else rows[(*school.id, leader.post)])
    return found


def _school_differences(model, twin: Oracle) -> list[str]:
    s, schools = model.state.schools, twin.schools
    d, districts = model.state.districts, twin.districts
    exact = {
        "enrolled": (s.enrolled, [x.enrolled for x in schools]),
        "kept": (s.kept, [x.kept for x in schools]),
        "replaced": (s.replaced, [x.replaced for x in schools]),
        "enrolments": (s.spells, [x.enrolments for x in schools]),
        "mandate_weeks": (s.mandate_weeks, [x.mandate_weeks for x in schools]),
        "on the team": (s.on_team, [x.on_team for x in schools]),
        "mandate_spent": (s.mandate_spent, [x.mandate_spent for x in schools]),
        "by_name": (s.by_name, [x.by_name for x in schools]),
        "initiatives": (s.initiatives, [x.initiatives for x in schools]),
        "comers": (s.comers, [x.comers for x in schools]),
        "usual initiatives": (s.initiatives_usual, [x.usual_initiatives for x in schools]),
        "weeks of principals": (np.minimum(s.weeks_principal, 36), [min(x.principal_weeks, 36) for x in schools]),
        "looked": (s.looked, [x.looked_at for x in schools]),
        "principal_number": (s.principal_number, [x.principal_number for x in schools]),
        "staffing": (s.staffing, [STAFFING.index(x.structure.word) for x in schools]),
        "staffed": (s.staffed * (s.staffing > 0), [x.structure.paid for x in schools]),
        "teaching": (s.teaching, [x.teaching_posts() for x in schools]),
        "superintendent_number": (d.superintendent_number, [x.superintendent_number for x in districts]),
    }
    close = {
        "eased": (s.mandate_eased * s.mandate_weeks, [(1 - x.mandate_force) * x.mandate_weeks for x in schools]),
        "norm": (s.norm, [x.norm for x in schools]),
        "embedded": (s.embedded, [x.embedded for x in schools]),
        "standing": (s.standing, [x.standing for x in schools]),
        "trust": (s.trust, [x.trust for x in schools]),
        "principal": (s.principal, [x.principal for x in schools]),
        "conditions": (s.conditions, [x.conditions for x in schools]),
        "readiness": (s.readiness, [x.readiness for x in schools]),
        "coherence": (s.coherence, [x.coherence for x in schools]),
        "hours": (s.hours, [x.hours for x in schools]),
        "building": (s.building, [x.building for x in schools]),
        "surveyed trust": (
            s.surveyed_trust * s.programme * (model.week > 0),  # nobody is asked before the first year
            [(x.surveyed_trust or 0.0) * x.programme for x in schools],
        ),
        "outreach": (s.outreach, [x.outreach for x in schools]),
        "active": (s.active, [x.active for x in schools]),
        "supported": (s.supported, [x.helped for x in schools]),
        "supply_factor": (s.supply_factor * (s.hours > 0), [x.supply_factor * (x.hours > 0) for x in schools]),
        "gain": (s.gain, [x.gain for x in schools]),
        "comers measured": (model.series.iloc[model.week][list(COMERS)], twin.comers_met()),
        "pressure": (s.pressure, [x.pressure for x in schools]),
        "superintendent": (d.superintendent, [x.support for x in districts]),
        **_in_what_districts_differ(d, twin),
        "alignment": (d.alignment, [x.alignment for x in districts]),
        "enrolment_wait": (
            np.where(s.enrolled | s.kept, s.exit_sum, s.enter_sum),
            [(x.exit_wait if x.enrolled or x.kept else x.entry_wait).sum for x in schools],
        ),
        "trained": (model.state.capacity, [twin.trained[id(pot)] for pot in twin.pots if pot.schools]),
        "ledger": (model.state.ledger, [twin.ledger.get(column, 0.0) for column in LEDGER]),
    }
    exact |= exact_parts(model, twin)
    close |= close_parts(model, twin)
    found = [f"{name}: schools {unequal(a, b)}" for name, (a, b) in exact.items() if unequal(a, b)]
    if abs(model.state.unspent - twin.unspent) > RELATIVE * (1 + np.abs(model.state.ledger).sum()):
        found.append(f"unspent: {model.state.unspent} and {twin.unspent}")
    flows = model.state.flow_series[model.week]
    ours = [flows[FLOWS.index(name)] for name in FLOW_NAMES.values()]
    close |= _school_sums(s, twin)
    if model.case["structure.like"] != "off":
        close["like"] = (s.like, [x.like for x in schools])
        close["like at the start"] = (s.like_start, [x.like_start for x in schools])
    if twin.strategy[3] in GATED and model.week:
        memos = [x.district.memo if x.programme else (0, 0, 0, 0) for x in schools]
        if unequal(model.state.memo, memos):
            found.append(f"memo: schools {unequal(model.state.memo, memos)}")
    measured = twin.kept_measures()
    close["kept measures"] = (model.series.iloc[model.week][list(measured)], list(measured.values()))
    close |= _stages(model, twin)
    close["flows"] = (ours, [twin.flows[name] for name in FLOW_NAMES])
    return found + [f"{name}: schools {apart(a, b)}" for name, (a, b) in close.items() if apart(a, b)]


def _stages(model, twin: WholeOracle) -> dict:
    """Measures of a staged roll-out; stages only where there are gates."""
    measured = twin.stage_measures()
    if twin.strategy[3] not in GATED or not model.week:
        measured = {"districts_at_80": measured["districts_at_80"]}
    return {"stages measured": (model.series.iloc[model.week][list(measured)], list(measured.values()))}


def _in_what_districts_differ(d, twin: Oracle) -> dict:
    found = {path: (d[path.split(".")[1]], [twin.of_district(x, path) for x in twin.districts]) for path in DIFFERING}
    return found | {"usual principal": (d.usual_principal, [twin.usual_principal(x) for x in twin.districts])}


def _school_sums(s, twin: Oracle) -> dict:
    """Sums over a school's teachers: users, those in deep use, quality, owned use, e."""
    taught = [school.teaching() for school in twin.schools]
    return {
        "users": (s.users, [sum(p.is_user() for p in people) for people in taught]),
        "deep": (s.deep, [sum(twin.deep(p) for p in people) for people in taught]),
        "quality": (s.quality, [sum(twin.quality(p) for p in people) for people in taught]),
        "deep from .4": (s.deep_40, [sum(p.is_user() and twin.quality(p) >= 0.4 for p in people) for people in taught]),
        "deep from .6": (s.deep_60, [sum(p.is_user() and twin.quality(p) >= 0.6 for p in people) for people in taught]),
        "owners": (s.owned, [sum(p.owned and p.is_user() for p in people) for people in taught]),
        "effectiveness": (s.effectiveness, [sum(p.effectiveness for p in people) for people in taught]),
    }


def run_both(model, twin: WholeOracle, weeks: int = 10_000) -> list[str]:
    """Step both until they differ, ``weeks`` are done or the run ends; what differs, with the week."""
    found = differences(model, twin)
    while model.running and model.week < weeks and not found:
        model.step()  # first: the summer of the model makes the ties that the twin reads
        twin.step()
        found = differences(model, twin)
    return [f"week {model.week}: {line}" for line in found]
