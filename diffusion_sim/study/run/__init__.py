"""Carrying runs out: tasks, the processes that do them, and when they are enough."""
