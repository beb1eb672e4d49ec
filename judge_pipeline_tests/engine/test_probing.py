"""A probe finds out what sways a judge: length, or that it does not look at the picture; and pays for no answer twice."""

import hashlib
import io
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from judge_pipeline.cli.support.judge_probe import probe_judge
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.probes.trial import PROBES, Probe, ProbedImage, ProbeRate, first_place_share, probe_rates
from judge_pipeline.engine.probe_plan import plan_probes
from judge_pipeline.engine.read_report import read_report
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline_tests.engine.encord_state import encord_state
from judge_pipeline_tests.engine.trial import Trial, build_pipeline
from judge_pipeline_tests.model_stub import COLOURS, JUDGE, PANEL, ModelCall, StubModels, ruling_for
from judge_pipeline_tests.models.stub_server import completion
from judge_pipeline_tests.seed_project import create_seed_project
from judge_pipeline_tests.servers import LocalEncord

SHOWN = ("red", "blue", "yellow")

QUESTIONS = 13
"""For each image: six probes in both orders, and the same caption once."""


EXCEPT_BLANK = set(Probe) - {Probe.BLANK_IMAGE}


def attentive(call: ModelCall) -> dict[str, Any]:
    """Counts the wrong colours; of two right captions it takes the longer one, and between equals it has to choose."""
    said = {name: set(COLOURS).intersection(re.findall(r"\w+", text)) for name, text in call.captions.items()}
    wrong = {name: len(colours - {call.colour}) for name, colours in said.items()}
    if wrong["A"] != wrong["B"]:
        return ruling_for(call, min(wrong, key=lambda name: wrong[name]))
    lengths = {name: len(text) for name, text in call.captions.items()}
    is_level = wrong["A"] > 0 or lengths["A"] == lengths["B"]
    return ruling_for(call, "A" if is_level else max(lengths, key=lambda name: lengths[name]), is_level=is_level)


def blind(call: ModelCall) -> dict[str, Any]:
    """Decides by the texts alone."""
    digests = {name: hashlib.sha256(text.encode()).digest() for name, text in call.captions.items()}
    return ruling_for(call, max(digests, key=lambda name: digests[name]))


@pytest.fixture(scope="module")
def finished(
    encord: LocalEncord,
    models_server: tuple[StubModels, str],
    trial_instance: dg.DagsterInstance,
    tmp_path_factory: pytest.TempPathFactory,
) -> Trial:
    """A judged project, which no probe changes."""
    models, url = models_server
    models.reset()
    seed, folder = create_seed_project(encord), tmp_path_factory.mktemp("probing")
    trial = Trial(seed, models, build_pipeline(seed, url, folder), trial_instance, folder)
    trial.add(*SHOWN)
    assert trial.materialize().success
    return trial


@pytest.fixture
def judged(finished: Trial, tmp_path: Path) -> Iterator[Callable[..., Trial]]:
    """That project with a copy of its store, and with the judge that probes meet."""

    def make(judge: Callable[[ModelCall], dict[str, Any]] | None = None) -> Trial:
        finished.models.reset()
        if judge:
            finished.models.judge = judge
        store = shutil.copy(finished.folder / "store.sqlite3", tmp_path)
        pipeline = replace(finished.pipeline, database_url=f"sqlite:///{store}", report_file=tmp_path / "report.html")
        return replace(finished, pipeline=pipeline, folder=tmp_path)

    yield make
    finished.models.clear_replies()


def probe(pipeline: PipelineResources, *, images: int = 30, only_cost: bool = False) -> tuple[bool, str]:
    output = io.StringIO()
    terminal = Terminal(output)
    return probe_judge(pipeline, terminal, images=images, only_cost=only_cost, confirmed=False), output.getvalue()


def rates(trial: Trial) -> dict[Probe, ProbeRate]:
    return {rate.probe: rate for rate in probe_rates(trials(trial))}


