"""The project snapshot: an Encord project's rows, their workflow stages, and which of them share a Tag."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.tag import Tag, tag_for
from judge_pipeline.domain.text_item import TextItem
from judge_pipeline.domain.workflow import StageKind


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A data unit of the project: an image or a text item. `stage` and `kind` describe its workflow stage.

    `edited_at` is when its labels were last saved, by Encord's clock. `problem` says why its client metadata cannot be used.
    """

    data_hash: str
    dataset_hash: str
    item_uuid: str
    title: str
    is_image: bool
    stage: str
    kind: StageKind
    tag: Tag | None
    data_type: str | None
    label_hash: str | None = None
    edited_at: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ProjectSnapshot:
    """All rows by Tag. `conflicts` says why a Tag is refused: images or texts share it, or its image has an unusable one."""

    images: Mapping[Tag, ProjectRow] = field(default_factory=dict)
    texts: Mapping[tuple[Tag, Captioner], ProjectRow] = field(default_factory=dict)
    conflicts: Mapping[Tag, str] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[ProjectRow], *, project_hash: str) -> "ProjectSnapshot":
        """Groups the rows by Tag. An image without a usable Tag appears under the Tag that it would be given."""
        images: dict[Tag, list[ProjectRow]] = defaultdict(list)
        texts: dict[tuple[Tag, Captioner], list[ProjectRow]] = defaultdict(list)
        captioner_of = {captioner.data_type.value: captioner for captioner in Captioner}
        for row in rows:
            if row.is_image:
                images[image_tag(row, project_hash=project_hash)].append(row)
            elif row.tag is not None and row.data_type in captioner_of:
                texts[row.tag, captioner_of[row.data_type]].append(row)
        conflicts = {tag: row.problem for tag, found in images.items() for row in found if row.problem}
        conflicts |= {tag: _conflict("images", "the Tag", found) for tag, found in images.items() if len(found) > 1}
        for (tag, captioner), found in texts.items():
            if len(found) > 1:
                conflicts.setdefault(tag, _conflict("text items", captioner.data_type, found))
        return cls(
            images={tag: found[0] for tag, found in images.items()},
            texts={slot: found[0] for slot, found in texts.items()},
            conflicts=conflicts,
        )

    def updated(self, tags: Iterable[Tag], now: "ProjectSnapshot") -> "ProjectSnapshot":
        """The same with these tags as they are now."""
        tags = frozenset(tags)
        return ProjectSnapshot(
            {**{tag: row for tag, row in self.images.items() if tag not in tags}, **now.images},
            {**{slot: row for slot, row in self.texts.items() if slot[0] not in tags}, **now.texts},
            {**{tag: why for tag, why in self.conflicts.items() if tag not in tags}, **now.conflicts},
        )

    def rows_of(self, tag: Tag) -> tuple[ProjectRow, ...]:
        """The rows of one Tag: its image and the text items linked so far."""
        found = [self.images.get(tag), *(self.texts.get((tag, captioner)) for captioner in Captioner)]
        return tuple(row for row in found if row is not None)

    def is_work(self, tag: Tag) -> bool:
        """Whether its image, or a text of an image that is past the agents, stands in an agent stage."""
        image = self.images.get(tag)
        return (
            image is not None
            and not image.kind.waits_for_person
            and any(row.kind.is_agent_stage for row in self.rows_of(tag))
        )

    def is_at_rest(self, tag: Tag) -> bool:
        """Whether a person has finished its image, and no text of it has been left behind in an agent stage."""
        image = self.images.get(tag)
        return image is not None and image.kind.is_finished and not self.is_work(tag)

    def waits_for_person(self, tag: Tag) -> bool:
        """Whether its image stands in a stage of people's that is neither the review nor final."""
        image = self.images.get(tag)
        return image is not None and image.kind.waits_for_person

    def changed_texts(self, tag: Tag, linked: Iterable[TextItem]) -> dict[Captioner, ProjectRow | None]:
        """The slots that no longer hold the text item once linked: the row found there instead, None where there is none."""
        rows = {item: self.texts.get((tag, item.captioner)) for item in linked}
        return {item.captioner: row for item, row in rows.items() if row is None or row.item_uuid != item.item_uuid}

    def text_item_uuids(self, tag: Tag) -> tuple[str, ...]:
        """The storage items of an image's linked text items, 8B first."""
        rows = (self.texts.get((tag, captioner)) for captioner in Captioner)
        return tuple(row.item_uuid for row in rows if row is not None)


def image_tag(row: ProjectRow, *, project_hash: str) -> Tag:
    """The Tag of an image, or the one that it would be given."""
    return row.tag or tag_for(project_hash=project_hash, item_uuid=row.item_uuid)


def tag_of(row: ProjectRow, *, project_hash: str) -> Tag | None:
    """The Tag of an image or text; None for a text that has none."""
    return image_tag(row, project_hash=project_hash) if row.is_image else row.tag


def _conflict(what: str, where: str, found: list[ProjectRow]) -> str:
    names = ", ".join(f"{row.title!r} ({row.item_uuid})" for row in found)
    return f"{len(found)} {what} share {where} where one is expected: {names}; unlink or re-tag all but one in Encord"
