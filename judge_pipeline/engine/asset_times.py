"""How long each asset took a run, tag by tag, for the run's summary."""

import time
from collections import defaultdict
from collections.abc import Awaitable
from typing import TypeVar

from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.tag import Tag

T = TypeVar("T")


class AssetTimes:
    """Seconds of work per asset and tag, from when the inputs were there; waiting for a free call is part of it."""

    def __init__(self) -> None:
        self._seconds: dict[str, dict[Tag, float]] = {asset: defaultdict(float) for asset in ASSET_TYPES}

    async def measure(self, asset: str, tag: Tag, work: Awaitable[T]) -> T:
        """The result of `work`, whose time counts also if it fails."""
        started = time.monotonic()
        try:
            return await work
        finally:
            self._seconds[asset][tag] += time.monotonic() - started

    def __str__(self) -> str:
        """Empty if nothing was made."""
        return "; ".join(
            f"{asset} {len(times)} tags, mean {_text(sum(times.values()) / len(times))}, longest {_text(max(times.values()))}"
            for asset, times in self._seconds.items()
            if times
        )


def _text(seconds: float) -> str:
    return f"{seconds:.3g} s"
