"""What was refused: counted, and logged at once, then at most once a minute, so that junk does not flood the log."""

import logging
import time
from dataclasses import dataclass

LOGGED_EVERY_SECONDS = 60.0

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Refusals:
    """`message` takes the number, the last status and the last reason; a path is never logged, since it may contain part of a key."""

    message: str
    counted: int = 0
    logged_at: float = float("-inf")

    def count(self, status: int, reason: str) -> None:
        """Counts one."""
        self.counted += 1
        now = time.monotonic()
        if now - self.logged_at >= LOGGED_EVERY_SECONDS:
            logger.warning(self.message, self.counted, status, reason)
            self.counted, self.logged_at = 0, now
