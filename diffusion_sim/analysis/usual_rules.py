"""What rules of the user's own change: the same comparison with the usual rules beside it, on the same seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from diffusion_sim.analysis import paired
from diffusion_sim.analysis.arms import BOUGHT
from diffusion_sim.errors import StudyError
from diffusion_sim.scenario import Scenario

WHAT = "with the usual rules"  # what these runs are called
COLUMNS = ["strategy", "measure", "usual", "own", "difference", "low", "high", "n"]
_USUAL = " (usual)"


def check_own(sc: Scenario) -> None:
    """Raises StudyError for a scenario that has no rules of the user's own."""
    if not sc.rules:
        raise StudyError(
            "against_usual: there are no rules of your own to hold against the usual ones; name one, for example "
            "--rule peer_force=my_rules.py:my_function, rules={...} in Python"
        )


def with_usual_rules(main: Any, run: Callable[[Scenario, Iterable[str], int, str], Any]) -> Any:
    """Runs of the same strategies on the same seeds without the scenario's own rules.

    main : Runs with them. run : carries out further runs.
    """
    return run(replace(main.scenario, rules={}), main.strategies, len(main.seeds), WHAT)


def own_against_usual(own: pd.DataFrame, usual: pd.DataFrame, measures: Sequence[str] | None) -> pd.DataFrame:
    """Columns COLUMNS: of each strategy the mean with the usual and the own rules, and the paired difference, own -
    usual, with its 95 % interval. own, usual : one row a run, as ``paired.table`` takes them."""
    strategies = list(dict.fromkeys(own["strategy"]))
    both = pd.concat([own, usual.assign(strategy=usual["strategy"] + _USUAL)], ignore_index=True)
    names = measures if measures is None else [name for name in measures if name not in BOUGHT]
    found = paired.differences_between(both, [(name, name + _USUAL) for name in strategies], names)
    means = paired.table(both, names).set_index(["strategy", "measure"])["mean"]
    for column, end in (("usual", _USUAL), ("own", "")):
        keys = pd.MultiIndex.from_arrays([found["strategy"] + end, found["measure"]])
        found[column] = means.reindex(keys).to_numpy()
    return found[COLUMNS]
