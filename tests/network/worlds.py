"""Small worlds for tests of the network: only the columns that it reads are filled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml

import diffusion_sim
from diffusion_sim import rng
from diffusion_sim.network.advice import NetworkParams, attitude_class, grade_band, popularity_weight
from diffusion_sim.state.tables import DISTRICT, SCHOOL, TEACHER, rows, set_bounds

_PAGE = Path(diffusion_sim.__file__).parent / "scenario" / "defaults.yaml"
_NUMBERS = yaml.safe_load(_PAGE.read_text(encoding="utf-8"))["network"]

DEFAULTS = {name: _NUMBERS[name]["value"] for name in NetworkParams._fields}  # the numbers the project ships


def world(sizes, districts=None, seed=1, popularity_sd=0.85, names=None, programme=None, poverty=None, level=None):
    """Teachers, schools, districts of schools with ``sizes`` posts; ``districts`` = district of each (sorted)."""
    sizes = np.asarray(sizes, np.int64)
    s = sizes.size
    district = np.zeros(s, np.int32) if districts is None else np.asarray(districts, np.int32)
    d = int(district.max()) + 1
    names = [f"s{i}" for i in range(s)] if names is None else names
    key = np.array([rng.entity_key(f"d{district[i]}", names[i]) for i in range(s)], np.uint64)
    schools = rows(
        SCHOOL,
        s,
        key=key,
        district=district,
        programme=1 if programme is None else programme,
        poverty=0.5 if poverty is None else poverty,
        level=0 if level is None else level,
    )
    set_bounds(schools, sizes)
    places = rows(DISTRICT, d, key=np.arange(d))
    set_bounds(places, np.bincount(district, minlength=d))
    return _teachers(seed, schools, popularity_sd), schools, places


def _teachers(seed, schools, popularity_sd):
    school = np.repeat(np.arange(schools.size), schools.posts)
    post = np.arange(school.size) - schools.first[school]
    teachers = rows(TEACHER, school.size, school=school, post=post, hires=1, origin=schools.key[school], tag=post << 16)
    for i, (origin, tag) in enumerate(zip(teachers.origin, teachers.tag, strict=True)):
        teachers.grade[i] = grade_band(seed, origin, post[i], schools.posts[school[i]], 0)
        years = rng.exponential(seed, origin, tag, rng.EXPERIENCE_YEARS, 0)
        teachers.entered[i] = -1 - np.floor(years / 0.17)
        teachers.attitude[i] = attitude_class(seed, origin, tag)
        teachers.popularity[i] = popularity_weight(seed, origin, tag, popularity_sd)
    return teachers
