"""Two stores on one project: the second is refused before a model is called, until the first has ended or is taken over."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import dagster as dg
import pytest

from judge_pipeline.assets.partitions import add_tags
from judge_pipeline.domain.project_holder import ProjectHolder
from judge_pipeline.encord_project.errors import EncordError, ProjectHeld
from judge_pipeline.engine.own_rows import index_added_rows
from judge_pipeline.engine.project_claim import ProjectClaim
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline_tests.encord_project.holding_proxy import holding_proxy
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.people import complete
from judge_pipeline_tests.engine.trial import ASSETS, QUIET, Trial, message_of, run_tags
from judge_pipeline_tests.model_stub import SMALL
from judge_pipeline_tests.models.stub_server import completion
from judge_pipeline_tests.processes import wait_until

TAKE_OVER = {**QUIET, "ops": {"path": {"config": {"take_over": True}}}}


def other_home(trial: Trial) -> Trial:
    """The same project and models with a store of its own."""
    folder = trial.folder / "other"
    folder.mkdir()
    pipeline = replace(
        trial.pipeline, database_url=f"sqlite:///{folder / 'store.sqlite3'}", report_file=folder / "report.html"
    )
    return replace(trial, pipeline=pipeline, folder=folder)


def metadata(trial: Trial) -> dict[str, Any]:
    """The client metadata of the images' folder."""
    return trial.seed.client().get_storage_folder(trial.seed.folder_uuid).client_metadata or {}


def holder(trial: Trial) -> ProjectHolder | None:
    return ProjectHolder.read(metadata(trial).get(f"judge_pipeline {trial.seed.project_hash}"))


def mark(trial: Trial, found: ProjectHolder) -> None:
    """Another store says that it works on the project."""
    folder = trial.seed.client().get_storage_folder(trial.seed.folder_uuid)
    folder.update(client_metadata={"colour": "blue", f"judge_pipeline {trial.seed.project_hash}": found.marker})


def a_holder(*, expires_in: timedelta) -> ProjectHolder:
    now = datetime.now(UTC)
    return ProjectHolder("0123456789ab", "laptop", now - timedelta(hours=1), now + expires_in)


def test_another_store_is_refused_while_a_run_works_and_continues_from_encord_afterwards(trial: Trial) -> None:
    trial.add("red", "green")
    trial.models.hold(SMALL, "red")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(trial.materialize)
        wait_until(lambda: trial.models.count(SMALL, "red") == 1, seconds=60)
        with trial.pipeline.open_store() as store:
            identity = store.identity
        second = other_home(trial)
        message = message_of(second.materialize("green"))
        assert f"another store works on the project 'LLM as a judge': store {identity[:8]} on " in message
        assert "--take-over" in message
        assert trial.models.count(colour="green") <= 4, "the first run's own"
        trial.models.clear_replies()
        assert first.result(timeout=60).success
    assert holder(trial) is None
    assert encord_state(trial.seed) == finished("red", "green")
    assert len(trial.models.calls) == 8


def test_a_crashed_holder_is_refused_by_name_until_it_expires(trial: Trial) -> None:
    trial.add("red")
    mark(trial, a_holder(expires_in=timedelta(minutes=5)))

    message = message_of(trial.materialize())

    assert "store 01234567 on laptop since " in message
    assert trial.models.calls == []

    mark(trial, a_holder(expires_in=timedelta(seconds=-1)))
    assert trial.materialize().success
    assert metadata(trial) == {"colour": "blue"}
    assert encord_state(trial.seed) == finished("red")


def test_a_run_may_take_the_project_over(trial: Trial) -> None:
    trial.add("red")
    mark(trial, a_holder(expires_in=timedelta(minutes=5)))

    assert trial.materialize(run_config=TAKE_OVER).success

    assert encord_state(trial.seed) == finished("red")
    assert holder(trial) is None


def test_a_run_whose_project_is_taken_over_stops_before_it_uploads_anything(trial: Trial) -> None:
    trial.add("red")
    trial.models.hold(SMALL, "red")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(trial.materialize)
        wait_until(lambda: trial.models.count(SMALL, "red") == 1, seconds=60)
        mark(trial, a_holder(expires_in=timedelta(minutes=5)))
        reads = trial.requests()["GET storage/folders/{folder}"]
        wait_until(lambda: trial.requests()["GET storage/folders/{folder}"] > reads, seconds=60)
        trial.models.clear_replies()
        message = message_of(first.result(timeout=60))
    assert "store 01234567 on laptop" in message
    assert "has taken it over" in message
    assert encord_state(trial.seed)["folder"] == {"images": 1, "texts": 0}
    assert holder(trial) is not None, "the other store's marker stays"


