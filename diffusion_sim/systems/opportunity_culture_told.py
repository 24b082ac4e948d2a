"""What the answer on teams says: statements that can be false, and five lines."""

from __future__ import annotations

from collections.abc import Mapping

from diffusion_sim.scenario import Scenario
from diffusion_sim.systems.question import Estimate, Statement

# The article: team teachers were at the 50th percentile on average before; then at these.
MATHS, READING = (75.0, 85.0), (66.0, 72.0)

STATEMENTS = (
    Statement("maths_3", "In the third year the median team teacher stands at the 75th percentile or above in maths",
              lambda x: x >= MATHS[0]),
    Statement("maths_3", "... between the 75th and the 85th, where the article has it",
              lambda x: MATHS[0] <= x <= MATHS[1]),
    Statement("reading_3", "In reading at the 66th percentile or above", lambda x: x >= READING[0]),
    Statement("reading_3", "... between the 66th and the 72nd, where the article has it",
              lambda x: READING[0] <= x <= READING[1]),
)  # fmt: skip


def say(found: Mapping[str, Estimate], sc: Scenario) -> list[str]:
    """Five plain lines."""
    return [f"{key} {e.mean:.3f} ({e.low:.3f} to {e.high:.3f})" for key, e in found.items()]
