"""experiments/claims.yaml, read and checked; what may stand in it is said in claims.py."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[1]
FILE = "experiments/claims.yaml"
# what a number is -> the column where it stands; {measure} and {of}: the column that is so named.
WHAT = {
    "mean": "{measure}",
    "level": "mean",
    "difference": "difference",
    "share of pairs": "p_better",
    "share of draws": "above",
    "change": "change",
    "share of variance": "parameter_share",
    "rank correlation": "{of}",
    "replicates": "replicates",
    "independent seeds": "independent_seeds",
    "runs left out": "dropped",
    "coverage": "{measure}",
    "network statistic": "{measure}",
}
OVER = {"min": min, "max": max, "sum": sum, "count": len}
KEYS = (
    *("of", "measure", "what", "results", "table", "row", "column", "over", "above", "minus", "divided_by", "scale"),
    *("digits", "with_interval"),
)
CLAIM = ("id", "page", "text", "values", *KEYS)
RESULTS = ("folder", "made_by", "version")
NOT_RESULT = ("page", "text", "why")
PAGE = ("made_by", "sections", "no_results")


class ClaimsError(ValueError):
    """A claim that cannot be read: file, key, value found, what is allowed."""


class Claim(NamedTuple):
    """A sentence of a page and its values by the names of their places."""

    id: str
    page: str
    text: str
    values: dict[str, dict[str, Any]]


class Claims(NamedTuple):
    """The whole file."""

    root: Path
    results: dict[str, dict[str, Any]]
    pages: dict[str, dict[str, Any]]
    not_results: list[dict[str, str]]
    claims: dict[str, Claim]


def wrong(key: str, found: Any, allowed: str) -> ClaimsError:
    """The error of a key of the file."""
    return ClaimsError(f"{FILE}: {key}: found {found!r:.80}; {allowed}")


def mapping(said: Any, key: str, allowed: tuple[str, ...], needed: tuple[str, ...] = ()) -> dict[str, Any]:
    """``said``, a mapping with allowed keys only and all that are needed."""
    if not isinstance(said, dict):
        raise wrong(key, said, f"a mapping with {', '.join(allowed)} is allowed")
    for name in said:
        if name not in allowed:
            raise wrong(f"{key}.{name}", said[name], f"{', '.join(allowed)} are allowed")
    for name in needed:
        if said.get(name) in (None, "", {}):
            raise wrong(f"{key}.{name}", said.get(name), "it is needed")
    return said


def read(root: Path = ROOT) -> Claims:
    """claims.yaml of a checkout. Raises ClaimsError."""
    try:
        raw = yaml.safe_load((root / FILE).read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ClaimsError(f"{FILE}: cannot be read: {str(error):.200}") from error
    raw = mapping(raw, "the file", ("results", "pages", "not_results", "claims"), ("results", "pages", "claims"))
    results = {k: mapping(v, f"results.{k}", RESULTS, RESULTS) for k, v in raw["results"].items()}
    pages = {k: mapping(v, f"pages.{k}", PAGE) for k, v in raw["pages"].items()}
    for page, said in pages.items():
        if len(said) != 1:
            raise wrong(f"pages.{page}", list(said), f"one of {', '.join(PAGE)} is allowed")
        page_text(root, page, f"pages.{page}")
    left = [mapping(v, "not_results", NOT_RESULT, NOT_RESULT) for v in raw.get("not_results") or []]
    claims: dict[str, Claim] = {}
    for number, said in enumerate(raw["claims"]):
        claim = claim_of(said, f"claims.{said.get('id', number) if isinstance(said, dict) else number}", root, results)
        if claim.id in claims:
            raise wrong(f"claims.{claim.id}", claim.id, "each id is allowed once")
        claims[claim.id] = claim
    return Claims(root, results, pages, left, claims)


def claim_of(said: Any, key: str, root: Path, results: dict[str, dict[str, Any]]) -> Claim:
    """One claim, its values with what they share filled in."""
    said = mapping(said, key, CLAIM, ("id", "page", "text", "values"))
    page_text(root, said["page"], f"{key}.page")
    places = re.findall(r"\{(\w+)\}", said["text"])
    if sorted(places) != sorted(said["values"]):
        raise wrong(f"{key}.text", places, f"a place for each value, once, is allowed: {', '.join(said['values'])}")
    shared = {name: said[name] for name in KEYS if name in said}
    values = {}
    for name, own in said["values"].items():
        where = f"{key}.values.{name}"
        value = shared | mapping(own, where, KEYS)
        value["row"] = shared.get("row", {}) | own.get("row", {})
        mapping(value, where, KEYS, ("of", "measure", "what", "results", "table"))
        for part, allowed in (("what", WHAT), ("results", results), ("over", OVER)):
            if part in value and value[part] not in allowed:
                raise wrong(f"{where}.{part}", value[part], f"{', '.join(allowed)} are allowed")
        values[name] = value
    versions = {str(results[value["results"]]["version"]) for value in values.values()}
    if len(versions) != 1:
        raise wrong(f"{key}.values", sorted(versions), "results of one version are allowed")
    return Claim(said["id"], said["page"], " ".join(said["text"].split()), values)


def page_text(root: Path, page: str, key: str) -> str:
    """The text of a page."""
    try:
        return (root / page).read_text("utf-8")
    except OSError as error:
        raise wrong(key, page, "a page of the repository is allowed") from error
