"""What `probe` does: prints the cost, asks the judge, and prints how often it was fooled."""

from collections import Counter
from collections.abc import Coroutine
from typing import Any

from rich import box
from rich.progress import Progress
from rich.table import Table

from judge_pipeline.cli.support.forecast_table import (
    JUDGEMENT_TOKENS,
    PAST_ANSWERS,
    may_ask_the_judge,
    print_forecasts,
)
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.probes.trial import PROBES, first_place_share
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.engine.interruption import Interrupted, run_until_interrupted
from judge_pipeline.engine.probe_plan import ProbePlan, plan_probes
from judge_pipeline.engine.probing import ProbeEnd, ask_probes
from judge_pipeline.engine.report_files import write_report
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.models.forecast import Forecast, PlannedCalls, forecast
from judge_pipeline.reporting.metric import format_share
from judge_pipeline.reporting.probes import COLUMNS, probe_rows
from judge_pipeline.store.store import ProjectStore

MAX_FAILURE_LINES = 10


def probe_judge(
    pipeline: PipelineResources, terminal: Terminal, *, images: int, only_cost: bool, confirmed: bool
) -> bool:
    """Whether everything that was wanted is done. How often the judge is fooled is a finding and not a failure.

    Raises:
        EncordError, OntologyMismatch, EndpointUnusable, StoreError: nothing was asked; one sentence.
    """
    limits = pipeline.spending_limits(pipeline.judges)
    with pipeline.open_store() as store:
        pipeline = pipeline.aligned(store)
        plan = plan_probes(pipeline, store, images=images)
        if not plan.trials:
            terminal.print(
                "No image can be probed: that takes one with two different captions and a judgement; "
                "`judge-pipeline run` makes them.",
                style="red",
            )
            return False
        _print_cost(pipeline, plan, forecasts := _forecasts(pipeline, plan, store), terminal)
        if only_cost:
            return True
        if not (confirmed or may_ask_the_judge(forecasts, terminal)):
            return False
        with Progress(console=terminal.console) as progress:
            bar = progress.add_task("probes", total=sum(map(len, plan.trials.values())))
            end = _asked(ask_probes(pipeline, store, plan, limits, on_trial=lambda: progress.advance(bar)))
    _print_end(end, plan, terminal)
    write_report(pipeline, pipeline.report_file)
    terminal.print(f"Report: {pipeline.report_file}")
    return not end.stop_reason and not end.unsaved


def _asked(asking: Coroutine[Any, Any, ProbeEnd]) -> ProbeEnd:
    """Ctrl-C ends the command; answers and the trials of finished images are kept."""
    try:
        return run_until_interrupted(asking)
    except Interrupted:
        raise KeyboardInterrupt from None


def _forecasts(pipeline: PipelineResources, plan: ProbePlan, store: ProjectStore) -> list[Forecast]:
    past = [answer for purpose in (PROBES, "judgements") for answer in store.recent_answers(purpose, PAST_ANSWERS)]
    return [
        forecast(
            PlannedCalls(judge.name, judge, plan.unanswered[judge.name], past, plan.prompt_characters, JUDGEMENT_TOKENS)
        )
        for judge in pipeline.judges
    ]


def _print_cost(pipeline: PipelineResources, plan: ProbePlan, forecasts: list[Forecast], terminal: Terminal) -> None:
    calls = sum(plan.unanswered.values())
    probes = sum(map(len, plan.trials.values()))
    terminal.print(
        f"{len(plan.trials):,} images, {probes:,} probes, {plan.questions:,} questions to the judge, of which "
        f"{plan.questions - calls:,} are answered already."
    )
    for sentence in plan.left_out:
        terminal.print_wrapped(visible_line(sentence))
    if calls:
        print_forecasts(pipeline, forecasts, terminal)
    else:
        terminal.print("No model is called: this costs nothing.")


def _print_end(end: ProbeEnd, plan: ProbePlan, terminal: Terminal) -> None:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="bold")
    for column in COLUMNS:
        table.add_column(column, no_wrap=column == COLUMNS[0])
    for row in probe_rows(end.trials):
        table.add_row(*map(str, row))
    terminal.console.print(table)
    if (first := first_place_share(end.trials)).total:
        terminal.print(
            f"Of two equal captions it had to choose, it took the first on {format_share(first, of='images')}."
        )
    failures = Counter(visible_line(trial.failure) for trial in end.trials if trial.chosen is None)
    for failure, count in failures.most_common(MAX_FAILURE_LINES):
        terminal.print(f"failed {count} times: {failure}", style="red")
    if len(failures) > MAX_FAILURE_LINES:
        terminal.print(f"and {len(failures) - MAX_FAILURE_LINES} more kinds of failure", style="red")
    if end.stop_reason:
        terminal.print(f"stopped: {end.stop_reason}", style="red")
    if end.unsaved:
        terminal.print(
            f"The results of {end.unsaved} images are not saved, because a run holds these images; repeat this command when "
            "it has ended, which costs nothing.",
            style="red",
        )
    terminal.print(f"Asked: {plan.version.judged_with}. Spent: {end.spent}.")
