"""The Final Choice on label rows: read together with the judge's opinion, written and removed for the reviewer."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from encord.common.time_parser import parse_datetime
from encord.objects import Classification
from encord.objects.attributes import RadioAttribute
from encord.objects.classification_instance import ClassificationInstance
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.objects.options import Option as EncordOption
from encord.objects.utils import short_uuid_str
from encord.orm.project import ClassificationAnswerEntry
from encord.project import Project

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.correction import FoundLabel
from judge_pipeline.domain.final_choice import FinalAnswer, FinalChoice
from judge_pipeline.domain.human_criteria import CriterionAnswer
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judge_opinion import JudgeOpinion
from judge_pipeline.domain.ontology import Attribute, AttributeKind, Option
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.workflow import StageKind, Workflow
from judge_pipeline.encord_project.clock import label_time
from judge_pipeline.encord_project.criterion_labels import CriterionChanges, criterion_answers
from judge_pipeline.encord_project.errors import ProjectMismatch, RowRefused
from judge_pipeline.encord_project.image_answers import answers_on, put_answer, remove_answer
from judge_pipeline.encord_project.judge_labels import judge_labels_in
from judge_pipeline.encord_project.label_saves import save_label_rows
from judge_pipeline.encord_project.retries import with_retries
from judge_pipeline.encord_project.row_by_row import RowByRow
from judge_pipeline.encord_project.rows import list_editable_rows, list_label_rows, to_row


@dataclass(frozen=True, slots=True)
class ChoiceLabels:
    """What one row's labels say; `answer` is None when there is no Final Choice, `judged` are the judge's labels as found.

    `criteria` are the answers to the ontology's own human classifications, by feature hash.
    """

    answer: FinalAnswer | None = None
    opinion: JudgeOpinion = field(default_factory=JudgeOpinion)
    judged: tuple[FoundLabel, ...] = ()
    criteria: Mapping[str, CriterionAnswer] = field(default_factory=dict)


class FinalChoices:
    """Final Choices of one project. Every write reads the row first, so it is retried while Encord does not answer."""

    def __init__(
        self,
        project: Project,
        workflow: Workflow,
        row_by_row: RowByRow,
        errors_during: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        self._project = project
        self._row_by_row = row_by_row
        self._workflow = workflow
        self._errors_during = errors_during

    @with_retries
    def read(self, rows: Collection[ProjectRow], roles: JudgeOntology) -> dict[str, ChoiceLabels]:
        """Answers and opinions by data hash, one request per 500 rows; rows without labels are left out."""
        with self._errors_during("reading final choices"):
            return self._read(rows, roles)

    def answers(self, rows: Collection[ProjectRow], roles: JudgeOntology) -> dict[str, FinalAnswer]:
        """The Final Choices by data hash; rows without one are left out."""
        return {data_hash: labels.answer for data_hash, labels in self.read(rows, roles).items() if labels.answer}

    @with_retries
    def write(
        self,
        image: ProjectRow,
        texts: Collection[ProjectRow],
        option: Option | None,
        roles: JudgeOntology,
        *,
        answer_hash: str,
        at: datetime,
        replaces: str | None = None,
        outdated: FinalChoice | None = None,
        criteria: CriterionChanges | None = None,
    ) -> FinalAnswer | None:
        """Writes an option as the Final Choice, or clears it when `option` is None, in at most six requests.

        All other labels of the row stay. The answer gets the hash `answer_hash`, made by `new_answer_hash`, and the time
        `at`. An existing answer is overwritten if its hash is `answer_hash` or `replaces` (an earlier attempt of ours
        whose response was lost) or if it is still `outdated`, given for an earlier caption than those in `texts`. Any
        other answer stays and is returned. The `criteria` are changed in the same save, unless another answer stays.

        Raises:
            RowRefused: the image is no longer in review, or one of the captions is no longer linked.
        """
        answer: FinalAnswer | None = None

        def change(label_row: LabelRowV2) -> bool:
            nonlocal answer
            answer = None
            existing = _existing(label_row, roles)
            is_written = existing is not None and existing.classification_hash == answer_hash
            if existing is not None and not is_written:
                if existing.classification_hash != replaces and not self._is_still(outdated, image, roles):
                    answer = _answer_of(existing, roles)
                    return False
                remove_answer(label_row, existing)
            if option is not None and not is_written:
                instance = _instance(label_row, option, roles, answer_hash)
                put_answer(label_row, instance, created_at=at, last_edited_at=at)
            has_changed_criteria = criteria is not None and criteria.apply(label_row, at)
            return has_changed_criteria or (not is_written and (existing is not None or option is not None))

        with self._errors_during("writing a final choice"):
            label_row = self._listed(image, texts)
            self._save(label_row, change)
            if criteria is not None:
                criteria.compare(label_row)
            present = _existing(label_row, roles)
            if present is not None and present.classification_hash != answer_hash:
                return _answer_of(present, roles)  # chosen by another person during the save
            return answer

    @with_retries
    def remove(
        self, row: ProjectRow, label: str, roles: JudgeOntology, criteria: CriterionChanges | None = None
    ) -> FinalAnswer | None:
        """Removes the answer `label` and changes the `criteria`. An answer that someone has changed since stays and is returned."""
        answer: FinalAnswer | None = None

        def change(label_row: LabelRowV2) -> bool:
            nonlocal answer
            existing = _existing(label_row, roles)
            answer = None if existing is None else _answer_of(existing, roles)
            if answer is not None and answer.label != label:
                return False
            if existing is not None:
                remove_answer(label_row, existing)
            has_changed_criteria = criteria is not None and criteria.apply(label_row)
            return has_changed_criteria or existing is not None

        with self._errors_during("removing a final choice"):
            label_row = self._listed(row)
            self._save(label_row, change)
            present = _existing(label_row, roles)
            return None if present is None else _answer_of(present, roles)

    def _save(self, label_row: LabelRowV2, change: Callable[[LabelRowV2], bool]) -> None:
        """Saves the row, which then shows what Encord holds.

        Raises:
            RowRefused: the row was saved, but something that somebody else has changed meanwhile may be lost.
        """
        overwritten = save_label_rows(self._project, [label_row], change)
        if overwritten:
            raise RowRefused(overwritten[label_row.data_hash])

    def _read(self, rows: Iterable[ProjectRow], roles: JudgeOntology) -> dict[str, ChoiceLabels]:
        """Rows that have left the project since they were listed are left out; any other refusal is raised."""
        by_label = {row.label_hash: row for row in rows if row.label_hash is not None}

        def read(label_hashes: Sequence[str]) -> dict[str, ChoiceLabels]:
            return {
                str(labels.data_uuid): _labels(list(labels.classification_answers.values()), roles)
                for labels in self._project.get_label_classifications(list(label_hashes))
            }

        results = self._row_by_row.each("reading final choices", list(by_label), read, may_stop_the_run=False)
        if results.refused:
            unread = {by_label[label_hash].data_hash: refusal for label_hash, refusal in results.refused.items()}
            for label_row in list_label_rows(self._project, list(unread)):
                raise unread[label_row.data_hash]
        return results.done

    def _is_still(self, choice: FinalChoice | None, image: ProjectRow, roles: JudgeOntology) -> bool:
        """Whether the image's answer is this very choice, not the same option chosen again later."""
        if choice is None:
            return False
        labels = self._read([image], roles).get(image.data_hash)
        return labels is not None and labels.answer is not None and choice.matches(labels.answer)

    def _listed(self, image: ProjectRow, texts: Collection[ProjectRow] = ()) -> LabelRowV2:
        wanted = [image.data_hash, *(text.data_hash for text in texts)]
        listed = {label_row.data_hash: label_row for label_row in list_editable_rows(self._project, wanted)}
        label_row = listed.get(image.data_hash)
        if label_row is None:
            raise RowRefused(f"{image.title!r} is no longer in the project; nothing was written")
        row = to_row(label_row, self._workflow)
        if row.kind is not StageKind.REVIEW:
            review = self._workflow.titles_of(StageKind.REVIEW)
            raise RowRefused(f"{image.title!r} is in {row.stage!r}, no longer in {review}; nothing was written")
        if listed.keys() < set(wanted):
            raise RowRefused(
                f"a caption of {image.title!r} was replaced after it was shown; nothing was written, the next review "
                "session shows the new caption"
            )
        return label_row


