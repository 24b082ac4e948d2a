"""Slips that change nothing, and why no test can notice them."""

# (file, source line): < for <=, > for >= or the reverse. The line compares a keyed draw (a whole number of 16, 32 or 53
# bits and a half), or a sum of hazards and the exponential draw it has to reach, with a number: they meet by
# an accident of one in 2^16 or less, and not at 0 or 1.
DRAWS = {
    ("dynamics/enrolment.py", "if schools[s].exit_sum >= schools[s].exit_draw:"),
    (
        "dynamics/leaders.py",
        "if rng.uniform(seed, districts[d].key, number, rng.MANDATE_DROP, 0) < p.mandate_drop * (1.0 - embedded):",
    ),
    ("dynamics/leaders.py", "if schools[s].principal_sum >= schools[s].principal_draw:"),
    ("dynamics/leaders.py", "if districts[d].superintendent_sum >= districts[d].superintendent_draw:"),
    ("dynamics/turnover.py", "vacant[i] = 1 if teachers[i].leave_sum >= teachers[i].leave_draw else 0"),
    (
        "dynamics/turnover.py",
        "if rng.uniform(seed, teachers[i].origin, teachers[i].tag, rng.MOVE_KIND, occasion) < share:",
    ),
    ("dynamics/turnover.py", "if accept < math.exp(-slope * (schools[s].poverty - lowest)):"),
    (
        "network/advice.py",
        "if new[low + me] == 0 and share_of(table[DRAW, me] >> rng.S32) < params.grade_change:",
    ),
    ("network/advice.py", "kept += (u >= loss) & (new[j] == 0)"),
    ("network/advice.py", "ended += (u < loss) & (new[j] == 0)"),
    ("network/cross_school.py", "outward = (share_of(b) + place * 0.6180339887498949) % 1.0 < world_share"),
    ("network/cross_school.py", "if share_of(c) >= params.cross_leader_share:"),
    ("network/cross_school.py", "accepted = share_of(b) < weight"),
    ("network/traits.py", "return (u >= 0.52) + (u >= 0.79) + (u >= 0.94)"),
    ("network/traits.py", "return degree if share_of(first >> rng.S32) >= nobody_share else 0"),
    ("programme/improvement_cycles.py", "acts = chance < rules.study_probability(share, p)"),
    (
        "programme/improvement_cycles.py",
        "curious = rng.uniforms(world.seed, schools.key[rows], 0, rng.EXPLORE, quarter) < p.explore",
    ),
    (
        "programme/improvement_cycles.py",
        "goes = rows[rng.uniforms(world.seed, state.schools.key[rows], 0, rng.HABIT, quarter) < p.habit]",
    ),
}

