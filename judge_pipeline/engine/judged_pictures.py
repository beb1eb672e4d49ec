"""The pictures of images that were judged, read again from Encord."""

from judge_pipeline.domain.image import Image
from judge_pipeline.encord_project.errors import RowRefused, StorageBusy
from judge_pipeline.encord_project.files import download
from judge_pipeline.models.images.least_side import MIN_SIDE
from judge_pipeline.models.images.preparation import PreparedImage, prepare_image
from judge_pipeline.models.images.unreadable import UnreadableImage


def judged_picture(image: Image, url: str | None, *, min_side: int = MIN_SIDE) -> PreparedImage | str:
    """The picture behind a signed URL as models saw it; or a sentence saying why there is none."""
    if url is None:
        return f"{image.title!r} is no longer in the project, or not shared"
    try:
        prepared = prepare_image(download(url, title=image.title), min_side=min_side)
    except (RowRefused, StorageBusy, UnreadableImage) as error:
        return f"{image.title!r}: {error}"
    if prepared.sha256 != image.sha256:
        return f"{image.title!r} has changed since it was judged"
    return prepared
