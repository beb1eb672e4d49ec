"""A run's heartbeat: a thread renews the run's row in the store, and ends the process if the run has been ended as lost."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from judge_pipeline.store.errors import RunEnded, StoreError
from judge_pipeline.store.heartbeats import Heartbeats
from judge_pipeline.store.store import Store

BEATS = 12
"""Beats in the time after which a run counts as lost, every 5 s by default.

Nine in a row have to fail before a run is suspected, and three more before it is ended.
"""

ENDED_EXIT_CODE = 70

logger = logging.getLogger("judge_pipeline")


@contextmanager
def heartbeat(database_url: str, run_id: str, *, lost_after: float) -> Iterator[None]:
    """While the block runs, the store shows this run as alive.

    Its row stays: the run is not over for Dagster, and a process killed from here on is a lost one as well. A store that cannot be
    opened is left to the run, which says what is wrong with it. A process that learns that its run was ended exits at once: it
    was suspended or cut off, its tags are another run's, and Dagster knows the run as failed.

    Raises:
        RunEnded: the run was ended before it began.
    """
    try:
        store = Store.open(database_url)
    except StoreError:
        yield
        return
    try:
        host = socket.gethostname()
        _beat(store.heartbeats, run_id, host, lost_after)
        over = threading.Event()
        beats = threading.Thread(
            target=_beat_until_over,
            args=(store.heartbeats, run_id, host, lost_after, over),
            daemon=True,
            name="heartbeat",
        )
        beats.start()
        try:
            yield
        finally:
            over.set()
            beats.join()
    finally:
        store.close()


def _beat_until_over(heartbeats: Heartbeats, run_id: str, host: str, lost_after: float, over: threading.Event) -> None:
    while not over.wait(lost_after / BEATS):
        try:
            _beat(heartbeats, run_id, host, lost_after)
        except RunEnded as error:
            logger.critical("%s; this process exits", error)
            os._exit(ENDED_EXIT_CODE)  # no handler of Dagster's may report the run again, and no thread go on


def _beat(heartbeats: Heartbeats, run_id: str, host: str, lost_after: float) -> None:
    """One beat; a store that does not take it may take the next one."""
    try:
        heartbeats.beat(run_id, host=host, seconds=lost_after)
    except RunEnded:
        raise
    except StoreError as error:
        logger.info("no heartbeat of run %s: %s", run_id, error)
