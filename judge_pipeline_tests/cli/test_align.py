"""A judge that learns from people: a known bias is found and corrected, and where there is none nothing is proposed."""

import hashlib
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from PIL import Image

from judge_pipeline.cli.support.aligned_judge import accept_version, align_judge, print_versions
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.alignment.alignment import Alignment
from judge_pipeline.domain.alignment.proposal import UNALIGNED
from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.drawing import Order
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.align import Aligner
from judge_pipeline.engine.align_plan import plan_alignment
from judge_pipeline.engine.alignments import proposals, save_proposal
from judge_pipeline.engine.interruption import run_coroutine
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.review.choice_writer import ChoiceWriter
from judge_pipeline.review.comparison import Side
from judge_pipeline.review.opening import open_session
from judge_pipeline_tests.cli.commands import judge_pipeline
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.engine.encord_state import encord_state
from judge_pipeline_tests.engine.fixtures import trial, trial_instance
from judge_pipeline_tests.engine.trial import Trial, build_pipeline
from judge_pipeline_tests.model_stub import COLOURS, JUDGE, LARGE, PANEL, SMALL, ModelCall, StubModels, ruling_for
from judge_pipeline_tests.models.stub_server import completion
from judge_pipeline_tests.seed_project import create_seed_project
from judge_pipeline_tests.servers import LocalEncord

__all__ = ["trial", "trial_instance"]

COUNT = 40
SOME = 16
HEDGED = ("red", "green", "blue", "yellow", "purple")
"""The large captioner hedges about these, which people mind."""

NOTE = "A caption that says perhaps is worse, however much it says."
ACCEPTED = "Accepted"


@dataclass
class Studied:
    """A judged project of which a person has decided every image blind; each test gets a store of its own."""

    trial: Trial
    pipeline: PipelineResources
    printed: io.StringIO = field(default_factory=io.StringIO)

    @property
    def models(self) -> StubModels:
        return self.trial.models

    def align(self, **options: Any) -> tuple[bool, str]:
        """The command's success and output."""
        chosen: dict[str, Any] = {"with_images": False, "only_cost": False, "confirmed": True, **options}
        return align_judge(self.pipeline, self.terminal, **chosen), self.output

    def accept(self, version: str, *, force: bool = False) -> bool:
        return accept_version(self.pipeline, self.terminal, version, force=force)

    @property
    def terminal(self) -> Terminal:
        self.printed = io.StringIO()
        terminal = Terminal(self.printed)
        terminal.console.width = 400
        return terminal

    @property
    def output(self) -> str:
        return self.printed.getvalue()

    def proposed(self) -> str:
        with self.pipeline.open_store() as store:
            return proposals(store)[-1].version

    def judge_again(self, count: int) -> dg.ExecuteInProcessResult:
        """A run over the judgements of the first images."""
        trial = replace(self.trial, pipeline=self.pipeline)
        return trial.materialize(*list(trial.tags)[:count], assets=["judgements"])

    def agreement(self, count: int) -> float:
        """The share of judgements of the first images that follow people's rule."""
        tags = dict(list(self.trial.tags.items())[:count])
        with self.pipeline.open_store() as store:
            judgements = store.results("judgements", Judgement, [Tag(tag) for tag in tags.values()])
        hedged = {tag for colour, tag in tags.items() if colour.partition("-")[0] in HEDGED}
        right = [(judgement.choice == "LLM 8B") == (tag in hedged) for tag, judgement in judgements.items()]
        return sum(right) / len(right)


def hedging_judge(call: ModelCall) -> dict[str, Any]:
    """Prefers the longer caption, unless a note tells it to mind hedging; asked for notes, it writes one."""
    if not call.captions:
        return {"notes": [NOTE, "LLM 8B is the better author."]}
    shown = call.captions
    if "perhaps is worse" in call.text and any("perhaps" in text for text in shown.values()):
        return ruling_for(call, "B" if "perhaps" in shown["A"] else "A")
    return ruling_for(call, "A" if len(shown["A"]) >= len(shown["B"]) else "B")


