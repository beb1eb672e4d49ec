"""Judgements are saved next to people's labels, marked as automated, and read back unchanged."""

from datetime import UTC, datetime, timedelta
from typing import Any

from encord.objects import Classification, ClassificationInstance
from encord.objects.attributes import Attribute, RadioAttribute
from encord.objects.ontology_labels_impl import LabelRowV2

from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.ontology import Option
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline_tests.promises.target import EncordTarget


def rubric(pipeline: EncordProject, title: str, *, suggestion: str) -> ClassificationAnswer:
    """The caption is available; every score is the best one."""
    classification = next(found for found in pipeline.ontology.classifications if found.title == title)
    available = classification.root.options[0]
    answers = [AttributeAnswer(classification.root.feature_hash, title, chosen(available))]
    for attribute in available.attributes:
        value = chosen(attribute.options[-1]) if attribute.options else suggestion
        answers.append(AttributeAnswer(attribute.feature_hash, attribute.title, value))
    return ClassificationAnswer(classification.feature_hash, title, tuple(answers))


def choice(pipeline: EncordProject, label: str) -> ClassificationAnswer:
    """The judge's choice."""
    classification = next(found for found in pipeline.ontology.classifications if found.title == "LLM Judge Choice")
    option = next(option for option in classification.root.options if option.label == label)
    answer = AttributeAnswer(classification.root.feature_hash, classification.title, chosen(option))
    return ClassificationAnswer(classification.feature_hash, classification.title, (answer,))


def chosen(option: Option) -> ChosenOption:
    return ChosenOption(option.feature_hash, option.label)


def final_choice(row: LabelRowV2, label: str) -> ClassificationInstance:
    """The answer that a person gives in the label editor."""
    classification = row.ontology_structure.get_child_by_title("Final Choice", type_=Classification)
    radio = classification.get_child_by_title("Final Choice", type_=RadioAttribute)
    instance = classification.create_instance()
    instance.set_answer(next(option for option in radio.options if option.label == label), attribute=radio)
    instance.set_for_frames(0, manual_annotation=True)
    return instance


def choose_finally(target: EncordTarget, data_hash: str, label: str) -> None:
    row = opened(target, data_hash)
    row.add_classification_instance(final_choice(row, label))
    row.save()


def opened(target: EncordTarget, data_hash: str) -> LabelRowV2:
    row = target.rows([data_hash])[0]
    row.initialise_labels()
    return row


def answers(target: EncordTarget, data_hash: str) -> dict[str, dict[str, Any]]:
    """A row's answers by attribute title, by classification title."""
    return {
        instance.classification_name: {
            static.ontology_attribute.name: _plain(static.get())
            for static in instance.get_all_static_answers()
            if static.is_answered()
        }
        for instance in opened(target, data_hash).get_classification_instances()
    }


def _plain(answer: Any) -> Any:
    return getattr(answer, "label", answer)


def plain(answer: ClassificationAnswer) -> dict[str, Any]:
    return {given.title: _plain(given.value) for given in answer.answers}


def test_nested_answers_are_read_back_equal(encord_target: EncordTarget) -> None:
    data_hash = encord_target.linked_images(1)[0]
    pipeline = encord_target.pipeline()
    given = [
        rubric(pipeline, "LLM 8B", suggestion='Say "Käse", not <cheese>.\nBe brief. 🧀'),
        rubric(pipeline, "LLM 16B", suggestion="None."),
        choice(pipeline, "LLM 16B"),
    ]
    pipeline.save_answers({data_hash: given})
    assert answers(encord_target, data_hash) == {answer.title: plain(answer) for answer in given}


def test_a_judgement_is_marked_as_automated(encord_target: EncordTarget) -> None:
    """People and the report use this mark to distinguish the judge from a person."""
    data_hash = encord_target.linked_images(1)[0]
    pipeline = encord_target.pipeline()
    pipeline.save_answers({data_hash: [rubric(pipeline, "LLM 8B", suggestion="None.")]})
    instance = opened(encord_target, data_hash).get_classification_instances()[0]
    annotation = instance.get_annotations()[0]
    assert annotation.manual_annotation is False
    assert annotation.created_by


def test_judging_again_replaces_the_judgement(encord_target: EncordTarget) -> None:
    data_hash = encord_target.linked_images(1)[0]
    pipeline = encord_target.pipeline()
    for label in ("LLM 8B", "LLM 16B"):
        pipeline.save_answers({data_hash: [choice(pipeline, label)]})
    assert answers(encord_target, data_hash) == {"LLM Judge Choice": {"LLM Judge Choice": "LLM 16B"}}


