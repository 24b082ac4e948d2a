"""What every page of results says of itself."""

from __future__ import annotations

STATEMENTS = (
    "Teachers are simulated; nothing here rates a person.",
    "These are comparisons under stated assumptions, not forecasts.",
    "Equity is between schools.",
)