def trials(trial: Trial) -> list[Any]:
    with trial.pipeline.open_store() as store:
        probed = store.results(PROBES, ProbedImage).values()
    return [each for image in probed for probing in image.probings for each in probing.trials]


def fooled(trial: Trial) -> dict[Probe, int]:
    return {probe: rate.fooled.count for probe, rate in rates(trial).items()}


def test_a_judge_that_looks_is_not_fooled(judged: Callable[..., Trial]) -> None:
    trial = judged(attentive)
    is_done, _ = probe(trial.pipeline)
    assert is_done
    assert fooled(trial) == dict.fromkeys(Probe, 0)
    found = rates(trial)
    assert {rate.fooled.total for rate in found.values()} == {len(SHOWN)}
    nothing_preferred = {probe for probe, rate in found.items() if rate.neither}
    assert nothing_preferred == {Probe.BLANK_IMAGE, Probe.REORDERED, Probe.SAME_CAPTION}
    assert first_place_share(trials(trial)).count == len(SHOWN), "it takes the first of two equal captions"


def test_a_judge_that_takes_length_for_quality_is_fooled_by_more_text(judged: Callable[..., Trial]) -> None:
    trial = judged()
    probe(trial.pipeline)
    found = fooled(trial)
    assert found[Probe.LONGER_WITH_ERROR] == len(SHOWN)
    assert found[Probe.BLANK_IMAGE] == len(SHOWN)
    assert found[Probe.REORDERED] == 0


def test_a_judge_that_ignores_the_image_makes_the_same_choice_whatever_it_shows(trial: Trial) -> None:
    """It has chosen otherwise than the other judges, so it needs a project of its own."""
    trial.models.judge = blind
    trial.add(*SHOWN)
    assert trial.materialize().success
    probe(trial.pipeline)
    found = fooled(trial)
    assert found[Probe.BLANK_IMAGE] == len(SHOWN)
    assert found[Probe.OTHER_CAPTION] + found[Probe.SWAPPED_IMAGE] == len(SHOWN), "fooled by exactly one of the two"
    assert found[Probe.REORDERED] == len(SHOWN), "a preference without a reason"


def test_the_cost_is_said_before_the_first_call_and_a_repeated_probe_is_free(judged: Callable[..., Trial]) -> None:
    trial = judged()
    is_done, output = probe(trial.pipeline, only_cost=True)
    assert (is_done, trial.models.calls) == (True, [])
    expected = len(SHOWN) * QUESTIONS
    assert f"{expected} questions to the judge, of which 0 are answered already." in output
    assert f"In total {expected} calls" in " ".join(output.split())

    before = encord_state(trial.seed)
    printed = io.StringIO()
    said = []

    def look(_call: ModelCall) -> None:
        said.append("In total" in printed.getvalue())

    trial.models.on_call = look
    probe_judge(trial.pipeline, Terminal(printed), images=30, only_cost=False, confirmed=False)
    assert said == [True] * expected
    assert encord_state(trial.seed) == before, "Encord stays as it is"

    _, output = probe(trial.pipeline)
    assert len(trial.models.calls) == expected
    assert "No model is called: this costs nothing." in output


def test_a_cap_stops_the_probe_and_the_next_one_pays_for_the_rest_only(judged: Callable[..., Trial]) -> None:
    trial = judged()
    is_done, output = probe(replace(trial.pipeline, max_model_calls=20))
    assert not is_done
    assert "stopped: the run has reached its limit of 20 model calls" in output
    assert len(trial.models.calls) == 20
    assert probe(trial.pipeline)[0]
    assert len(trial.models.calls) == len(SHOWN) * QUESTIONS
    assert {rate.fooled.total for rate in rates(trial).values()} == {len(SHOWN)}


