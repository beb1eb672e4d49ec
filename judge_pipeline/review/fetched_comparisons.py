"""Comparisons as Encord holds them: labels read for many images at once, files fetched for one."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.human_criteria import human_criteria
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.project_snapshot import ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordError, RowRefused
from judge_pipeline.encord_project.final_choices import ChoiceLabels
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.models.images.unreadable import UnreadableImage
from judge_pipeline.review.comparison import Comparison
from judge_pipeline.review.errors import UnknownImage
from judge_pipeline.review.pictures import Pictures, for_browser


@dataclass(slots=True)
class FetchedComparisons:
    """What has been fetched of the images in a snapshot. Threads may share it: at worst something is fetched twice."""

    project: EncordProject
    roles: JudgeOntology
    snapshot: ProjectSnapshot
    labels: dict[Tag, ChoiceLabels] = field(default_factory=dict)
    _pictures: Pictures = field(default_factory=Pictures)
    _comparisons: dict[Tag, Comparison] = field(default_factory=dict)

    def get(self, tag: Tag) -> Comparison:
        """The image with its captions, fetched on first use.

        Raises:
            UnknownImage: it is not in this project. RowRefused: one of the three files cannot be read.
        """
        if tag not in self._comparisons:
            self._comparisons[tag] = self._fetch(tag)
        return self._comparisons[tag]

    def picture(self, tag: Tag) -> bytes:
        """The image as JPEG. Raises as `get`."""
        file = self._pictures.get(tag)
        if file is None:
            shown = self._comparisons.pop(tag, None)
            fetched = self.get(tag)
            if shown is not None:  # the page goes on showing these
                self._comparisons[tag] = replace(fetched, criteria=shown.criteria)
            file = self._pictures.get(tag)
        if file is None:
            raise UnknownImage(f"the image of {tag} is no longer in memory; reload the page")
        return file

    def with_present_criteria(self, tag: Tag) -> Comparison:
        """The comparison with people's answers to the criteria as they are now; the former ones if Encord does not answer."""
        comparison = self.get(tag)
        if human_criteria(self.roles):
            with suppress(EncordError):
                found = self.project.final_choices.read([comparison.image], self.roles)
                labels = found.get(comparison.image.data_hash, ChoiceLabels())
                comparison = self._comparisons[tag] = replace(comparison, criteria=labels.criteria)
        return comparison

    def read_labels(self, tags: Sequence[Tag]) -> dict[Tag, RowRefused]:
        """Reads the labels of these images into `labels`, at once if Encord allows; returns why some cannot be read."""
        rows = {tag: self.snapshot.images[tag] for tag in tags}
        try:
            found = self.project.final_choices.read(rows.values(), self.roles)
        except RowRefused as error:
            if len(tags) > 1:
                return {tag: refusal for each in tags for tag, refusal in self.read_labels([each]).items()}
            return {tag: RowRefused(f"{row.title!r} cannot be read: {error}") for tag, row in rows.items()}
        gone = {tag for tag, row in rows.items() if row.label_hash is not None and row.data_hash not in found}
        self.labels |= {tag: found.get(row.data_hash, ChoiceLabels()) for tag, row in rows.items() if tag not in gone}
        why = "cannot be read: it is no longer in the project"
        return {tag: RowRefused(f"{rows[tag].title!r} {why}") for tag in tags if tag in gone}

    def _fetch(self, tag: Tag) -> Comparison:
        image = self.snapshot.images.get(tag)
        texts = {captioner: self.snapshot.texts.get((tag, captioner)) for captioner in Captioner}
        there = {captioner: row for captioner, row in texts.items() if row is not None}
        if image is None or len(there) < len(texts):
            raise UnknownImage(f"{self.project.title!r} has no image with two captions and the Tag {tag}")
        if tag not in self.labels or human_criteria(self.roles):  # people's answers are shown as they are now
            for refusal in self.read_labels([tag]).values():
                raise refusal
        files = self.project.download_files([image, *there.values()])
        try:
            self._pictures.put(tag, for_browser(files[image.item_uuid]))
        except UnreadableImage as error:
            raise RowRefused(f"{image.title!r} cannot be shown: {error}") from None
        captions = {
            captioner: files[row.item_uuid].decode("utf-8", errors="replace").strip()
            for captioner, row in there.items()
        }
        labels = self.labels.get(tag, ChoiceLabels())
        return Comparison(tag, image, there, captions, labels.opinion, labels.criteria)
