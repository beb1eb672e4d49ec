"""The log of label changes: who added, edited and deleted what."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from encord import Project
from encord.orm.label_log import Action
from encord.utilities.project_user import ProjectUserRole

from judge_pipeline_tests.local.encord.labelling import answer
from judge_pipeline_tests.seed_project import SeedProject


@pytest.fixture
def project(seed: SeedProject, photographs: list[Path]) -> Project:
    seed.add_images(photographs[:2])
    return seed.project()


def changes(project: Project, **wanted: Any) -> list[tuple[Action, str | None]]:
    return [(log.action, log.label_name) for log in project.get_label_logs(**wanted)]


def test_each_save_logs_what_it_changes(seed: SeedProject, project: Project) -> None:
    row = project.list_label_rows_v2()[0]
    row.initialise_labels()
    choice = answer(row, "Final Choice", "LLM-8B")
    row.save()
    row.save()
    attribute = choice.ontology_item.attributes[0]
    choice.set_answer(attribute.options[1], attribute=attribute, overwrite=True)
    answer(row, "LLM Judge Choice", "LLM 8B")
    row.save()
    row.remove_classification(choice)
    row.save()
    assert changes(project) == [
        (Action.ADD, "Final Choice"),
        (Action.EDIT, "Final Choice"),
        (Action.ADD, "LLM Judge Choice"),
        (Action.DELETE, "Final Choice"),
    ]
    first = project.get_label_logs()[0]
    assert (first.user_email, first.data_hash) == (seed.server.email, row.data_hash)
    assert (first.identifier, first.feature_hash) == (choice.classification_hash, choice.feature_hash)


def test_changes_are_found_by_user_data_and_time(seed: SeedProject, project: Project) -> None:
    reviewer = seed.server.another_user("reviewer@example.com")
    project.add_users(["reviewer@example.com"], ProjectUserRole.REVIEWER)
    first, second = project.list_label_rows_v2()
    first.initialise_labels()
    answer(first, "LLM Judge Choice", "LLM 8B")
    first.save()
    theirs = reviewer.client().get_project(seed.project_hash).list_label_rows_v2(data_hashes=[second.data_hash])[0]
    theirs.initialise_labels()
    answer(theirs, "Final Choice", "LLM-8B")
    theirs.save()

    assert changes(project, user_email="reviewer@example.com") == [(Action.ADD, "Final Choice")]
    assert changes(project, data_hash=first.data_hash) == [(Action.ADD, "LLM Judge Choice")]
    one, two = project.get_label_logs()
    assert changes(project, user_hash=two.user_hash) == [(Action.ADD, "Final Choice")]
    assert one.user_hash != two.user_hash
    hour, now = timedelta(hours=1), datetime.now(UTC)
    assert len(changes(project, after=now - hour, before=now + hour)) == 2
    assert changes(project, after=now + hour) == []
    assert changes(project, before=now - hour) == []
