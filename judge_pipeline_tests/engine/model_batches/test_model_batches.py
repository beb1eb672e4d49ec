"""Questions go to the server in files; each ends with one outcome, or free to be asked again."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from judge_pipeline.domain.tag import Tag
from judge_pipeline.models.errors import AuthenticationFailed, ModelBatchRefused, QuotaExhausted
from judge_pipeline.models.exchange import Failure, Reply
from judge_pipeline.models.model_batches.refusals import says_too_large
from judge_pipeline.store.model_batches import ModelBatchState
from judge_pipeline_tests.engine.model_batches.batch_trial import ANSWERED, KEY, NOTED, SUBMITTED, BatchTrial
from judge_pipeline_tests.models.model_batches.scripted_files import ScriptedFiles
from judge_pipeline_tests.models.stub_server import completion
from judge_pipeline_tests.processes import wait_until
from judge_pipeline_tests.servers import serve

LINES = "POST /v1/files"
BATCHES = "POST /v1/batches"


def test_answers_are_saved_with_the_price_of_a_batch_and_nothing_is_left_behind(trial: BatchTrial) -> None:
    (part,) = trial.note(["a", "b", "c"])
    assert not any(word in str(part.path) for word in (KEY, "measured", "LLM1"))
    (submission,) = trial.submit([part])
    batch = trial.batch()
    assert (submission.server_ids, submission.requests) == ([batch.server_id], 3)
    assert (batch.state, batch.requests, batch.bytes) == (ModelBatchState.SUBMITTED, 3, part.bytes)
    assert [trial.state(id_) for id_ in "abc"] == [(SUBMITTED, 0)] * 3
    assert trial.spooled_files() == []

    (look,) = trial.collect_all()
    assert look.is_collected
    assert (look.done, look.total, look.problem) == (3, 3, "")
    replies = [trial.outcome(id_) for id_ in "abc"]
    cost = 0.0
    for reply in replies:
        assert isinstance(reply, Reply)
        assert reply.text.startswith("A ")
        live = trial.endpoint.price.cost_usd(reply.usage) if trial.endpoint.price else None
        assert live is not None
        assert reply.cost_usd == live * 0.5
        cost += reply.cost_usd
    assert (look.batch.answered, look.batch.failed) == (3, 0)
    assert look.batch.cost_usd == pytest.approx(cost)
    assert trial.listed("files") == []
    assert trial.store.questions.ready_tags() == [Tag("a"), Tag("b"), Tag("c")]
    assert trial.collect() == []


def test_every_kind_of_line_ends_its_question_as_it_should(trial: BatchTrial) -> None:
    for kind in ("missing", "doubled", "unknown", "malformed"):
        trial.fault(f"line_{kind}", match=f"Describe {kind}")
    trial.fault("status", status=429, match="Describe limited", mode="batch")
    trial.fault("status", status=500, match="Describe broken", mode="batch")
    trial.fault("reset", match="Describe cut", mode="batch")
    trial.fault("status", status=400, match="Describe bad", text="The picture is too small.", mode="batch")
    trial.fault("batch_reversed")
    again = ["missing", "malformed", "limited", "broken", "cut"]
    trial.ask("plain", "doubled", "unknown", "bad", *again)
    (look,) = trial.collect_all()
    assert [trial.state(id_) for id_ in ("plain", "doubled", "unknown", "bad")] == [(ANSWERED, 0)] * 4
    assert [trial.state(id_) for id_ in again] == [(NOTED, 1)] * 5
    assert not any(trial.question(id_).is_pending for id_ in again)
    bad = trial.outcome("bad")
    assert isinstance(bad, Failure)
    assert (bad.status, bad.message) == (400, "The picture is too small.")
    batch = look.batch
    counts = (batch.answered, batch.failed, batch.missing, batch.unknown, batch.doubled)
    assert counts == (3, 4, 2, 2, 1), "a malformed line is about no question"


@pytest.mark.parametrize("then_live", [False, True])
def test_a_question_without_an_answer_in_three_batches_fails_or_is_free_to_be_asked_live(
    server_url: str, tmp_path: Path, then_live: bool
) -> None:
    trial = BatchTrial(server_url, tmp_path, {"batch_then_live": then_live})
    trial.fault("status", status=429, text="Slow down.", match="Describe limited", mode="batch", times=9)
    trial.fault("line_missing", match="Describe missing", times=9)
    for attempts in (1, 2):
        trial.ask("limited", "missing")
        trial.collect_all()
        assert trial.state("limited") == trial.state("missing") == (NOTED, attempts)
    trial.ask("limited", "missing")
    trial.collect_all()
    if then_live:
        assert trial.state("limited") == trial.state("missing") == (NOTED, 3)
        return
    limited, missing = trial.outcome("limited"), trial.outcome("missing")
    assert isinstance(limited, Failure)
    assert isinstance(missing, Failure)
    assert (limited.status, limited.message, limited.is_retryable) == (429, "Slow down.", True)
    assert (missing.message, missing.is_retryable) == ("the files of its batch have no line about it", True)
    assert trial.batch().failed == 2


def test_an_expired_batch_is_collected_and_the_rest_is_free(trial: BatchTrial) -> None:
    trial.fault("batch_expired", lines=1)
    trial.ask("a", "b", "c")
    (look,) = trial.collect_all()
    assert look.batch.problem == "the server did not finish it in time"
    assert sorted(trial.state(id_) for id_ in "abc") == [(ANSWERED, 0), (NOTED, 1), (NOTED, 1)]


def test_a_batch_that_fails_as_a_whole_frees_its_questions_three_times(trial: BatchTrial) -> None:
    trial.fault("batch_failed", code="invalid_json_line", text=f"Line 1 is bad for {KEY}.", times=3)
    for attempts in (1, 2, 3):
        trial.ask("a", "b")
        (look,) = trial.collect_all()
        assert look.batch.state is ModelBatchState.FAILED
        assert "LLM1 (" in look.batch.problem
        assert "rejected the file of this batch" in look.batch.problem
        assert KEY not in look.batch.problem
        assert trial.state("a") == ((NOTED, attempts) if attempts < 3 else (ANSWERED, 2))
    assert isinstance(trial.outcome("a"), Failure)
    assert trial.listed("files") == []


def test_a_full_queue_is_no_attempt_while_other_batches_are_under_way(trial: BatchTrial) -> None:
    trial.settings(seconds=60, enqueued_tokens=700)
    trial.ask("a", "b")
    trial.ask("c", "d", run="second")
    first = trial.listed("batches")[-1]["id"]
    while not (ended := [look for look in trial.collect() if look.batch.state is ModelBatchState.FAILED]):
        pass
    assert "takes no more questions in batches for now" in ended[0].batch.problem
    assert trial.state("c") == trial.state("d") == (NOTED, 0)
    assert [each.server_id for each in trial.store.model_batches.unfinished()] == [first]


def test_a_file_that_is_too_large_is_split_and_the_next_ones_are_smaller(trial: BatchTrial) -> None:
    (part,) = trial.note([f"q{number}" for number in range(8)])
    trial.settings(max_file_bytes=part.bytes // 3)
    (submission,) = trial.submit([part])
    assert (len(submission.server_ids), submission.requests) == (4, 8)
    assert trial.spooled_files() == []
    assert len([file for file in trial.listed("files") if file["purpose"] == "batch"]) == 4
    ended = trial.collect_all()
    assert sum(look.batch.answered for look in ended) == 8
    parts = trial.note([f"r{number}" for number in range(8)], run="second")
    assert len(parts) == 4


def test_a_file_with_too_many_lines_is_smaller_the_next_time(trial: BatchTrial) -> None:
    """Servers count lines after they have made the batch."""
    trial.settings(max_requests=2)
    trial.ask("a", "b", "c", "d")
    (look,) = trial.collect_all()
    assert says_too_large(look.batch.problem)
    assert trial.state("a") == (NOTED, 0)
    trial.ask("a", "b", "c", "d", run="second")
    assert [look.batch.answered for look in trial.collect_all()] == [2, 2]


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ({"route": LINES, "status": 404, "times": 9}, ModelBatchRefused, "has no files and batches .* LLM1__MODE=live"),
        (
            {"route": BATCHES, "status": 405, "times": 9},
            ModelBatchRefused,
            "has no files and batches .* LLM1__MODE=live",
        ),
        ({"route": LINES, "status": 501, "times": 9}, ModelBatchRefused, "has no files and batches .* LLM1__MODE=live"),
        ({"route": LINES, "status": 413, "times": 9}, ModelBatchRefused, "takes no file with this question"),
        ({"route": LINES, "status": 400, "text": f"No {KEY}"}, ModelBatchRefused, "refuses the batch: HTTP 400: No"),
        ({"route": LINES, "status": 503, "times": 9}, ModelBatchRefused, "did not take the file .* run again"),
        ({"route": LINES, "status": 401}, AuthenticationFailed, "check LLM1__API_KEY"),
        ({"route": BATCHES, "status": 429, "code": "insufficient_quota"}, QuotaExhausted, "has no credit left"),
        (
            {"route": BATCHES, "status": 400, "text": "Enqueued token limit reached"},
            ModelBatchRefused,
            "takes no more questions in batches for now",
        ),
    ],
)
def test_a_refusal_is_one_sentence_and_nothing_is_lost(
    trial: BatchTrial, fault: dict[str, object], error: type[Exception], words: str
) -> None:
    trial.fault("status", **fault)
    with pytest.raises(error, match=words) as raised:
        trial.ask("a")
    assert KEY not in str(raised.value)
    assert trial.state("a") == (NOTED, 0)
    assert not trial.question("a").is_pending
    assert trial.batch().state is ModelBatchState.FAILED
    assert trial.batch().problem == str(raised.value)
    assert trial.spooled_files() == []
    assert trial.listed("files") == trial.listed("batches") == []
    trial.control("DELETE", "faults")
    trial.ask("a", run="second")
    trial.collect_all()
    assert trial.state("a") == (ANSWERED, 0)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "lost_response", "route": BATCHES},
        {"kind": "lost_response", "route": LINES},
        {"kind": "reset", "route": LINES},
        {"kind": "status", "route": LINES, "status": 503, "times": 2},
        {"kind": "status", "route": BATCHES, "status": 503, "times": 2},
        {"kind": "status", "route": BATCHES, "status": 429, "times": 2},
    ],
)
def test_a_fault_that_passes_makes_no_second_batch(trial: BatchTrial, fault: dict[str, object]) -> None:
    trial.fault(**fault)  # type: ignore[arg-type]
    (submission,) = trial.ask("a", "b")
    assert len(submission.server_ids) == len(trial.listed("batches")) == 1
    trial.collect_all()
    assert trial.answered_lines() == 2


def test_a_batch_that_may_have_been_made_is_left_to_recovery(trial: BatchTrial) -> None:
    trial.fault("reset", route=BATCHES)
    (submission,) = trial.ask("a")
    assert (submission.server_ids, submission.unsure) == ([], [trial.batch().uuid])
    intended_at = trial.batch().intended_at
    trial.alive = {"run"}
    assert trial.recover(intended_at + timedelta(minutes=90)).failed == []
    trial.alive = set()
    assert trial.recover(intended_at + timedelta(minutes=4)).failed == []
    assert trial.state("a") == (SUBMITTED, 0)
    recovered = trial.recover(intended_at + timedelta(minutes=6))
    assert (recovered.failed, recovered.freed) == (submission.unsure, 1)
    assert trial.state("a") == (NOTED, 0)
    assert trial.spooled_files() == []
    assert trial.listed("files") == []


def test_a_list_of_batches_that_cannot_be_read_changes_nothing(trial: BatchTrial) -> None:
    trial.fault("reset", route=BATCHES)
    trial.ask("a")
    trial.fault("status", status=500, route="GET /v1/batches")
    recovered = trial.recover(trial.batch().intended_at + timedelta(days=1))
    assert (recovered.failed, recovered.adopted) == ([], [])
    assert "does not list its batches: HTTP 500" in recovered.problems[0]
    assert trial.state("a") == (SUBMITTED, 0)


def test_answers_that_cannot_be_read_to_their_end_are_collected_later(trial: BatchTrial) -> None:
    trial.ask("a", "b")
    trial.fault("reset", route="GET /v1/files/.*/content")
    problem = ""
    while not problem:
        (look,) = trial.collect()
        problem = look.problem
    assert "did not send the answers of a batch" in problem
    assert look.batch.state is ModelBatchState.COMPLETED
    (look,) = trial.collect()
    assert (look.batch.answered, look.batch.missing, look.batch.unknown) == (2, 0, 0)


def test_a_batch_that_cannot_be_looked_at_stays(trial: BatchTrial) -> None:
    trial.ask("a")
    other = BatchTrial(trial.url, trial.folder, {"base_url": "http://127.0.0.1:1/v1"})
    (look,) = trial.collect(other.endpoint)
    assert look.problem.endswith(f"set LLM1__BASE_URL={trial.endpoint.base_url} until it is collected")
    stranger = BatchTrial(trial.url, trial.folder)  # with another key
    (look,) = trial.collect(stranger.endpoint)
    assert "does not know a batch of 1 questions" in look.problem
    trial.fault("status", status=503, route="GET /v1/batches/")
    (look,) = trial.collect()
    assert "does not say how far a batch is: HTTP 503" in look.problem
    assert trial.state("a") == (SUBMITTED, 0)
    trial.collect_all()
    assert trial.state("a") == (ANSWERED, 0)


def test_a_dead_run_leaves_neither_noted_questions_nor_files(trial: BatchTrial) -> None:
    trial.note(["a"], run="dead")
    trial.note(["b"], run="alive")
    trial.alive = {"alive"}
    assert trial.recover().freed == 1
    assert not trial.question("a").is_pending
    assert trial.question("b").is_pending
    assert [path.parent.name for path in trial.spooled_files()] == ["alive"]


def test_a_run_whose_batch_was_given_up_meanwhile_makes_none(trial: BatchTrial) -> None:
    """It was suspended for hours during the upload, and its questions are another run's."""
    trial.fault("slow", route=LINES, delay_seconds=0.3)
    (part,) = trial.note(["a"])
    with ThreadPoolExecutor(1) as pool:
        submitted = pool.submit(trial.submit, [part])
        wait_until(lambda: trial.control("GET", "faults")[0]["met"] == 1, seconds=10)
        trial.recover(trial.batch().intended_at + timedelta(hours=3))
        assert submitted.result(timeout=10)[0].server_ids == []
    assert trial.spooled_files() == []
    assert trial.listed("batches") == trial.listed("files") == []
    assert trial.state("a") == (NOTED, 0)


