"""A school week: run_weeks.py is the page to read first."""
