"""``check``: every number of a scenario, counted, and its schools."""

from __future__ import annotations

from typing import Any

from diffusion_sim.cli import show
from diffusion_sim.scenario import Scenario, check_table, counts, references


def gather(sc: Scenario, rng: int) -> dict[str, Any]:
    """All that is shown. Raises PopulationError where the schools cannot be read or made."""
    from diffusion_sim.world import check_ties, load_population

    numbers = check_table(sc)
    schools = load_population(sc, rng)
    check_ties(sc, schools)
    cited = {*numbers["source"], *sc.sources} & set(references())
    return {
        "scenario": {"id": sc.id, "title": sc.title, "question": sc.question, "digest": sc.digest},
        "counts": counts(sc),
        "numbers": numbers,
        "warnings": sc.warnings,
        "sources": {key: references()[key]["citation"] for key in sorted(cited)},
        "schools": schools.summary(),
        "changes": schools.report,
    }


def show_page(sc: Scenario, said: dict[str, Any]) -> None:
    """Print it."""
    show.heading(f"{sc.title}  [{sc.id}]")
    show.lines([sc.question])
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
    _show_schools(said)
    show.text("Sources", "bold")
    show.lines(f"{key}: {citation}" for key, citation in said["sources"].items())
    if said["warnings"]:
        show.text("Outside their plausible range", "bold yellow")
        show.lines(said["warnings"])


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
        f"mean share of low-income pupils {summary['mean_poverty']:.2f}"
    ])  # fmt: skip
    if len(changes):
        rows = changes[["rule", "column", "schools", "note"]].itertuples(index=False)
        show.table(["done to the table", "column", "schools", "note"], rows, right=("schools",))


def _plainly(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


