"""What `align` does: prints the cost, tries candidates, prints the proposal; accepts a version, or an earlier one again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from rich import box
from rich.table import Table

from judge_pipeline.assets.final_choices import read_final_choices
from judge_pipeline.cli.support.forecast_table import (
    JUDGEMENT_TOKENS,
    PAST_ANSWERS,
    may_ask_the_judge,
    print_forecasts,
)
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.alignment.alignment import NOT_ALIGNED, Alignment
from judge_pipeline.domain.alignment.labelled import MIN_HELD_OUT, MIN_TRAINING, Labelled
from judge_pipeline.domain.alignment.notes import NOTES_TOKENS
from judge_pipeline.domain.alignment.proposal import UNALIGNED, Proposal
from judge_pipeline.domain.answer_codec.sheet import AnswerSheet
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_question import judge_question
from judge_pipeline.domain.statistics import MIN_CHOICES
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.engine.align import PURPOSE, AlignEnd, Aligner
from judge_pipeline.engine.align_plan import AlignPlan, plan_alignment
from judge_pipeline.engine.alignments import accept, accepted, proposal, proposals
from judge_pipeline.engine.interruption import run_coroutine
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.models.errors import SpendingLimitReached
from judge_pipeline.models.forecast import Forecast, PlannedCalls, forecast
from judge_pipeline.store.store import ProjectStore

HOLDER = "judge-pipeline align"


def align_judge(
    pipeline: PipelineResources, terminal: Terminal, *, with_images: bool, only_cost: bool, confirmed: bool
) -> bool:
    """Whether the question could be answered; that nothing is gained is an answer.

    Raises:
        EncordError, OntologyMismatch, EndpointUnusable, StoreError: one sentence.
    """
    limits = pipeline.spending_limits(pipeline.judges)
    project = pipeline.open_project()
    read_final_choices(pipeline, holder=HOLDER)
    with pipeline.open_store() as store:
        plan = plan_alignment(pipeline, store, pipeline.titles.roles_in(project.ontology))
        if plan.missing:
            _print_missing(plan, terminal)
            return False
        _print_parts(plan, terminal)
        if plan.is_agreed:
            terminal.print_wrapped(
                "There is nothing to gain: the judge says what people say on every image that it could learn from. No model was asked."
            )
            return True
        forecasts = _forecasts(plan, store)
        _print_cost(plan, forecasts, terminal, with_images=with_images)
        if only_cost:
            return True
        if not (confirmed or may_ask_the_judge(forecasts, terminal)):
            return False
        try:
            end = run_coroutine(Aligner(plan, store, project).align(limits, with_images=with_images))
        except SpendingLimitReached as error:
            terminal.print(f"stopped: {error}; the answers until then are kept", style="red")
            return False
        finally:
            terminal.print(f"Spent: {limits}.")
        _print_end(plan, end, terminal)
    return True


def accept_version(pipeline: PipelineResources, terminal: Terminal, version: str, *, force: bool) -> bool:
    """Whether the project judges by this version from now on.

    Raises:
        NoSuchAlignment: it was never proposed. StoreError: one sentence.
    """
    with pipeline.open_store() as store:
        if version != UNALIGNED and not force and (why := _objection(pipeline, store, proposal(store, version))):
            terminal.print(f"Not accepted: {why}. With --force it is accepted all the same.", style="red")
            return False
        done = accept(store, version, at=datetime.now(UTC).isoformat(timespec="seconds"))
        judged_with = pipeline.aligned(store).judged_with
    terminal.print(f"Accepted {done.version}. From now on: {judged_with}")
    terminal.print_wrapped(
        "Earlier judgements are outdated: reload the code location, and Dagster shows them as stale. A run over them asks only the "
        "judge, and nothing that this version was asked before."
    )
    terminal.print(f"To go back: judge-pipeline align --accept {done.before}")
    return True


def print_versions(pipeline: PipelineResources, terminal: Terminal) -> None:
    """Every proposal with both agreements, and which version is in use."""
    with pipeline.open_store() as store:
        listed, now = proposals(store), accepted(store)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="bold")
    for column in ("version", "proposed", "what", "against", "agreement", "difference", "in use"):
        table.add_column(column, no_wrap=True)
    for each in listed:
        found = each.comparison
        table.add_row(
            each.version,
            each.proposed_at[:10],
            _kind(each.alignment),
            each.against,
            f"{found.old:.0%} -> {found.new:.0%}",
            _difference(each),
            "yes" if each.version == now.version else "",
        )
    table.add_row(UNALIGNED, "", "the judge as it is", "", "", "", "yes" if now.version == UNALIGNED else "")
    terminal.console.print(table)


def _objection(pipeline: PipelineResources, store: ProjectStore, proposed: Proposal) -> str:
    """Why a proposal should not be accepted; empty if nothing speaks against it."""
    now = accepted(store)
    base = replace(pipeline, alignment=NOT_ALIGNED).judged_with
    if proposed.base != base:
        return f"{proposed.version} was compared with other judges, orders or prompts: {proposed.base}; now: {base}"
    if proposed.against != now.version and proposed.version != now.before:
        return f"{proposed.version} was compared with {proposed.against}, and {now.version} is in use"
    if not proposed.comparison.helps:
        return f"{proposed.version} does not agree with people more often beyond chance ({_difference(proposed)})"
    return ""


def _forecasts(plan: AlignPlan, store: ProjectStore) -> list[Forecast]:
    question = plan.notes
    characters = len(question.system) + len(question.text) if question else 0
    noted = [
        PlannedCalls(
            "notes", plan.pipeline.judge, 1, store.recent_answers(PURPOSE, PAST_ANSWERS), characters, NOTES_TOKENS
        )
    ]
    past = store.recent_answers("judgements", PAST_ANSWERS)
    asked = judge_question(
        AnswerSheet.blank(plan.judge_ontology, shown_first=Captioner.LLM_8B),
        caption_8b=plan.images[0].caption_8b,
        caption_16b=plan.images[0].caption_16b,
        nonce="00000000",
        alignment=plan.with_examples or NOT_ALIGNED,
    )
    prompt_characters = len(asked.system) + len(asked.text)
    judged = [
        PlannedCalls(judge.name, judge, plan.judge_calls, past, prompt_characters, JUDGEMENT_TOKENS)
        for judge in plan.pipeline.judges
    ]
    return [forecast(each) for each in [*(noted if question else []), *judged]]


def _print_missing(plan: AlignPlan, terminal: Terminal) -> None:
    terminal.print_wrapped(
        f"The judge cannot learn from people yet: {len(plan.images)} images have a person's blind choice and a judgement of the "
        f"present judge. It takes {MIN_TRAINING} to learn from and {MIN_HELD_OUT} others to see whether it helps, about "
        f"{plan.missing} more: `judge-pipeline review` collects them. No model was asked."
    )


def _print_parts(plan: AlignPlan, terminal: Terminal) -> None:
    terminal.print_wrapped(
        f"{len(plan.images)} blind choices by people about the present judge: {len(plan.learning)} to learn from, "
        f"{len(plan.selecting)} to select by, {len(plan.held_out)} held out"
        + ("." if plan.is_sampled else ", not all drawn at random: what is found may not hold for all images.")
    )
    images = plan.training
    if of_longer := _shares(images, lambda each: each.longer):
        terminal.print_wrapped(f"Of the images to learn from, the longer caption is chosen {of_longer}.")
    if of_16b := _shares(images, lambda _: Captioner.LLM_16B):
        terminal.print_wrapped(f"The caption of {Captioner.LLM_16B} is chosen {of_16b}.")


def _shares(images: Sequence[Labelled], better: Callable[[Labelled], Captioner | None]) -> str:
    """How often the judge and people choose what `better` names, of the images where each chooses one."""

    def share(chosen: Sequence[tuple[Labelled, Captioner | None]]) -> str:
        decided = [choice is better(each) for each, choice in chosen if choice is not None and better(each) is not None]
        return f"{sum(decided)} of {len(decided)} times" if decided else "never"

    by_judge = share([(each, each.judgement.choice) for each in images])
    return f"{by_judge} by the judge, {share([(each, each.people) for each in images])} by people" if images else ""


def _print_cost(plan: AlignPlan, forecasts: Sequence[Forecast], terminal: Terminal, *, with_images: bool) -> None:
    terminal.print("At most, apart from questions with an answer in the store, which cost nothing:")
    print_forecasts(plan.pipeline, forecasts, terminal)
    if with_images and plan.with_examples:
        count = len(plan.with_examples.examples)
        terminal.print_wrapped(
            f"A judgement by examples shows {count} more images, which the tokens above do not count."
        )


def _print_end(plan: AlignPlan, end: AlignEnd, terminal: Terminal) -> None:
    terminal.print(
        f"Of {len(plan.selecting)} images to select by, people agree with the present judge on {end.now}, with"
    )
    for each in end.candidates:
        left = f" ({each.unanswered} without an answer)" if each.unanswered else ""
        terminal.print(f"  {each.kind}: {each.agreed}{left}")
        for note in each.alignment.notes:
            terminal.print(f"    - {visible_line(note)}")
    if end.proposal is None:
        terminal.print_wrapped(f"There is nothing to gain: {end.reason}. Nothing is proposed.")
        return
    _print_proposal(end.proposal, terminal)


def _print_proposal(proposed: Proposal, terminal: Terminal) -> None:
    found = proposed.comparison
    terminal.print(f"Proposed: {proposed.version}, {_kind(proposed.alignment)}")
    _print_alignment(proposed.alignment, terminal)
    kappas = " -> ".join("undefined" if each is None else f"{each:.2f}" for each in (found.old_kappa, found.new_kappa))
    terminal.print(
        f"On {found.images} held-out images: agreement {found.old:.0%} -> {found.new:.0%}, difference {_difference(proposed)}; "
        f"kappa {kappas}; newly right {found.gained}, newly wrong {found.lost}"
    )
    if found.images < MIN_CHOICES:
        terminal.print_wrapped(f"Fewer than {MIN_CHOICES} images: only a large difference can show.")
    if proposed.earlier_looks:
        terminal.print_wrapped(
            f"These images were looked at for {proposed.earlier_looks} other proposals before: of many tries one may look good by "
            "chance. New blind choices are a new test."
        )
    if found.helps:
        terminal.print_wrapped("It helps. Nothing has changed yet; to judge by it from now on:")
        terminal.print(f"  judge-pipeline align --accept {proposed.version}")
    else:
        terminal.print_wrapped(
            "It is none that helps: the interval of the difference includes 0 or lies below. There is nothing to gain from it, and it "
            "is accepted only with --force."
        )


def _print_alignment(alignment: Alignment, terminal: Terminal) -> None:
    for note in alignment.notes:
        terminal.print(f"  - {visible_line(note)}")
    for each in alignment.examples:
        captions = [visible_line(caption) for caption in (each.caption_1, each.caption_2)]
        chosen, other = captions if each.better == 1 else reversed(captions)
        terminal.print(f"  {each.tag}: people chose {chosen!r} over {other!r}")
    if alignment.calibration is not None:
        weights = alignment.calibration
        terminal.print(
            f"  weights: {weights.choice:+g} choice, {weights.gap:+g} score gap, {weights.length:+g} logarithm of the lengths"
        )


def _kind(alignment: Alignment) -> str:
    parts = (("notes", alignment.notes), ("examples", alignment.examples), ("a calibration", alignment.calibration))
    return ", ".join(name for name, is_there in parts if is_there)


def _difference(proposed: Proposal) -> str:
    found = proposed.comparison
    return f"{100 * found.difference:+.0f} points [{100 * found.low:+.0f}, {100 * found.high:+.0f}]"
