"""What `find` does: looks an image up by its name or its partition key, and says what is known about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import dagster as dg

from judge_pipeline.assets.partitions import known_tags
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.engine.resources import PipelineResources

LISTED_IMAGES = 50


@dataclass(frozen=True, slots=True)
class FoundImage:
    """An image of the project, and lines about it by their labels."""

    title: str
    lines: Mapping[str, str]


def find_images(
    name: str, pipeline: PipelineResources, instance: dg.DagsterInstance, *, webserver_url: str | None = None
) -> list[FoundImage]:
    """The images whose name contains `name` in any case, or whose partition key begins with it, sorted by name.

    Raises:
        EncordError, StoreError: the project or the store cannot be read.
    """
    images = pipeline.open_project().snapshot().images
    wanted = name.casefold()
    tags = [tag for tag, row in images.items() if wanted in row.title.casefold() or tag.casefold().startswith(wanted)]
    known = set(known_tags(instance, pipeline.names))
    with pipeline.open_store() as store:
        failures: dict[Tag, dict[str, str]] = {}
        for failure in store.failures(tags):
            failures.setdefault(failure.tag, {})[f"{failure.asset} failed"] = visible_line(failure.message)
        judged = store.tags_with("judgements")
        archived = store.archived.all()
    found = []
    for tag in sorted(tags, key=lambda tag: images[tag].title):
        lines = {"partition": str(tag) if tag in known else f"none yet; its key will be {tag}"}
        if tag in archived and tag not in known:
            lines["partition"] = (
                f"{tag}, archived {archived[tag]:%Y-%m-%d}; back as soon as the image is reopened in Encord, or by the job "
                "`retry_failed` with this key in `tags`"
            )
        lines |= {"stage": images[tag].stage, "judged": "yes" if tag in judged else "no"}
        lines |= failures.get(tag, {})
        lines["in Encord"] = pipeline.item_url(images[tag].data_hash)
        if webserver_url and tag in known:
            asset = "/".join(pipeline.names.asset("images"))
            lines["in Dagster"] = f"{webserver_url}/assets/{asset}?view=partitions&partition={quote(tag)}"
        found.append(FoundImage(visible_line(images[tag].title), lines))
    return found


def print_images(name: str, found: Sequence[FoundImage], terminal: Terminal) -> None:
    """A paragraph for each; the first `LISTED_IMAGES` of many."""
    if not found:
        terminal.print(
            f"No image of the project has {name!r} in its name, and no partition key begins with it.", style="red"
        )
    for image in found[:LISTED_IMAGES]:
        width = max(map(len, image.lines))
        terminal.print(image.title, style="bold")
        for label, line in image.lines.items():
            terminal.print(f"  {label.ljust(width)}  {line}", style="red" if label.endswith(" failed") else None)
    if len(found) > LISTED_IMAGES:
        terminal.print(f"and {len(found) - LISTED_IMAGES} more; give more of the name")
