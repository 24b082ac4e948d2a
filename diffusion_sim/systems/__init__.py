"""The systems of the five articles: each a scenario with a question that is asked by one command."""
