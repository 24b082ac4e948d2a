"""A year of one improvement network in sentences. Each is there only where something was counted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from diffusion_sim.analysis.story.follow import ALL
from diffusion_sim.analysis.story.follow_cycles import (
    ADAPTED,
    BEGAN,
    BORROWED,
    EVIDENCE,
    FAILED,
    HABIT,
    STUDIED,
    SWITCHED,
    UNTESTED,
    Event,
    FollowedCycles,
    Quarter,
    Variant,
)
from diffusion_sim.analysis.story.network import Network
from diffusion_sim.analysis.story.network_years import WAYS, events_of, network_levels, recommended_at, schools_at
from diffusion_sim.analysis.story.words import (
    NOTHING,
    Row,
    dollars,
    if_any,
    index,
    listed,
    many,
    number,
    percent,
    sd,
    sentence,
    times,
)  # fmt: skip
from diffusion_sim.dynamics.cycles import CycleParams, study_probability
from diffusion_sim.population.schooltable import LOCALES
from diffusion_sim.strategies.testing import Rule

_WAYS = {
    EVIDENCE: "because their own tests showed another to be better",
    BORROWED: "on what others had tested",
    FAILED: "to an untested one because theirs failed",
    UNTESTED: "to try an untested one",
    HABIT: "by habit",
}
_TOPOLOGY = {
    "isolated": "each school reads its own results only",
    "pairs": "pairs read each other's results",
    "groups": "small groups read each other's results",
    "hub": "a hub pools all results and recommends",
    "all_to_all": "all read each other's results",
    "groups_hub": "small groups read each other's results, and a hub pools all and recommends",
    "pairs_hub": "pairs read each other's results, and a hub pools all and recommends",
}


class Names:
    """How a story calls schools, variants and contexts."""

    def __init__(self, seen: FollowedCycles) -> None:
        self.table, keys = seen.model.world.table, seen.model.world.schools.key
        self._row_of = {int(key): row for row, key in enumerate(keys.tolist())}
        self._often = Counter(self.table.school_id)

    def school(self, row: int) -> str:
        """Its id, with the district's where several schools have it."""
        name = self.table.school_id[row]
        return f"{self.table.district_id[row]}/{name}" if self._often[name] > 1 else name

    def schools(self, rows: Iterable[int]) -> str:
        """A list of them."""
        return listed([self.school(row) for row in rows])

    def variant(self, variant: Variant | None) -> str:
        """``menu/3``, or the school that designed it and its number."""
        if variant is None:
            return NOTHING
        maker = "menu" if variant[0] == 0 else self.school(self._row_of[variant[0]])
        return f"{maker}/{variant[1]}"

    @staticmethod
    def context(context: int) -> str:
        """``rural, poorer half``."""
        return f"{LOCALES[context // 2]}, {'poorer' if context % 2 else 'less poor'} half"


def rule_told(rule: Rule, quarter: Quarter, row: int, p: CycleParams) -> str:
    """A rule in sentences, with what a quarter's cycle cost school ``row``."""
    kind = {"menu": "variants of a menu", "local": "designs of its own", "none": "nothing"}[rule.kind]
    own = f", which err by a bias of each school's own (SD {index(p.bias_own)})" if rule.measures == "own" else ""
    chance = study_probability(p.study_act if math.isnan(rule.study_act) else rule.study_act, p)
    hub = f" and {dollars(quarter.hub[row])} for the hub" if rule.has_hub else ""
    return (
        f"Each school tests {kind} with {rule.measures} measures{own}; {_TOPOLOGY[rule.topology]}. A school studies "
        f"its results and acts on them with a chance of {percent(chance)} a quarter. A quarter's cycle costs it "
        f"{dollars(quarter.measurement[row])} for measurement{hub}."
    )


# ---- the cycles ------------------------------------------------------------------------------------------------------
def cycles(seen: FollowedCycles, network: Network, row: Row, names: Names) -> list[str]:
    """Who had cycles and what they cost; who is new, who had none any more."""
    year = int(row["year"])
    now, was = network.in_year(year), network.in_year(year - 1) if year > 1 else []
    said = []
    if row["cycles"]:
        hub = f" and {dollars(row['cost_hub'])} for the hub" if round(row["cost_hub"]) else ""
        paid = f"which cost {dollars(row['cost_measurement'])} for measurement{hub}"
        said = [f"{many(len(now), 'school')} had {many(row['cycles'], 'cycle')} of a quarter, {paid}."]
    elif was:
        still = "; what those of the year before had shown was still studied" if row["study_acts"] else ""
        said = [f"There were no cycles any more{still}."]
    if year > 1 and row["cycles"]:
        elsewhere = {r for q in seen.quarters if q.year == year for r in was if q.testing[r]} - set(now)
        groups = {
            "New": [r for r in now if r not in was],
            "In another network now": [r for r in was if r in elsewhere],
            "No longer with cycles": [r for r in was if r not in now and r not in elsewhere],
        }
        said += [f"{title}: {names.schools(rows)}." for title, rows in groups.items() if rows]
    return said


def begun(seen: FollowedCycles, network: Network, year: int, names: Names) -> list[str]:
    """The variant with which each school begins."""
    there = [
        f"{names.school(e['row'])} with {names.variant(e['variant'])} ({index(e['fit'])})"
        for e in events_of(seen, network, year, BEGAN)
    ]
    return [f"Began, in brackets the true fit there: {', '.join(there)}."] if there else []


