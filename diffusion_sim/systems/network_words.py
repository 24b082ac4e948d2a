"""The answer on improvement networks in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diffusion_sim.systems.network_arms import EFFECTIVE, LATER, LEVERS, TYPICAL

WORDS = {
    "menu": "a menu", "common_measures": "common measures", "study_act": "study and act",
    "groups_hub": "groups with a hub", "mixed_members": "mixed members", "district_staff": "district staff",
}  # fmt: skip


def number(found: Any, digits: int = 1) -> str:
    """ "1.2 (0.8 to 1.6)"."""
    return f"{found.mean:.{digits}f} ({found.low:.{digits}f} to {found.high:.{digits}f})"


def change(found: Any, digits: int = 1) -> str:
    """The same with a sign."""
    return f"{found.mean:+.{digits}f} ({found.low:+.{digits}f} to {found.high:+.{digits}f})"


def listed(found: Mapping[str, Any], way: str, levers: list[str]) -> str:
    """Levers with what they change, largest first."""
    order = sorted(levers, key=lambda lever: -found[f"{way}.{lever}.scaled"].mean)
    return ", ".join(f"{WORDS[lever]} {change(found[f'{way}.{lever}.scaled'])}" for lever in order)


def said(found: Mapping[str, Any], networks: int) -> list[str]:
    """Five lines. networks : how many there are."""
    most = [lever for lever in LEVERS if lever != LATER]
    share = {name: f"{100 * found[f'as_they_are.{name}'].mean:.0f} %" for name in ("claiming", "untested", "improved")}
    new = {way: found[f"{way}.mixed_members.new_area"] for way in ("add", "drop")}
    menu = {name: change(found[f"drop.menu.{name}"], 2) for name in ("fit", "new_area")}
    halves = {name: change(found[f"drop.{name}.scaled"]) for name in ("hub", "small_groups")}
    return [
        f"Of {networks} networks {number(found['as_they_are.scaled'])} truly scale; "
        f"{number(found['as_they_are.claimed'])} claim success. {share['claiming']} of the schools claim it, "
        f"{share['untested']} of a variant of which they know no test; {share['improved']} have truly improved.",
        f"If all {networks} work like most networks, {number(found[f'{TYPICAL}.scaled'])} scale; if all work like the "
        f"effective ones, {number(found[f'{EFFECTIVE}.scaled'])}.",
        f"One lever added to most networks changes how many scale by: {listed(found, 'add', list(LEVERS))}; "
        f"a menu and common measures together {change(found['add.menu_and_common_measures.scaled'])}.",
        f"The effective ones owe to each lever, taken away alone: {listed(found, 'drop', most)} (to the hub beside "
        f"groups {halves['hub']}, to groups beside the hub {halves['small_groups']}); district staff would add "
        f"{change(found['drop.district_staff.scaled'])}.",
        f"A menu raises the true fit of what effective networks use by {menu['fit']} and of what they would recommend "
        f"in new areas by {menu['new_area']}; mixed members raise the latter by {change(new['drop'], 2)}, in most "
        f"networks by {change(new['add'], 2)} (payoff; a usual practice is worth 1).",
    ]
