"""The URL of an original image for models that take images by URL: signed by Encord, and signed again before it expires."""

import time
from collections.abc import Awaitable, Callable

from judge_pipeline.encord_project.url_lifetime import seconds_valid


class OriginalURL:
    """Gives a URL that is valid for a while. `sign` requests a new one from Encord; `url` has just been signed."""

    def __init__(
        self, url: str, sign: Callable[[], Awaitable[str]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sign = sign
        self._clock = clock
        self._take(url)

    async def __call__(self, seconds: float) -> str:
        """A URL that is valid for at least `seconds`, or as long as Encord's are if that is less."""
        if self._valid_until - self._clock() < seconds:
            self._take(await self._sign())
        return self._url

    def _take(self, url: str) -> None:
        self._url = url
        self._valid_until = self._clock() + seconds_valid(url)
