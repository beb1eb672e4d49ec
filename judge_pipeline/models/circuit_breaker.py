"""Whether an endpoint is down, and which requests may probe it. Pure: the caller passes the time."""

from dataclasses import dataclass, field

FAILURES_IN_A_ROW = 5
"""Without an answer between them, or as many as requests are in flight: failures come back faster than answers."""

IMAGES = 2
"""The row must be about so many images: a server that fails on one image is not down."""

FIRST_PROBE_SECONDS = 0.5

LONGEST_PROBE_SECONDS = 15.0
"""The wait between two probes doubles up to this, so an endpoint that is back is noticed within it."""

OUTAGE_SECONDS = 120.0
"""Longer than a restart or a deployment takes, shorter than anyone wants to watch an idle run."""


LOADING_SECONDS = 600.0
"""A server that says that it loads its model is up. From a slow disk, large models take minutes."""


@dataclass(slots=True)
class CircuitBreaker:
    """One endpoint's health, judged by its answers and failures.

    What an outage is: a row of failures (no connection, HTTP 5xx, no answer within the deadline) without an answer between
    them, at least `FAILURES_IN_A_ROW`, at least as many as requests are in flight, about several images. When the server
    says that it is loading its model, one image is enough, and one failure if nothing else is in flight. Not failures in
    this sense are rate limits, refusals, and requests that were late while the server answered others: it is slow, and
    gets fewer requests at once (`AdaptiveConcurrency`). An image that failed before requests about other images started and
    were answered is known to be the cause itself, and opens no outage.

    During an outage one request at a time, a probe, may start, after growing waits; its answer ends the outage. An answer
    to a request that was already in flight triggers a probe at once. The run stops `longest_seconds` after the first
    failure of the row, or `LOADING_SECONDS` after it while the server says that it is loading. A server that has just
    been slow gets longer, by the time that it may need for the requests that were given up. So a server that refuses is found
    down after two minutes, one that takes requests and answers none after its deadline and two minutes more (twice the deadline
    before its first answer). All times are seconds of one monotonic clock.
    """

    longest_seconds: float = OUTAGE_SECONDS
    first_probe_seconds: float = FIRST_PROBE_SECONDS
    _in_flight: int = 0
    _row: int = 0
    _row_started_at: float = 0.0
    _row_images: set[str] = field(default_factory=set)
    _failed_at: dict[str, float] = field(default_factory=dict)
    _faulty_images: set[str] = field(default_factory=set)
    _is_down: bool = False
    _is_loading: bool = False
    _is_probed: bool = False
    _next_probe_at: float = 0.0
    _probe_wait_seconds: float = 0.0
    _is_followed: bool = False

    @property
    def is_down(self) -> bool:
        """Whether there is an outage."""
        return self._is_down

    def seconds_until_start(self, now: float) -> float:
        """How long a request that is ready at `now` has to wait; infinite while a probe is in flight."""
        if not self._is_down:
            return 0.0
        return float("inf") if self._is_probed else max(0.0, self._next_probe_at - now)

    def seconds_left(self, now: float, *, backlog_seconds: float = 0.0) -> float:
        """Until the outage has lasted too long; infinite without one. `backlog_seconds` is what a slow server may need longer."""
        longest_seconds = max(self.longest_seconds, LOADING_SECONDS if self._is_loading else 0.0)
        return (
            max(0.0, self._row_started_at + longest_seconds + backlog_seconds - now) if self._is_down else float("inf")
        )

    def seconds_down(self, now: float) -> float:
        """Since the first failure of the row that opened the outage."""
        return now - self._row_started_at

    def follow(self, now: float, *, seconds_down: float | None) -> None:
        """Leaves the probing to another client, for which the server has been down so long; None ends that with a probe."""
        if seconds_down is None:
            if self._is_followed:
                self._is_followed, self._next_probe_at = False, now
            return
        since = now - seconds_down
        self._row_started_at = min(self._row_started_at, since) if self._is_down else since
        if not self._is_down:
            self._probe_wait_seconds = self.first_probe_seconds
        self._is_down = self._is_followed = True
        self._next_probe_at = float("inf")

    @property
    def is_down_for_itself(self) -> bool:
        """Whether its own requests have shown the outage."""
        return self._is_down and not self._is_followed

    def start(self) -> bool:
        """Records the start of a request; True when it is the probe."""
        self._in_flight += 1
        self._is_probed = self._is_down
        return self._is_down

    def failed(self, now: float, *, image: str, is_probe: bool, is_loading: bool = False) -> None:
        """Records that the server did not answer: no connection, no answer in time, or HTTP 5xx."""
        is_row_long = self._row + 1 >= max(1 if is_loading else FAILURES_IN_A_ROW, self._in_flight)
        self.abandoned(now, is_probe=is_probe)
        if self._row == 0 or (self._is_loading and not is_loading):
            self._row_started_at = now
        self._is_loading = is_loading
        if self._is_down or (image in self._faulty_images and not is_loading):
            return
        self._row += 1
        self._row_images.add(image)
        self._failed_at[image] = now
        if is_row_long and (is_loading or len(self._row_images) >= IMAGES):
            self._is_down = True
            self._probe_wait_seconds = self.first_probe_seconds
            self._next_probe_at = now + self.first_probe_seconds

    def responded(self, *, image: str, started_at: float, is_probe: bool) -> None:
        """Records an answer, or the server's own refusal, to a request that started at `started_at`."""
        self._in_flight -= 1
        if self._is_down and not is_probe:
            self._next_probe_at, self._is_followed = started_at, False
            return
        self._failed_at.pop(image, None)
        self._faulty_images.discard(image)
        for failed in [failed for failed, at in self._failed_at.items() if at <= started_at]:
            del self._failed_at[failed]
            self._faulty_images.add(failed)
        self._row = 0
        self._row_images.clear()
        self._is_down = self._is_probed = self._is_loading = self._is_followed = False

    def abandoned(self, now: float, *, is_probe: bool) -> None:
        """Records that a request ended without evidence about the server. After a probe the next one waits longer."""
        self._in_flight -= 1
        if is_probe:
            self._is_probed = False
            self._probe_wait_seconds = min(2 * self._probe_wait_seconds, LONGEST_PROBE_SECONDS)
            self._next_probe_at = now + self._probe_wait_seconds
