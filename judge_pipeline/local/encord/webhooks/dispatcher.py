"""The thread that sends: it wakes when anything was committed or is due, and never holds up a request."""

import threading
import time
from dataclasses import replace

import requests

from judge_pipeline.local.encord import times
from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.state import State
from judge_pipeline.local.encord.webhooks import decisions, deliveries, notifications
from judge_pipeline.local.encord.webhooks.calls import signed_headers
from judge_pipeline.local.encord.webhooks.deliveries import Attempt, Delivery
from judge_pipeline.local.encord.webhooks.webhook import A_DAY

MAX_UNDER_WAY = 8
"""Calls at the same time, each in a thread of its own."""

MAX_ANSWER_BYTES = 65_536
"""Read of an answer; the rest is left unread."""

SHOWN_ANSWER_CHARACTERS = 500


class Dispatcher:
    """Sends what the database says is due, from `start` to `stop`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._is_stopping = False
        self._under_way: set[int] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin; what an earlier process left unsent goes first."""
        self._thread.start()

    def stop(self) -> None:
        """End without waiting for calls under way: their outcome is not recorded, so that they are sent again."""
        with self._lock:
            self._is_stopping = True
        self._state.database.changed.set()
        self._thread.join()

    def _run(self) -> None:
        pause: float | None = 0.0
        while True:
            self._state.database.changed.wait(pause)
            if self._is_stopping:
                return
            self._state.database.changed.clear()
            pause = self._round()

    def _round(self) -> float | None:
        """Start everything that is due; returns the seconds until more will be, None when only a change can bring it."""
        database, now = self._state.database, time.time()
        with database.reading() as db:
            webhooks = notifications.due_webhooks(db, now)
        for webhook in webhooks:
            with database.writing() as db:
                notifications.look(db, webhook, now)
        with self._lock:
            under_way = self._under_way.copy()
        with database.reading() as db:
            found = deliveries.due(db, now, besides=under_way, limit=MAX_UNDER_WAY - len(under_way))
            next_time = deliveries.next_time(db, now)
        for delivery in found:
            with self._lock:
                self._under_way.add(delivery.seq)
            threading.Thread(target=self._deliver, args=(delivery,), name="webhook", daemon=True).start()
        return None if next_time is None else min(max(0.0, next_time - time.time()), A_DAY)

    def _deliver(self, delivery: Delivery) -> None:
        attempt, answer = call(delivery)
        with self._lock:
            self._under_way.discard(delivery.seq)
            if not self._is_stopping:
                self._record(delivery, attempt, answer)

    def _record(self, delivery: Delivery, attempt: Attempt, answer: bytes) -> None:
        database = self._state.database
        if attempt.error is None and delivery.task is not None:
            try:
                with database.writing() as db:
                    rotate_uuids = self._state.options.rotate_task_uuids
                    decisions.carry_out(db, delivery.webhook, delivery.task, answer, rotate_uuids=rotate_uuids)
                    deliveries.record(db, delivery, attempt, now=time.time())
            except InvalidArguments as refusal:
                attempt = replace(attempt, error=str(refusal))
            else:
                return
        with database.writing() as db:
            deliveries.record(db, delivery, attempt, now=time.time())


def call(delivery: Delivery) -> tuple[Attempt, bytes]:
    """Make one call; returns what is to be recorded of it, and the answer's body."""
    webhook, body, at, started = delivery.webhook, delivery.body.encode(), times.now(), time.monotonic()
    status, answer, error = None, b"", None
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between two programs of this machine
            with session.post(
                webhook.url,
                data=body,
                headers=signed_headers(body, webhook.secret, now=time.time()),
                timeout=webhook.settings.timeout_seconds,
                allow_redirects=False,
                stream=True,
            ) as response:
                answer = next(response.iter_content(MAX_ANSWER_BYTES), b"")
                status = response.status_code
    except requests.RequestException as problem:
        error = f"{type(problem).__name__}: {problem}"
    if status is not None and not 200 <= status < 300:
        error = f"answered {status}, only 2xx counts"
    shown = answer.decode(errors="replace")[:SHOWN_ANSWER_CHARACTERS]
    return Attempt(at, round(time.monotonic() - started, 3), status, shown, error), answer