def unbiased_judge(call: ModelCall) -> dict[str, Any]:
    """Judges as people do but for one image in six by chance, whatever it is told."""
    if not call.captions:
        return {"notes": ["Look closely."]}
    shown = call.captions
    is_hedged = any("perhaps" in text for text in shown.values())
    small = min(shown, key=lambda name: len(shown[name]))
    better = small if is_hedged else "AB".replace(small, "")
    is_wrong = hashlib.sha256(str(call.body["messages"][1]["content"][-2]).encode()).digest()[0] % 6 == 0
    return ruling_for(call, "AB".replace(better, "") if is_wrong else better)


def hedge(models: StubModels) -> None:
    """From now on the large captioner hedges about some colours, and the judge does not mind."""
    models.reset()
    models.judge = hedging_judge
    for colour in COLOURS:
        rest = "that perhaps fills the frame, or does not" if colour in HEDGED else "that fills the frame to the edges"
        models.reply_always(SMALL, colour, completion(f"A plain {colour} area."))
        models.reply_always(LARGE, colour, completion(f"A plain {colour} area {rest}."))


@pytest.fixture(scope="module")
def judged(
    encord: LocalEncord,
    models_server: tuple[StubModels, str],
    trial_instance: dg.DagsterInstance,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Trial]:
    models, url = models_server
    hedge(models)
    seed, folder = create_seed_project(encord), tmp_path_factory.mktemp("align")
    pipeline = replace(build_pipeline(seed, url, folder), same_answers=0, orders=Orders.ONE)
    trial = Trial(seed, models, pipeline, trial_instance, folder)
    paths = []
    for number in range(COUNT):
        colour = list(COLOURS)[number % len(COLOURS)]
        paths.append(folder / f"{colour}-{number}.png")
        Image.new("RGB", (64 + number, 48), COLOURS[colour]).save(paths[-1])
    seed.add_images(paths)
    assert trial.materialize().success
    decide(pipeline)
    yield trial
    models.clear_replies()


def decide(pipeline: PipelineResources) -> None:
    """A person decides every image by the rule that hedging is worse."""
    project = pipeline.open_project()
    with pipeline.open_store() as store:
        writer = ChoiceWriter(
            project=project,
            records=store,
            roles=pipeline.titles.roles_in(project.ontology),
            reviewer="ann",
            approves=False,
            holder="test",
            now=lambda: datetime.now(UTC),
        )
        session = open_session(writer, order=Order.RANDOM, limit=None, log=lambda _line: None)
        while (comparison := session.next(tab="ann", without=())) is not None:
            longer = max(comparison.captions, key=lambda captioner: len(comparison.captions[captioner]))
            better = longer.other if "perhaps" in comparison.captions[longer] else longer
            session.answer(comparison.tag, comparison.side_of(better) or Side.TIE)


def studied_in(folder: Path, judged: Trial, store: Path) -> Studied:
    shutil.copyfile(store, folder / "store.sqlite3")
    judged.models.calls.clear()
    judged.models.judge = hedging_judge
    judged.reset_request_counts()
    database_url = f"sqlite:///{folder / 'store.sqlite3'}"
    return Studied(judged, replace(judged.pipeline, database_url=database_url, report_file=folder / "report.html"))


@pytest.fixture
def studied(judged: Trial, tmp_path: Path) -> Studied:
    return studied_in(tmp_path, judged, judged.folder / "store.sqlite3")


