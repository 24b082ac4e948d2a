"""Cost: money spent since the start, US dollars, from the ledger."""

from __future__ import annotations

from typing import NamedTuple

from diffusion_sim.compiled.jit import rule
from diffusion_sim.measures.info import SMALLER, MeasureInfo
from diffusion_sim.measures.sums import ratio, total
from diffusion_sim.measures.sustainability import COUNT_1Y
from diffusion_sim.school_year import WEEKS_PER_YEAR

# Columns of the ledger, in order; what each pays for. Behind them stands what traded posts free, a negative cost.
_PAYS = {
    "coaching": "coaches' hours and schools' own coaches",
    "released_time": "teachers' released hours",
    "outreach": "telling schools about the practice, and inviting teachers by name",
    "monitoring": "monitoring under a mandate",
    "supplements": "supplements of team leaders",
    "transition": "going over to a staffing structure",
    "hub": "network hubs",
    "measurement": "surveys and common measures",
    "own": "what districts go on paying after support",
    "capacity": "training of districts' own coaches",
    "district": "what districts change at their own level: instruments, relief, autonomy, vision",
}
LEDGER = (*_PAYS, "freed")


class PotSums(NamedTuple):
    """What came into all pots and what is left of it, US dollars.

    filled : new money so far, of years of support and after them, less what budget cuts took of what was left
    unspent, unspent_own : left of years of support, and of years after them, and carried to no other year
    inside : what stands in the pots now

    filled = net cost + unspent + unspent_own + inside, after every week.
    """

    filled: float
    unspent: float
    unspent_own: float
    inside: float


INFO = (
    {
        "cost_total": MeasureInfo(
            "net cost",
            "US dollars",
            SMALLER,
            "All columns of the ledger up to this week, after support included, less what traded posts free.",
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
            "unspent",
            "US dollars",
            SMALLER,
            "Left of the support years' pots so far and not carried to another year, booked in a last quarter.",
        ),
        "cost_per_sustained_user": MeasureInfo(
            "cost per sustained deep user",
            "US dollars per teacher",
            SMALLER,
            "cost_total / deep users 36 weeks after support ends; from that week on, NaN before.",
            ("cost_total", "deep_users_1y"),
            later=True,
        ),
        "cost_freed": MeasureInfo(
            "cost: freed", "US dollars", SMALLER, "Pay of traded posts that came into the pots so far, a negative cost."
        ),
        "cost_gross": MeasureInfo(
            "gross cost", "US dollars", SMALLER, "cost_total without cost_freed: all that was spent so far."
        ),
        "cost_per_pupil": MeasureInfo(
            "net cost per pupil", "US dollars per pupil", SMALLER, "cost_total / pupils of the programme schools."
        ),
        "cost_per_pupil_year": MeasureInfo(
            "net cost per pupil and year of the run",
            "US dollars per pupil and school year",
            SMALLER,
            "cost_per_pupil / school years of the run so far.",
        ),
        "cost_pot": MeasureInfo(
            "came into the pots",
            "US dollars",
            SMALLER,
            "New money of all pots so far, of years of support and after them, as budget cuts leave it; what a cut "
            "takes of what stands in a pot is subtracted. "
            "Always cost_total + cost_unspent + cost_unspent_own + cost_in_pots.",
        ),
        "cost_unspent_own": MeasureInfo(
            "unspent after support",
            "US dollars",
            SMALLER,
            "Left of the pots of years after support so far and returned, booked in a last quarter; 0 where it is "
            "carried.",
        ),
        "cost_in_pots": MeasureInfo(
            "in the pots",
            "US dollars",
            SMALLER,
            "What stands in the pots after this week, for later quarters or to be carried; 0 in a last quarter whose "
            "rest is booked as unspent.",
        ),
    }
)
INFO = {name: info._replace(against_none=False) for name, info in INFO.items()}  # ``none`` spends nothing
NAMES = tuple(INFO)


@rule
def fill(out, at, memory, ledger, pot_sums, pupils, week):
    """Write NAMES into ``out[at:]``; return the next free place.

    ledger : float64 (12,), US dollars since the start, columns as in LEDGER; pot_sums : PotSums; pupils : of the
    programme schools; week : weeks done.
    """
    net, spent = total(ledger), ledger.size - 1
    out[at] = net
    for column in range(spent):
        out[at + 1 + column] = ledger[column]
    after = at + 1 + spent
    out[after] = pot_sums.unspent
    out[after + 1] = ratio(net, memory[COUNT_1Y])
    out[after + 2] = ledger[spent]
    out[after + 3] = total(ledger[:spent])
    out[after + 4] = ratio(net, pupils)
    out[after + 5] = ratio(net * WEEKS_PER_YEAR, pupils * week)
    out[after + 6] = pot_sums.filled
    out[after + 7] = pot_sums.unspent_own
    out[after + 8] = pot_sums.inside
    return after + 9
