"""How many examples to try: few and the same every time, unless FUZZED_REQUESTS asks for more."""

import os

from hypothesis import HealthCheck, settings


def some(usual: int) -> settings:
    """Hypothesis settings for `usual` requests, or for FUZZED_REQUESTS if set."""
    return settings(
        max_examples=int(os.environ.get("FUZZED_REQUESTS", usual)),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
