"""The pictures of images that were judged, read again from Encord."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from judge_pipeline.domain.image import Image
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.connection import ENCORD_CALLS_AT_ONCE
from judge_pipeline.encord_project.errors import RowRefused, StorageBusy
from judge_pipeline.encord_project.files import download
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.retries import call_with_retries
from judge_pipeline.encord_project.storage_addresses import StorageAddresses
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.engine.steps.original_urls import OriginalURL
from judge_pipeline.models.images.least_side import MIN_SIDE
from judge_pipeline.models.images.preparation import PreparedImage, prepare_image
from judge_pipeline.models.images.unreadable import UnreadableImage


def judged_picture(
    image: Image, url: str | None, *, addresses: StorageAddresses, min_side: int = MIN_SIDE
) -> PreparedImage | str:
    """The picture behind a signed URL as models saw it; or a sentence saying why there is none."""
    if url is None:
        return f"{image.title!r} is no longer in the project, or not shared"
    try:
        prepared = prepare_image(download(url, addresses=addresses, title=image.title), min_side=min_side)
    except (RowRefused, StorageBusy, UnreadableImage) as error:
        return f"{image.title!r}: {error}"
    if prepared.sha256 != image.sha256:
        return f"{image.title!r} has changed since it was judged"
    return prepared


def judged_pictures(
    pipeline: PipelineResources, project: EncordProject, images: Sequence[Image]
) -> dict[Tag, PreparedImage | str]:
    """The images as models saw them, or why they cannot be read; Encord signs all URLs in one call."""
    rows = project.snapshot().images
    linked = [row for image in images if (row := rows.get(image.tag))]
    urls = call_with_retries(partial(project.signed_urls, linked)).done

    def read(image: Image) -> PreparedImage | str:
        url = urls.get(image.item_uuid)
        picture = judged_picture(
            image, url, addresses=pipeline.connection.storage_addresses, min_side=pipeline.min_side
        )
        if isinstance(picture, str) or url is None:
            return picture

        async def signed_again() -> str:
            signed = await asyncio.to_thread(project.signed_urls, [rows[image.tag]])
            return signed.done.get(image.item_uuid, url)

        return replace(picture, original_url=OriginalURL(url, signed_again))

    with ThreadPoolExecutor(ENCORD_CALLS_AT_ONCE) as pool:
        return dict(zip((image.tag for image in images), pool.map(read, images), strict=True))
