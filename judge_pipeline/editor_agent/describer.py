"""From a frame to its description on the label row: read, prepared, asked, saved."""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar
from weakref import WeakValueDictionary

from judge_pipeline.domain.description import description_question, read_description
from judge_pipeline.domain.model_answer import ModelAnswer
from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.encord_project.connection import ENCORD_CALLS_AT_ONCE
from judge_pipeline.encord_project.files import download
from judge_pipeline.encord_project.frames import Frame, FrameLabels, FrameSource
from judge_pipeline.encord_project.ranged_file import RangedFile
from judge_pipeline.models.ask import AnswerCache, Asked, ask
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.images.preparation import PreparedImage, prepare_image
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.models.video.frame_index import FrameIndex
from judge_pipeline.models.video.frames import VideoFrame, read_frame
from judge_pipeline.store.store import ProjectStore, Store

T = TypeVar("T")

PURPOSE = "description"

RETRY_POLICY = RetryPolicy(waits_seconds=(0.5, 1.0), total_seconds=40.0)
"""A labeller is waiting, so each click gives up after three attempts."""

OUTAGE_SECONDS = float("inf")
"""An outage never stops the agent."""

DOWNLOAD_SECONDS = 30.0

VIDEO_SECONDS = 60.0
VIDEO_BYTES = 1_000_000_000
"""For one frame. One of a 900 MB video with an index needs 6 MB; one without is read up to the frame."""

VIDEOS_AT_ONCE = 2
"""Each takes 100 MB for 1920 x 1080, 190 MB for 3840 x 2160, 610 MB for 8192 x 4320 (HEVC), as measured."""


INDEXES_KEPT = 16
"""Videos that are clicked again soon. An index has 160 bytes a keyframe: 0.1 MB for two hours with one every ten seconds."""


class Describer:
    """Describes frames concurrently; the model's endpoint limits the questions at a time."""

    def __init__(self, frames: FrameLabels, client: ModelClient, store: Store) -> None:
        self._frames = frames
        self._client = client
        self._store = store
        self._threads = ThreadPoolExecutor(ENCORD_CALLS_AT_ONCE, thread_name_prefix="encord")
        self._indexes: dict[Hashable, FrameIndex] = {}
        self._saves: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._decoders = ThreadPoolExecutor(VIDEOS_AT_ONCE, thread_name_prefix="video")

    async def describe(self, frame: Frame) -> str | None:
        """Asks the model about the frame, or the chosen objects on it, and saves its answer. Returns a doubt for the labeller, if any.

        Checks for a person's answer twice: before the model is paid, and when its answer is saved.

        Raises:
            EncordError, UnreadableImage, ModelError, UnusableAnswer, StoreError: nothing was written.
        """
        source = await self._in_thread(lambda: self._frames.find_picture(frame))
        is_video = source.frames_in_video is not None
        threads = self._decoders if is_video else self._threads
        image, doubt = await self._in_thread(lambda: self._picture(source, frame.number), threads)
        unsaved = UnsavedAnswers(self._store.project(frame.project_hash))
        description = await _ask(self._client, unsaved, frame, image)
        async with self._saving(frame):
            await self._in_thread(lambda: self._frames.write(frame, description.value))
        await unsaved.discard_answers(description.fingerprints, "saved on the label row")
        return doubt

    def close(self) -> None:
        """Stops the threads once their work is done."""
        self._threads.shutdown()
        self._decoders.shutdown()

    def _saving(self, frame: Frame) -> asyncio.Lock:
        """Clicks on several frames of a row save one after the other: Encord keeps the last save of a whole row."""
        return self._saves.setdefault((frame.project_hash, frame.data_hash), asyncio.Lock())

    def _picture(self, source: FrameSource, number: int) -> tuple[PreparedImage, str | None]:
        doubt = None
        if source.frames_in_video is None:
            addresses = self._frames.storage_addresses
            data = download(source.url, addresses=addresses, title=source.title, seconds=DOWNLOAD_SECONDS)
        else:
            still = self._read_frame(source, number)
            data = still.png
            if still.index is not None and still.index.frames not in {None, source.frames_in_video}:
                doubt = (
                    f"described frame {number} of the file, which has {still.index.frames} frames; Encord counts "
                    f"{source.frames_in_video}, so it may show another one: compare them, or re-encode the video in Encord"
                )
        return prepare_image(data, min_side=self._client.endpoint.min_side, box=source.box), doubt

    def _read_frame(self, source: FrameSource, number: int) -> VideoFrame:
        addresses = self._frames.storage_addresses
        file = RangedFile(
            source.url, addresses=addresses, title=source.title, seconds=VIDEO_SECONDS, max_bytes=VIDEO_BYTES
        )
        known = self._indexes.pop(file.identity, None)
        still = read_frame(file, number, seconds=VIDEO_SECONDS, known=known)
        if still.index is not None:
            self._indexes[file.identity] = still.index
        while len(self._indexes) > INDEXES_KEPT:
            self._indexes.pop(next(iter(self._indexes)), None)
        return still

    async def _in_thread(self, call: Callable[[], T], threads: ThreadPoolExecutor | None = None) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads or self._threads, call)


@asynccontextmanager
async def open_describer(frames: FrameLabels, endpoint: Endpoint, *, database_url: str) -> AsyncIterator[Describer]:
    """A describer with its model and its store opened; checks that the model is served.

    Raises:
        EndpointUnusable: the model does not exist, or rejects the key. StoreError: the store cannot be opened.
    """
    store = await asyncio.to_thread(Store.open, database_url)
    try:
        async with ModelClient(endpoint, retry_policy=RETRY_POLICY, outage_seconds=OUTAGE_SECONDS) as client:
            await client.check(must_be_listed=True)
            describer = Describer(frames, client, store)
            try:
                yield describer
            finally:
                await asyncio.to_thread(describer.close)
    finally:
        store.close()


class UnsavedAnswers:
    """Paid answers not on the label row yet, in the store; one write each, since clicks are too rare to batch."""

    def __init__(self, records: ProjectStore) -> None:
        self._records = records

    async def find_answer(self, fingerprint: str) -> ModelAnswer | None:
        """The stored usable answer to a question, if any."""
        return await asyncio.to_thread(self._records.find_answer, fingerprint)

    async def save_answer(self, fingerprint: str, purpose: str, answer: ModelAnswer) -> None:
        """Stores an answer; durable when this returns."""
        await asyncio.to_thread(self._records.save_answer, fingerprint, purpose=purpose, answer=answer)

    async def discard_answers(self, fingerprints: Sequence[str], reason: str) -> None:
        """Keeps answers for the record only, so that the next click asks again."""
        for fingerprint in fingerprints:
            await asyncio.to_thread(self._records.discard_answer, fingerprint, reason)


async def _ask(client: ModelClient, cache: AnswerCache, frame: Frame, image: PreparedImage) -> Asked[str]:
    """The model's description of this frame; a paid answer that is not saved yet is used instead of a new one.

    Raises:
        UnusableAnswer: twice; neither answer is used again. ModelError: there was no answer.
    """
    return await ask(
        client,
        cache,
        purpose=PURPOSE,
        question=description_question(),
        image=image,
        read=read_description,
        occasion={"data_hash": frame.data_hash, "frame": frame.number},
    )
