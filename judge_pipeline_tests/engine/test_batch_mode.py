"""Runs whose questions are answered in model batches: they note and wait, and end as live runs do."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import requests
from pydantic import SecretStr

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.project_budget import BudgetPeriod, ProjectBudget
from judge_pipeline.engine.interruption import run_coroutine
from judge_pipeline.engine.model_batches.collection import collect
from judge_pipeline.engine.read_report import read_report
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.local.models import create_app
from judge_pipeline.models.endpoint import Endpoint, Price
from judge_pipeline.store.model_batches import ModelBatchState
from judge_pipeline.store.question_rows import QuestionState
from judge_pipeline.store.store import ProjectStore, Store
from judge_pipeline_tests.engine.encord_state import encord_state
from judge_pipeline_tests.engine.people import send
from judge_pipeline_tests.engine.test_task_place import replace_text
from judge_pipeline_tests.engine.trial import ASSETS, QUIET, Trial, build_pipeline, every, message_of, run_tags
from judge_pipeline_tests.model_stub import JUDGE, paint
from judge_pipeline_tests.seed_project import create_seed_project
from judge_pipeline_tests.servers import UNREACHABLE_URL, serve
from judge_pipeline_tests.state_folders import networks

__all__ = ["networks"]

MODELS = {"LLM1": "measured-brief", "LLM2": "measured-detailed", "JUDGE": "measured-judge"}
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def batch_server(networks: Path) -> Iterator[str]:
    with serve(create_app(networks, batch_seconds=0)) as url:
        yield url


@dataclass
class BatchTrial:
    """A trial whose models answer in batches, and what happened at their server."""

    trial: Trial
    url: str
    store: ProjectStore

    def fault(self, **fault: Any) -> None:
        """Makes the models fail."""
        requests.post(f"{self.url}/_local/faults", json=fault, timeout=10).raise_for_status()

    def calls(self) -> tuple[int, int]:
        """How many questions were answered live, and in batches."""
        stats = requests.get(f"{self.url}/_local/stats", timeout=10).json()
        return stats["calls"], stats["batch"]["calls"]

    def run(self, *colours: str, **options: Any) -> dg.ExecuteInProcessResult:
        """One run, as Dagster would launch it."""
        return self.trial.materialize(*colours, **options)

    def tags_of(self, result: dg.ExecuteInProcessResult) -> dict[str, str]:
        """What the run has written about itself."""
        run = self.trial.instance.get_run_by_id(result.run_id)
        assert run is not None
        return {name: value for name, value in run.tags.items() if name.startswith("judge_pipeline/")}

    def collect(self) -> None:
        """Collects every batch, as the sensor does."""
        looks = run_coroutine(collect(self.store, self.trial.pipeline.endpoints))
        while any(not look.is_collected and not look.problem for look in looks):
            looks = run_coroutine(collect(self.store, self.trial.pipeline.endpoints))

    def run_to_the_end(self) -> list[dict[str, str]]:
        """Runs until nothing waits; the tags of each run."""
        found: list[dict[str, str]] = []
        while not found or "judge_pipeline/pending" in found[-1]:
            assert len(found) < 6
            result = self.run()
            assert result.success, message_of(result)
            found.append(self.tags_of(result))
            self.collect()
        return found

    def questions(self) -> dict[QuestionState, int]:
        return self.store.questions.counts()


def with_models(pipeline: PipelineResources, url: str, **settings: Any) -> PipelineResources:
    """The same with the local models, with a key of their own, so that other tests' batches are not seen."""

    def endpoint(name: str) -> Endpoint:
        key = SecretStr(f"sk-canary-{pipeline.project_hash}")
        return Endpoint(
            name, f"{url}/v1", MODELS[name], api_key=key, **{"mode": "batch", "price": Price(1.0, 2.0), **settings}
        )

    captioners = {Captioner.LLM_8B: endpoint("LLM1"), Captioner.LLM_16B: endpoint("LLM2")}
    return replace(pipeline, captioners=captioners, judge=endpoint("JUDGE"))