@pytest.fixture(scope="module")
def store_with_proposal(judged: Trial, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store after `align`."""
    folder = tmp_path_factory.mktemp("aligned")
    studied_in(folder, judged, judged.folder / "store.sqlite3").align()
    return folder / "store.sqlite3"


@pytest.fixture
def aligned(judged: Trial, store_with_proposal: Path, tmp_path: Path) -> Studied:
    return studied_in(tmp_path, judged, store_with_proposal)


def test_a_known_bias_is_found_and_the_held_out_agreement_rises(studied: Studied) -> None:
    is_done, output = studied.align()
    assert is_done
    assert f"- {NOTE}" in output
    assert "the better author" not in output  # a note that names a captioner is left out
    with studied.pipeline.open_store() as store:
        (proposed,) = proposals(store)
    found = proposed.comparison
    assert (found.lost, found.new, found.is_sampled) == (0, 1.0, True)
    assert found.old == pytest.approx(0.5, abs=0.2)
    assert found.low > 0
    assert "It helps." in output
    assert studied.trial.writes() == 0
    assert output.index("calls") < output.index("Spent:")
    assert 0 < studied.models.count() <= 1 + 2 * 24 + 40


def test_repeating_it_pays_nothing_and_proposes_the_same(aligned: Studied) -> None:
    proposed = aligned.proposed()
    _, output = aligned.align()
    assert aligned.models.count() == 0
    assert "Spent: 0 model calls" in output
    assert aligned.proposed() == proposed


def test_an_accepted_version_judges_again_and_the_old_one_comes_back_for_nothing(aligned: Studied) -> None:
    before = aligned.agreement(SOME)
    assert aligned.judge_again(SOME).success
    assert aligned.models.count() == 0  # nothing has changed yet
    assert aligned.accept(aligned.proposed())
    assert ACCEPTED in aligned.output
    assert aligned.judge_again(SOME).success
    assert {call.model for call in aligned.models.calls} == {JUDGE}
    assert 0 < aligned.models.count() < SOME - SOME // 3  # the others were asked by `align`
    assert aligned.agreement(SOME) == 1 > before
    asked = aligned.models.count()
    assert aligned.accept(UNALIGNED)
    assert aligned.judge_again(SOME).success
    assert aligned.models.count() == asked
    assert aligned.agreement(SOME) == before
    print_versions(aligned.pipeline, aligned.terminal)
    assert aligned.proposed() in aligned.output


def test_a_judge_without_a_bias_has_nothing_to_gain(studied: Studied) -> None:
    studied.models.judge = unbiased_judge
    studied.pipeline = replace(studied.pipeline, judge=replace(studied.pipeline.judge, model=PANEL[0]))
    assert studied.judge_again(COUNT).success
    assert 0.7 < studied.agreement(COUNT) < 1
    is_done, output = studied.align()
    assert is_done
    assert "nothing to gain" in output
    assert "judge-pipeline align --accept" not in output


def test_what_does_not_help_is_accepted_with_force_alone(aligned: Studied) -> None:
    with aligned.pipeline.open_store() as store:
        (helping,) = proposals(store)
        useless = replace(helping.comparison, low=-0.1)
        other = replace(helping, alignment=Alignment(notes=("Another.",)), comparison=useless)
        save_proposal(store, other)
    assert not aligned.accept(other.version)
    assert "does not agree with people more often beyond chance" in aligned.output
    assert aligned.accept(other.version, force=True)
    assert not aligned.accept(helping.version)
    assert f"was compared with unaligned, and {other.version} is in use" in aligned.output
    aligned.pipeline = replace(aligned.pipeline, judge=replace(aligned.pipeline.judge, model=PANEL[0]))
    assert not aligned.accept(helping.version)
    assert "was compared with other judges, orders or prompts" in aligned.output


def test_the_command_says_what_is_missing_and_which_versions_there_are(
    user_project: UserProject, tmp_path: Path
) -> None:
    found = judge_pipeline("align", cwd=tmp_path, settings=user_project.settings)
    assert found.returncode == 1
    assert "0 images have a person's blind choice" in found.stdout
    found = judge_pipeline("align", "--accept", "0123456789ab", cwd=tmp_path, settings=user_project.settings)
    assert found.returncode == 2
    assert "this project has no alignment '0123456789ab'" in found.stderr
    found = judge_pipeline("align", "--versions", cwd=tmp_path, settings=user_project.settings)
    assert (found.returncode, "unaligned" in found.stdout) == (0, True)
    assert user_project.models.count() == 0


def test_examples_stand_in_both_orders_without_names_and_with_their_images(studied: Studied) -> None:
    studied.align(with_images=True)
    shown = [call for call in studied.models.calls if "EXAMPLE 1 CAPTION A" in call.text]
    assert shown
    pictures = [part for part in shown[0].body["messages"][1]["content"] if part["type"] == "image_url"]
    assert len(pictures) == 7
    assert shown[0].text.count("People chose Caption A") == shown[0].text.count("People chose Caption B")
    for call in studied.models.calls:
        assert "8B" not in call.text
        assert "16B" not in call.text


def test_only_the_cost_is_printed_before_anything_is_asked(studied: Studied) -> None:
    assert studied.align(only_cost=True)[0]
    assert "In total" in studied.output
    assert studied.models.count() == 0


def test_a_spending_limit_holds_and_the_next_attempt_goes_on(studied: Studied) -> None:
    studied.pipeline = replace(studied.pipeline, max_model_calls=10)
    is_done, output = studied.align()
    assert not is_done
    assert "stopped:" in output
    assert studied.models.count() == 10
    studied.pipeline = replace(studied.pipeline, max_model_calls=None)
    assert studied.align()[0]
    questions = [call.text for call in studied.models.calls]
    assert len(set(questions)) == len(questions)


def test_too_few_choices_cost_nothing_and_the_missing_are_counted(studied: Studied) -> None:
    with studied.pipeline.open_store() as store:
        store.delete_results("judgements", [Tag(tag) for tag in studied.trial.tags.values()][5:])
    is_done, output = studied.align()
    assert not is_done
    assert "5 images have a person's blind choice" in output
    assert "more: `judge-pipeline review`" in output
    assert studied.models.count() == 0


def test_it_learns_from_choices_on_data_groups_and_judges_these_again(trial: Trial) -> None:
    hedge(trial.models)
    seed = create_seed_project(trial.seed.server, has_groups=True)
    pipeline = build_pipeline(seed, trial.pipeline.judge.base_url.removesuffix("/v1"), trial.folder)
    pipeline = replace(pipeline, same_answers=0, orders=Orders.ONE)
    grouped = replace(trial, seed=seed, pipeline=pipeline, items={})
    grouped.add("blue", "orange", "red", "yellow")  # two to learn from, one to select by, one held out
    assert grouped.materialize().success
    decide(pipeline)
    studied = Studied(grouped, pipeline)
    assert "4 images have a person's blind choice" in studied.align()[1]
    with pipeline.open_store() as store:
        plan = plan_alignment(pipeline, store, pipeline.titles.roles_in(grouped.project.ontology))
        assert list(map(len, (plan.learning, plan.selecting, plan.held_out))) == [2, 1, 1]
        aligner = Aligner(replace(plan, calibrated=None), store, grouped.project)
        end = run_coroutine(aligner.align(pipeline.spending_limits(), with_images=True))
    assert [(each.kind, each.unanswered) for each in end.candidates] == [("notes", 0), ("examples", 0)]
    assert end.proposal is not None
    assert end.proposal.alignment.notes == (NOTE,)
    assert studied.accept(end.proposal.version, force=True)
    assert studied.agreement(4) == 0.25
    assert studied.judge_again(4).success
    assert studied.agreement(4) == 1
    state = encord_state(seed)
    assert state["folder"] == {"images": 4, "texts": 8}
    for colour in grouped.tags:
        chosen = "LLM 8B" if colour in HEDGED else "LLM 16B"
        assert state[colour]["stage"] == "Human Review"
        assert state[colour]["labels"]["LLM Judge Choice"] == {"LLM Judge Choice": chosen}
        assert state[colour]["labels"]["Final Choice"] == {"Final Choice": chosen.replace(" ", "-")}
