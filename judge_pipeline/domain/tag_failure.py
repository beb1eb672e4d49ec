"""Why a tag failed: saved in the store, shown by runs and the report."""

from dataclasses import dataclass

from judge_pipeline.domain.tag import Tag


@dataclass(frozen=True, slots=True)
class TagFailure:
    """Why the last attempt at an (asset, tag) ended without a result; `failed_at` is UTC in ISO 8601.

    `title` is the image's, `kind` the error's class name, `message` one sentence that names the image and says what to do.
    """

    asset: str
    tag: Tag
    title: str
    kind: str
    message: str
    run_id: str | None
    failed_at: str

    @property
    def is_about_no_image(self) -> bool:
        """Whether the project had no image with this Tag. Earlier versions had no kind of their own for it."""
        return self.kind == "NoSuchImage" or (self.kind == "RowRefused" and "no image of project " in self.message)
