"""Small worlds for tests of the network: only the columns that it reads are filled."""

from __future__ import annotations

import numpy as np

from diffusion_sim import rng
from diffusion_sim.network.advice import attitude_class, grade_band, popularity_weight
from diffusion_sim.state import Districts, Schools, Teachers

DEFAULTS = dict(
    out_degree_mean=3.4, out_degree_school_sd=0.33, nobody_share=0.2, grade_weight=5.7, cohort_weight=1.35,
    attitude_weight=1.9, cohort_years=2.0, popularity_sd=0.85, reciprocal_share=0.15, transitive_share=0.15,
    cross_share=0.05, cross_leader_share=0.7, cross_world_share=0.1, cross_level_weight=3.0, cross_poverty_slope=2.0,
    grade_change=0.15, tie_loss=0.15, tie_loss_changed=0.45,
)  # fmt: skip


def world(sizes, districts=None, seed=1, popularity_sd=0.85, names=None, programme=None, poverty=None, level=None):
    """Teachers, Schools, Districts of schools with ``sizes`` posts; ``districts`` = district of each (sorted)."""
    sizes = np.asarray(sizes, np.int64)
    s = sizes.size
    district = np.zeros(s, np.int32) if districts is None else np.asarray(districts, np.int32)
    d = int(district.max()) + 1
    names = [f"s{i}" for i in range(s)] if names is None else names
    key = np.array([rng.entity_key(f"d{district[i]}", names[i]) for i in range(s)], np.uint64)
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return _teachers(seed, key, first, popularity_sd), _schools(key, district, first, programme, poverty, level), (
        _districts(d, district)
    )


def _teachers(seed, key, first, popularity_sd):
    sizes = np.diff(first)
    t = int(first[-1])
    school = np.repeat(np.arange(sizes.size), sizes).astype(np.int32)
    post = (np.arange(t) - first[school]).astype(np.int32)
    blank = dict.fromkeys(Teachers._fields, np.zeros(t))
    blank |= {n: np.zeros(t, np.uint8) for n in ("stage", "owned", "visible", "ever", "marked", "invited")}
    blank |= {n: np.zeros(t, np.int32) for n in ("spells", "moves")}
    origin, tag = key[school], (post.astype(np.uint32) << np.uint32(16))
    columns = dict(school=school, post=post, hires=np.ones(t, np.int32), origin=origin, tag=tag)
    columns["grade"] = np.array(
        [grade_band(seed, origin[i], post[i], sizes[school[i]], 0) for i in range(t)], np.uint8
    )
    years = np.array([rng.exponential(seed, origin[i], tag[i], rng.EXPERIENCE_YEARS, 0) for i in range(t)])
    columns["entered"] = (-1 - np.floor(years / 0.17)).astype(np.int16)
    columns["attitude"] = np.array([attitude_class(seed, origin[i], tag[i]) for i in range(t)], np.uint8)
    columns["popularity"] = np.array([popularity_weight(seed, origin[i], tag[i], popularity_sd) for i in range(t)])
    return Teachers(**(blank | columns))


def _schools(key, district, first, programme, poverty, level):
    s = key.size
    blank = {}
    for name, kind in Schools.__annotations__.items():
        blank[name] = np.zeros(s, np.int32 if "Ints" in str(kind) else np.uint8 if "Bytes" in str(kind) else float)
    blank |= dict(key=key, district=district, first=first)
    blank["programme"] = np.ones(s, np.uint8) if programme is None else np.asarray(programme, np.uint8)
    blank["poverty"] = np.full(s, 0.5) if poverty is None else np.asarray(poverty, float)
    blank["level"] = np.zeros(s, np.uint8) if level is None else np.asarray(level, np.uint8)
    return Schools(**blank)


def _districts(d, district):
    blank = dict.fromkeys(Districts._fields, np.zeros(d))
    first = np.searchsorted(district, np.arange(d + 1)).astype(np.int64)
    return Districts(**(blank | dict(key=np.arange(d, dtype=np.uint64), first=first)))
