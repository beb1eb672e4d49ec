"""The limit of clicks per minute: a token bucket."""

from collections.abc import Callable

from judge_pipeline.editor_agent.errors import TooManyClicks


class ClickRateLimit:
    """A bucket of `per_minute` tokens, refilled steadily; `clock` counts seconds."""

    def __init__(self, *, per_minute: int, clock: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._left = float(per_minute)
        self._counted_at = clock()

    def take(self) -> None:
        """Takes one token.

        Raises:
            TooManyClicks: none is left; says how many seconds to wait.
        """
        now = self._clock()
        self._left = min(self._per_minute, self._left + (now - self._counted_at) * self._per_minute / 60)
        self._counted_at = now
        if self._left < 1:
            wait = max(1, round((1 - self._left) * 60 / self._per_minute))
            raise TooManyClicks(
                f"too many clicks: at most {self._per_minute} a minute; try again in {wait} s", retry_after_seconds=wait
            )
        self._left -= 1
