"""``check``: every number of a scenario, counted, and its schools."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.cli import show
from diffusion_sim.scenario import Scenario, check_table, counts, references
from diffusion_sim.scenario.events import in_words, place_of


def gather(sc: Scenario, rng: int, any_size: bool = False) -> dict[str, Any]:
    """All that is shown. Raises PopulationError where the schools cannot be read or made."""
    from diffusion_sim.world import accountability
    from diffusion_sim.world.build import check_ties, load_population
    from diffusion_sim.world.improvement_networks import named_networks
    from diffusion_sim.world.size import check_size

    check_size(sc, any_size)
    numbers = check_table(sc)
    schools = load_population(sc, rng)
    _check_events(sc, schools)
    check_ties(sc, schools)
    networks = named_networks(sc, schools)
    cited = {*numbers["source"], *sc.sources} & set(references())
    return {
        "scenario": {"id": sc.id, "title": sc.title, "question": sc.question, "digest": sc.digest},
        "changed": sc.changed,
        "counts": counts(sc),
        "numbers": numbers,
        "warnings": sc.warnings,
        "sources": {key: references()[key]["citation"] for key in sorted(cited)},
        "events": [dict(event) for event in sc.events],
        "networks": _networks(sc, networks.of),
        "tables": _tables(sc, schools),
        "schools": schools.summary(),
        "practice": _whom_it_is_for(sc, schools, rng),
        "designated": accountability.counted(sc, schools),
        "changes": schools.report,
    }


def _whom_it_is_for(sc: Scenario, table: Any, seed: int) -> dict[str, Any]:
    """For how many teachers the practice is before week 1, in how many schools that can take part. Raises
    PopulationError where it is for nobody."""
    from diffusion_sim.world import build, concern, start

    schools = build.school_columns(table, sorted(set(table.district_id)))
    teachers = build.teacher_columns(schools)
    start.start_grades(np.uint64(seed), schools, teachers)
    concern.begin(sc, teachers, schools)
    return {
        "for": sc["practice.for"],
        "teachers": int(schools.concerned.sum()),
        "programme_schools": int((schools.programme == 1).sum()),
    }


def _check_events(sc: Scenario, schools: Any) -> None:
    """Raise ScenarioError for an event that names a school or district which is not there."""
    from diffusion_sim.year import dated_events

    districts = sorted(set(schools.district_id))
    for row, event in enumerate(sc.events):
        dated_events.named_rows(event, place_of(event, row), schools, districts)


def _networks(sc: Scenario, of: Any) -> dict[str, dict[str, Any]]:
    """Of each improvement network that the scenario names: how many schools, and its rule; None = the strategy's."""
    said = sc.section("networks")
    return {
        name: {"schools": int((of == number).sum()), "rule": block.get("rule")}
        for number, (name, block) in enumerate(said.items())
    }


def _tables(sc: Scenario, schools: Any) -> dict[str, dict[str, int]]:
    """Of each strategy with hours by hand: rows, and years of support of programme schools without one (0 hours)."""
    from diffusion_sim.population.keys import school_keys
    from diffusion_sim.strategies.allocation import look_up

    own = {"strategy": sc.section("strategy"), **sc.section("strategies")}
    found = {}
    for name, block in own.items():
        if block.get("allocation", {}).get("kind") != "by_hand":
            continue
        keys = school_keys(schools.district_id, schools.school_id)
        rows = block["allocation"]["table"]
        missing = look_up(rows, schools, keys).missing(keys[schools.programme == 1], int(sc["programme.years_support"]))
        found[name] = {"rows": len(rows), "school_years_without_hours": missing}
    return found


def show_page(sc: Scenario, said: dict[str, Any]) -> None:
    """Print it."""
    show.heading(f"{sc.title}  [{sc.id}]")
    show.lines([sc.question])
    show.changes(sc.changed)
    rows: list[Any] = []
    section = ""
    for row in said["numbers"].itertuples(index=False):
        here = row.path.split(".")[0]
        if here != section and rows:
            rows.append(None)
        section = here
        name = f"{row.path} *" if row.stated else row.path
        low, high = _plainly(row.low), _plainly(row.high)
        between = show.NOTHING if row.low != row.low else f"{low} to {high}"
        rows.append((name, _plainly(row.value), row.unit, between, row.source))
    show.table(["number", "value", "unit", "plausible range", "source"], rows, right=("value",))
    _show_counts(said)
    if said["events"]:
        show.text("Dated events", "bold")
        show.lines(in_words(event) for event in said["events"])
    if said["networks"]:
        show.text("Improvement networks", "bold")
        show.lines(f"{name}: {one['schools']} schools, {_rule(one['rule'])}" for name, one in said["networks"].items())
    for name, table in said["tables"].items():
        show.lines([
            f"{name}: hours by hand, {table['rows']} rows; {table['school_years_without_hours']} school years of "
            "support have no row and get no hours"
        ])
    _show_schools(said)
    show.text("Sources", "bold")
    show.lines(f"{key}: {citation}" for key, citation in said["sources"].items())
    if said["warnings"]:
        show.text("Outside their plausible range", "bold yellow")
        show.lines(said["warnings"])


def _rule(rule: dict[str, Any] | None) -> str:
    """A network's rule in words."""
    if rule is None:
        return "by the strategy's rule"
    more = [f"{key} {value}" for key, value in rule.items() if key != "kind" and value is not None]
    return ", ".join([rule["kind"], *more])


def _show_counts(said: dict[str, Any]) -> None:
    n = said["counts"]
    show.text(
        f"{n['numbers']} numbers: {n['sourced']} with a source, {n['assumptions']} assumptions"
        + (f", {n['overridden']} set by you" if n["overridden"] else "")
        + f"; {n['stated']} stated by the scenario (*), the others are defaults"
    )
    if n["unknown_source"]:
        show.text(f"{n['unknown_source']} sources are not in references.yaml")


def _show_schools(said: dict[str, Any]) -> None:
    summary, changes = said["schools"], said["changes"]
    show.text("Schools", "bold")
    show.lines([
        f"{summary['schools']:,} schools ({summary['programme_schools']:,} can take part) in {summary['districts']:,} "
        f"districts, {summary['teachers']:,} teachers, {summary['pupils']:,.0f} pupils, "
        f"mean share of low-income pupils {summary['mean_poverty']:.2f}",
        _in_words(said["practice"], summary),
        said["designated"]["said"],
    ])  # fmt: skip
    if len(changes):
        rows = changes[["rule", "column", "schools", "note"]].itertuples(index=False)
        show.table(["done to the table", "column", "schools", "note"], rows, right=("schools",))


def _in_words(practice: dict[str, Any], summary: dict[str, Any]) -> str:
    """For whom the practice is."""
    if practice["for"] == "all":
        return "The practice is for all teachers"
    nobody = summary["programme_schools"] - practice["programme_schools"]
    return (
        f"The practice is for {practice['teachers']:,} of the {summary['teachers']:,} teachers, by grade band"
        + (f"; {nobody:,} schools with none of them cannot take part" if nobody else "")
    )


def _plainly(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


