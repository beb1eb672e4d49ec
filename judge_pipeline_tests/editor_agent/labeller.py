"""A labeller: another user of the agent's project, in Encord's label editor."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from encord.objects import Classification
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.utilities.project_user import ProjectUserRole

from judge_pipeline_tests.editor_agent.harness import CLASSIFICATION
from judge_pipeline_tests.seed_project import SeedProject
from judge_pipeline_tests.servers import LocalEncord


@dataclass(frozen=True)
class Labeller:
    """Opens a data unit by its title, does one thing, and saves."""

    project_hash: str
    as_user: LocalEncord

    @classmethod
    def join(cls, seed: SeedProject) -> "Labeller":
        """A new user, added to the project."""
        user = seed.server.another_user(f"{uuid4()}@example.com")
        seed.project().add_users([user.email], ProjectUserRole.ANNOTATOR)
        return cls(seed.project_hash, user)

    def chooses(self, title: str, option: str) -> None:
        """Answers Final Choice."""
        row, classification = self._opened(title, "Final Choice")
        radio: Any = classification.attributes[0]
        self._answer(row, classification, next(each for each in radio.options if each.label == option))

    def writes(self, title: str, text: str) -> None:
        """Answers the description by hand."""
        self._answer(*self._opened(title, CLASSIFICATION), text)

    def changes(self, title: str, text: str) -> None:
        """Edits the existing description."""
        row, classification = self._opened(title, CLASSIFICATION)
        (instance,) = row.get_classification_instances(classification)
        instance.set_answer(text, overwrite=True)
        row.save()

    def _opened(self, title: str, classification: str) -> tuple[LabelRowV2, Classification]:
        (row,) = self.as_user.client().get_project(self.project_hash).list_label_rows_v2(data_title_eq=title)
        row.initialise_labels()
        return row, row.ontology_structure.get_child_by_title(classification, type_=Classification)

    @staticmethod
    def _answer(row: LabelRowV2, classification: Classification, answer: Any) -> None:
        instance = classification.create_instance()
        instance.set_for_frames(0)
        instance.set_answer(answer)
        row.add_classification_instance(instance)
        row.save()
