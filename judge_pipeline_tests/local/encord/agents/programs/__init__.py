"""Small agents, one process each, because the library keeps its client for the life of a process."""
