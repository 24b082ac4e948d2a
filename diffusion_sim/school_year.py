"""The calendar of the model: a school year is 36 school weeks in four quarters; summers lie between the years."""

from __future__ import annotations

WEEKS_PER_YEAR = 36
WEEKS_PER_QUARTER = 9
