"""Whatever is sent to the local Encord, it responds as Encord does, and never with an internal error.

The usual run sends a few requests to each route, the same every time; `FUZZED_REQUESTS=500 pytest …/fuzz` digs.
"""
