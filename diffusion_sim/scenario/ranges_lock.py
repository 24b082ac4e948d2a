"""All defaults and plausible ranges in one digest: what was argued before anything was run with it.

``python -m diffusion_sim.scenario.ranges_lock`` writes ranges.lock anew; docs/patterns.md says why (its ledger).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from diffusion_sim.scenario.mechanisms import SECTION
from diffusion_sim.scenario.numbers import defaults
from diffusion_sim.scenario.words import BUILT_IN, built_in_parts

DRAWN = "draws from our own ranges (uniform, independent)"  # how they are called, never a probability
LOCK = Path(__file__).with_name("ranges.lock")


def lines() -> list[str]:
    """One line a number, in the order of the alphabet: path, default, plausible range or words; and one an option of a
    built-in strategy."""
    found = [
        f"strategies.{name}.{part}.{option} {value}"
        for name in BUILT_IN
        for part, block in built_in_parts(name).items()
        for option, value in block.items()
    ]
    for section, keys in defaults().items():
        if section == SECTION:  # switches are no numbers
            continue
        for key, number in keys.items():
            low_high = "" if number.range is None else f" [{number.range[0]:.12g}, {number.range[1]:.12g}]"
            words = f" {{{', '.join(number.choices)}}}" if number.choices else ""
            value = f"{number.value:.12g}" if isinstance(number.value, int | float) else str(number.value)
            found.append(f"{section}.{key} {value}{low_high}{words}")
    return sorted(found)


def digest() -> str:
    """12 hexadecimal digits: BLAKE2b of all defaults and ranges. Printed by what judges the model over its ranges."""
    return hashlib.blake2b("\n".join(lines()).encode(), digest_size=6).hexdigest()


def text() -> str:
    """The lock's text: the digest, then every number."""
    return "\n".join([f"digest {digest()}", *lines()]) + "\n"


def locked() -> str:
    """The digest that stands in the lock."""
    return LOCK.read_text().splitlines()[0].removeprefix("digest ")


if __name__ == "__main__":
    LOCK.write_text(text())
    print(f"{LOCK.name}: {digest()}, {len(lines())} numbers")