# (file, source line, the line with the slip): why
EQUIVALENT = {
    (
        "dynamics/money.py",
        "while hours_cost(schools, rows, first, last, hours, building, people, high, cap, p) < money and high < 1e9:",
        "while hours_cost(schools, rows, first, last, hours, building, people, high, cap, p) < money and high <= 1e9:",
    ): "high is a power of 2, and 1e9 is none",
    (
        "dynamics/money.py",
        "while hours_cost(schools, rows, first, last, hours, building, people, high, cap, p) < money and high < 1e9:",
        "while hours_cost(schools, rows, first, last, hours, building, people, high, cap, p) <= money and high < 1e9:",
    ): "where high costs just the money it is doubled once more, and is the first middle that the bisection tries",
    (
        "dynamics/money.py",
        "if p.stretch > 0.0 and cost > 0.0:",
        "if p.stretch > 0.0 and cost >= 0.0:",
    ): "where no hours are planned, any factor on them gives none",
    (
        "strategies/contract.py",
        "if not ((together >= low) & (together <= high)).all():  # false for NaN",
        "if not ((together > low) & (together <= high)).all():  # false for NaN",
    ): "only chooses whether each field is looked at by itself, which alone decides",
    (
        "strategies/contract.py",
        "if not ((together >= low) & (together <= high)).all():  # false for NaN",
        "if not ((together >= low) & (together < high)).all():  # false for NaN",
    ): "only chooses whether each field is looked at by itself, which alone decides",
    (
        "strategies/contract.py",
        "off = np.abs(sums - 1.0) > 1e-9",
        "off = np.abs(sums - 1.0) >= 1e-9",
    ): "a sum near 1 differs from it by a multiple of 2^-53, and 1e-9 is none",
    (
        "network/within.py",
        "return low + best if posts > 0 else -1",
        "return low + best if posts >= 0 else -1",
    ): "a school without posts has nobody who asks, and `seek` refuses it before it looks at its leader",
    (
        "network/within.py",
        "if found < 0 or (found < places and limit < np.inf):",
        "if found < 0 or (found < places or limit < np.inf):",
    ): "a wider limit than is needed takes time for further passes; the smallest scores are the same",
    (
        "dynamics/coaches.py",
        "if served <= supply:",
        "if served < supply:",
    ): "where both are equal the other branch gives 1 to the power of the exponent, which is 1",
    (
        "network/within.py",
        "limit, found = pace * few / posts if left > few else np.inf, -1",
        "limit, found = pace * few / posts if left >= few else np.inf, -1",
    ): "a first guess of the limit, which decides how many scores are ranked, never which are the smallest",
    (
        "network/within.py",
        "limit, found = pace * few / posts if left > few else np.inf, -1",
        "limit, found = pace * few * posts if left > few else np.inf, -1",
    ): "a first guess of the limit; a higher one takes time for more ranking, the smallest scores are the same",
    (
        "strategies/gates.py",
        "return inside & (((stage >= TEAM) & (stage < all_from) & pilot) | (stage >= all_from))",
        "return inside & (((stage >= TEAM) & (stage <= all_from) & pilot) | (stage >= all_from))",
    ): "schools of the last stage are in by the second half of the line",
    (
        "network/cross_school.py",
        "if schools.programme[s] and rows.size > 1:",
        "if schools.programme[s] and rows.size >= 1:",
    ): "the only school of a programme is proposed nobody but itself, whom `seek` refuses",
    (
        "network/cross_school.py",
        "if mean_leader + mean_other > 0.0:",
        "if mean_leader + mean_other >= 0.0:",
    ): "who expects no ties has int(0 + a share below 1) = 0 places",
    (
        "measures/sums.py",
        "district.improved += school.fit > school.fit_start + 1e-9",
        "district.improved += school.fit >= school.fit_start + 1e-9",
    ): "1e-9 is room for rounding; what improves does so by more",
    (
        "year/dated_events.py",
        "ends = [e.end for e in schedule if e.kind in _LASTING and e.end < NEVER]",
        "ends = [e.end for e in schedule if e.kind in _LASTING and e.end <= NEVER]",
    ): "NEVER is later than the end of any run, so that no run of weeks ends there",
    (
        "dynamics/turnover.py",
        "s = first + min(count - 1, int(u * count))",
        "s = first + min(count + 1, int(u * count))",
    ): "u is below 1; the bound is for u * count that rounds up to count, which has a chance of about 2^-53",
    (
        "network/traits.py",
        "band = 1 + min(bands - 1, int((u - SEVERAL_SHARE) / (1.0 - SEVERAL_SHARE) * bands))",
        "band = 1 + min(bands + 1, int((u - SEVERAL_SHARE) / (1.0 - SEVERAL_SHARE) * bands))",
    ): "u is below 1; the bound is for a product that rounds up to bands, which has a chance of about 2^-53",
}


def changes_nothing(slip) -> bool:
    """Whether the slip is one of these."""
    border = slip.old in ("<", "<=", ">", ">=") and (slip.file, slip.before) in DRAWS
    return border or (slip.file, slip.before, slip.after) in EQUIVALENT
