"""Improvement cycles of the model and of its slow twin: what schools use, know and claim, and what is measured."""

from __future__ import annotations

import numpy as np

from diffusion_sim.state.codes import FLOWS

from .compare import apart, unequal
from .oracle import Oracle

# The model's flows of cycles -> counts of the twin.
CYCLE_FLOWS = {
    "study_acts": "study_acts",
    "variant_switches": "switches",
    "variant_borrowed": "borrowings",
    "variant_abandonments": "abandonments",
    "variant_adaptations": "adaptations",
}


def cycle_differences(model, twin: Oracle) -> list[str]:
    """What schools use, know and claim, and what is measured of it."""
    s, schools = model.state.schools, twin.schools
    books = [twin.cycles.books[x.id] for x in schools]
    begun = np.array([book.using is not None for book in books])
    lines, places = np.zeros(model.state.evidence.shape), np.zeros(model.state.variant_number.shape, dtype=bool)
    numbers = np.zeros(places.shape, dtype=int)
    for i, book in enumerate(books):
        for j, line in enumerate(book.lines):
            places[i, j] = True
            lines[i, j] = line.n_own, line.s_own, *(n for n, _ in line.read), *(s for _, s in line.read)
            numbers[i, j] = line.variant[1]
    measures = twin.cycles.measures_row()
    ours = dict(zip(FLOWS, model.state.flow_series[model.week].tolist(), strict=True))
    exact = {
        "variant's place": (s.slot, [book.lines.index(book.using) if book.using else -1 for book in books]),
        "cycle": (s.testing, [book.cycle for book in books]),
        "claims": (s.claims, [book.claims for book in books]),
        "borrowed": (s.borrowed, [book.borrowed for book in books]),
        "adapts": (s.adapting, [book.adapts for book in books]),
        "variant numbers": (model.state.variant_number * places, numbers),
        **{name: (ours[flow], twin.cycles.counts[name]) for flow, name in CYCLE_FLOWS.items()},
    }
    close = {
        "fit": (s.fit, [twin.cycles.fit(x) for x in schools]),
        "first fit": (s.fit_start * begun, [book.fit_start for book in books]),
        "estimate": (s.estimate, [book.held for book in books]),
        "partner use": (s.partner_use, [book.partner_use for book in books]),
        "evidence": (model.state.evidence * places[..., None], lines),
        "measures": (model.series.iloc[model.week][list(measures)], list(measures.values())),
    }
    if model.week % 9 == 1:  # judged in the week that begins a quarter
        frame = model.networks_frame()
        columns = [frame[name] for name in ("schools", "others", "taken_up", "scaled", "fit_new_area")]
        close["how networks fare"] = (sorted(zip(*columns, strict=True)), twin.cycles.fares())
    found = [f"{name}: schools {unequal(a, b)}" for name, (a, b) in exact.items() if unequal(a, b)]
    return found + [f"{name}: schools {apart(a, b)}" for name, (a, b) in close.items() if apart(a, b)]