def new_answer_hash() -> str:
    """A hash for an answer to be written, as the SDK generates it."""
    return short_uuid_str()


def _labels(entries: Sequence[ClassificationAnswerEntry], roles: JudgeOntology) -> ChoiceLabels:
    by_hash = {entry.feature_hash: entry for entry in entries}
    choice = _chosen(by_hash.get(roles.choice.feature_hash), roles.choice.root)
    grades = {
        captioner: tuple(_grades(by_hash.get(classification.feature_hash), classification.root))
        for captioner in Captioner
        for classification in [roles.classification_for(captioner)]
    }
    judged = judge_labels_in(entries, roles.judged)
    return ChoiceLabels(
        _answer(by_hash.get(roles.final_choice.feature_hash), roles),
        JudgeOpinion(
            roles.read_choice(choice) if choice else None,
            grades[Captioner.LLM_8B],
            grades[Captioner.LLM_16B],
            is_corrected=any(label.is_persons for label in judged),
        ),
        judged,
        criterion_answers(entries, roles),
    )


def _answer(entry: ClassificationAnswerEntry | None, roles: JudgeOntology) -> FinalAnswer | None:
    label = _chosen(entry, roles.final_choice.root)
    if entry is None or label is None:
        return None
    at = entry.last_edited_at or entry.created_at
    return FinalAnswer(
        label=label,
        choice=roles.read_choice(label),
        by=entry.last_edited_by or entry.created_by,
        at=label_time(parse_datetime(at)) if at else None,
        answer_hash=entry.classification_hash,
    )


