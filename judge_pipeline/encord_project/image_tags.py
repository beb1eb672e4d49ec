"""The Tags of images: written into their client metadata, and those that another project has made."""

from collections.abc import Callable, Mapping, Sequence

from encord import EncordUserClient
from encord.project import Project
from encord.storage import StorageItem

from judge_pipeline.domain.captioner import DataType
from judge_pipeline.domain.item_metadata import tag_metadata, unset_keys
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.tag import Tag, is_made, tag_for
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.encord_project.rows import gone
from judge_pipeline.encord_project.watched_writes import add_metadata


def write_tags(
    project: Project, images: Mapping[Tag, ProjectRow], read: Callable[[Sequence[str]], Mapping[str, StorageItem]]
) -> dict[Tag, RowRefused | None]:
    """Sets `Tag` and `Data Type` where they are missing; says of each image why it has not got them, or None."""
    uuids = {tag: row.item_uuid for tag, row in images.items()}
    items = read(list(uuids.values()))
    missing = {
        uuid: unset_keys(items[uuid].client_metadata or {}, tag_metadata(tag, DataType.IMAGE))
        for tag, uuid in uuids.items()
        if uuid in items
    }
    changed = {uuid: items[uuid] for uuid in missing if missing[uuid]}
    refused: dict[str, RowRefused] = {uuid: gone(images[tag]) for tag, uuid in uuids.items() if uuid not in items}
    unsettled = add_metadata(project, changed, missing, read)
    refused |= {uuid: RowRefused(reason) for uuid, reason in unsettled.items()}
    return {tag: refused.get(uuid) for tag, uuid in uuids.items()}


def tags_of_other_projects(
    client: EncordUserClient, images: Mapping[Tag, ProjectRow], *, project_hash: str
) -> dict[Tag, str]:
    """Why images whose Tag another of the key's projects has made are refused; a request only if a Tag may be one."""
    made = {
        tag: row
        for tag, row in images.items()
        if is_made(tag) and tag != tag_for(project_hash=project_hash, item_uuid=row.item_uuid)
    }
    if not made:
        return {}
    others = [found["project"] for found in client.get_projects()]
    return {
        tag: f"{row.title!r} has the Tag that project {other.title!r} ({other.project_hash}) has given it, and its captions "
        "and metadata would serve both; add a copy of the image here, or remove its Tag in Encord once that project is done"
        for tag, row in made.items()
        for other in others
        if tag == tag_for(project_hash=str(other.project_hash), item_uuid=row.item_uuid)
    }
