"""The sending thread: it wakes on every commit and when a delivery is due, and never blocks a request."""

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

MAX_IN_PROGRESS = 8
"""Concurrent calls, each in its own thread."""

MAX_ANSWER_BYTES = 65_536
"""How much of an answer is read."""

SHOWN_ANSWER_CHARACTERS = 500


class Dispatcher:
    """Sends due deliveries between `start` and `stop`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._is_stopping = False
        self._in_progress: set[int] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Start; deliveries that an earlier process left unsent go first."""
        self._thread.start()

    def stop(self) -> None:
        """Stop without waiting for calls in progress: their outcome is not recorded, so they are sent again."""
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
            pause = self._dispatch_due()

    def _dispatch_due(self) -> float | None:
        """Start all due deliveries; returns the seconds until the next one is due, None if none is scheduled."""
        database, now = self._state.database, time.time()
        with database.reading() as db:
            is_due = bool(notifications.due_webhooks(db, now))
        if is_due:
            with database.writing() as db:
                for webhook in notifications.due_webhooks(db, now):  # again: one may have been removed since
                    notifications.check_stage(db, webhook, now)
        with self._lock:
            in_progress = self._in_progress.copy()
        with database.reading() as db:
            found = deliveries.due(db, now, exclude=in_progress, limit=MAX_IN_PROGRESS - len(in_progress))
            next_time = deliveries.next_time(db, now)
        for delivery in found:
            with self._lock:
                self._in_progress.add(delivery.seq)
            threading.Thread(target=self._deliver, args=(delivery,), name="webhook", daemon=True).start()
        return None if next_time is None else min(max(0.0, next_time - time.time()), A_DAY)

    def _deliver(self, delivery: Delivery) -> None:
        attempt, answer = call(delivery)
        with self._lock:
            self._in_progress.discard(delivery.seq)
            if not self._is_stopping:
                self._record(delivery, attempt, answer)

    def _record(self, delivery: Delivery, attempt: Attempt, answer: bytes) -> None:
        database = self._state.database
        if attempt.error is None and delivery.task is not None:
            try:
                with database.writing() as db:
                    rotate_uuids = self._state.options.rotate_task_uuids
                    decisions.apply_answer(db, delivery.webhook, delivery.task, answer, rotate_uuids=rotate_uuids)
                    deliveries.record(db, delivery, attempt, now=time.time())
            except InvalidArguments as refusal:
                attempt = replace(attempt, error=str(refusal))
            else:
                return
        with database.writing() as db:
            deliveries.record(db, delivery, attempt, now=time.time())


def call(delivery: Delivery) -> tuple[Attempt, bytes]:
    """Make one call; returns the attempt to record, and the answer's body."""
    webhook, body, at, started = delivery.webhook, delivery.body.encode(), times.now(), time.monotonic()
    status, answer, error = None, b"", None
    try:
        with requests.Session() as session:
            session.trust_env = False  # both programs are on this machine; no proxy
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
        error = f"answered {status}, expected 2xx"
    shown = answer.decode(errors="replace")[:SHOWN_ANSWER_CHARACTERS]
    return Attempt(at, round(time.monotonic() - started, 3), status, shown, error), answer
