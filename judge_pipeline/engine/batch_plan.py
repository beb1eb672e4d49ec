"""What is left to do about the tags of a batch, as the store and Encord know them when the run begins."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from judge_pipeline.dagster_events.batch_outcome import BatchOutcome
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """Which of the tags are worked on.

    `making` lack a value or have one to be replaced; `moving` have everything, and a row in an agent stage. `waiting` lack a value
    and stand with a person. All others are finished.
    """

    tags: Sequence[Tag]
    making: frozenset[Tag]
    moving: frozenset[Tag]
    waiting: frozenset[Tag]

    @classmethod
    def of(
        cls,
        tags: Sequence[Tag],
        selected: Collection[str],
        known: Mapping[str, Collection[Tag]],
        snapshot: ProjectSnapshot,
        on_purpose: Collection[Tag],
    ) -> Self:
        """The plan for the selected assets; what is asked for `on_purpose` is made wherever its image stands."""
        incomplete = incomplete_tags(known, tags, selected)
        waiting = {tag for tag in incomplete if snapshot.waits_for_person(tag)}.difference(on_purpose)
        making = {*incomplete, *on_purpose} - waiting
        moved = {"linked_text_items", "judgements"}.intersection(selected)
        complete = {tag for tag in tags if moved and all(tag in known[asset] for asset in moved)} - making
        moving = {tag for tag in complete if snapshot.is_work(tag)}
        return cls(tags, frozenset(making), frozenset(moving), frozenset(waiting))

    @property
    def to_make(self) -> list[Tag]:
        """The tags that the run works on, in its order."""
        return [tag for tag in self.tags if tag in self.making or tag in self.moving]

    @property
    def finished(self) -> list[Tag]:
        """The tags that it leaves as they are, with those that wait for a person."""
        return [tag for tag in self.tags if not (tag in self.making or tag in self.moving)]

    def sentences(self, snapshot: ProjectSnapshot) -> Iterator[str]:
        """What the run's log says about the tags that it leaves as they are."""
        if unasked := len(self.finished) - len(self.waiting):
            yield (
                f"{unasked} of {len(self.tags)} tags have everything that was selected, and no model is asked about them; "
                "to ask again, launch with `refresh: true` in the run's config"
            )
        if self.waiting:
            yield waiting_sentence([snapshot.images[tag].stage for tag in self.waiting])

    def nothing_made(self) -> BatchOutcome:
        """The outcome of a run that works on none of them."""
        done = len(self.finished) - len(self.waiting)
        return BatchOutcome(tags=len(self.tags), done=done, waiting=len(self.waiting))


def incomplete_tags(known: Mapping[str, Collection[Tag]], tags: Sequence[Tag], selected: Collection[str]) -> list[Tag]:
    """The tags without a value of one of the selected assets."""
    return [tag for tag in tags if any(tag not in known[asset] for asset in selected)]


def waiting_sentence(stages: Collection[str]) -> str:
    """The sentence about images in these stages of people, one for each."""
    return (
        f"{len(stages)} images wait for a person in {', '.join(sorted({repr(stage) for stage in stages}))}; "
        "they are processed once they stand in an agent stage"
    )
