"""Tags of the organisation: unique by name, attached to projects, used to find projects."""

from uuid import uuid4

import pytest
from encord.exceptions import AuthorisationError, ResourceExistsError, ResourceNotFoundError
from encord.orm.project import OrganisationTag
from encord.utilities.project_user import ProjectUserRole

from judge_pipeline_tests.seed_project import SeedProject


@pytest.fixture
def tag(seed: SeedProject) -> OrganisationTag:
    return seed.client().create_organisation_tag(f"captions {uuid4()}", "about captions")


def test_a_tag_name_is_unique(seed: SeedProject, tag: OrganisationTag) -> None:
    client = seed.client()
    assert tag in client.list_organisation_tags()
    with pytest.raises(ResourceExistsError):
        client.create_organisation_tag(tag.name)


def test_projects_are_found_by_any_of_their_tags(seed: SeedProject, tag: OrganisationTag) -> None:
    client, project = seed.client(), seed.project()
    client.create_project("Without a tag", [])
    for _ in range(2):
        project.add_organisation_tag(tag_name=tag.name)
    assert project.get_organisation_tags() == [tag]
    found = client.list_projects(tags_anyof=[tag.name, "an unused tag"])
    assert [one.project_hash for one in found] == [seed.project_hash]
    for _ in range(2):
        project.remove_organisation_tag(tag)
    assert list(client.list_projects(tags_anyof=[tag])) == []
    assert list(client.list_storage_folders(organisation_tags_allof=[tag])) == []


def test_a_deleted_tag_leaves_its_projects(seed: SeedProject, tag: OrganisationTag) -> None:
    client, project = seed.client(), seed.project()
    project.add_organisation_tag(tag)
    client.delete_organisation_tag(tag)
    assert project.get_organisation_tags() == []
    for ask in (client.delete_organisation_tag, project.add_organisation_tag, project.remove_organisation_tag):
        with pytest.raises(ResourceNotFoundError):
            ask(tag)


def test_only_an_admin_tags_a_project(seed: SeedProject, tag: OrganisationTag) -> None:
    reviewer = seed.server.another_user("reader-of-tags@example.com").client()
    seed.project().add_users(["reader-of-tags@example.com"], ProjectUserRole.REVIEWER)
    project = reviewer.get_project(seed.project_hash)
    assert project.get_organisation_tags() == []
    with pytest.raises(AuthorisationError):
        project.add_organisation_tag(tag)
