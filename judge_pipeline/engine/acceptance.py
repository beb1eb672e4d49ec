"""Whether Encord accepts what a step writes: until it does, no model is paid for what could not be written."""

import asyncio


class Acceptance:
    """What became of the last writes of a step; unknown before the first ones, which counts as not accepted."""

    def __init__(self) -> None:
        self._accepted = asyncio.Event()

    def report(self, *, is_accepted: bool) -> None:
        """After each call: whether any of its writes was accepted."""
        if is_accepted:
            self._accepted.set()
        else:
            self.failed()

    def failed(self) -> None:
        """A call has failed, and may be repeated for a while. Also called from other threads."""
        self._accepted.clear()

    async def awaited(self, own: asyncio.Task[object]) -> bool:
        """Waits until other tags' writes are accepted, or for what the tag writes itself; returns whether writes are accepted."""
        if not self._accepted.is_set():
            others = asyncio.ensure_future(self._accepted.wait())
            await asyncio.wait([own, others], return_when=asyncio.FIRST_COMPLETED)
            others.cancel()
        return self._accepted.is_set()