@pytest.fixture
def batched(trial: Trial, batch_server: str) -> Iterator[BatchTrial]:
    for path in ("stats", "faults"):
        requests.delete(f"{batch_server}/_local/{path}", timeout=10).raise_for_status()
    trial.pipeline = with_models(trial.pipeline, batch_server)
    store = Store.open(trial.pipeline.database_url)
    yield BatchTrial(trial, batch_server, store.project(trial.pipeline.project_hash))
    store.close()


def said(trial: Trial) -> dict[str, Any]:
    """What the models said, by colour, and twice what it cost in batches or once what it cost live."""
    with trial.pipeline.open_store() as store:
        colours = {tag: colour for colour, tag in trial.tags.items()}
        found: dict[str, Any] = {colour: {} for colour in trial.tags}
        factor = 1 if trial.pipeline.judge.mode == "live" else 2
        for captioner in Captioner:
            captions = store.results(captioner.asset_name, Caption)
            for tag, each in captions.items():
                found[colours[tag]][captioner] = (each.text, each.model, usd(each.spent.cost_usd, factor))
        for tag, judgement in store.results("judgements", Judgement).items():
            rulings = {(each.shown_first, each.choice, each.text) for each in judgement.rulings}
            found[colours[tag]]["judgements"] = (judgement.choice, rulings, usd(judgement.spent.cost_usd, factor))
    return found


def config(**settings: Any) -> dict[str, Any]:
    return {**QUIET, "ops": {"path": {"config": settings}}}


def usd(cost: float | None, factor: int) -> float:
    assert cost
    return round(cost * factor, 9)


def test_three_runs_end_like_one_live_run_at_half_the_price(batched: BatchTrial, tmp_path: Path) -> None:
    trial = batched.trial
    trial.add("red", "green")
    first = batched.run()
    assert first.success
    trial.inject_fault(match="^GET .*storage-blobs", status=404, times=100)  # the images are not fetched again
    tags = batched.tags_of(first)
    assert tags["judge_pipeline/done"] == "0"
    assert (tags["judge_pipeline/pending"], tags["judge_pipeline/model_calls"]) == ("2", "4")
    assert trial.materialized() == every("red", "green", assets=["images"])
    assert trial.failed() == set()
    assert batched.store.questions.waiting_tags() == set(trial.tags.values())
    again = batched.tags_of(batched.run())
    assert again["judge_pipeline/pending"] == "2"
    assert "judge_pipeline/model_calls" not in again
    batched.collect()
    rest = batched.run_to_the_end()
    assert [each.get("judge_pipeline/pending") for each in rest] == ["2", None]
    assert [each["judge_pipeline/model_calls"] for each in rest] == ["4", "0"]
    assert trial.materialized() == every("red", "green")
    assert batched.calls() == (0, 8)
    assert batched.store.questions.is_empty()
    assert batched.store.failures() == []
    assert list((tmp_path / "model_batches" / "spool").iterdir()) == []
    in_batches = said(trial)
    assert list((tmp_path / "model_batches" / "images").iterdir()) == []
    trial.forget_faults()
    spent = batched.store.spent_since(LONG_AGO)
    assert spent.cost_usd == pytest.approx(sum(batch.cost_usd for batch in batched.store.model_batches.all()))
    assert sum(float(each["judge_pipeline/cost_usd"]) for each in rest) == pytest.approx(spent.cost_usd, abs=1e-5)
    report = read_report(trial.pipeline, batched.store)
    assert report.numbers["saved_usd"] == pytest.approx(spent.cost_usd)
    assert any("Model batches have saved" in note for each in report.sections for note in each.notes)

    seed = create_seed_project(trial.seed.server)
    pipeline = with_models(build_pipeline(seed, batched.url, tmp_path / "live"), batched.url, mode="live")
    live = Trial(seed, trial.models, pipeline, trial.instance, tmp_path)
    live.add("red", "green")
    assert live.materialize().success
    assert said(live) == in_batches


