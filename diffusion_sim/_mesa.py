"""Mesa, whose experimental parts are loaded when somebody uses them, which lets go of models nobody has, and whose
``batch_run`` gives the end of a run."""

from __future__ import annotations

import itertools
import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary


class _Later(ModuleType):
    """A module that is executed at the first access to a name that it does not have yet."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__all__":  # what others ask any module for
            raise AttributeError(name)
        self.__class__ = ModuleType  # type: ignore[assignment]
        assert self.__spec__ is not None and self.__spec__.loader is not None
        self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def _leave_experimental() -> None:
    """Let ``import mesa`` leave ``mesa.experimental`` to its first use.

    Mesa imports these parts, and with them SciPy's spatial ones, which takes a good part of the time of importing it;
    no model here uses them. Where Mesa is imported already, or has no such parts, nothing is done.
    """
    package = find_spec("mesa") if "mesa" not in sys.modules else None
    name = "mesa.experimental"
    spec = PathFinder.find_spec(name, package.submodule_search_locations) if package is not None else None
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        module.__class__ = _Later
        sys.modules[name] = module


_leave_experimental()

import mesa  # noqa: E402


class _Counters(WeakKeyDictionary):
    """The next number of an agent, by model. Mesa 3.3 keeps them in a table of the class Agent whose keys hold every
    model that ever had an agent for as long as the process lives; later versions do not."""

    def __getitem__(self, model: Any) -> Any:
        return self.setdefault(model, itertools.count(1))


if isinstance(vars(mesa.Agent).get("_ids"), dict):
    mesa.Agent._ids = _Counters(mesa.Agent._ids)


def _end_of_batch_run() -> None:
    """Let ``batch_run`` of Mesa before 3.5 give the weeks of our models that it says.

    It takes row n of a collector, n = 0 .. steps - 1, for the state after n steps. Where the state before the first
    step is row 0, its last row is then the last but one. Of our models that hold it, row n + 1 is given, as week n + 1.
    Later versions ask the collector for its steps; 4.0 has no ``batch_run``.
    """
    runner: Any = sys.modules.get("mesa.batchrunner")
    if runner is None or "_collection_steps" in runner._model_run_func.__code__.co_names:
        return
    theirs = runner._collect_data

    def collect_data(model: Any, step: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        rows = getattr(getattr(model, "datacollector", None), "model_vars", {}).values()
        ours = any(kind.__module__ == "diffusion_sim.model" for kind in type(model).__mro__)
        if not ours or any(len(values) != model.steps + 1 for values in rows):
            return theirs(model, step)
        data, agents = theirs(model, step + 1)
        return {"Step": step + 1, **data}, agents

    runner._collect_data = collect_data


_end_of_batch_run()

__all__ = ["mesa"]
