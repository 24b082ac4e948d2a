"""Who there is: schools and districts, synthetic or from a table, before any seed-specific draw of teachers."""
