"""docs/catalogue.md, from the numbers themselves: ``python -m diffusion_sim.scenario.document docs/catalogue.md``."""

from __future__ import annotations

import sys
from pathlib import Path

from diffusion_sim.scenario.catalogue import references
from diffusion_sim.scenario.numbers import ScenarioNumber, defaults, plain

_HEAD = """# Catalogue of numbers

Made from `diffusion_sim/scenario/defaults.yaml` by `python -m diffusion_sim.scenario.document docs/catalogue.md`; do
not edit here. Each number is addressed as `section.key`, in a scenario's YAML and with `--set section.key=value`.
Range = plausible values (outside it a warning); hard bounds (outside them an error) in brackets. Source "assumption"
= no number was found: sweep the range.
"""


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _row(key: str, n: ScenarioNumber) -> str:
    allowed = n.allowed
    span = "" if n.range is None else f"{n.range[0]:g} to {n.range[1]:g} "
    bounds = "" if n.bounds is None else f"[{n.bounds[0]:g}, {n.bounds[1]:g}]"
    value = "none" if n.value is None else f"{n.value:g}" if isinstance(n.value, float | int) else str(n.value)
    limits = f"{span}{bounds}" if span or bounds else str(plain(allowed))
    return f"| `{key}` | {value} | {_cell(n.unit)} | {_cell(limits)} | {_cell(n.source)} | {_cell(n.note)} |"


def document() -> str:
    """The whole page as Markdown text."""
    parts = [_HEAD]
    used: set[str] = set()
    for section, numbers in defaults().items():
        parts.append(
            f"\n## {section}\n\n| key | value | unit | range [bounds] | source | note |\n|---|---|---|---|---|---|"
        )
        for key, number in numbers.items():
            parts.append(_row(key.split(".")[-1], number))
            used.add(number.source)
    parts.append("\n## Sources\n")
    known = references()
    for key in sorted(used - {"assumption"}):
        entry = known.get(key, {})
        seen = f" ({entry['seen']})" if entry.get("seen") else ""
        parts.append(f"- **{key}**: {entry.get('citation', 'missing')}{seen}")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document(), encoding="utf-8")
