"""Schools and districts by the names that users write."""

from __future__ import annotations

from collections.abc import Sequence

from diffusion_sim.errors import DiffusionSimError, nearest
from diffusion_sim.ids import escaped
from diffusion_sim.population.schooltable import SchoolTable


def find_schools(
    table: SchoolTable, names: Sequence[str], where: str, error: type[DiffusionSimError] = DiffusionSimError
) -> list[int]:
    """Rows of schools named by id, or by ``district/school`` (ids ``escaped``). ``where`` begins the text of ``error``,
    raised for a name that is unknown (with the nearest one), or that means several schools or the same as another."""
    by_id: dict[str, list[int]] = {}
    full = {}
    for row, (district, school) in enumerate(zip(table.district_id, table.school_id, strict=True)):
        by_id.setdefault(school, []).append(row)
        full[f"{escaped(district)}/{escaped(school)}"] = row
    rows: list[int] = []
    for name in names:
        matches = [full[name]] if name in full else by_id.get(name, [])
        if not matches:
            hint = nearest(name, [*by_id, *full])
            raise error(f"{where}: no school '{name}' among the {len(table)} schools of this population{hint}")
        if len(matches) > 1:
            first = table.district_id[matches[0]]
            raise error(
                f"{where}: '{name}' is the id of {len(matches)} schools; write district/school, for example "
                f"'{escaped(first)}/{escaped(name)}'"
            )
        rows.append(matches[0])
    return rows


def find_districts(
    ids: Sequence[str], names: Sequence[str], where: str, error: type[DiffusionSimError] = DiffusionSimError
) -> list[int]:
    """Rows of districts named by id. Raises ``error`` for an unknown one, with the nearest name."""
    row_of = {name: row for row, name in enumerate(ids)}
    for name in names:
        if name not in row_of:
            raise error(f"{where}: no district '{name}' among the {len(ids)} of this population{nearest(name, row_of)}")
    return [row_of[name] for name in names]
