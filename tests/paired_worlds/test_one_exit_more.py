"""One teacher more leaves in a summer: how many others notice. Draws are keyed to persons, so few should."""

from __future__ import annotations

import numpy as np
import pytest

POSTS = 20  # teachers tried, one at a time


def noticed(model, other):
    """Posts other than the one left whose person or stage differs. A school that enrols in one of the two alone, since
    its users' conviction is another, is left out: there a coach comes, or none, and all hear of it."""
    ids, theirs = np.array(model.teacher_ids()), np.array(other.teacher_ids())
    alike = (model.state.schools.enrolled == other.state.schools.enrolled)[model.state.teachers.school]
    differs = (ids != theirs) | (model.state.teachers.stage != other.state.teachers.stage)
    return int((differs & alike).sum()) - 1


def one_exit_more(model, row):
    """(others changed right after the summer, a school year later) when the teacher in ``row`` leaves as well."""
    usual, extra = model.copy(), model.copy()
    extra.state.teachers.leave_draw[row] = 0.0
    counts = []
    for weeks in (1, 36):
        for _ in range(weeks):
            usual.step()
            extra.step()
        counts.append(max(0, noticed(usual, extra)))
    assert usual.teacher_ids([row]) != extra.teacher_ids([row])
    return counts


@pytest.mark.parametrize("strategy", ["none", "volunteer_uniform", "directed_differentiated"])
def test_one_exit_more_changes_few_others(worlds, strategy, record_property, capsys):
    model = worlds.model(strategy)
    for _ in range(36):
        model.step()
    t = model.state.teachers
    stayers = np.flatnonzero(t.leave_sum + model.state.schools.exit_hazard[t.school] < t.leave_draw)
    rows = stayers[:: max(1, stayers.size // POSTS)][:POSTS]
    counts = np.array([one_exit_more(model, row) for row in rows.tolist()])
    after_summer, after_year = counts.mean(axis=0)
    record_property("others_changed_after_summer", float(after_summer))
    record_property("others_changed_after_year", float(after_year))
    most = counts.max(axis=0)
    with capsys.disabled():
        print(f"\n  one exit more, {strategy}, {t.size} teachers: others changed on average {after_summer:.2f} "
              f"(most {most[0]}) after the summer, {after_year:.2f} (most {most[1]}) a year later")
    assert after_summer < 1 and most[0] <= 4
    assert after_year < 0.05 * t.size
