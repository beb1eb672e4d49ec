"""What a person does in Human Review, done in their name: a choice written or taken back, tasks approved or brought back."""

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime

from encord.exceptions import InvalidArgumentsError
from encord.objects import Classification
from encord.objects.attributes import RadioAttribute
from encord.objects.classification_instance import ClassificationInstance
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.objects.options import Option as EncordOption
from encord.objects.utils import short_uuid_str
from encord.project import Project
from encord.workflow.stages.final import FinalStage
from encord.workflow.stages.review import ReviewStage, ReviewTask

from judge_pipeline.domain.final_choice import FinalAnswer, FinalChoice
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.ontology import Option
from judge_pipeline.domain.project_snapshot import ProjectRow
from judge_pipeline.domain.workflow import COMPLETE, REVIEW
from judge_pipeline.encord_project.errors import ProjectMismatch, RowRefused
from judge_pipeline.encord_project.final_choices import ChoiceLabels, read_choices
from judge_pipeline.encord_project.retries import tried_again
from judge_pipeline.encord_project.rows import list_label_rows, to_rows

SETTLING_SECONDS = 10
"""How long an approved task may take to leave the stage; a person is waiting."""


class Reviews:
    """Human Review of one project.

    Every call looks at what is there before it changes anything: it is made again while Encord has no answer.
    """

    def __init__(self, project: Project, doing: Callable[[str], AbstractContextManager[None]]) -> None:
        self._project = project
        self._doing = doing

    @tried_again
    def read(self, rows: Collection[ProjectRow], roles: JudgeOntology) -> dict[str, ChoiceLabels]:
        """Answers and opinions by data hash; rows that nobody has opened yet are left out."""
        with self._doing("reading final choices"):
            return read_choices(self._project, rows, roles)

    @tried_again
    def write_choice(
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
    ) -> FinalAnswer | None:
        """Writes an option of Final Choice, or none, beside all else that stands on the row, in at most four requests.

        The answer gets the name `answer_hash`, made by `new_answer_hash`, and the time `at`. One that is called so already, or
        `replaces`, is our own of an earlier try, of which nobody knows whether it arrived; `outdated` was given for an
        earlier caption than those in `texts`. Any other is left alone and returned.

        Raises:
            RowRefused: the image is not in Human Review any more, or one of the captions is not beside it.
        """
        with self._doing("writing a final choice"):
            label_row = self._opened(image, texts)
            standing = _standing(label_row, roles)
            if standing is not None:
                if standing.classification_hash == answer_hash:
                    return None
                if standing.classification_hash != replaces and not self._is_still(outdated, image, roles):
                    return _answer_of(standing, roles)
                label_row.remove_classification(standing)
            if option is not None:
                label_row.add_classification_instance(_instance(label_row, option, roles, answer_hash, at))
            if standing is not None or option is not None:
                label_row.save()
            return None

    @tried_again
    def take_back(self, row: ProjectRow, label: str, roles: JudgeOntology) -> FinalAnswer | None:
        """Removes the answer `label`. Returns what stands there instead where somebody has changed it; that is left alone."""
        with self._doing("taking a final choice back"):
            label_row = self._opened(row)
            standing = _standing(label_row, roles)
            if standing is None:
                return None
            there = _answer_of(standing, roles)
            if there.label != label:
                return there
            label_row.remove_classification(standing)
            label_row.save()
            return None

    @tried_again
    def approve(self, data_hashes: Sequence[str]) -> dict[str, str]:
        """Approves those that are in Human Review, in one act where Encord lets it; returns the stages of those still there."""
        deadline = time.monotonic() + SETTLING_SECONDS
        with self._doing("approving tasks"):
            while True:
                self._approve(data_hashes)
                rows = to_rows(list_label_rows(self._project, data_hashes))
                waiting = {row.data_hash: row.stage for row in rows if row.stage == REVIEW}
                if not waiting or time.monotonic() > deadline:
                    return waiting
                time.sleep(0.5)

    @tried_again
    def bring_back(self, data_hashes: Sequence[str]) -> None:
        """Moves those that are complete back to Human Review; what somebody moves meanwhile is theirs."""
        with self._doing("bringing tasks back to Human Review"):
            destination = self._stage().uuid
            for final in self._project.workflow.stages:
                if isinstance(final, FinalStage) and final.title == COMPLETE:
                    for task in list(final.get_tasks(data_hash=list(data_hashes))):
                        with suppress(InvalidArgumentsError):
                            task.move(destination_stage_uuid=destination)

    def _approve(self, data_hashes: Sequence[str]) -> None:
        tasks = self._tasks(data_hashes)
        if not tasks:
            return
        try:
            with self._project.create_bundle() as bundle:
                for task in tasks:
                    task.approve(bundle=bundle)
        except InvalidArgumentsError:  # somebody was faster with one of them
            for task in self._tasks(data_hashes):
                with suppress(InvalidArgumentsError):
                    task.approve()

    def _tasks(self, data_hashes: Sequence[str]) -> list[ReviewTask]:
        return list(self._stage().get_tasks(data_hash=list(data_hashes)))

    def _stage(self) -> ReviewStage:
        stages = self._project.workflow.stages
        found = [stage for stage in stages if isinstance(stage, ReviewStage) and stage.title == REVIEW]
        if not found:
            have = ", ".join(repr(stage.title) for stage in stages)
            raise ProjectMismatch(
                f"the workflow of project {self._project.title!r} has no review stage {REVIEW!r} (it has: {have}); "
                "build the workflow that the README shows and make the project from it"
            )
        return found[0]

    def _is_still(self, choice: FinalChoice | None, image: ProjectRow, roles: JudgeOntology) -> bool:
        """Whether what stands on the image is this choice, and not the same option chosen once more."""
        if choice is None:
            return False
        labels = read_choices(self._project, [image], roles).get(image.data_hash)
        return labels is not None and labels.answer is not None and choice.is_held(labels.answer)

    def _opened(self, image: ProjectRow, texts: Collection[ProjectRow] = ()) -> LabelRowV2:
        wanted = [image.data_hash, *(text.data_hash for text in texts)]
        listed = {label_row.data_hash: label_row for label_row in list_label_rows(self._project, wanted)}
        label_row = listed.get(image.data_hash)
        stage = to_rows([label_row])[0].stage if label_row else "nowhere"
        if label_row is None or stage != REVIEW:
            raise RowRefused(f"{image.title!r} is in {stage!r} and not in {REVIEW!r} any more; it is left as it is")
        if listed.keys() < set(wanted):
            raise RowRefused(
                f"a caption of {image.title!r} has been made anew since it was shown; nothing is written, and the next "
                "sitting shows the new one"
            )
        label_row.initialise_labels()
        return label_row