def _grades(entry: ClassificationAnswerEntry | None, root: Attribute) -> Iterator[tuple[str, str]]:
    """The answered radios under the root; the root itself if there are none."""
    nested = [
        (attribute.title, label)
        for option in root.options
        for attribute in option.attributes
        if attribute.kind is AttributeKind.RADIO and (label := _chosen(entry, attribute))
    ]
    if nested:
        yield from nested
    elif label := _chosen(entry, root):
        yield root.title, label


def _chosen(entry: ClassificationAnswerEntry | None, radio: Attribute) -> str | None:
    """The label of the chosen option; an option archived since keeps the name in the answer."""
    labels = {option.feature_hash: option.label for option in radio.options}
    for given in entry.classifications if entry else ():
        if given.feature_hash == radio.feature_hash and isinstance(given.answers, list) and given.answers:
            chosen = given.answers[0]
            return str(labels.get(chosen.get("featureHash"), chosen.get("name", "")))
    return None


def _instance(label_row: LabelRowV2, option: Option, roles: JudgeOntology, answer_hash: str) -> ClassificationInstance:
    classification = label_row.ontology_structure.get_child_by_hash(
        roles.final_choice.feature_hash, type_=Classification
    )
    radio = classification.attributes[0]
    if not isinstance(radio, RadioAttribute):
        raise ProjectMismatch(
            f"{radio.name!r} is no longer a radio; make it one again in Encord and restart the review"
        )
    options = {each.feature_node_hash: each for each in radio.options}
    instance = ClassificationInstance(classification, classification_hash=answer_hash)
    instance.set_answer(options[option.feature_hash], radio)
    return instance


def _existing(label_row: LabelRowV2, roles: JudgeOntology) -> ClassificationInstance | None:
    for instance in answers_on(label_row):
        if instance.feature_hash == roles.final_choice.feature_hash:
            return instance
    return None


def _answer_of(instance: ClassificationInstance, roles: JudgeOntology) -> FinalAnswer:
    chosen = instance.get_answer()
    label = chosen.label if isinstance(chosen, EncordOption) else ""
    annotation = instance.get_annotations()[0]
    return FinalAnswer(label, roles.read_choice(label), by=annotation.last_edited_by or annotation.created_by)