def studied(seen: FollowedCycles, network: Network, year: int, names: Names) -> list[str]:
    """Who studied results and acted, and what their tests showed."""
    there = events_of(seen, network, year, STUDIED)
    told = [f"{names.school(e['row'])} ({names.variant(e['variant'])} showed {index(e['showed'])})" for e in there]
    return [f"Results were studied and acted on {times(len(there))}: {', '.join(told)}."] if there else []


def switched(seen: FollowedCycles, network: Network, year: int, names: Names) -> list[str]:
    """Who went over to another variant, and why; who adapted theirs."""
    there = events_of(seen, network, year, SWITCHED)
    said = [f"Another variant was taken up {times(len(there))}."] if there else []
    for how in WAYS:
        those = [_change(e, names) for e in there if e["how"] == how]
        said += [f"{number(len(those))} {_WAYS[how]}: {', '.join(those)}."] if those else []
    adapted = [
        f"{names.school(e['row'])} ({names.variant(e['variant'])}, now {index(e['fit'])})"
        for e in events_of(seen, network, year, ADAPTED)
    ]
    return said + ([f"Adapted: {', '.join(adapted)}."] if adapted else [])


def _change(event: Event, names: Names) -> str:
    """``S0003 from menu/1 (0.80) to menu/4 (1.10)``."""
    was, now = names.variant(event["given_up"]), names.variant(event["variant"])
    return f"{names.school(event['row'])} from {was} ({index(event['fit_before'])}) to {now} ({index(event['fit'])})"


# ---- the year's end --------------------------------------------------------------------------------------------------
def in_use(seen: FollowedCycles, network: Network, year: int, names: Names) -> list[str]:
    """Variants in use, most used first: their true fit and what schools hold of them."""
    there = schools_at(seen, network, year)
    by_variant: dict[Variant, list[dict[str, Any]]] = {}
    for one in there:
        by_variant.setdefault(one["variant"], []).append(one)
    told = []
    for variant, those in sorted(by_variant.items(), key=lambda item: (-len(item[1]), item[0])):
        fit, held = (sum(one[name] for one in those) / len(those) for name in ("fit", "held"))
        told.append(f"{names.variant(variant)} in {number(len(those))} ({index(fit)}, held {index(held)})")
    if not told:
        return []
    return [f"At the year's end {many(len(told), 'variant was', 'variants were')} in use: {', '.join(told)}."]


def nothing_new(row: Row) -> bool:
    """Whether no cycle took place and no variant changed in a year."""
    return not (row["cycles"] or row["study_acts"] or row["switches"] or row["adaptations"])


def claims(row: Row) -> list[str]:
    """Claimed against true success."""
    n, claimed, improved = row["tested"], row["claimed"], row["improved"]
    if not n:
        return []
    said = f"{number(claimed) if claimed else 'none'} of {many(n, 'school')} claimed success"
    better = f"in {number(improved) if improved else 'none'} what they used was truly better than what they began with"
    both = f" ({number(row['both'])} of those that claimed it)" if improved and claimed else ""
    gap = f"on average they held it to be worth {index(row['held'])}, and it was worth {index(row['fit'])}"
    return sentence([said, better + both]) + sentence([gap])


def recommended(seen: FollowedCycles, network: Network, row: Row, names: Names) -> list[str]:
    """What the network would recommend from all that it has observed, and who has taken it up."""
    there = recommended_at(seen, network, int(row["year"]))
    if not there:
        return ["Nothing has been observed yet that the network could recommend."] if row["cycles"] else []
    told = [
        f"{names.variant(one['variant'])} for {names.context(one['context'])} (true fit {index(one['fit'])}; the best "
        f"of {many(one['observed'], 'variant')} observed {index(one['best_fit'])})"
        for one in there
    ]
    said = [f"From all that it had observed the network would recommend {listed(told)}."]
    if row["judged"]:
        said += _taken_up(row)
    return said


def _taken_up(row: Row) -> list[str]:
    n, others = row["taken_up"], row["others"]
    if not others:
        return ["Every school had found what is recommended to it itself."]
    whose = "its" if n == 1 else "their"
    took = (
        f"{number(n)} had taken it up, truly better and in use by .3 of {whose} teachers"
        if n
        else "none had taken it up"
    )
    scaled = "has scaled" if row["scaled"] else "has not scaled"
    return [f"Of {many(others, 'school')} that had not found it themselves {took}: the network {scaled}."]


def ended(seen: FollowedCycles, network: Network, year: int) -> list[str]:
    """Use and pupils' gain in the schools that belong to the network at a year's end; in brackets all schools."""
    rows = network.at_end(year) or network.rows
    now, before = (network_levels(seen.model, seen.ends[when], rows) for when in (year, year - 1))

    def beside(name: str, told: Callable[[float], str]) -> str:
        return f"{told(now[name])} ({told(now[name + ALL])})"

    gain = [now[f"pupil_gain_sd{end}"] - before[f"pupil_gain_sd{end}"] for end in ("", ALL)]
    return sentence(
        [
            f"the practice was in use by {beside('reach', percent)} of the teachers",
            if_any(now["deep_use"], f"in deep use by {beside('deep_use', percent)}"),
            if_any(now["reach"], f"mean depth among users was {beside('mean_depth', index)}"),
            f"in the year pupils gained {sd(gain[0])} ({sd(gain[1])}) SD; in brackets all schools",
        ],
        begin="at the year's end ",
    )
