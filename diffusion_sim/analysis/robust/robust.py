"""``robust``: a contrast over the model's own plausible ranges and structures."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from diffusion_sim.analysis.results import outside_stores
from diffusion_sim.analysis.robust import at_defaults, equal, equalise, indices, inert_list, tables
from diffusion_sim.analysis.robust.asked import Asked, ask
from diffusion_sim.analysis.robust.draws import harm_by_draw
from diffusion_sim.analysis.robust.factors import factors_of
from diffusion_sim.analysis.robust.folder import check_folder, drawn_rows, run_at_defaults, run_draws
from diffusion_sim.analysis.robust.results import Robust
from diffusion_sim.analysis.studies import Study
from diffusion_sim.errors import StoreError, StudyError, as_path, check_flag
from diffusion_sim.scenario.numbers import defaults
from diffusion_sim.scenario.ranges_lock import digest, locked
from diffusion_sim.study.plan.arms_and_seeds import whole
from diffusion_sim.study.provenance import provenance


def robust(
    case: Any,
    contrast: str | Sequence[str],
    measures: Iterable[str] | None = None,
    *,
    points: int = 200,
    seeds: int = 2,
    out: str | os.PathLike[str] | None = None,
    numbers: str | Sequence[str] = "all",
    sections: Sequence[str] | None = None,
    structures: str | Sequence[str] = "all",
    leading: int = 10,
    levels: int = 5,
    seeds_at_defaults: int = 10,
    rng: int = 1,
    workers: int | None = None,
    executor: Executor | Any = None,
    overrides: Mapping[str, Any] | None = None,
    allow_code: bool = False,
    any_version: bool = False,
    any_size: bool = False,
    progress: bool | None = None,
    at_equal_spending: str | Sequence[str] = (),
) -> Robust:
    """Draw the scenario's numbers from their plausible ranges, and its structures, and ask whether "a - b" holds.

    case : id, file or Scenario. contrast : "a - b", or a list of such; ``none`` always runs besides.
    at_equal_spending : pairs that are asked at equal net spending besides (analysis/robust/equalise). measures : None =
    MEASURES (those that say something). points : draws, 20 or more, by Latin hypercube; seeds : runs of each strategy a
    draw, 2 or more. numbers : "all" that have a range but those listed as inert, "everything", those too, or dotted
    paths (of words all there are); sections : of all, those of these sections; structures : "all", "none" or a list.
    What ``overrides`` set is held. leading : how many numbers are looked at one by one, at ``levels`` values each on
    ``seeds_at_defaults`` common seeds.

    out : a folder, in which the studies lie; the same call goes on where it stopped, and adds points, seeds and arms
    that are more than before. None = a temporary folder. Files of results: ``Robust.save``. Other keywords as of
    ``run_study``; results do not depend on them.

    Raises StudyError, ScenarioError, StrategyError, StoreError before anything runs for what cannot be run as asked;
    StudyError where no draw has a difference; KeyboardInterrupt, saying how to go on.
    """
    for name, flag in (("allow_code", allow_code), ("any_version", any_version), ("any_size", any_size)):
        check_flag(flag, name, StudyError)
    said = {
        "workers": workers, "executor": executor, "allow_code": allow_code, "any_version": any_version,
        "any_size": any_size, "progress": progress,
    }  # fmt: skip
    few = (
        whole(leading, "leading", 1, 100), whole(levels, "levels", 2, 100),
        whole(seeds_at_defaults, "seeds_at_defaults", 2, 1_000),
    )  # fmt: skip
    asked = ask(
        case, contrast, measures, points=points, seeds=seeds, rng=rng, numbers=numbers, sections=sections,
        structures=structures, overrides=overrides, allow_code=allow_code, at_equal_spending=at_equal_spending,
    )  # fmt: skip
    if out is not None:
        folder = outside_stores(as_path(out, "out", StoreError))
        check_folder(folder)
        return _robust(asked, folder, said, *few)
    with tempfile.TemporaryDirectory(prefix="diffusion-sim-robust-") as kept:
        return _robust(asked, Path(kept), said, *few)


def _robust(
    asked: Asked, folder: Path, how: Mapping[str, Any], leading: int, levels: int, seeds: int
) -> Robust:
    study = run_draws(folder, asked.study(), how)
    factors = factors_of(asked, study.points)
    cells = tables.cells_of(asked, study, factors)
    if not cells:
        study._cells.successful()
        raise StudyError("no draw has a difference: of no measure do both strategies of a contrast have a value")
    rows = drawn_rows(folder) if asked.at_equal_spending else []
    equals = [equal.over_draws(asked, pair, rows, folder, how) for pair in asked.at_equal_spending]
    alike = {found.pair: tables.equal_cells(asked, found, factors) for found in equals}
    chosen = tables.leading([*cells, *(cell for its in alike.values() for cell in its)], leading)
    paths = list(dict.fromkeys(factor.path for name in {cell.name: 0 for cell in cells} for factor in chosen[name]))
    one = run_at_defaults(folder, at_defaults.study_of(asked, paths, levels, seeds), how)
    looks = dict.fromkeys((cell.name for cell in cells), at_defaults.looks_of(one))
    lost = sum(found.lost for found in equals)
    for pair, its in alike.items():
        for name in {cell.name: 0 for cell in its}:
            given = at_defaults.rows_of(asked, [factor.path for factor in chosen[name]], levels, how["allow_code"])
            at = equal.at_defaults(asked, pair, given, seeds, folder, how)
            looks[name], lost = at_defaults.looks_at_equal(at, given), lost + at.lost
    cells += [cell for its in alike.values() for cell in its]
    leads = tables.leads_of(asked, cells, chosen, looks)
    every = tables.coefficients(cells)
    return Robust(
        summary=tables.summary(cells, looks),
        numbers=tables.leading_numbers(asked, leads),
        coefficients=every,
        words=tables.words(cells),
        harm=harm_by_draw(study.runs),
        inert=tables.inert(every),
        draws=tables.draws(cells, study, equals),
        curves=tables.curves(leads),
        equal_spending=tables.equal_spending(asked, equals),
        spending={found.name: equalise.told(found.table) for found in equals},
        notes=(*_notes(asked, study, one, len(factors)), *_notes_at_equal(equals, alike, lost)),
        provenance={
            **_record(asked), "at_defaults": {"levels": levels, "seeds": seeds, "numbers": paths},
            "studies": [study.provenance["study"], one.provenance["study"]],
        },
    )  # fmt: skip


def _record(asked: Asked) -> dict[str, Any]:
    """What was asked, for provenance.json."""
    return {
        **provenance(asked.scenario), "ranges": {"digest": digest(), "locked": locked()},
        "contrasts": [" - ".join(pair) for pair in asked.contrasts],
        "at_equal_spending": [" - ".join(pair) for pair in asked.at_equal_spending],
        "points": asked.points, "seeds": asked.seeds, "rng": asked.rng, "numbers": list(asked.numbers),
        "drawn_from": {path: list(asked.scenario.number(path).range or ()) for path in asked.numbers},
        "listed_as_inert": list(asked.left_out), "words": list(asked.words), "structures": dict(asked.structures),
    }  # fmt: skip


def _notes_at_equal(equals: Sequence[equal.Found], alike: Mapping[Any, Sequence[Any]], lost: int) -> list[str]:
    """What must be said of contrasts at equal spending."""
    notes = [
        f"{found.name}: fewer than {tables.FEWEST} draws, so nothing more is said of it"
        for found in equals if not alike[found.pair]
    ]  # fmt: skip
    return notes + ([f"at equal spending: {lost:,} runs failed and are missing"] if lost else [])


def _notes(asked: Asked, study: Study, one: Study, factors: int) -> list[str]:
    """What must be said with the tables."""
    notes = [said] if (said := inert_list.out_of_date()) else []
    own = [path for path in asked.numbers if asked.scenario.number(path).range != _usual_range(path)]
    if own:
        notes.append(f"{len(own)} of {len(asked.numbers)} numbers have a range that the scenario states itself")
    for what, runs in (("draws", study.runs), ("one number at a time", one.runs)):
        lost = runs[runs["status"] != "ok"]
        if len(lost):
            text = str(lost["error"].mode().iloc[0]) if lost["error"].notna().any() else "no text"
            notes.append(f"{what}: {len(lost):,} of {len(runs):,} runs failed and are missing, most often: {text:.160}")
    if asked.points < 2 * factors:
        notes.append(
            f"{asked.points:,} draws of {factors} numbers and structures: small effects cannot be told from chance; "
            f"coefficients below {1.96 / asked.points**0.5:.2f} come from it alone, once in twenty more"
        )
    if not indices.installed():
        notes.append(indices.MISSING)
    return notes


def _usual_range(path: str) -> Any:
    section, _, key = path.partition(".")
    return defaults()[section][key].range
