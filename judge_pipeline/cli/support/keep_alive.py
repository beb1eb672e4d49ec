"""Keeps the embedded servers running during a command that waits for a person: they stop after a time without requests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from judge_pipeline.local.pair.errors import LocalPairError
from judge_pipeline.local.pair.pair import IDLE_SECONDS, LocalPair
from judge_pipeline.settings.settings import Settings

SECONDS_BETWEEN_CHECKS = IDLE_SECONDS / 10


@contextmanager
def embedded_servers_kept_alive(settings: Settings) -> Iterator[None]:
    """Checks on the servers until the block ends, and starts them again if they stopped; does nothing if none is in use."""
    if not settings.uses_embedded_encord:
        yield
        return
    pair = LocalPair(settings.embedded_folder)
    is_over = threading.Event()

    def check() -> None:
        while not is_over.wait(SECONDS_BETWEEN_CHECKS):
            with suppress(LocalPairError):
                pair.ensure_running()

    checking = threading.Thread(target=check, name="embedded-servers", daemon=True)
    checking.start()
    try:
        yield
    finally:
        is_over.set()
        checking.join()