def test_runs_of_one_store_share_the_project_and_the_last_one_gives_it_back(trial: Trial) -> None:
    trial.add("red", "green")
    trial.models.hold(SMALL, "red")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(trial.materialize, "red")
        wait_until(lambda: trial.models.count(SMALL, "red") == 1, seconds=60)
        assert trial.materialize("green").success
        assert holder(trial) is not None
        trial.models.clear_replies()
        assert waiting.result(timeout=60).success
    assert holder(trial) is None
    assert encord_state(trial.seed) == finished("red", "green")


def test_the_folders_other_metadata_stays_and_an_unreadable_marker_is_none(trial: Trial) -> None:
    trial.add("red")
    folder = trial.seed.client().get_storage_folder(trial.seed.folder_uuid)
    folder.update(client_metadata={"colour": "blue", f"judge_pipeline {trial.seed.project_hash}": "{odd"})

    assert trial.materialize().success

    assert metadata(trial) == {"colour": "blue"}


def test_a_run_that_can_do_nothing_leaves_no_marker(trial: Trial) -> None:
    """An image that a person has finished before it was judged is asked for again and again, and refused each time."""
    trial.add("red")
    complete(trial, "red")
    trial.reset_request_counts()

    assert "a person has finished it" in message_of(trial.materialize())

    assert trial.writes() == 0
    assert trial.models.count(colour="red") == 0


def test_a_thread_that_would_write_the_marker_after_the_run_leaves_none(trial: Trial) -> None:
    """The claim is prepared while images are read; a run that is over by then cannot stop the thread that does it."""
    trial.add("red")
    markers = [trial.pipeline.open_project().folder_marker(trial.seed.folder_uuid)]
    claim = ProjectClaim(markers, store="0123456789ab", title="", warn=pytest.fail)
    claim.open(take_over=False)

    claim.release()
    claim.hold()

    assert holder(trial) is None


def test_a_run_that_ends_while_its_marker_settles_does_not_wait_for_it(trial: Trial) -> None:
    """An Encord that takes seconds for a request would keep an interrupted run alive for three times as long."""
    trial.add("red")
    markers = [trial.pipeline.open_project().folder_marker(trial.seed.folder_uuid)]
    claim = ProjectClaim(markers, store="0123456789ab", title="", warn=pytest.fail)
    claim.open(take_over=False)
    trial.inject_fault(match="^PATCH .*storage/folders/[^/]*$", status="slow", delay_seconds=0.4, times=1)
    begun = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(claim.hold)
        wait_until(lambda: holder(trial) is not None, seconds=60)
        claim.release()
        held.result(timeout=60)
    assert time.monotonic() - begun < 3 * 0.4
    assert holder(trial) is None


def test_a_run_that_can_do_nothing_is_still_refused_if_another_store_works(trial: Trial) -> None:
    trial.add("red")
    complete(trial, "red")
    mark(trial, a_holder(expires_in=timedelta(minutes=5)))

    assert "store 01234567 on laptop" in message_of(trial.materialize())


def test_of_two_stores_that_start_together_the_second_to_pay_is_refused(trial: Trial) -> None:
    """Both have found the project free; the other one's marker appears before this run's first model call."""
    trial.add("red")
    trial.inject_fault(match=r"storage/items/get-bulk", status="slow", delay_seconds=1.0)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(trial.materialize)
        wait_until(lambda: trial.faults_met() == 1, seconds=60)
        mark(trial, a_holder(expires_in=timedelta(minutes=5)))
        writes = trial.writes()
        assert "another store works on the project" in message_of(run.result(timeout=60))
    assert trial.models.calls == []
    assert trial.writes() == writes


def test_no_tag_pays_before_the_marker_was_read_again(trial: Trial) -> None:
    """The other store writes its marker last, and the images arrive after this run's is written and before it was read again."""
    trial.add("red", "green")
    assert trial.materialize(assets=["images"]).success, "writes their Tags, which would wait for the marker too"
    trial.inject_fault(match="^PATCH .*storage/folders/[^/]*$", status="slow", delay_seconds=0.5, times=1)
    trial.inject_fault(match="^GET .*storage-blobs", status="slow", delay_seconds=1.0)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(trial.materialize)
        wait_until(lambda: holder(trial) is not None, seconds=60)
        mark(trial, a_holder(expires_in=timedelta(minutes=5)))
        assert "store 01234567 on laptop" in message_of(run.result(timeout=60))
    assert trial.models.calls == []


def test_tags_that_wait_for_the_marker_share_its_failure(trial: Trial) -> None:
    """Else each would repeat half a minute of retries, one after the other, while Encord does not take the marker."""
    trial.add("red", "green", "blue", "white")
    assert trial.materialize(assets=["images"]).success
    writing_marker = "^PATCH .*storage/folders/[^/]*$"
    trial.inject_fault(match=writing_marker, status=429, retry_after=3600, delay_seconds=1.0, times=99)
    assert not trial.materialize().success
    assert trial.faults_met() <= 2, "eight captions waited for it"
    assert trial.models.calls == []


