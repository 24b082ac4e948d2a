"""Does a contrast between two strategies hold over the model's own plausible ranges and structures?"""
