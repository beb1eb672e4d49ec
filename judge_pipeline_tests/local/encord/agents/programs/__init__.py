"""Small agents, one process each: the library keeps its client for the life of a process."""
