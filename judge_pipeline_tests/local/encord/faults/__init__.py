"""How the official SDK handles every kind of failure for every class of call: the pipeline relies on it."""
