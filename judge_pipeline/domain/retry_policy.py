"""When a failed call is made again. Pure: the caller brings the clock and the random number, and does the waiting."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to wait after each failure of a call, and when to give up.

    `waits_seconds` holds the wait after the first failure, the second and so on; the failure after the last wait is
    final. A longer Retry-After replaces a wait, and one above `longest_retry_after_seconds` ends the retries. They also
    end when the next attempt would start more than `total_seconds` after the first.
    """

    waits_seconds: tuple[float, ...]
    longest_retry_after_seconds: float = float("inf")
    total_seconds: float = float("inf")

    def next_wait(
        self,
        *,
        failures: int,
        retry_after_seconds: float = 0.0,
        elapsed_seconds: float = 0.0,
        jitter: float = 0.0,
    ) -> float | None:
        """Seconds until the next attempt, or None to give up.

        `failures` is how many attempts have failed; 0, for a refusal that does not count as one, waits like 1.
        `elapsed_seconds` is the time since the first attempt. `jitter`, in [0, 1), is the share by which the policy's own
        wait is shortened, so that calls that failed together do not return together.
        """
        index = max(failures, 1) - 1
        if index >= len(self.waits_seconds) or retry_after_seconds > self.longest_retry_after_seconds:
            return None
        wait = max(self.waits_seconds[index] * (1 - jitter), retry_after_seconds)
        return wait if elapsed_seconds + wait <= self.total_seconds else None
