"""The image files of an export: downloaded from Encord and prepared as the models saw them."""

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from judge_pipeline.domain.image import Image
from judge_pipeline.encord_project.connection import ENCORD_CALLS_AT_ONCE
from judge_pipeline.encord_project.retries import call_with_retries
from judge_pipeline.encord_project.storage_addresses import StorageAddresses
from judge_pipeline.engine.judged_pictures import judged_picture
from judge_pipeline.engine.resources import PipelineResources

URLS_AT_ONCE = 200
"""Signed URLs expire, so they are requested shortly before use."""


def write_images(
    pipeline: PipelineResources, images: Mapping[str, Image], folder: Path, *, earlier: Path, console: Console
) -> dict[str, str]:
    """Writes each image into a folder under its name: upright, small and without metadata, as the models saw it.

    Copies what an `earlier` export has. Returns the problem with each image that could not be written, by its name.
    """
    (folder / "images").mkdir()
    missing = {name: image for name, image in images.items() if not (earlier / name).is_file()}
    for name in images.keys() - missing.keys():
        shutil.copyfile(earlier / name, folder / name)
    if not missing:
        return {}
    project, addresses = pipeline.open_project(), pipeline.connection.storage_addresses
    rows = project.snapshot().images
    names = list(missing)
    with ThreadPoolExecutor(ENCORD_CALLS_AT_ONCE) as pool, Progress(console=console) as progress:
        bar = progress.add_task("images", total=len(names))

        def write(name: str) -> str | None:
            image = missing[name]
            problem = _write(folder / name, image, urls.get(image.item_uuid), addresses)
            progress.advance(bar)
            return problem

        problems: dict[str, str | None] = {}
        for start in range(0, len(names), URLS_AT_ONCE):
            batch = names[start : start + URLS_AT_ONCE]
            linked = [row for name in batch if (row := rows.get(missing[name].tag))]
            urls = call_with_retries(partial(project.signed_urls, linked)).done
            problems |= zip(batch, pool.map(write, batch), strict=True)
    return {name: problem for name, problem in problems.items() if problem}


def _write(file: Path, image: Image, url: str | None, addresses: StorageAddresses) -> str | None:
    """Why the file cannot be written, or None if it was."""
    picture = judged_picture(image, url, addresses=addresses)
    if isinstance(picture, str):
        return picture
    file.write_bytes(picture.data)
    return None