def test_a_server_without_a_list_of_batches_is_asked_for_three_days(trial: BatchTrial) -> None:
    trial.fault("reset", route=BATCHES)
    trial.ask("a")
    intended_at = trial.batch().intended_at
    for days, freed in ((2, 0), (4, 1)):
        trial.fault("status", status=405, route="GET /v1/batches")
        assert trial.recover(intended_at + timedelta(days=days)).freed == freed
    assert trial.state("a") == (NOTED, 0)


def test_a_file_that_is_gone_frees_its_questions(trial: BatchTrial) -> None:
    (part,) = trial.note(["a"])
    part.remove()
    with pytest.raises(ModelBatchRefused, match="the file of a batch cannot be read: No such file"):
        trial.submit([part])
    assert trial.state("a") == (NOTED, 0)


def test_a_batch_is_collected_by_whatever_endpoint_has_its_address_now(trial: BatchTrial) -> None:
    """The captioners were exchanged, or another model was set."""
    trial.ask("a", "b")
    moved = replace(trial.endpoint, name="LLM2", model="measured-detailed")
    while not (looks := trial.collect(moved))[0].is_collected:
        pass
    assert looks[0].batch.answered == 2


def test_a_server_may_name_the_files_of_an_ended_batch_later_or_fail_with_some(tmp_path: Path) -> None:
    app = ScriptedFiles()
    answer = {"custom_id": "a", "response": {"status_code": 200, "body": completion("A cat.").body}}
    app.replies = {
        "POST /v1/files": [{"id": "f"}],
        "POST /v1/batches": [{"id": "b", "status": "validating"}],
        "GET /v1/batches/b": [
            {"id": "b", "status": "completed", "request_counts": {"total": 2, "completed": 1}},
            {"id": "b", "status": "failed", "output_file_id": "o"},
        ],
        "GET /v1/files/o/content": [json.dumps(answer).encode()],
        "DELETE /v1/files/o": [{}],
    }
    with serve(app) as url:
        trial = BatchTrial(url, tmp_path)
        trial.ask("a", "b")
        (look,) = trial.collect()
        assert (look.done, look.is_collected) == (1, False)
        (look,) = trial.collect()
    assert (look.is_collected, look.batch.answered, look.batch.missing) == (True, 1, 1)


def test_several_processes_may_collect_at_once(trial: BatchTrial) -> None:
    ids = [f"q{number}" for number in range(20)]
    trial.ask(*ids)
    others = [replace(trial, endpoint_settings={"api_key": trial.endpoint.api_key}) for _ in range(3)]
    wait_until(lambda: trial.listed("batches")[0]["status"] == "completed", seconds=20)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(BatchTrial.collect, others))
    batch = trial.batch()
    assert (batch.state, batch.answered, batch.missing, batch.unknown) == (ModelBatchState.COLLECTED, 20, 0, 0)
