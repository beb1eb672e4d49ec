"""What `prune` does: finds the tags without an image in the project, lists them, removes what is known about them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from judge_pipeline.assets.partitions import delete_tags, known_tags
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.store.store import ProjectStore

HOLDER = "judge-pipeline prune"

LEASE_SECONDS = 60.0
"""Deleting the rows of 500 tags takes far less than a second."""


@dataclass(frozen=True, slots=True)
class GoneImage:
    """A tag without an image: its last known title, whether it has a partition, and its rows in the store by kind."""

    tag: Tag
    title: str | None
    has_partition: bool
    rows: Counter[str]

    def __str__(self) -> str:
        what = _counts(Counter(partitions=int(self.has_partition)) + self.rows)
        return f"{visible_line(self.title)}  {self.tag}  {what}" if self.title else f"{self.tag}  {what}"


def find_gone_images(snapshot: ProjectSnapshot, store: ProjectStore, instance: dg.DagsterInstance) -> list[GoneImage]:
    """The tags in Dagster and in the store without an image in the project; writes nothing.

    Leaves out partitions that belong to another project in the same store.
    """
    rows = store.tag_rows.counts()
    partitions = [Tag(key) for key in known_tags(instance)]
    gone = [tag for tag in dict.fromkeys([*partitions, *rows]) if tag not in snapshot.images]
    elsewhere = store.tag_rows.of_other_projects([tag for tag in gone if tag not in rows])
    titles = {failure.tag: failure.title for failure in store.failures(gone)}
    titles |= {tag: image.title for tag, image in store.results("images", Image, gone).items()}
    has_partition = set(partitions)
    return [
        GoneImage(
            tag, None if titles.get(tag) == tag else titles.get(tag), tag in has_partition, rows.get(tag, Counter())
        )
        for tag in gone
        if tag not in elsewhere
    ]


def print_gone_images(gone: Sequence[GoneImage], terminal: Terminal) -> None:
    """Each with what would be removed."""
    headings = {
        0: "Every partition and every row of the store belongs to an image of the project; there is nothing to remove.",
        1: "1 image is not in the project:",
    }
    terminal.print(headings.get(len(gone), f"{len(gone)} images are not in the project:"))
    for each in gone:
        terminal.print(str(each))


def remove_gone_images(
    gone: Sequence[GoneImage], store: ProjectStore, instance: dg.DagsterInstance, terminal: Terminal
) -> bool:
    """Deletes the rows and partitions of these tags; False if a run that is under way holds some, which stay."""
    held = store.leases.acquire([each.tag for each in gone], holder=HOLDER, seconds=LEASE_SECONDS)
    try:
        store.tag_rows.delete(list(held.values()))
        delete_tags(instance, [each.tag for each in gone if each.has_partition and each.tag in held])
    finally:
        store.leases.release(list(held.values()))
    removed = [each for each in gone if each.tag in held]
    total = sum((each.rows for each in removed), Counter(partitions=sum(each.has_partition for each in removed)))
    if removed:
        terminal.print(f"Removed {_counts(total)}. Answers of models are kept.")
    if left := len(gone) - len(removed):
        terminal.print(f"Left {left}: a run is working on them; run this command again when it has ended.", style="red")
    return not left


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{what}: {count}" for what, count in counted.items() if count)
