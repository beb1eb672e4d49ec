"""A question for a batch is submitted by one run, settled once, and found by every tag that needs it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.errors import RunEnded
from judge_pipeline.store.model_batches import (
    WAS_CANCELLED,
    ModelBatch,
    ModelBatchState,
    NewModelBatch,
    SettledQuestion,
)
from judge_pipeline.store.question_rows import QuestionState
from judge_pipeline.store.questions import NotedQuestion
from judge_pipeline.store.store import ProjectStore, Store
from judge_pipeline_tests.store.conftest import lease_on, leases_on

ONE, TWO = Tag("one"), Tag("two")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
REPLY = {"text": "A cat.\x00\ud800"}


def question(
    id_: str = "q", tag: Tag = ONE, purpose: str = "llm_8b_captions", usd: float | None = 0.25
) -> NotedQuestion:
    fingerprint = id_.split("-")[0]
    return NotedQuestion(id_, fingerprint, "LLM1", "https://host/v1", "m", purpose, tag, usd)


def new_batch(run: str = "run 1") -> NewModelBatch:
    return NewModelBatch(str(uuid4()), "LLM1", "https://host/v1", "m", run, "here", "/spool/1.jsonl", 2, 800, 0.5)


def submitted(project: ProjectStore, *ids: str, run: str = "run 1", tag: Tag = ONE) -> str:
    """The uuid of a batch of these questions of a run."""
    project.questions.note(run, [question(id_, tag) for id_ in ids])
    batch = new_batch(run)
    assert project.model_batches.intend(batch, ids) == len(ids)
    project.model_batches.save_input_file(batch.uuid, "file-1")
    project.model_batches.submitted(batch.uuid, "batch-1")
    return batch.uuid


def batch_of(project: ProjectStore, uuid: str) -> ModelBatch:
    batch = project.model_batches.find(uuid)
    assert batch is not None
    return batch


def state_of(project: ProjectStore, id_: str = "q") -> tuple[QuestionState, str | None, int]:
    found = project.questions.find([id_])[id_]
    return found.state, found.run, found.attempts


def answer(cost_usd: float) -> ModelAnswer:
    return ModelAnswer("A cat.", "m", Usage(1, 1), 1.0, cost_usd)


def test_one_run_submits_a_question_that_two_tags_and_two_runs_need(project: ProjectStore) -> None:
    assert project.questions.is_empty()
    assert project.questions.note("run 1", [question(), question(tag=TWO)]) == {"q"}
    assert project.questions.note("run 2", [question(), question("r")]) == {"r"}
    assert state_of(project) == (QuestionState.NOTED, "run 1", 0)
    assert project.questions.waiting_tags() == {ONE, TWO}
    assert project.questions.ready_tags() == []
    assert not project.questions.is_empty()


def test_questions_of_a_run_that_is_over_are_free_and_noted_again(project: ProjectStore) -> None:
    project.questions.note("run 1", [question()])
    project.questions.note("run 2", [question("r")])
    assert project.questions.noting_runs() == {"run 1", "run 2"}
    assert project.questions.free(["run 1"]) == 1
    assert project.questions.free(["run 1"]) == 0
    assert project.questions.noting_runs() == {"run 2"}
    assert not project.questions.find(["q"])["q"].is_pending
    assert project.questions.note("run 3", [question(usd=0.5)]) == {"q"}
    assert state_of(project) == (QuestionState.NOTED, "run 3", 0)
    assert project.spent_since(LONG_AGO).reserved_usd == 0.75


def test_a_run_that_was_ended_as_lost_notes_and_submits_nothing(store: Store, project: ProjectStore) -> None:
    run = str(uuid4())
    project.questions.note(run, [question()])
    store.heartbeats.beat(run, host="here", seconds=1, now=LONG_AGO)
    for minute in (1, 2):
        store.heartbeats.end_lost([run], LONG_AGO.replace(minute=minute))
    with pytest.raises(RunEnded):
        project.questions.note(run, [question("r")])
    with pytest.raises(RunEnded):
        project.model_batches.intend(new_batch(run), ["q"])
    assert project.model_batches.all() == []


def test_a_batch_goes_from_intended_to_collected(project: ProjectStore) -> None:
    uuid = submitted(project, "q", "r", "s")
    batch = batch_of(project, uuid)
    assert (batch.state, batch.input_file, batch.server_id) == (ModelBatchState.SUBMITTED, "file-1", "batch-1")
    assert state_of(project)[0] is QuestionState.SUBMITTED
    assert project.model_batches.outstanding(uuid) == {"q": 0, "r": 0, "s": 0}
    project.model_batches.ended(uuid, ModelBatchState.EXPIRED, problem="it took a day \x00")

    lines = [SettledQuestion("q", REPLY, cost_usd=0.125), SettledQuestion("unknown", REPLY)]
    assert project.model_batches.settle(uuid, lines, again=["r"]) == {"q", "r"}
    assert project.model_batches.settle(uuid, lines, again=["r"]) == set()
    assert project.questions.find(["q"])["q"].outcome == REPLY
    assert project.model_batches.unfinished() == [batch_of(project, uuid)]
    assert project.model_batches.collected(uuid, unknown=1, doubled=2) == 1

    batch = batch_of(project, uuid)
    assert (batch.answered, batch.failed, batch.missing, batch.unknown, batch.doubled) == (1, 1, 1, 1, 2)
    assert (batch.state, batch.cost_usd, batch.problem) == (ModelBatchState.COLLECTED, 0.125, "it took a day \x00")
    assert batch.intended_at <= (batch.submitted_at or LONG_AGO) <= (batch.ended_at or LONG_AGO)
    assert state_of(project, "r") == state_of(project, "s") == (QuestionState.NOTED, None, 1)
    assert project.model_batches.collected(uuid) == 0
    assert batch_of(project, uuid) == batch
    assert project.model_batches.unfinished() == []


def test_a_question_keeps_its_attempts_and_belongs_to_its_last_batch_only(project: ProjectStore) -> None:
    first = submitted(project, "q")
    project.model_batches.collected(first)
    second = submitted(project, "q")
    assert project.model_batches.outstanding(second) == {"q": 1}
    assert project.model_batches.settle(first, [SettledQuestion("q", REPLY)]) == set()
    assert project.model_batches.failed(second, "the server refuses the file", counts_as_attempt=True) == 1
    assert state_of(project) == (QuestionState.NOTED, None, 2)
    assert batch_of(project, second).problem == "the server refuses the file"
    assert batch_of(project, second).state is ModelBatchState.FAILED


def test_a_batch_is_split_with_all_its_questions(project: ProjectStore) -> None:
    uuid = submitted(project, "q", "r")
    parts = [(new_batch(), ["q"]), (new_batch(), ["r"])]
    project.model_batches.split(uuid, parts)
    assert project.model_batches.outstanding(uuid) == {}
    assert [project.model_batches.outstanding(part.uuid) for part, _ in parts] == [{"q": 0}, {"r": 0}]
    assert {batch.state for batch in project.model_batches.unfinished()} == {ModelBatchState.INTENDED}


def test_a_tag_is_ready_when_nothing_it_waits_for_is_on_its_way(project: ProjectStore) -> None:
    """Also when another tag's run has read the answer of a question they share, or a question has to be noted again."""
    uuid = submitted(project, "q", "r")
    project.questions.note("run 1", [question(tag=TWO), question("s", TWO, "judgements")])
    project.model_batches.settle(uuid, [SettledQuestion("q", REPLY)], again=["r"])
    assert project.questions.ready_tags() == [ONE]
    project.save_answer("q", purpose="llm_8b_captions", answer=answer(0.125))
    assert project.questions.find(["q"]) == {}
    project.questions.free(["run 1"])
    assert project.questions.ready_tags() == [ONE, TWO]


