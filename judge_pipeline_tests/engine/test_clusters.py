"""Images of one scene: their client metadata names it, also if it was written after everything was done."""

from dataclasses import replace

import pytest

from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.engine.read_report import read_report
from judge_pipeline_tests.engine.trial import Trial


def test_finished_images_get_their_scenes_without_a_run(trial: Trial) -> None:
    trial.add_finished("red", "green", "blue")
    calls = len(trial.models.calls)
    for colour, scene in (("red", {"scene": "a"}), ("green", {"scene": "a"}), ("blue", {"other": 1})):
        item = trial.seed.client().get_storage_item(trial.items[colour])
        item.update(client_metadata={**(item.client_metadata or {}), **scene})

    def scenes(key: str | None) -> list[str | None] | None:
        pipeline = replace(trial.pipeline, cluster_key=key)
        with pipeline.open_store() as store:
            return read_report(pipeline, store).opinions.clusters

    assert scenes("scene") == [None, "a", "a"]  # blue, green, red
    assert scenes("other") == ["1", None, None]
    assert scenes("nothing") is None
    assert scenes(None) is None
    assert len(trial.models.calls) == calls


def test_without_encord_there_are_no_scenes_and_hence_no_report(trial: Trial) -> None:
    pipeline = replace(trial.pipeline, cluster_key="scene", project_hash="0" * 8 + trial.seed.project_hash[8:])

    with pipeline.open_store() as store, pytest.raises(EncordError):
        read_report(pipeline, store)
