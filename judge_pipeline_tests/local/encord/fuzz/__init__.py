"""Whatever is sent to the local Encord, it answers in Encord's own ways: never with a fault of the server's.

The usual run sends a few requests to each route, the same every time; `FUZZED_REQUESTS=500 pytest …/fuzz` digs.
"""
