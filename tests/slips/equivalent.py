"""Slips that change nothing: (file, source line, the line with the slip) and why no test can notice it."""

EQUIVALENT = {
    (
        "dynamics/money.py",
        "while hours_cost(rows, first, last, hours, people, high, cap, price) < money and high < 1e9:",
        "while hours_cost(rows, first, last, hours, people, high, cap, price) < money and high <= 1e9:",
    ): "high is a power of 2, and 1e9 is none",
    (
        "dynamics/money.py",
        "while hours_cost(rows, first, last, hours, people, high, cap, price) < money and high < 1e9:",
        "while hours_cost(rows, first, last, hours, people, high, cap, price) <= money and high < 1e9:",
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
        "network/advice.py",
        "if new[low + me] == 0 and share_of(table[DRAW, me] >> rng.S32) < params.grade_change:",
        "if new[low + me] == 0 and share_of(table[DRAW, me] >> rng.S32) <= params.grade_change:",
    ): "a draw is an odd multiple of 2^-33; no share that a scenario would give is one",
    (
        "programme/variant_evidence.py",
        "own = state.evidence[rows][:, :, OWN_COUNT] > 0.0",
        "own = state.evidence[rows][:, :, OWN_COUNT] >= 0.0",
    ): "places without tests join the pool with a weight of 0, and the hub tells only what has weight",
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
        "return inside & (((stage >= TEAM) & (stage < DISTRICT) & pilot) | (stage == DISTRICT))",
        "return inside & (((stage >= TEAM) & (stage <= DISTRICT) & pilot) | (stage == DISTRICT))",
    ): "schools of the last stage are in by the second half of the line",
}
