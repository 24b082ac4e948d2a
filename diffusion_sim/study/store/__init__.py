"""A folder of results on disk: parts, manifest, the writer's lock, what is damaged."""
