"""Captions are uploaded while others are being linked; until an item is made of them, nothing is known of them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.steps.linked_text_items import UPLOAD
from judge_pipeline_tests.encord_project.holding_proxy import holding_proxy
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.test_kills import NEVER_SECONDS, KilledRun
from judge_pipeline_tests.engine.test_lost_responses import WRITES
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.model_stub import SMALL
from judge_pipeline_tests.processes import wait_until


def texts_uploaded(trial: Trial) -> int:
    """Files sent and fetched since the images were added, without those that a run fetches first."""
    return int(trial.seed.server.control("GET", "stats").json()["blobs"]) - len(trial.tags)


def test_what_a_killed_run_has_uploaded_ahead_leaves_no_trace(trial: Trial) -> None:
    """Red is being linked, green is uploaded and waits for blue. The next run uploads it again, and asks no model again."""
    colours = ("red", "green", "blue")
    trial.add(*colours)
    trial.reset_request_counts()
    for colour in ("green", "blue"):
        trial.models.hold(SMALL, colour)
    trial.inject_fault(match=WRITES["linking"][0], status=503, when="after", delay_seconds=NEVER_SECONDS)
    run = KilledRun(trial)
    run.start()
    run.wait_until(lambda: trial.faults_met() == 1)
    trial.models.release(SMALL, "green")
    run.wait_until(lambda: texts_uploaded(trial) == 4)
    run.kill()
    run.expire_leases()
    trial.models.clear_replies()
    with trial.pipeline.open_store() as store:
        for captioner in Captioner:
            assert store.intents(UPLOAD[captioner], list(map(Tag, run.keys))).keys() == {Tag(trial.tags["red"])}
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished(*colours)
    assert len(trial.models.calls) == 12 + 1, "blue's caption was in flight"


@pytest.mark.parametrize(("seconds", "expected"), [(3600, 1), (60, 2)])
def test_urls_are_requested_ahead_and_used_as_long_as_they_are_valid(trial: Trial, seconds: int, expected: int) -> None:
    trial.add("red", "green")
    trial.reset_request_counts()
    trial.seed.server.control("POST", "config", {"signed_url_seconds": seconds})
    trial.models.hold(SMALL, "green")
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(trial.materialize)
        wait_until(lambda: texts_uploaded(trial) == 2, seconds=60)
        trial.models.clear_replies()
        assert run.result(timeout=60).success
    assert trial.requests()["POST storage/folders/{folder}/upload-signed-urls"] == expected
    assert encord_state(trial.seed) == finished("red", "green")


def test_urls_of_a_folder_are_requested_ahead_for_its_own_images(trial: Trial) -> None:
    """Not for all tags under way: with a folder for each image, that would be some hundred times what is needed."""
    trial.add("red")
    trial.seed = replace(trial.seed, folder_uuid=trial.seed.client().create_storage_folder("Another").uuid)
    trial.add("green")
    connection = trial.pipeline.connection
    for_one_image = ("/upload-signed-urls ", '"count": 2')
    with holding_proxy(connection.domain, *for_one_image, meanwhile=lambda: None, seconds=0) as proxy:
        trial.pipeline = replace(trial.pipeline, connection=replace(connection, domain=proxy.url))
        assert trial.materialize().success
    assert proxy.seen == 2
