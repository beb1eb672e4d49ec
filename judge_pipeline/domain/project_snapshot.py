"""The project snapshot: an Encord project's rows, their workflow stages, and which of them share a Tag."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.data_group import DataGroup, waiting_item
from judge_pipeline.domain.tag import Tag, tag_for
from judge_pipeline.domain.text_item import TextItem, text_item_title
from judge_pipeline.domain.workflow import StageKind


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A data unit of the project: an image or a text item. `stage` and `kind` describe its workflow stage.

    `edited_at` is when its labels were last saved, by Encord's clock. `problem` says why its client metadata cannot be used.
    A row with a `group` is the image and its captions in one.
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
    group: DataGroup | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether it is an image that waits for its data group: it has no task and no labels yet."""
        return waiting_item(self.data_hash) is not None

    @property
    def linked_item(self) -> str:
        """The storage item that is linked: of a data group, the group."""
        return self.group.item_uuid if self.group else self.item_uuid

    def with_texts(self, texts: Iterable[TextItem]) -> "ProjectRow":
        """An image as it is since these texts were linked: where it is a data group with them, that group's row."""
        return replace(self, data_hash=next(iter(texts)).data_hash) if self.is_waiting or self.group else self

    def members(self) -> Iterator[tuple[Captioner, "ProjectRow"]]:
        """The captions in its group as rows: they share its task."""
        for captioner, item_uuid in self.group.texts.items() if self.group else ():
            yield (
                captioner,
                replace(
                    self,
                    item_uuid=item_uuid,
                    title=text_item_title(tag=self.tag, captioner=captioner) if self.tag else captioner.data_type.value,
                    is_image=False,
                    data_type=captioner.data_type.value,
                    group=None,
                ),
            )


@dataclass(frozen=True, slots=True)
class ProjectSnapshot:
    """All rows by Tag. `conflicts` says why a Tag is refused: images or texts share it, or its image has an unusable one.

    `outdated` are the data groups in whose place another one of the image has come.
    """

    images: Mapping[Tag, ProjectRow] = field(default_factory=dict)
    texts: Mapping[tuple[Tag, Captioner], ProjectRow] = field(default_factory=dict)
    conflicts: Mapping[Tag, str] = field(default_factory=dict)
    outdated: Mapping[Tag, ProjectRow] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[ProjectRow], *, project_hash: str) -> "ProjectSnapshot":
        """Groups the rows by Tag. An image without a usable Tag appears under the Tag that it would be given."""
        images: dict[Tag, list[ProjectRow]] = defaultdict(list)
        texts: dict[tuple[Tag, Captioner], list[ProjectRow]] = defaultdict(list)
        outdated: dict[Tag, ProjectRow] = {}
        captioner_of = {captioner.data_type.value: captioner for captioner in Captioner}
        rows = list(rows)
        groups = [row for row in rows if row.group]
        grouped, replaced = {row.item_uuid for row in groups}, {row.group.replaces for row in groups if row.group}
        for row in rows:
            if row.is_waiting and row.item_uuid in grouped:
                continue
            if row.is_image:
                tag = image_tag(row, project_hash=project_hash)
                if row.group and row.group.item_uuid in replaced:
                    outdated[tag] = row
                    continue
                images[tag].append(row)
                for captioner, member in row.members():
                    texts[tag, captioner].append(member)
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
            outdated=outdated,
        )

    def updated(self, tags: Iterable[Tag], now: "ProjectSnapshot") -> "ProjectSnapshot":
        """The same with these tags as they are now."""
        tags = frozenset(tags)
        return ProjectSnapshot(
            {**{tag: row for tag, row in self.images.items() if tag not in tags}, **now.images},
            {**{slot: row for slot, row in self.texts.items() if slot[0] not in tags}, **now.texts},
            {**{tag: why for tag, why in self.conflicts.items() if tag not in tags}, **now.conflicts},
            {**{tag: row for tag, row in self.outdated.items() if tag not in tags}, **now.outdated},
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
    if len({row.item_uuid for row in found}) == 1 and any(row.group or row.is_waiting for row in found):
        return (
            f"{found[0].title!r} ({found[0].item_uuid}) has more data rows than that of its data group; unlink the others in "
            "Encord: a new image waits in the storage folder and has none"
        )
    names = ", ".join(f"{row.title!r} ({row.item_uuid})" for row in found)
    return f"{len(found)} {what} share {where} where one is expected: {names}; unlink or re-tag all but one in Encord"
