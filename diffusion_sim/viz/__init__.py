"""Figures: one file each. What is shown is computed elsewhere; here it is drawn."""
