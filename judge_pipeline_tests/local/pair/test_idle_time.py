"""How long a server has been idle; a slow response counts as use, however long it takes."""

import asyncio
import time
from typing import Any

from judge_pipeline.local.pair.serving import IdleTracker


def test_a_request_in_flight_counts_as_use_and_idle_time_starts_at_its_end() -> None:
    async def try_it() -> None:
        answered = asyncio.Event()

        async def app(_scope: Any, _receive: Any, _send: Any) -> None:
            await answered.wait()

        used = IdleTracker(app)
        request = asyncio.create_task(used({"type": "http"}, None, None))
        await asyncio.sleep(0.02)
        assert used.idle_seconds == 0.0
        answered.set()
        await request
        ended = time.monotonic()
        await asyncio.sleep(0.02)
        assert 0 < used.idle_seconds <= time.monotonic() - ended + 0.01

    asyncio.run(try_it())


def test_a_failing_request_does_not_stay_in_flight() -> None:
    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        raise ConnectionError

    async def try_it() -> IdleTracker:
        used = IdleTracker(app)
        await asyncio.gather(used({"type": "http"}, None, None), return_exceptions=True)
        await asyncio.sleep(0.01)
        return used

    assert asyncio.run(try_it()).idle_seconds > 0
