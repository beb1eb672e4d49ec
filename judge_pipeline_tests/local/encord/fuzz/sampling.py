"""How much is tried: a little, the same every time, unless FUZZED_REQUESTS asks for more."""

import os

from hypothesis import HealthCheck, settings


def some(usual: int) -> settings:
    """Hypothesis settings for `usual` requests, or for as many as FUZZED_REQUESTS says."""
    return settings(
        max_examples=int(os.environ.get("FUZZED_REQUESTS", usual)),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
