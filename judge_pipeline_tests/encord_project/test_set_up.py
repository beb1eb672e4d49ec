"""Setting up a project while Encord's answers are lost, and with a server that deletes no project."""

import pytest

from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.workflow import SEED_TITLES
from judge_pipeline.encord_project.errors import ProjectMismatch
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.set_up import Wanted, plan_set_up, set_up
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.engine.workflows import GERMAN, template
from judge_pipeline_tests.seed_project import WORKFLOW_TEMPLATE


def wanted(title: str) -> Wanted:
    return Wanted(title, SEED_TITLES, {}, JudgeOntology.of, "Description")


@pytest.mark.parametrize("when", ["before", "after"])
def test_each_part_is_created_once_although_each_response_is_lost_once(trial: Trial, when: str) -> None:
    project = wanted(f"Set up, lost {when}")
    client, connection = trial.seed.client(), trial.seed.connection
    for match in ("v1 POST project$", "POST datasets$", "v1 POST projectdataset", "PUT ontologies"):
        trial.inject_fault(match=match, status=503, when=when)
    made = set_up(
        connection, plan_set_up(connection, project), project, workflow_template_hash=WORKFLOW_TEMPLATE["uuid"]
    )
    assert [fault["match"] for fault in trial.faults() if not fault["done"]] == []
    opened = EncordProject.open(connection, made[0])
    titles = [each.title for each in opened.ontology.classifications]
    assert titles == ["Final Choice", "LLM 8B", "LLM 16B", "LLM Judge Choice", "Description"]
    assert len(client.get_projects(title_eq=project.title)) == 1
    assert len(client.get_ontologies(title_eq=project.ontology)) == 1
    assert [each["dataset"].dataset_hash for each in client.get_datasets(title_eq=project.dataset)] == [made[1]]
    again = plan_set_up(connection, project)
    assert (again.missing, set_up(connection, again, project)) == ((), made)


def test_a_project_that_cannot_be_removed_is_named_with_its_page(trial: Trial) -> None:
    """Encord documents no call that deletes a project, so it may be refused."""
    project = wanted("Stays")
    other = template(GERMAN)
    trial.seed.server.control("POST", "workflow-templates", json=other)
    trial.inject_fault(match="v1 DELETE project$", status=403)
    plan = plan_set_up(trial.seed.connection, project)
    with pytest.raises(ProjectMismatch, match=r"delete the empty project that Encord made from it at http.*/projects/"):
        set_up(trial.seed.connection, plan, project, workflow_template_hash=other["uuid"])
    with pytest.raises(ProjectMismatch, match="the project 'Stays' exists and does not fit: its workflow"):
        plan_set_up(trial.seed.connection, project)