def test_tags_that_share_a_question_share_a_line(batched: BatchTrial) -> None:
    trial = batched.trial
    trial.add("red")
    twin = paint(trial.folder, "red").rename(trial.folder / "twin.png")
    trial.seed.add_images([twin])
    batched.run()
    assert batched.questions() == {QuestionState.SUBMITTED: 2}
    assert batched.store.questions.waiting_tags() == set(trial.tags.values())
    batched.collect()
    assert batched.calls() == (0, 2)
    batched.run("red")
    assert batched.store.questions.ready_tags() == [trial.tags["twin"]], "its answers are saved already"
    batched.run("twin")
    assert trial.materialized() == every("red", "twin", assets=[asset for asset in ASSETS if asset != "judgements"])


def test_a_capped_run_notes_whole_tags_and_submits_them(batched: BatchTrial) -> None:
    trial = batched.trial
    trial.add("red", "green", "blue")
    capped = batched.run(run_config=config(max_model_calls=4))
    assert not capped.success
    assert "max_model_calls" in message_of(capped)
    assert "Of 3 tags: 1 skipped, 2 waiting for a model batch." in message_of(capped)
    assert batched.questions() == {QuestionState.SUBMITTED: 4}
    batched.collect()
    judging = batched.run(run_config=config(max_model_calls=4))
    assert "Of 3 tags: 1 skipped, 2 waiting for a model batch." in message_of(judging)
    assert batched.questions() == {QuestionState.SUBMITTED: 4}


def test_a_refused_batch_stops_the_run_and_loses_nothing(batched: BatchTrial) -> None:
    trial = batched.trial
    trial.add("red")
    batched.fault(kind="status", status=404, route="/v1/(files|batches)", share=1)
    refused = batched.run()
    assert not refused.success
    assert "has no files and batches at this address" in message_of(refused)
    assert "Of 1 tags: 1 skipped." in message_of(refused)
    assert batched.store.questions.waiting_tags() == set()
    assert batched.store.spent_since(LONG_AGO).reserved_usd == 0
    assert batched.store.failures() == []
    requests.delete(f"{batched.url}/_local/faults", timeout=10)
    batched.run_to_the_end()
    assert trial.materialized() == every("red")
    assert batched.calls() == (0, 4)


def test_a_refusal_in_a_batch_fails_the_tag_once_and_a_retry_asks_again(batched: BatchTrial) -> None:
    trial = batched.trial
    trial.add("red")
    batched.fault(kind="refusal", mode="batch", model=MODELS["LLM1"])
    batched.run()
    batched.collect()
    failed = batched.run()
    assert trial.failed() == every("red", assets=["captions_8b", "linked_text_items", "judgements"])
    assert [(each.asset, each.kind) for each in batched.store.failures()] == [("captions_8b", "Refused")]
    assert not failed.success
    assert batched.store.questions.is_empty()
    retried = batched.run()
    assert retried.success
    assert batched.questions() == {QuestionState.SUBMITTED: 1}
    batched.collect()
    batched.run_to_the_end()
    assert trial.materialized() == every("red")


def test_a_refreshed_caption_is_asked_again_while_the_old_question_is_under_way(batched: BatchTrial) -> None:
    trial = batched.trial
    trial.add("red")
    batched.run()
    batched.run(run_config=config(refresh=True))
    assert batched.questions() == {QuestionState.SUBMITTED: 4}
    batched.collect()
    assert batched.questions() == {QuestionState.ANSWERED: 4}
    batched.run_to_the_end()
    assert trial.materialized() == every("red")
    assert batched.calls() == (0, 6)
    assert batched.questions() == {QuestionState.ANSWERED: 2}, "paid for before the refresh; prune deletes them"


