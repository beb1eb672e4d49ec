"""The label editor to look at."""