def new_answer_hash() -> str:
    """A name for an answer that is about to be written, as the SDK would draw it."""
    return short_uuid_str()


def _instance(
    label_row: LabelRowV2, option: Option, roles: JudgeOntology, answer_hash: str, at: datetime
) -> ClassificationInstance:
    classification = _final_choice(label_row, roles)
    options = {each.feature_node_hash: each for each in _radio(classification).options}
    instance = ClassificationInstance(classification, classification_hash=answer_hash)
    instance.set_for_frames(0, created_at=at, last_edited_at=at)
    instance.set_answer(options[option.feature_hash], _radio(classification))
    return instance


def _final_choice(label_row: LabelRowV2, roles: JudgeOntology) -> Classification:
    return label_row.ontology_structure.get_child_by_hash(roles.final_choice.feature_hash, type_=Classification)


def _radio(classification: Classification) -> RadioAttribute:
    radio = classification.attributes[0]
    if not isinstance(radio, RadioAttribute):
        raise ProjectMismatch(f"{radio.name!r} is no radio any more; make it one, and start again")
    return radio


def _standing(label_row: LabelRowV2, roles: JudgeOntology) -> ClassificationInstance | None:
    for instance in label_row.get_classification_instances():
        if instance.feature_hash == roles.final_choice.feature_hash:
            return instance
    return None


def _answer_of(instance: ClassificationInstance, roles: JudgeOntology) -> FinalAnswer:
    chosen = instance.get_answer()
    label = chosen.label if isinstance(chosen, EncordOption) else ""
    annotation = instance.get_annotation()
    return FinalAnswer(label, roles.read_choice(label), by=annotation.last_edited_by or annotation.created_by)
