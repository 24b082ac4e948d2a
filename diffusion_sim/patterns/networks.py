"""Rows on improvement networks (A7 to A9, C30)."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.patterns.record import CHECK, RATIO, SHARE, Arm, Condition, Row
from diffusion_sim.patterns.seen import mean_of
from diffusion_sim.patterns.worlds import ALIKE, MIXED, NETWORK


def scaled(run: Any) -> float:
    """Share of the networks that have brought what they recommend beyond the schools that found it."""
    return float(np.nan_to_num(run.measure("networks_scaled", len(run.years) - 1)))


def moved(run: Any) -> float:
    """Share of the testing schools that use, on others' tests, what is truly better than what they began with."""
    s = run.years[-1].schools
    tests = s.slot >= 0
    return mean_of((s.borrowed == 1) & (s.fit > s.fit_start + 1e-9), among=tests)


def better(run: Any) -> float:
    """Mean over testing schools of the true fit in use minus that of the first variant."""
    s = run.years[-1].schools
    return mean_of(s.fit - s.fit_start, among=s.slot >= 0)


def networks_scaled(at: Any) -> dict[str, float]:
    """A7: of networks that test a menu in groups with a hub and of such as test locally, how many have scaled."""
    menu, alone, hub = (scaled(at(name)) for name in ("menu_common", "local_alone", "local_own"))
    return {"two": 2.0, "menu": menu, "local": alone, "local_with_hub": hub,
            "some": menu + alone, "some_with_hub": menu + hub}  # fmt: skip


def transfer(at: Any) -> dict[str, float]:
    """A8: what moves from school to school, menu and local, common and own measures, all in groups with a hub."""
    best, menu_own, local_common, local_own = (moved(at(name)) for name in _CORNERS)
    plain = moved(at("local_alone"))
    menu = (best + menu_own - local_common - local_own) / 2.0
    common = (best + local_common - menu_own - local_own) / 2.0
    return {"more": float(best > plain), "corner": float(best > local_own), "menu": menu, "common": common,
            "best": best, "alone": plain}  # fmt: skip


def topologies(at: Any) -> dict[str, float]:
    """A9: true improvement by who reads whom; and what mixed and alike networks would recommend in new areas."""
    groups, pairs, everybody = (better(at(name)) for name in ("menu_common", "pairs", "everybody"))
    new = at("mixed").fit_anywhere - at("alike").fit_anywhere
    return {"groups": groups - everybody, "pairs": pairs - everybody, "mixed": new,
            "members": better(at("mixed")) - better(at("alike"))}  # fmt: skip


def claims(at: Any) -> dict[str, float]:
    """C30: how many schools claim success and how many have truly improved, with a menu and with own designs."""
    found = {}
    for name, run in (("menu", at("menu_common")), ("local", at("local_alone"))):
        s = run.years[-1].schools
        tests = s.slot >= 0
        found[f"{name}_claims"] = float((tests & (s.claims == 1)).sum())
        found[f"{name}_true"] = float((tests & (s.fit > s.fit_start + 1e-9)).sum())
        quarters = 4 * (len(run.years) - 1)
        found[f"{name}_studies"], found[f"{name}_cycles"] = float(run.flow("study_acts")[-1]), float(quarters * s.size)
    return {name: float(np.float64(value)) for name, value in found.items()}


_CORNERS = ("menu_common", "menu_own", "local_common", "local_own")
_ARMS = {name: Arm(f"{name}_groups_hub") for name in _CORNERS} | {"local_alone": Arm("local_alone")}

