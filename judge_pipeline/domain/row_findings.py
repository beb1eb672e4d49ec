"""What does not fit together among an image's rows: texts that stand elsewhere, are gone, or are not the ones that were linked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems


@dataclass(frozen=True, slots=True)
class RowFindings:
    """A sentence for each: the next run puts right what is `behind`, a person what is `changed`; `stray` texts do no harm."""

    behind: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)


def row_findings(snapshot: ProjectSnapshot, linked: Mapping[Tag, LinkedTextItems]) -> RowFindings:
    """Compares the rows with each other, and with the text items once linked; images that a person has finished do not count."""
    found = RowFindings()
    for tag, image in snapshot.images.items():
        if image.kind.is_finished or tag in snapshot.conflicts:
            continue
        texts = [row for row in snapshot.rows_of(tag) if not row.is_image]
        if not image.kind.waits_for_person:
            found.behind.extend(
                _behind(image, text) for text in texts if text.kind.is_agent_stage and text.kind != image.kind
            )
        if tag in linked and not image.kind.is_agent_stage:
            for captioner, text in snapshot.changed_texts(tag, linked[tag]).items():
                what = (
                    f"is {text.title!r} instead of the text that was judged" if text else "is gone or has another Tag"
                )
                found.changed.append(
                    f"the {captioner.data_type} of {image.title!r} {what}; move the image back to the first agent stage, and the "
                    "next run links what is missing and judges what has changed"
                )
    found.stray.extend(
        f"the text {row.title!r} has the Tag of no image: {tag}; unlink it or correct its Tag"
        for (tag, _), row in snapshot.texts.items()
        if tag not in snapshot.images
    )
    return found


def _behind(image: ProjectRow, text: ProjectRow) -> str:
    return f"{image.title!r} is in {image.stage!r} and its text in {text.stage!r}; the next run moves it on"
