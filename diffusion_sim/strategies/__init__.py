"""Strategies: seven parts, one small file each, and the contract that any strategy keeps."""

from diffusion_sim.strategies.contract import Plan, Strategy, View
from diffusion_sim.strategies.parts import Parts, make_strategy, strategy_ids

__all__ = ["Parts", "Plan", "Strategy", "View", "make_strategy", "strategy_ids"]