def test_answers_that_cannot_be_used_are_failures_that_are_counted(judged: Callable[..., Trial]) -> None:
    trial = judged()
    trial.models.reply_always(JUDGE, "grey", completion("I would rather not say."))
    is_done, output = probe(trial.pipeline)
    assert is_done, "the probe is done all the same"
    assert f"failed {len(SHOWN)} times: UnusableAnswer: " in output
    rate = rates(trial)[Probe.BLANK_IMAGE]
    assert (rate.failed, rate.fooled.total) == (len(SHOWN), 0)


def test_what_cannot_be_asked_is_left_out_and_said(judged: Callable[..., Trial]) -> None:
    pipeline = judged().pipeline
    panel = tuple(replace(pipeline.judge, name=f"JUDGE__PANEL__{model}", model=model) for model in PANEL)
    by_url = replace(panel[0], images="url")
    with pipeline.open_store() as store:
        one_order = plan_probes(replace(pipeline, orders=Orders.ONE), store, images=30)
        url = plan_probes(replace(pipeline, panel=(by_url,)), store, images=30)
        whole_panel = plan_probes(replace(pipeline, panel=panel), store, images=30)
    assert {planned.pair.probe for each in one_order.trials.values() for planned in each} == EXCEPT_BLANK - {
        Probe.REORDERED
    }, "in one order every choice is forced, and this judge's choice in both orders is another judge's"
    assert any("JUDGE__ORDERS=one" in sentence for sentence in one_order.left_out)
    assert {planned.pair.probe for each in url.trials.values() for planned in each} == EXCEPT_BLANK
    assert any("no URL leads to a blank one" in sentence for sentence in url.left_out)
    assert set(whole_panel.unanswered) == {judge.name for judge in (pipeline.judge, *panel)}


def test_in_a_terminal_it_asks_before_it_pays(judged: Callable[..., Trial], monkeypatch: pytest.MonkeyPatch) -> None:
    class Window(io.StringIO):
        def isatty(self) -> bool:
            return True

    trial = judged()
    monkeypatch.setattr("sys.stdin", io.StringIO("n\ny\n"))
    monkeypatch.setenv("TERM", "xterm")
    for answer, calls in (("no", 0), ("yes", len(SHOWN) * QUESTIONS)):
        is_done = probe_judge(trial.pipeline, Terminal(Window()), images=30, only_cost=False, confirmed=False)
        assert (is_done, len(trial.models.calls)) == (answer == "yes", calls)


def test_probing_changes_no_judgement_and_is_in_the_report_with_its_version(judged: Callable[..., Trial]) -> None:
    trial = judged()
    with trial.pipeline.open_store() as store:
        before = store.results("judgements", Judgement)
    probe(trial.pipeline)
    with trial.pipeline.open_store() as store:
        assert store.results("judgements", Judgement) == before
        report = read_report(trial.pipeline, store)
        section = next(section for section in report.sections if section.name == "probes")
        assert section.notes == ()
        assert f"Asked: {trial.pipeline.judged_with}" in [table.caption for table in section.tables]
        assert report.metric("fooled_longer_with_error").value == 1
        other = replace(trial.pipeline, judge=replace(trial.pipeline.judge, model=PANEL[0]))
        (note,) = next(each for each in read_report(other, store).sections if each.name == "probes").notes
    assert "another version of the judge" in note
    page = trial.pipeline.report_file.read_text(encoding="utf-8")
    assert "What sways the judge: probes" in page

    probe(other)
    with trial.pipeline.open_store() as store:
        section = next(each for each in read_report(other, store).sections if each.name == "probes")
    assert [table.caption for table in section.tables] == [
        f"Asked: {other.judged_with}",
        f"Asked: {trial.pipeline.judged_with}",
    ]
    assert section.notes == ()


def test_without_a_judgement_nothing_is_asked(trial: Trial) -> None:
    trial.add("red")
    is_done, output = probe(trial.pipeline)
    assert (is_done, trial.models.calls) == (False, [])
    assert "No image can be probed" in output
