"""Running many: which runs, in which processes, how far they are, and a record of what was run."""
