"""Cost: money spent since the start, US dollars, from the ledger."""

from __future__ import annotations

from diffusion_sim.compiled.jit import rule
from diffusion_sim.measures.info import SMALLER, MeasureInfo
from diffusion_sim.measures.sums import ratio, total
from diffusion_sim.measures.sustainability import COUNT_1Y

# Columns of the ledger, in order; what each pays for.
_PAYS = {
    "coaching": "coaches' hours and schools' own coaches",
    "released_time": "teachers' released hours",
    "outreach": "telling schools about the practice",
    "monitoring": "monitoring under a mandate",
    "supplements": "supplements of team leaders",
    "transition": "going over to a staffing structure",
    "hub": "network hubs",
    "measurement": "surveys and common measures",
    "own": "what districts go on paying after support",
    "capacity": "training of districts' own coaches",
}
LEDGER = tuple(_PAYS)

INFO = (
    {
        "cost_total": MeasureInfo(
            "cost", "US dollars", SMALLER, "All columns of the ledger up to this week, after support included."
        )
    }
    | {
        f"cost_{column}": MeasureInfo(
            f"cost: {column.replace('_', ' ')}", "US dollars", SMALLER, f"Spent so far on {what}."
        )
        for column, what in _PAYS.items()
    }
    | {
        "cost_unspent": MeasureInfo(
            "unspent", "US dollars", SMALLER, "Left of the support years' pots so far, booked in each last quarter."
        ),
        "cost_per_sustained_user": MeasureInfo(
            "cost per sustained deep user",
            "US dollars per teacher",
            SMALLER,
            "cost_total / deep users 36 weeks after support ends; from that week on, NaN before.",
            ("cost_total", "deep_users_1y"),
            later=True,
        ),
    }
)
INFO = {name: info._replace(against_none=False) for name, info in INFO.items()}  # ``none`` spends nothing
NAMES = tuple(INFO)


@rule
def fill(out, at, memory, ledger, unspent):
    """Write NAMES into ``out[at:]``; return the next free place.

    ledger : float64 (10,), US dollars since the start, columns as in LEDGER; unspent : US dollars left of the pot.
    """
    out[at] = total(ledger)
    for column in range(ledger.size):
        out[at + 1 + column] = ledger[column]
    after = at + 1 + ledger.size
    out[after] = unspent
    out[after + 1] = ratio(out[at], memory[COUNT_1Y])
    return after + 2