ROWS = (
    Row(
        "A7", "few networks scale",
        "Of nine improvement networks two brought a tested practice beyond the schools that had tested it (22 %, exact "
        "interval 3 to 60 %).",
        "CPRL study of nine networks, as reported by Sparks (2020)", "article", CHECK,
        "Share of networks in which .3 of the schools that did not find it themselves use what the network would "
        "recommend to them, with .3 of their teachers, where it is truly better by .05. Half of the networks have a "
        "menu, common measures and groups with a hub, half test each for itself; sharper: the second half has the hub, "
        "too.",
        NETWORK, _ARMS, networks_scaled,
        (
            Condition("networks that have scaled", "some two", 0.05, 0.5, RATIO),
            Condition("of those with a menu and a hub", "menu", how=SHARE),
            Condition("of those each for itself", "local", how=SHARE),
        ),
        (
            Condition("networks that have scaled", "some_with_hub two", 0.05, 0.5, RATIO),
            Condition("of local ones with a hub", "local_with_hub", how=SHARE),
        ),
        "study_act",
    ),
    Row(
        "A8", "menu and common measures beat local invention",
        "Both networks that scaled drew on a menu of practices with evidence and on tests that could be compared.",
        "CPRL study of nine networks, as reported by Sparks (2020)", "article", CHECK,
        "Share of schools that use, on others' tests, what is truly better than what they began with. Literal: menu "
        "with common measures and groups with a hub against each for itself. Sharper: menu x measures, groups with a "
        "hub everywhere.",
        NETWORK, _ARMS, transfer,
        (
            Condition("menu and common measures are ahead", "more", 0.8, how=SHARE),
            Condition("schools, menu, common measures, hub", "best"),
        ),
        (
            Condition("menu and common ahead of neither, all with a hub", "corner", 0.8, how=SHARE),
            Condition("menu - local, a hub everywhere", "menu", 0.0, strict=True),
            Condition("common - own measures, a hub everywhere", "common", 0.0, strict=True),
        ),
        "reports",
        reading=(
            "the row counts schools that moved up on others' tests, not how good what they use is. Own designs begin "
            "lower and differ more, so that a neighbour's is oftener better than one's own; in the runs of this page "
            "schools with a menu begin and end with what fits better, by about a third of what a well-fitting "
            "practice is worth. Over the draws the menu does best where own designs differ little "
            "(`testing.local_sd`) and those of a menu much (`testing.menu_sd`); at these ends it is ahead. The source "
            "says which two networks spread a tested practice, not what it was better than."
        ),
    ),
    Row(
        "A9", "small groups beat all with all, diverse networks do better",
        "Schools worked better in pairs or small groups tied to a hub than all with all; the most diverse networks "
        "were the most effective.",
        "CPRL study of nine networks, as reported by Sparks (2020)", "article", CHECK,
        "Mean true improvement of what schools use, same contact time: groups and pairs with a hub against all with "
        "all in one network of 24. Networks of 48 schools in groups with a hub, mixed against alike: true fit, in all "
        "kinds of places, of what they would recommend there.",
        NETWORK,
        {
            **_ARMS,
            "pairs": Arm("menu_common_pairs_hub"),
            "everybody": Arm("menu_common_all"),
            "mixed": Arm("menu_common_groups_hub", world=MIXED),
            "alike": Arm("menu_common_groups_hub", world=ALIKE),
        },
        topologies,
        (
            Condition("groups with a hub - all with all", "groups", 0.0),
            Condition("mixed - alike, in new areas", "mixed", 0.0, strict=True),
            Condition("mixed - alike, of members", "members"),
        ),
        (
            Condition("groups with a hub - all with all", "groups", 0.0, strict=True),
            Condition("pairs with a hub - all with all", "pairs", 0.0, strict=True),
            Condition("mixed - alike, in new areas", "mixed", 0.0, strict=True),
        ),
        "reports",
        reading=(
            "mixed and alike networks would recommend something equally good in one run in four of this page, so that "
            "the middle of the runs lies close to 0."
        ),
    ),
    Row(
        "C30", "improvement cycles in name",
        "Fewer than a fifth of published projects iterate, 4 % follow the whole method, 98 % report success.",
        "Taylor et al. 2014; Knudsen et al. 2019", "seen", CHECK,
        "Schools that claim success by schools in which what is used is truly better than at the start, at the usual "
        "chance of study.",
        NETWORK, _ARMS, claims,
        (
            Condition("claims / true, menu with hub", "menu_claims menu_true", 2.0, how=RATIO),
            Condition("claims / true, own designs", "local_claims local_true", 2.0, how=RATIO),
            Condition("studied, of all quarters, menu", "menu_studies menu_cycles", how=RATIO),
        ),
        (), "study_act",
        reading=(
            "with a menu every school claims success: the line for a claim (`testing.claim_above`) is fixed, and "
            "variants of a menu lie above it from the start. So the ratio is one by the share that truly improved, "
            "which in the runs of this page is half of the schools. With own designs it is more, since a school that "
            "adapts its design always makes it better: an adaptation cannot fail. With study at the low end of its "
            "range (`testing.study_act`) both ratios pass 2. The source counts published reports, in which failures "
            "are rare."
        ),
    ),
)  # fmt: skip