def test_news_are_what_a_batch_has_brought_and_no_one_has_ended(project: ProjectStore) -> None:
    """Answers, also those that another tag's run has read, and a batch without one; a cancelled batch is a person's decision."""
    tags = [Tag(each) for each in ("answered", "cancelled", "free", "missing", "read", "under way")]
    answered, cancelled, free, missing, read, under_way = tags
    batches = {tag: submitted(project, tag, tag=tag) for tag in tags if tag != free}
    project.questions.note("run 1", [question(free, free)])
    project.questions.free(["run 1"])
    project.model_batches.settle(batches[answered], [SettledQuestion(answered, REPLY)])
    project.save_answer(read, purpose="llm_8b_captions", answer=answer(0.5))
    project.model_batches.ended(batches[cancelled], ModelBatchState.CANCELLED, problem=WAS_CANCELLED)
    for tag in (cancelled, missing):
        project.model_batches.collected(batches[tag])
    assert [each.tag for each in project.ready_tags.with_news()] == [answered, missing, read]
    assert set(project.questions.ready_tags()) == {*tags} - {under_way}
    assert project.ready_tags.needs() == {tag: {"llm_8b_captions"} for tag in tags}
    before = {each.tag: each.version for each in project.ready_tags.with_news()}
    again = submitted(project, missing, tag=missing)
    project.model_batches.collected(again)
    after = {each.tag: each.version for each in project.ready_tags.with_news()}
    assert [tag for tag in after if after[tag] != before[tag]] == [missing]


def test_a_result_or_a_failure_ends_the_waiting_for_its_asset_only(project: ProjectStore) -> None:
    leases = leases_on(project, ONE, TWO)
    uuid = submitted(project, "q", "r")
    project.questions.note(
        "run 1", [question("q", TWO), question("s", ONE, "judgements"), question("t", TWO, "judgements")]
    )
    project.model_batches.settle(uuid, [SettledQuestion("q", REPLY, is_failure=True)])
    project.save_result("llm_8b_captions", leases[ONE], Usage())
    assert set(project.questions.find(["q", "r", "s", "t"])) == {"q", "r", "s", "t"}  # TWO needs q, r is under way
    project.save_failure("llm_8b_captions", leases[TWO], title="two", kind="Refused", message="no", run_id=None)
    assert set(project.questions.find(["q", "r"])) == {"r"}
    assert project.questions.waiting_tags() == {ONE, TWO}
    project.model_batches.collected(uuid)
    project.questions.free(["run 1"])
    for tag, lease in leases.items():
        project.save_result("judgements", lease, Usage())
        assert tag not in project.questions.ready_tags()


