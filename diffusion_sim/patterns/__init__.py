"""The model held against empirical patterns: rows, the worlds they are read in, and what came out.

A row says what was found in the world, what is measured in runs, the bands it is held to, and the mechanism that is
switched off beside it. Rows that cannot be measured are listed with the reason (``catalogue.NOT_MEASURED``).
"""
