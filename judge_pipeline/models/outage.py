"""Whether an endpoint is down, and who may find out that it is back. Pure but for the times it is told."""

from dataclasses import dataclass, field

FAILURES_IN_A_ROW = 5
"""Without an answer between them: of a server that fails every tenth request, one in 100,000 begins such a row."""

IMAGES = 2
"""That the row must be about: a server that fails at one image is not down."""

FIRST_PROBE_SECONDS = 1.0
LONGEST_PROBE_SECONDS = 15.0
"""Between two probes the wait doubles from the first to the longest; an endpoint that is back is found within it."""

OUTAGE_SECONDS = 120.0
"""Longer than a restart or a deployment takes, shorter than anybody likes to watch a run that does nothing."""


@dataclass(slots=True)
class Outage:
    """One endpoint's health, as its answers and failures tell it.

    Several failures in a row about several images open an outage. Then one request at a time, a probe, may start, after
    growing waits; its answer ends the outage, whatever the others bring that were on their way. An image that failed
    before requests about other images began and were answered is known to be the cause itself, and opens nothing.
    All times are seconds of one monotonic clock.
    """

    longest_seconds: float = OUTAGE_SECONDS
    _row: int = 0
    _row_began_at: float = 0.0
    _failed_at: dict[str, float] = field(default_factory=dict)
    _at_fault: set[str] = field(default_factory=set)
    _is_down: bool = False
    _is_probed: bool = False
    _next_probe_at: float = 0.0
    _probe_wait_seconds: float = FIRST_PROBE_SECONDS

    @property
    def is_down(self) -> bool:
        """Whether an outage is open."""
        return self._is_down

    def seconds_until_start(self, now: float) -> float:
        """How long a request has to wait that is ready at `now`; infinite while a probe is on its way."""
        if not self._is_down:
            return 0.0
        return float("inf") if self._is_probed else max(0.0, self._next_probe_at - now)

    def seconds_left(self, now: float) -> float:
        """Until the outage has lasted too long; infinite without one."""
        return max(0.0, self._row_began_at + self.longest_seconds - now) if self._is_down else float("inf")

    def seconds_down(self, now: float) -> float:
        """Since the first failure of the row that opened the outage."""
        return now - self._row_began_at

    def start(self) -> bool:
        """Notes that a request starts; True when it is the probe."""
        self._is_probed = self._is_down
        return self._is_down

    def failed(self, now: float, *, image: str, is_probe: bool) -> None:
        """Notes that the server did not answer: no connection, no answer in time, or HTTP 5xx."""
        if self._is_down:
            if is_probe:
                self.probe_ended(now)
            return
        if image in self._at_fault:
            return
        if self._row == 0:
            self._row_began_at = now
        self._row += 1
        self._failed_at[image] = now
        if self._row >= FAILURES_IN_A_ROW and len(self._failed_at) >= IMAGES:
            self._is_down, self._is_probed = True, False
            self._probe_wait_seconds = FIRST_PROBE_SECONDS
            self._next_probe_at = now + FIRST_PROBE_SECONDS

    def answered(self, *, image: str, started_at: float, is_probe: bool) -> None:
        """Notes a sign of life: an answer, or a refusal of the server's own, to a request that started at `started_at`."""
        if self._is_down and not is_probe:
            return
        self._at_fault |= {failed for failed, at in self._failed_at.items() if at <= started_at}
        self._at_fault.discard(image)
        self._failed_at.clear()
        self._row = 0
        self._is_down = self._is_probed = False

    def probe_ended(self, now: float) -> None:
        """Notes that the probe brought nothing; the next one waits longer."""
        self._is_probed = False
        self._probe_wait_seconds = min(2 * self._probe_wait_seconds, LONGEST_PROBE_SECONDS)
        self._next_probe_at = now + self._probe_wait_seconds
