"""Images step: reads each image, checks and shrinks it for models, and gives its storage item a Tag."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import cast

from judge_pipeline.dagster_events.metadata import preview
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.files import download
from judge_pipeline.encord_project.rows import gone
from judge_pipeline.engine.batch_context import BatchContext
from judge_pipeline.engine.batcher import Batcher
from judge_pipeline.engine.kept_images import KeptImages
from judge_pipeline.engine.leases import RunLeases
from judge_pipeline.engine.steps.original_urls import OriginalURL
from judge_pipeline.models.images.originals import why_not_original
from judge_pipeline.models.images.preparation import PreparedImage, prepare_image, thumbnail_data_uri
from judge_pipeline.models.images.unreadable import UnreadableImage

MAX_ITEMS = 200
"""Per request to Encord."""

WINDOW_SECONDS = 0.05
THUMBNAIL_SIDE = 128


class ImageReader:
    """Reads the images of a batch; signed URLs are requested and client metadata written for many images at once."""

    def __init__(self, batch: BatchContext, leases: RunLeases) -> None:
        self._batch = batch
        self._leases = leases
        self._url = Batcher(
            self._urls,
            max_items=MAX_ITEMS,
            window_seconds=WINDOW_SECONDS,
            tag_of=lambda tagged: tagged[0],
            under_way=batch.under_way,
        )
        self._kept = KeptImages(batch.pipeline.batch_folder / "images", min_side=batch.pipeline.min_side)
        self._set_tag = Batcher(
            self._set_tags,
            max_items=MAX_ITEMS,
            window_seconds=WINDOW_SECONDS,
            tag_of=lambda tagged: tagged[0],
            under_way=batch.under_way,
        )

    async def read(self, tag: Tag) -> PreparedImage:
        """The image as models see it.

        Raises:
            RowRefused: Encord does not provide it. UnreadableImage: it is not an image, or is damaged, or must not be sent by
                URL although an endpoint wants that.
        """
        row = self._batch.image_row(tag)
        loop = asyncio.get_running_loop()
        by_url = [endpoint.name for endpoint in self._batch.pipeline.endpoints if endpoint.images == "url"]
        read = partial(loop.run_in_executor, self._batch.image_threads, self._kept.read, row.item_uuid)
        if self._batch.notes and not by_url and (kept := await read()):
            return kept
        url = await self._url((tag, row))
        addresses = self._batch.pipeline.connection.storage_addresses
        fetch = partial(download, url, addresses=addresses, title=row.title)
        data = await loop.run_in_executor(self._batch.download_threads, fetch)
        prepare = partial(prepare_image, data, min_side=self._batch.pipeline.min_side)
        prepared = await loop.run_in_executor(self._batch.image_threads, prepare)
        if not by_url:
            return prepared
        if reason := await loop.run_in_executor(self._batch.image_threads, why_not_original, data, prepared):
            raise UnreadableImage(
                f"{by_url[0]}__IMAGES=url sends the original file, and models would not see what people see: {reason}; "
                f"convert the file to a plain JPEG, or unset {by_url[0]}__IMAGES"
            )
        return replace(prepared, original_url=OriginalURL(url, lambda: self._url((tag, row))))

    async def keep(self, tag: Tag, prepared: PreparedImage) -> None:
        """Keeps the image of a tag that waits for a model batch: the next run need not fetch it."""
        if row := self._batch.snapshot.images.get(tag):
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._batch.image_threads, self._kept.keep, row.item_uuid, prepared)

    async def forget(self, tag: Tag) -> None:
        """Deletes what was kept of a tag that waits for nothing more."""
        if self._batch.notes and (row := self._batch.snapshot.images.get(tag)):
            await asyncio.to_thread(self._kept.forget, row.item_uuid)

    async def image(self, tag: Tag, prepare: Callable[[], Awaitable[PreparedImage]]) -> Image:
        """The value of an `images` partition; its storage item gets the Tag while the image is being read."""
        row = self._batch.image_row(tag)
        lacks_tag = row.tag is None or row.data_type is None
        read, *tagged = await asyncio.gather(
            self._with_thumbnail(prepare),
            *([self._set_tag((tag, row))] if lacks_tag else []),
            return_exceptions=True,
        )
        for end in (read, *tagged):
            if isinstance(end, BaseException):
                raise end
        prepared, thumbnail = cast("tuple[PreparedImage, str]", read)
        return Image(
            tag=tag,
            title=row.title,
            item_uuid=row.item_uuid,
            data_hash=row.data_hash,
            sha256=prepared.sha256,
            width=prepared.source_width,
            height=prepared.source_height,
            thumbnail=thumbnail,
            notes=prepared.notes,
            warnings=prepared.warnings,
        )

    async def _with_thumbnail(self, prepare: Callable[[], Awaitable[PreparedImage]]) -> tuple[PreparedImage, str]:
        prepared = await prepare()
        loop = asyncio.get_running_loop()
        return prepared, await loop.run_in_executor(self._batch.image_threads, _thumbnail, prepared)

    async def _urls(self, tagged: Sequence[tuple[Tag, ProjectRow]]) -> list[str | Exception]:
        rows = [row for _, row in tagged]
        urls = await self._batch.encord(self._batch.project.signed_urls, rows)
        return [urls.done.get(row.item_uuid) or urls.refused.get(row.item_uuid) or gone(row) for row in rows]

    async def _set_tags(self, tagged: Sequence[tuple[Tag, ProjectRow]]) -> list[Exception | None]:
        return await self._batch.encord(self._leases.for_held, tagged, self._set_tags_now, tag_of=lambda each: each[0])

    def _set_tags_now(self, tagged: Sequence[tuple[Tag, ProjectRow]]) -> list[Exception | None]:
        refused = self._batch.project.set_tags(dict(tagged))
        return [refused.get(tag) for tag, _ in tagged]


def _thumbnail(prepared: PreparedImage) -> str:
    thumbnail = thumbnail_data_uri(prepared, side=THUMBNAIL_SIDE)
    preview(thumbnail)  # cached there; drawing it later would block the event loop
    return thumbnail
