"""Image files are uploaded and linked once, whatever fails in between."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from judge_pipeline.encord_project.errors import EncordUnavailable, RowRefused, StorageBusy
from judge_pipeline.encord_project.images import add_images
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.model_stub import paint

REGISTERING = "POST .*data-upload-jobs$"
PUTTING = "PUT storage-blobs"
STEPS = (
    ("GET storage/folders", PUTTING, "GET .*data-upload-jobs/"),
    ("upload-signed-urls", REGISTERING, "v1 POST datasetlinkitems"),
)
"""All steps. A call is tried three times, so at most two of its steps may fail."""

Add = Callable[..., dict[str, str]]


@pytest.fixture
def add(trial: Trial) -> Add:
    """Adds files to the trial's folder and dataset."""
    where = {"folder_uuid": str(trial.seed.folder_uuid), "dataset_hash": trial.seed.dataset_hash}
    return partial(add_images, trial.seed.connection, **where)


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    return [paint(tmp_path, colour) for colour in ("red", "green")]


def named(paths: Sequence[Path]) -> dict[str, Path]:
    return {path.name: path for path in paths}


def names_in_the_folder(trial: Trial) -> list[str]:
    return sorted(item.name for item in trial.seed.client().get_storage_folder(trial.seed.folder_uuid).list_items())


def test_images_are_added_once_however_often_the_call_is_repeated(
    trial: Trial, add: Add, paths: Sequence[Path]
) -> None:
    half = add(files=named(paths[:1]))
    whole = add(files=named(paths))
    assert add(files=named(paths)) == whole
    assert whole["red.png"] == half["red.png"]
    assert set(trial.tags) == {"red", "green"}
    assert names_in_the_folder(trial) == ["green.png", "red.png"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("steps", STEPS, ids=", ".join)
def test_a_step_whose_response_is_lost_creates_nothing_twice(
    trial: Trial, add: Add, paths: Sequence[Path], steps: Sequence[str], when: str
) -> None:
    for match in steps:
        trial.inject_fault(match=match, status=503, when=when)
    add(files=named(paths))
    assert [fault["match"] for fault in trial.faults() if not fault["done"]] == [], "every fault was met"
    assert set(trial.tags) == {"red", "green"}
    assert names_in_the_folder(trial) == ["green.png", "red.png"]


def test_an_interrupted_upload_is_completed_by_the_next_call(trial: Trial, add: Add, paths: Sequence[Path]) -> None:
    trial.inject_fault(match=REGISTERING, status=429, retry_after=3600, when="after")
    with pytest.raises(EncordUnavailable, match="returned a rate limit while uploading images"):
        add(files=named(paths))
    assert set(trial.tags) == set()
    add(files=named(paths))
    assert set(trial.tags) == {"red", "green"}
    assert names_in_the_folder(trial) == ["green.png", "red.png"]


def test_a_busy_storage_is_reported_without_its_signed_url(
    trial: Trial, add: Add, paths: Sequence[Path], caplog: pytest.LogCaptureFixture
) -> None:
    trial.inject_fault(match=PUTTING, status=503, times=100)
    with caplog.at_level(logging.DEBUG), pytest.raises(StorageBusy) as refused:
        add(files=named(paths[:1]))
    assert str(refused.value) == "'red.png' cannot be uploaded: its storage returned 503"
    assert "ignature" not in "".join(record.getMessage() for record in caplog.records if record.levelno > logging.DEBUG)
    assert names_in_the_folder(trial) == []


def test_a_file_that_is_refused_is_named_and_the_others_are_added(
    trial: Trial, add: Add, paths: Sequence[Path]
) -> None:
    trial.inject_fault(match=PUTTING, status=403)
    with pytest.raises(RowRefused, match=r"'(red|green)\.png' cannot be uploaded: its storage returned 403"):
        add(files=named(paths))
    assert len(trial.tags) == 1
    add(files=named(paths))
    assert set(trial.tags) == {"red", "green"}
