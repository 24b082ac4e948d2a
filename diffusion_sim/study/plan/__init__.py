"""What is run: scenarios, points, strategies and seeds, and the key of each run."""
