"""What runs say: paired comparison of strategies, and the objects that users get."""