def test_two_stores_that_start_at_the_same_moment_pay_and_upload_once(trial: Trial) -> None:
    """Whichever gives way, and the other one's next run, when the project is free, finds everything done."""
    trial.add("red", "green")
    second = other_home(trial)
    tags = trial.tags
    start = Barrier(2)

    def run(home: Trial) -> dg.ExecuteInProcessResult:
        with dg.DagsterInstance.ephemeral() as instance:
            add_tags(instance, list(tags.values()))
            start.wait()
            return run_tags(home.pipeline, instance, list(tags.values()))

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, (trial, second)))
    refused = [message_of(result) for result in results if not result.success]
    assert len(refused) == 1
    assert "another store works on the project" in refused[0] or "has taken it over" in refused[0]
    assert encord_state(trial.seed) == finished("red", "green")
    assert len(trial.models.calls) == 8
    assert holder(trial) is None
    for home in (trial, second):
        assert home.materialize().success
    assert encord_state(trial.seed) == finished("red", "green")
    assert len(trial.models.calls) == 8


def nothing(_second: Trial) -> None: ...


def index_rows(second: Trial) -> None:
    """As another run of this store does at its end: its index then has the rows that this run has not seen."""
    with second.pipeline.open_store() as store:
        index_added_rows(second.project, store)


def refuse_marker(second: Trial) -> None:
    """The rows are read again before the marker is written in a second attempt."""
    second.inject_fault(match="^PATCH .*storage/folders/[^/]*$", status=500, times=1)


@pytest.mark.parametrize(
    ("late", "then"),
    [(ASSETS, nothing), (["judgements"], nothing), (ASSETS, index_rows), (ASSETS, refuse_marker)],
    ids=["captions and judgements", "judgements", "indexed meanwhile", "read again meanwhile"],
)
def test_what_another_store_finishes_before_a_run_reads_the_marker_is_not_paid_again(
    trial: Trial, late: Sequence[str], then: Callable[[Trial], None]
) -> None:
    """The run has listed its rows by then; no store has the project when it claims it."""
    trial.add("red", "green")
    second = other_home(trial)
    if late != ASSETS:
        assert trial.materialize(assets=[asset for asset in ASSETS if asset not in late]).success

    def finish() -> None:
        assert trial.materialize(assets=late).success
        then(second)

    reading_marker = f"GET /v2/public/storage/folders/{trial.seed.folder_uuid} "
    with holding_proxy(trial.seed.connection.domain, reading_marker, meanwhile=finish, seconds=0) as proxy:
        connection = replace(trial.pipeline.connection, domain=proxy.url)
        second.pipeline = replace(second.pipeline, connection=connection)
        assert second.materialize().success
    assert proxy.held == 1
    assert encord_state(trial.seed) == finished("red", "green")
    assert len(trial.models.calls) == 8


def test_captions_that_another_store_has_linked_instead_are_worked_with_in_the_next_run(trial: Trial) -> None:
    """This store has captions that it had not linked; people would see others than those that are judged."""
    trial.add("red")
    second = other_home(trial)
    assert second.materialize(assets=ASSETS[:3]).success
    trial.models.reply_always(SMALL, "red", completion("A wholly other caption."))
    assert trial.materialize(assets=ASSETS[:4]).success

    assert "another program has added the Text_8B of 'red.png'; run this tag again" in message_of(second.materialize())
    assert encord_state(trial.seed)["red"]["stage"] == "LLM as Judge"
    assert second.materialize().success
    with second.pipeline.open_store() as store:
        (outcome,) = load_outcomes(store)
    assert outcome.caption_8b
    assert outcome.caption_8b.text == "A wholly other caption."
    assert encord_state(trial.seed)["red"]["texts"]["Text_8B"]["content"] == outcome.caption_8b.text
    assert trial.models.count(SMALL, "red") == 2


def test_a_marker_that_could_not_be_read_again_is_read_before_anything_is_paid(trial: Trial) -> None:
    trial.add("red")
    markers = [trial.pipeline.open_project().folder_marker(trial.seed.folder_uuid)]
    claim = ProjectClaim(markers, store="0123", title="", warn=pytest.fail)
    trial.inject_fault(match="^GET .*storage/folders/[^/]*$", status=400, skip=1, times=1)
    claim.open(take_over=False)
    with pytest.raises(EncordError):
        claim.hold()
    mark(trial, a_holder(expires_in=timedelta(minutes=5)))
    with pytest.raises(ProjectHeld):
        claim.hold()