def test_a_persons_answer_survives_a_judgement(encord_target: EncordTarget) -> None:
    """Given before the first judgement, and present between two judgements."""
    data_hash = encord_target.linked_images(1)[0]
    pipeline = encord_target.pipeline()
    choose_finally(encord_target, data_hash, "LLM-8B")
    pipeline.save_answers({data_hash: [choice(pipeline, "LLM 16B")]})
    assert answers(encord_target, data_hash)["Final Choice"] == {"Final Choice": "LLM-8B"}
    pipeline.save_answers({data_hash: [choice(pipeline, "LLM 8B")]})
    assert answers(encord_target, data_hash) == {
        "Final Choice": {"Final Choice": "LLM-8B"},
        "LLM Judge Choice": {"LLM Judge Choice": "LLM 8B"},
    }


def test_a_judgement_keeps_the_hash_and_time_of_a_persons_answer(encord_target: EncordTarget) -> None:
    """Both show for which captions a Final Choice was given: with a new time it would look like a new choice."""
    data_hash = encord_target.linked_images(1)[0]
    pipeline = encord_target.pipeline()
    row = opened(encord_target, data_hash)
    instance = final_choice(row, "LLM-8B")
    instance.created_at = instance.last_edited_at = datetime.now(UTC) - timedelta(hours=1)
    row.add_classification_instance(instance)
    row.save()
    roles = JudgeOntology.of(pipeline.ontology)
    (image,) = (each for each in pipeline.snapshot().images.values() if each.data_hash == data_hash)
    before = pipeline.final_choices.answers([image], roles)[data_hash]
    assert before.answer_hash == instance.classification_hash
    assert before.at is not None
    pipeline.save_answers({data_hash: [choice(pipeline, "LLM 16B")]})
    after = pipeline.final_choices.answers([image], roles)[data_hash]
    assert (after.answer_hash, after.at) == (before.answer_hash, before.at)


def test_a_persons_answer_stays_marked_as_manual(encord_target: EncordTarget) -> None:
    data_hash = encord_target.linked_images(1)[0]
    pipeline = encord_target.pipeline()
    choose_finally(encord_target, data_hash, "LLM-8B")
    pipeline.save_answers({data_hash: [choice(pipeline, "LLM 16B")]})
    marks = {
        instance.classification_name: instance.get_annotations()[0].manual_annotation
        for instance in opened(encord_target, data_hash).get_classification_instances()
    }
    assert marks == {"Final Choice": True, "LLM Judge Choice": False}


def test_a_judgement_can_be_cleared(encord_target: EncordTarget) -> None:
    """When the two orders disagree there is no choice, and an earlier one must not stay."""
    data_hash = encord_target.linked_images(1)[0]
    pipeline = encord_target.pipeline()
    given = choice(pipeline, "LLM 8B")
    pipeline.save_answers({data_hash: [given]})
    scores = rubric(pipeline, "LLM 8B", suggestion="None.")
    pipeline.save_answers({data_hash: [scores]}, cleared=[given.feature_hash])
    assert answers(encord_target, data_hash) == {"LLM 8B": plain(scores)}


def test_many_rows_are_saved_together_each_with_its_own_answers(encord_target: EncordTarget) -> None:
    data_hashes = encord_target.linked_images(3)
    pipeline = encord_target.pipeline()
    given = {
        data_hash: [rubric(pipeline, "LLM 8B", suggestion=f"suggestion {number}")]
        for number, data_hash in enumerate(data_hashes)
    }
    pipeline.save_answers(given)
    for data_hash, (answer,) in given.items():
        assert answers(encord_target, data_hash) == {"LLM 8B": plain(answer)}


def test_saving_moves_nothing_in_the_workflow(encord_target: EncordTarget) -> None:
    data_hashes = encord_target.linked_images(1)
    pipeline = encord_target.pipeline()
    before = encord_target.stages(data_hashes)
    pipeline.save_answers({data_hashes[0]: [choice(pipeline, "LLM 8B")]})
    assert encord_target.stages(data_hashes) == before


def test_a_row_is_initialised_once(encord_target: EncordTarget) -> None:
    """Two runs that meet at a new row must not write into two label rows."""
    data_hashes = encord_target.linked_images(1)
    uninitialised = [encord_target.rows(data_hashes)[0] for _ in range(2)]
    for row in uninitialised:
        row.initialise_labels()
    encord_target.pipeline().initialise_labels(data_hashes)
    listed = encord_target.rows(data_hashes)[0].label_hash
    assert listed is not None
    assert {row.label_hash for row in uninitialised} == {listed}


def test_the_ontology_is_read_with_the_hashes_that_label_rows_use(encord_target: EncordTarget) -> None:
    structure = encord_target.project().ontology_structure
    for classification in encord_target.pipeline().ontology.classifications:
        found = structure.get_child_by_hash(classification.feature_hash, type_=Classification)
        assert found.title == classification.title
        root = found.get_child_by_hash(classification.root.feature_hash, type_=Attribute)
        assert [option.label for option in getattr(root, "options", ())] == [
            option.label for option in classification.root.options
        ]
