"""The pictures of judged images, read again from Encord as models saw them; each is read once."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from judge_pipeline.domain.image import Image
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.connection import ENCORD_CALLS_AT_ONCE
from judge_pipeline.encord_project.errors import RowRefused, StorageBusy
from judge_pipeline.encord_project.files import download
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.retries import call_with_retries
from judge_pipeline.engine.steps.original_urls import OriginalURL
from judge_pipeline.models.images.preparation import PreparedImage, prepare_image
from judge_pipeline.models.images.unreadable import UnreadableImage
from judge_pipeline.store.store import ProjectStore


class AlignPictures:
    """Reads Encord only. An image that is gone, unreadable or no longer the same file has no picture."""

    def __init__(self, project: EncordProject, store: ProjectStore, *, min_side: int) -> None:
        self._project = project
        self._store = store
        self._min_side = min_side
        self._read: dict[Tag, PreparedImage] = {}

    async def read(self, tags: Sequence[Tag]) -> dict[Tag, PreparedImage]:
        """The pictures of these images, as far as there are any."""
        new = [tag for tag in tags if tag not in self._read]
        if new:
            self._read |= await asyncio.to_thread(self._read_now, new)
        return {tag: self._read[tag] for tag in tags if tag in self._read}

    def _read_now(self, tags: Sequence[Tag]) -> dict[Tag, PreparedImage]:
        images = self._store.results("images", Image, tags)
        rows = self._project.snapshot().images
        present = {tag: (image, rows[tag]) for tag, image in images.items() if tag in rows}
        urls = call_with_retries(partial(self._project.signed_urls, [row for _, row in present.values()])).done

        def read(pair: tuple[Image, ProjectRow]) -> PreparedImage | None:
            image, row = pair
            return self._picture(image, row, urls[row.item_uuid]) if row.item_uuid in urls else None

        with ThreadPoolExecutor(ENCORD_CALLS_AT_ONCE) as pool:
            pictures = pool.map(read, present.values())
            return {tag: picture for tag, picture in zip(present, pictures, strict=True) if picture}

    def _picture(self, image: Image, row: ProjectRow, url: str) -> PreparedImage | None:
        try:
            prepared = prepare_image(download(url, title=row.title), min_side=self._min_side)
        except (RowRefused, StorageBusy, UnreadableImage):
            return None

        async def signed_again() -> str:
            signed = await asyncio.to_thread(self._project.signed_urls, [row])
            return signed.done.get(row.item_uuid, url)

        is_same = prepared.sha256 == image.sha256
        return replace(prepared, original_url=OriginalURL(url, signed_again)) if is_same else None
