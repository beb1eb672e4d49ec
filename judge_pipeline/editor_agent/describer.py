"""From a frame to its description on the label row: shown, prepared, asked, saved."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from judge_pipeline.editor_agent.requests import UnsavedAnswers, ask_for_description
from judge_pipeline.encord_project.connection import ENCORD_CALLS_AT_ONCE
from judge_pipeline.encord_project.files import download
from judge_pipeline.encord_project.frames import Frame, FrameDesk
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.image_preparation import PreparedImage, prepare_image
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.models.retries import RetryPolicy
from judge_pipeline.store.store import Store

T = TypeVar("T")

PATIENCE = RetryPolicy(attempts=3, seconds=40, longest_wait_seconds=5, outage_seconds=float("inf"))
"""A labeller waits: three attempts, and then a word. An outage is never given up, only each click in it is."""

DOWNLOAD_SECONDS = 30.0


class Describer:
    """Describes frames, many at once; the model's endpoint says how many it is asked about at a time."""

    def __init__(self, desk: FrameDesk, client: ModelClient, store: Store) -> None:
        self._desk = desk
        self._client = client
        self._store = store
        self._threads = ThreadPoolExecutor(ENCORD_CALLS_AT_ONCE, thread_name_prefix="encord")

    async def describe(self, frame: Frame) -> None:
        """Asks the model about the frame and saves what it says.

        Whether a person has answered is looked at before the model is paid, and again when its answer is saved.

        Raises:
            EncordError, UnreadableImage, ModelError, UnusableAnswer, StoreError: nothing was written.
        """
        image = await self._in_thread(lambda: self._image(frame))
        kept = UnsavedAnswers(self._store.project(frame.project_hash))
        description = await ask_for_description(self._client, kept, frame, image)
        await self._in_thread(lambda: self._desk.write(frame, description.value))
        await kept.discard_answers(description.fingerprints, "saved on the label row")

    def close(self) -> None:
        """Ends the threads, when what they do is done."""
        self._threads.shutdown()

    def _image(self, frame: Frame) -> PreparedImage:
        shown = self._desk.show(frame)
        return prepare_image(download(shown.url, title=shown.title, seconds=DOWNLOAD_SECONDS))

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


@asynccontextmanager
async def open_describer(desk: FrameDesk, endpoint: Endpoint, *, database_url: str) -> AsyncIterator[Describer]:
    """A describer with its model and its store opened; what is known to be wrong with the model is told at once.

    Raises:
        EndpointUnusable: the model is not there, or does not accept the key. StoreError: the store cannot be opened.
    """
    store = await asyncio.to_thread(Store.open, database_url)
    try:
        async with ModelClient(endpoint, retry_policy=PATIENCE) as client:
            await client.check()
            describer = Describer(desk, client, store)
            try:
                yield describer
            finally:
                await asyncio.to_thread(describer.close)
    finally:
        store.close()
