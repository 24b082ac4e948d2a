"""The strategies that are there, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from diffusion_sim.scenario import BUILT_IN, STRATEGY_PARTS, Scenario, built_in_parts, load_scenario

if TYPE_CHECKING:
    import pandas as pd

# Where a strategy's idea comes from: keys of references.yaml. Its numbers have their own sources.
SOURCES: dict[str, str] = {
    "none": "",
    "volunteer_uniform": "anet_i3",
    "directed_uniform": "anet_i3",
    "volunteer_differentiated": "anet_i3",
    "directed_differentiated": "anet_i3",
    "volunteer_responsive": "anet_i3",
    "directed_responsive": "anet_i3",
    "directed_need_weighted": "assumption",
    "equity_first": "assumption",
    "lottery": "assumption",
    "ready_only": "anet_i3",
    "staged": "ed_partners_pace",
    "staged_first": "ed_partners_pace",
    "improvement_network": "cprl_2020",
    "improvement_network_first": "cprl_2020",
    "multi_classroom_leader": "opportunity_culture",
    "multi_classroom_leader_first": "opportunity_culture",
}


def list_strategies(case: Any = None) -> pd.DataFrame:
    """The strategies that can be run: id, one column a part (recruitment, allocation, ...), sources; one row each.

    case : Scenario, id or path whose own strategies are listed too; of those that are code, the parts are "code" and
    sources is the place of the code, which is not run. Raises ScenarioError.
    """
    import pandas as pd

    rows = []
    for name in BUILT_IN:
        parts = built_in_parts(name)
        rows.append([name, *(parts[part]["kind"] for part in STRATEGY_PARTS), SOURCES[name]])
    if case is not None:
        sc = case if isinstance(case, Scenario) else load_scenario(case, allow_code=True)
        for name, block in sc.section("strategies").items():
            if "code" in block:
                rows.append([name, *("code" for _ in STRATEGY_PARTS), block["code"]])
            else:
                rows.append([name, *(block[part]["kind"] for part in STRATEGY_PARTS), ", ".join(sc.sources)])
    return pd.DataFrame(rows, columns=["id", *STRATEGY_PARTS, "sources"])