def test_a_tag_forgets_what_an_earlier_run_asked_and_this_one_does_not(project: ProjectStore) -> None:
    submitted(project, "q")
    project.questions.note("run 1", [question("r", purpose="judgements"), question("s", TWO)])
    project.questions.free(["run 1"])
    project.questions.note("run 2", [question("t")])
    project.questions.unlink_others("run 2", [ONE], ["llm_8b_captions"])
    assert set(project.questions.find(["q", "r", "s", "t"])) == {"q", "r", "s", "t"}
    project.questions.unlink_others("run 2", [ONE, TWO], ["llm_8b_captions", "judgements"])
    assert set(project.questions.find(["q", "r", "s", "t"])) == {"q", "t"}, "q is paid for"


def test_what_is_on_its_way_is_reserved_until_its_cost_is_known(project: ProjectStore) -> None:
    uuid = submitted(project, "q", "r")
    spent = project.spent_since(LONG_AGO)
    assert (spent.cost_usd, spent.reserved_usd) == (0.5, 0.5)
    project.model_batches.settle(uuid, [SettledQuestion("q", REPLY, cost_usd=0.125)])
    spent = project.spent_since(LONG_AGO)
    assert (spent.cost_usd, spent.reserved_usd) == (0.375, 0.25)
    project.save_answer("q", purpose="llm_8b_captions", answer=answer(0.125))
    project.model_batches.collected(uuid)
    spent = project.spent_since(LONG_AGO)
    assert (spent.cost_usd, spent.reserved_usd) == (0.125, 0.0)


def test_a_question_whose_outcome_is_of_no_use_is_noted_again(project: ProjectStore) -> None:
    uuid = submitted(project, "q", "r")
    project.model_batches.settle(uuid, [SettledQuestion("q", {"failure": {"status": 400}}, is_failure=True)])
    assert project.questions.note("run 2", [question()]) == set()
    project.questions.discard(["q", "r"])
    assert set(project.questions.find(["q", "r"])) == {"r"}
    assert project.questions.note("run 2", [replace(question(), dialect={"answer_format": "text"})]) == {"q"}
    assert project.questions.find(["q"])["q"].dialect == {"answer_format": "text"}


def test_a_tag_that_is_asked_again_has_not_failed_any_more(project: ProjectStore) -> None:
    """Else a retry that waits for a day would count as failed until then."""
    lease = lease_on(project, ONE)
    for asset in ("llm_8b_captions", "judgements"):
        project.save_failure(asset, lease, title="one", kind="Refused", message="no", run_id=None)
    project.questions.note("run 1", [question()])
    assert [failure.asset for failure in project.failures()] == ["judgements"]


def test_the_second_try_of_a_question_goes_with_its_answer(project: ProjectStore) -> None:
    submitted(project, "q", "q-2", "r")
    project.save_answer("q", purpose="llm_8b_captions", answer=answer(0.5))
    assert set(project.questions.find(["q", "q-2", "r"])) == {"r"}


def test_the_questions_of_a_pruned_image_go_with_it(project: ProjectStore) -> None:
    project.questions.note("run 1", [question()])
    project.questions.free(["run 1"])
    assert project.tag_rows.counts()[ONE]["questions"] == 1
    project.tag_rows.delete([lease_on(project, ONE)])
    assert project.questions.is_empty()


def test_answers_that_no_tag_needs_are_deleted_in_time(project: ProjectStore) -> None:
    """Not those of this month, which a budget counts, nor what is on its way or needed."""
    uuid = submitted(project, "q", "r", "s")
    project.model_batches.settle(uuid, [SettledQuestion("q", REPLY), SettledQuestion("s", REPLY)])
    project.questions.unlink_others("run 2", [ONE], ["llm_8b_captions"])
    assert set(project.questions.find(["q", "r", "s"])) == {"r"}
    project.model_batches.settle(uuid, [SettledQuestion("r", REPLY)])
    later = datetime.now(UTC) + timedelta(days=1)
    assert project.retention.discarded_answers(before=later) == 0
    project.retention.delete_discarded_answers(before=later)
    assert set(project.questions.find(["r"])) == {"r"}


def test_thousands_of_questions_fit_their_statements(project: ProjectStore) -> None:
    ids = [f"{number:05}" for number in range(2_500)]
    assert project.questions.note("run 1", [question(id_) for id_ in ids]) == set(ids)
    batch = new_batch()
    assert project.model_batches.intend(batch, ids) == len(ids)
    settled = [SettledQuestion(id_, REPLY) for id_ in ids[:2_000]]
    assert len(project.model_batches.settle(batch.uuid, settled, again=ids[2_000:])) == len(ids)
    assert project.questions.counts() == {QuestionState.ANSWERED: 2_000, QuestionState.NOTED: 500}
