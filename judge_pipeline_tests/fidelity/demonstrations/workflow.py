"""Stages, tasks and reviews."""

import requests
from encord.workflow import (
    AgentStage,
    AnnotationStage,
    ConsensusAnnotationStage,
    ConsensusAnnotationTask,
    ConsensusReviewStage,
    ConsensusReviewTask,
    FinalStage,
    ReviewStage,
    Workflow,
)
from encord.workflow.stages.agent import AgentTask
from encord.workflow.stages.annotation import AnnotationTask
from encord.workflow.stages.final import FinalStageTask
from encord.workflow.stages.review import LabelReview, ReviewTask

from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import World


def agents_move_tasks(show: Show, world: World) -> None:
    row = world.new_text_row()
    workflow = world.project.workflow
    first = show(Workflow.get_stage, workflow, name="LLM1", type_=AgentStage)
    (task,) = show(AgentStage.get_tasks, first, data_hash=row.data_hash)
    show(AgentTask.proceed, task, pathway_name="First caption")
    (moved,) = workflow.get_stage(name="LLM2", type_=AgentStage).get_tasks(data_hash=row.data_hash)
    show(AgentTask.move, moved, destination_stage_uuid=first.uuid)
    (back,) = first.get_tasks(data_hash=row.data_hash)
    show.property(AgentTask.issues, back)


def people_annotate(show: Show, world: World) -> None:
    _, stage, review = world.annotation_project()
    (task,) = show(AnnotationStage.get_tasks, stage)
    show(AnnotationTask.assign, task, world.seed.server.email)
    (assigned,) = stage.get_tasks()
    assert assigned.assignee == world.seed.server.email
    show(AnnotationTask.release, assigned)
    show.property(AnnotationTask.issues, task)
    show(AnnotationTask.move, task, destination_stage_uuid=review.uuid)
    assert list(stage.get_tasks()) == []
    _, stage, review = world.annotation_project()
    show(AnnotationTask.submit, next(iter(stage.get_tasks())))
    assert len(list(review.get_tasks())) == 1


def people_review(show: Show, world: World) -> None:
    for decide in (ReviewTask.approve, ReviewTask.reject):
        _, stage, review = world.annotation_project()
        next(iter(stage.get_tasks())).submit()
        (task,) = show(ReviewStage.get_tasks, review)
        show(ReviewTask.assign, task, world.seed.server.email)
        (assigned,) = review.get_tasks()
        show(ReviewTask.release, assigned)
        show.property(ReviewTask.issues, task)
        show(decide, next(iter(review.get_tasks())))
        assert list(review.get_tasks()) == []
    _, stage, review = world.annotation_project()
    next(iter(stage.get_tasks())).submit()
    (task,) = review.get_tasks()
    show(ReviewTask.move, task, destination_stage_uuid=stage.uuid)
    assert len(list(stage.get_tasks())) == 1


def people_review_labels_one_by_one(show: Show, world: World) -> None:
    project, stage, review = world.annotation_project()
    (row,) = project.list_label_rows_v2()
    row.initialise_labels()
    choice = next(found for found in row.ontology_structure.classifications if found.title == "Final Choice")
    instance = choice.create_instance(range_only=True)
    instance.set_answer(choice.attributes[0].options[0])
    row.add_classification_instance(instance)
    row.save()
    next(iter(stage.get_tasks())).submit()
    (task,) = review.get_tasks()
    (label_review,) = show(ReviewTask.get_label_reviews, task)
    show(LabelReview.reject, label_review, comment="look again")
    show(LabelReview.reopen, label_review)
    show(LabelReview.approve, label_review)
    assert [found.status.value for found in task.get_label_reviews()] == ["APPROVED"]


def finished_tasks(show: Show, world: World) -> None:
    row = world.new_text_row()
    row.workflow_complete()
    workflow = world.project.workflow
    complete = workflow.get_stage(name="Complete", type_=FinalStage)
    (task,) = show(FinalStage.get_tasks, complete, data_hash=row.data_hash)
    show(FinalStageTask.move, task, destination_stage_uuid=workflow.get_stage(name="LLM1").uuid)
    assert list(complete.get_tasks(data_hash=row.data_hash)) == []


def consensus_stages_cannot_be_created(show: Show, world: World) -> None:
    for kind in ("consensus_annotation", "consensus_review"):
        template = {"title": kind, "start": "A", "stages": [{"title": "A", "kind": kind}]}
        url = f"{world.seed.server.url}/_local/workflow-templates"
        assert requests.post(url, json=template, timeout=10).status_code == 422
    show.absent(
        "no workflow has a consensus stage",
        ConsensusAnnotationStage.get_tasks,
        ConsensusAnnotationTask.move,
        ConsensusReviewStage.get_tasks,
        ConsensusReviewTask.approve,
        ConsensusReviewTask.assign,
        ConsensusReviewTask.issues,
        ConsensusReviewTask.move,
        ConsensusReviewTask.reject,
        ConsensusReviewTask.release,
    )
