"""Projects: copying, finding, and reading their data through the SDK's older classes."""

from pathlib import Path

import pytest
import requests
from encord.exceptions import AuthorisationError, EncordException
from encord.orm.label_row import LabelRowMetadata
from encord.orm.project import CopyDatasetAction, CopyDatasetOptions, CopyLabelsOptions
from encord.utilities.ontology_user import OntologyUserRole
from encord.utilities.project_user import ProjectUserRole

from judge_pipeline_tests.local.encord.captions import add_texts
from judge_pipeline_tests.seed_project import SeedProject


def test_a_copy_has_workflow_and_ontology_and_starts_from_the_beginning(seed: SeedProject, tmp_path: Path) -> None:
    add_texts(seed, tmp_path, 2)
    original = seed.project()
    original.list_label_rows_v2()[0].initialise_labels()
    copy = seed.client().get_project(original.copy_project(copy_datasets=True, new_title="Once more"))
    assert (copy.title, copy.description) == ("Once more", original.description)
    assert copy.ontology_hash == original.ontology_hash
    assert [stage.title for stage in copy.workflow.stages] == [stage.title for stage in original.workflow.stages]
    rows = copy.list_label_rows_v2()
    assert [row.label_hash for row in rows] == [None, None]
    assert [row.workflow_graph_node.title for row in rows if row.workflow_graph_node] == ["LLM1", "LLM1"]
    bare = seed.client().get_project(original.copy_project())
    assert (bare.title, bare.list_label_rows_v2()) == (f"Copy of {original.title}", [])


def test_collaborators_are_copied_on_request(seed: SeedProject) -> None:
    reviewer = seed.server.another_user("reviewer@example.com").client()
    project = seed.project()
    project.add_users(["reviewer@example.com"], ProjectUserRole.REVIEWER)
    alone, together = project.copy_project(), project.copy_project(copy_collaborators=True)
    assert {user.user_email: user.user_role for user in seed.client().get_project(together).list_users()} == {
        seed.server.email: ProjectUserRole.ADMIN,
        "reviewer@example.com": ProjectUserRole.REVIEWER,
    }
    with pytest.raises(AuthorisationError):
        reviewer.get_project(alone)
    with pytest.raises(AuthorisationError):
        reviewer.get_project(seed.project_hash).copy_project()


def test_copying_labels_and_cloning_datasets_are_not_supported(seed: SeedProject) -> None:
    project = seed.project()
    clone = CopyDatasetOptions(action=CopyDatasetAction.CLONE, dataset_title="Clone")
    with pytest.raises(EncordException, match="not part of this local Encord"):
        project.copy_project(copy_datasets=clone)
    with pytest.raises(EncordException, match="not part of this local Encord"):
        project.copy_project(copy_datasets=True, copy_labels=CopyLabelsOptions())
    assert len(list(seed.client().list_projects())) == 1


def test_projects_are_found_with_the_callers_role(seed: SeedProject) -> None:
    client = seed.client()
    client.create_project("Another", [], project_description="described")
    found = {one["project"].title: one["user_role"] for one in client.get_projects()}
    assert found == {"LLM as a judge": ProjectUserRole.ADMIN, "Another": ProjectUserRole.ADMIN}
    assert [one["project"].project_hash for one in client.get_projects(title_like="LLM%")] == [seed.project_hash]
    assert [one["project"].title for one in client.get_projects(desc_eq="described")] == ["Another"]
    assert client.get_projects(created_after="2100-01-01") == []
    assert [project.title for project in client.list_projects(title_like="Ano%")] == ["Another"]
    assert seed.server.another_user("stranger@example.com").client().get_projects() == []


def test_an_image_is_read_by_its_data_hash(seed: SeedProject, photographs: list[Path], tmp_path: Path) -> None:
    seed.add_images(photographs[:1])
    (text,) = add_texts(seed, tmp_path, 1)
    project = seed.project()
    data_hash = project.list_label_rows_v2()[0].data_hash
    video, images = project.get_data(data_hash, get_signed_url=True)
    assert video is None
    assert images is not None
    assert images[0].title == photographs[0].name
    assert requests.get(images[0].file_link, timeout=10).content == photographs[0].read_bytes()
    assert project.get_data(text) == (None, None)
    other = seed.client().get_project(seed.client().create_project("Other", []))
    with pytest.raises(AuthorisationError):
        other.get_data(data_hash)


def test_the_older_project_form_lists_datasets_and_label_rows(seed: SeedProject, tmp_path: Path) -> None:
    hashes = add_texts(seed, tmp_path, 2)
    project = seed.project()
    project.list_label_rows_v2()[0].initialise_labels()
    rows = LabelRowMetadata.from_list(list(project.label_rows))
    assert [(row.data_hash, row.label_hash is not None) for row in rows] == [(hashes[0], True), (hashes[1], False)]
    older = project.get_project()
    assert [dataset["dataset_hash"] for dataset in older.datasets] == [seed.dataset_hash]
    assert len(older.label_rows) == 2


def test_a_member_finds_the_ontology_and_may_not_change_it(seed: SeedProject) -> None:
    reviewer = seed.server.another_user("reader-of-ontologies@example.com").client()
    assert reviewer.get_ontologies() == []
    seed.project().add_users(["reader-of-ontologies@example.com"], ProjectUserRole.REVIEWER)
    (found,) = reviewer.get_ontologies()
    assert found["user_role"] == OntologyUserRole.USER
    assert found["ontology"].ontology_hash == seed.ontology_hash
    with pytest.raises(AuthorisationError, match="may read ontology"):
        found["ontology"].save()
    (own,) = seed.client().get_ontologies()
    assert own["user_role"] == OntologyUserRole.ADMIN
