"""Workflows of any agent, annotation, review and final stages; invalid ones are refused with the reason."""

from pathlib import Path
from typing import Any

import pytest
from encord import Project
from encord.workflow import AnnotationStage, FinalStage, ReviewStage

from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.workflow import StageDraft, build_workflow
from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.seed_project import SEED_ONTOLOGY_TITLES, WORKFLOW_TEMPLATE, SeedProject
from judge_pipeline_tests.servers import LocalEncord


def project_without_template(seed: SeedProject) -> Project:
    client = seed.client()
    return client.get_project(client.create_project("Plain", [seed.dataset_hash]))


def test_a_project_without_a_template_annotates_and_reviews(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 1)
    workflow = project_without_template(seed).workflow
    assert [stage.title for stage in workflow.stages] == ["Annotate 1", "Review 1", "Complete"]
    annotate = workflow.get_stage(name="Annotate 1", type_=AnnotationStage)
    review = workflow.get_stage(name="Review 1", type_=ReviewStage)
    next(iter(annotate.get_tasks())).submit()
    next(iter(review.get_tasks())).reject()
    returned = next(iter(annotate.get_tasks()))
    assert returned.status.value == "REOPENED"
    returned.submit()
    next(iter(review.get_tasks())).approve()
    complete = workflow.get_stage(name="Complete", type_=FinalStage)
    assert len(list(complete.get_tasks())) == 1


def test_a_row_can_be_completed_and_reopened(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 1)
    project = project_without_template(seed)
    row = project.list_label_rows_v2()[0]
    row.initialise_labels()
    row.workflow_complete()
    assert project.list_label_rows_v2()[0].workflow_graph_node.title == "Complete"  # type: ignore[union-attr]
    row.workflow_reopen()
    assert project.list_label_rows_v2()[0].workflow_graph_node.title == "Annotate 1"  # type: ignore[union-attr]


def test_projects_of_one_template_share_stage_uuids(seed: SeedProject) -> None:
    client = seed.client()
    other = client.create_project("Second", [], workflow_template_hash=WORKFLOW_TEMPLATE["uuid"])
    stages = [stage.uuid for stage in seed.project().workflow.stages]
    assert [stage.uuid for stage in client.get_project(other).workflow.stages] == stages


def test_a_dataset_of_two_projects_has_a_task_in_each(seed: SeedProject, tmp_path: Path) -> None:
    plain = project_without_template(seed)
    data_hash = add_texts(seed, tmp_path, 1)[0]
    row = plain.list_label_rows_v2()[0]
    assert row.data_hash == data_hash
    assert row.workflow_graph_node is not None
    row.initialise_labels()
    assert seed.project().list_label_rows_v2()[0].label_hash is None


def test_a_template_posted_again_is_replaced_but_projects_keep_theirs(seed: SeedProject) -> None:
    shorter = WORKFLOW_TEMPLATE | {"start": "Complete", "stages": [{"title": "Complete", "kind": "complete"}]}
    assert seed.server.control("POST", "workflow-templates", json=shorter).json() == {"uuid": shorter["uuid"]}
    assert len(seed.project().workflow.stages) == 6
    client = seed.client()
    project = client.create_project("After", [], workflow_template_hash=shorter["uuid"])
    assert len(client.get_project(project).workflow.stages) == 1


@pytest.mark.parametrize(
    ("stages", "start", "complaint"),
    [
        ([{"title": "A", "kind": "complete"}], "B", "start: there is no stage 'B'"),
        ([{"title": "A", "kind": "agent"}], "A", "needs at least one pathway"),
        ([{"title": "A", "kind": "annotation"}], "A", "needs exactly one pathway"),
        ([{"title": "A", "kind": "archive", "pathways": [{"name": "x", "to": "A"}]}], "A", "needs no pathway"),
        ([{"title": "A", "kind": "review", "approve": "A"}], "A", "reject of stage 'A'"),
        ([{"title": "A", "kind": "agent", "pathways": [{"name": "x", "to": "B"}]}], "A", "pathway 'x' of stage 'A'"),
        (
            [{"title": "A", "kind": "complete"}, {"title": "A", "kind": "archive"}],
            "A",
            "each stage needs its own title",
        ),
    ],
)
def test_an_invalid_workflow_is_refused_with_the_reason(
    stages: list[dict[str, Any]], start: str, complaint: str
) -> None:
    with pytest.raises(InvalidArguments, match=complaint):
        build_workflow("t", start=start, drafts=[StageDraft.model_validate(stage) for stage in stages])


def test_the_seed_ontology_is_read_back_as_it_was_made(seed: SeedProject) -> None:
    structure = seed.client().get_ontology(seed.ontology_hash).structure
    assert tuple(c.title for c in structure.classifications) == SEED_ONTOLOGY_TITLES
    assert seed.project().ontology_structure.to_dict() == structure.to_dict()


def test_an_ontology_can_be_replaced(seed: SeedProject) -> None:
    ontology = seed.client().get_ontology(seed.ontology_hash)
    ontology.title = "Captions, second edition"
    ontology.structure.classifications.pop()
    ontology.save()
    again = seed.client().get_ontology(seed.ontology_hash)
    assert again.title == "Captions, second edition"
    assert len(again.structure.classifications) == 3


def shown_where(data_type: str) -> dict[str, Any]:
    """A tile of the label editor that shows items of one data type."""
    condition = {"key": "Data Type", "operator": "=", "value": data_type}
    query = {"andConditions": [condition, condition]}
    return {"readonly": False, "dicomTagsQuery": None, "clientMetadataQuery": query}


EDITOR_LAYOUT: dict[str, Any] = {
    "name": "tri_layout",
    "grid": {
        "direction": "row",
        "first": 0,
        "second": {"direction": "column", "first": 1, "second": 2, "splitPercentage": 50},
        "splitPercentage": 50,
    },
    "gridContent": {"0": shown_where("Image"), "1": shown_where("Text_8B"), "2": shown_where("Text_16B")},
    "topLevelGridFilter": {"dicomTags": None, "clientMetadata": {"key": "Tag", "operator": "="}},
    "settings": {"fixedLayout": False},
}


def test_the_notebooks_editor_layout_is_kept(seed: SeedProject, server: LocalEncord) -> None:
    path = f"projects/{seed.project_hash}/editor-layout"
    assert server.control("GET", path).json() is None
    server.control("PUT", path, json=EDITOR_LAYOUT)
    assert server.control("GET", path).json() == EDITOR_LAYOUT