def test_a_panel_waits_for_its_judge_in_batches_and_asks_the_live_one_once(
    batched: BatchTrial, models_server: Any
) -> None:
    """The captions and the first judge are live: the run goes as far as it can."""
    models, url = models_server
    live = build_pipeline(batched.trial.seed, url, batched.trial.folder)
    other = replace(batched.trial.pipeline.judge, name="JUDGE__PANEL__OTHER")
    trial = batched.trial
    trial.pipeline = replace(live, panel=(other,))
    trial.add("red")
    first = batched.run()
    assert first.success
    assert trial.materialized() == every("red", assets=[asset for asset in ASSETS if asset != "judgements"])
    assert batched.questions() == {QuestionState.SUBMITTED: 2}
    assert models.count(JUDGE) == 2
    batched.collect()
    assert len(batched.run_to_the_end()) == 1
    assert models.count(JUDGE) == 2
    (judgement,) = batched.store.results("judgements", Judgement).values()
    assert [vote.judge for vote in judgement.panel] == ["JUDGE", "JUDGE__PANEL__OTHER"]


def test_a_budget_counts_what_is_on_its_way(batched: BatchTrial) -> None:
    trial = batched.trial
    trial.add("red", "green", "blue")
    batched.run("red")
    reserved = batched.store.spent_since(LONG_AGO).cost_usd
    assert reserved > 0
    trial.pipeline = replace(trial.pipeline, budget=ProjectBudget(2.1 * reserved, BudgetPeriod.MONTH))
    limited = batched.run()
    assert not limited.success
    assert "1 skipped, 2 waiting for a model batch" in message_of(limited)
    assert "the project has used up its budget" in message_of(limited)
    batched.collect()
    assert batched.store.spent_since(LONG_AGO).cost_usd < reserved, "the answers are shorter than they may be"


def test_offline_asks_no_server_and_keeps_files(batched: BatchTrial) -> None:
    trial = batched.trial
    trial.pipeline = with_models(trial.pipeline, UNREACHABLE_URL, mode="offline")
    trial.add("red", "green")
    result = batched.run()
    assert result.success, message_of(result)
    exported = batched.store.model_batches.unfinished()
    assert [(each.state, each.requests) for each in exported] == [(ModelBatchState.EXPORTED, 2)] * 2
    lines = [json.loads(line) for each in exported for line in Path(each.spool).read_bytes().splitlines()]
    assert {line["body"]["model"] for line in lines} == {MODELS["LLM1"], MODELS["LLM2"]}
    assert {line["custom_id"] for line in lines} == {
        id_ for each in exported for id_ in batched.store.model_batches.outstanding(each.uuid)
    }
    assert batched.run().success
    assert batched.questions() == {QuestionState.SUBMITTED: 4}


def test_an_answer_about_a_caption_that_a_person_has_replaced_is_not_used(batched: BatchTrial) -> None:
    trial = batched.trial
    trial.add("red")
    batched.run()
    batched.collect()
    batched.run()
    replace_text(trial, "red")
    send(trial, "red", "LLM1")
    batched.collect()
    assert batched.questions() == {QuestionState.ANSWERED: 2}
    batched.run_to_the_end()
    assert batched.calls() == (0, 6), "the judge is asked again, about the new text"
    assert encord_state(trial.seed)["red"]["texts"]["Text_8B"]["content"] == "What a person wrote."
    assert trial.materialized() == every("red")


def test_the_answers_about_a_removed_image_end_as_its_failure(batched: BatchTrial) -> None:
    trial = batched.trial
    trial.add("red", "green")
    batched.run()
    tags = trial.tags
    trial.seed.unlink_images("red.png")
    batched.collect()
    removed = run_tags(trial.pipeline, trial.instance, [tags["red"]])
    assert not removed.success
    assert "was it removed" in message_of(removed)
    assert batched.store.questions.ready_tags() == [tags["green"]], "no run is requested for it any more"
    batched.run("green")
    batched.collect()
    assert batched.run("green").success
    assert trial.materialized() == every("green")
    assert batched.calls() == (0, 6)
