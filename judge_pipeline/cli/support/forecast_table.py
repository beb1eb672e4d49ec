"""The forecast of `run --dry-run`: what is left to do, and the calls, tokens, cost and minutes that it will take."""

from collections.abc import Sequence

import typer
from rich import box
from rich.table import Table

from judge_pipeline.automation.support.pending_tags import judged_tags, missing_tags, up_to_date_tags
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.answer_codec.sheet import AnswerSheet
from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.caption import Caption, caption_question
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judge_question import judge_question
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.models.forecast import Forecast, PlannedCalls, forecast
from judge_pipeline.store.store import ProjectStore

PAST_ANSWERS = 1000
"""The most recent ones for each purpose: enough for a mean, and from the models in use now."""

CAPTION_TOKENS = 40
"""Twenty words of English are about 27 tokens."""

JUDGEMENT_TOKENS = 350
"""The seed's form takes about 250 filled in; longer suggestions take the rest."""


def print_forecast(pipeline: PipelineResources, terminal: Terminal, *, limit: int | None = None) -> None:
    """Prints the forecast. Only reads Encord and the store; makes no model calls.

    Raises:
        EncordUnusable, OntologyMismatch: a setting is wrong.
    """
    project = pipeline.open_project()
    roles = pipeline.titles.roles_in(project.ontology)
    snapshot = project.snapshot()
    judged = judged_tags(pipeline)
    work = missing_tags(snapshot, judged)[:limit]
    up_to_date = up_to_date_tags(pipeline, judged, roles.version, among=work)
    missing = [tag for tag in work if tag not in up_to_date]
    with pipeline.open_store() as store:
        asked, waiting = store.ready_tags.needs(), store.questions.waiting_tags()
        without_caption = {
            captioner: sum(
                tag not in known
                and (tag, captioner) not in snapshot.texts
                and captioner.asset_name not in asked.get(tag, ())
                for known in [store.results(captioner.asset_name, Caption, missing)]
                for tag in missing
            )
            for captioner in Captioner
        }
        unjudged = sum("judgements" not in asked.get(tag, ()) for tag in missing)
        spent = pipeline.budget_sentence(store)
        planned = _calls_ahead(pipeline, roles, store, without_caption, unjudged)
        forecasts = [forecast(each) for each in planned]
    terminal.print(f"{len(missing):,} of {len(snapshot.images):,} images have no judgement yet.")
    if waiting.intersection(missing):
        terminal.print(
            f"{len(waiting.intersection(missing)):,} of them wait for model batches, which are not counted again."
        )
    if len(work) > len(missing):
        terminal.print(f"{len(work) - len(missing):,} judged images are moved on, which takes no model call.")
    if missing:
        project.check_active()
        print_forecasts(pipeline, forecasts, terminal)
        sentences = batch_sentences(planned, forecasts)
        if any(each.is_guess for each in forecasts):
            sentences.append("For measurements instead of guesses, run a few images first: --limit 10.")
        for sentence in sentences:
            terminal.print_wrapped(sentence)
    if spent:
        terminal.print_wrapped(f"{spent}.")


def _calls_ahead(
    pipeline: PipelineResources,
    roles: JudgeOntology,
    store: ProjectStore,
    without_caption: dict[Captioner, int],
    images: int,
) -> list[PlannedCalls]:
    question = caption_question()
    captions = [
        PlannedCalls(
            captioner.value,
            endpoint,
            without_caption[captioner],
            store.recent_answers(captioner.asset_name, PAST_ANSWERS),
            prompt_characters=len(question.system) + len(question.text),
            answer_tokens=CAPTION_TOKENS,
        )
        for captioner, endpoint in pipeline.captioners.items()
    ]
    words = "x" * 6 * pipeline.caption_max_words
    sheet = AnswerSheet.blank(roles, shown_first=Captioner.LLM_8B)
    prompt = judge_question(sheet, caption_8b=words, caption_16b=words, nonce="00000000")
    orders = 2 if pipeline.orders is Orders.BOTH else 1
    past = store.recent_answers("judgements", PAST_ANSWERS)
    judges = [
        PlannedCalls(
            endpoint.name,
            endpoint,
            orders * images,
            past,
            prompt_characters=len(prompt.system) + len(prompt.text),
            answer_tokens=JUDGEMENT_TOKENS,
        )
        for endpoint in pipeline.judges
    ]
    return [*captions, *judges]


def print_forecasts(pipeline: PipelineResources, forecasts: Sequence[Forecast], terminal: Terminal) -> None:
    """The table, the total and what it leaves out."""
    terminal.console.print(forecast_table(forecasts))
    for sentence in forecast_sentences(pipeline, forecasts):
        terminal.print_wrapped(sentence)


def may_ask_the_judge(forecasts: Sequence[Forecast], terminal: Terminal) -> bool:
    """Asks in a terminal, unless it is free; a script has confirmed it by calling the command."""
    is_free = all(each.cost_usd == 0 for each in forecasts)
    if is_free or not terminal.console.is_terminal or typer.confirm("Ask the judge?"):
        return True
    terminal.print("Nothing was asked.")
    return False


def forecast_table(forecasts: Sequence[Forecast]) -> Table:
    """One row for each model."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("for")
    for name in ("calls", "tokens in", "out", "cost", "minutes"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("based on")
    for each in forecasts:
        basis = "a guess" if each.is_guess else f"{each.measured:,} answers" if each.measured else "-"
        cost = _dollars(each.cost_usd)
        numbers = (f"{each.calls:,}", f"{each.prompt_tokens:,}", f"{each.completion_tokens:,}", cost)
        table.add_row(each.purpose, *numbers, f"{each.minutes:,.1f}", basis)
    return table


def forecast_sentences(pipeline: PipelineResources, forecasts: Sequence[Forecast]) -> list[str]:
    """The total, and what it leaves out."""
    slowest = max(forecasts, key=lambda each: each.minutes)
    costs = [each.cost_usd for each in forecasts]
    known = [cost for cost in costs if cost is not None]
    total = _dollars(sum(known) if len(known) == len(costs) else None)
    calls = sum(each.calls for each in forecasts)
    tokens = sum(each.prompt_tokens + each.completion_tokens for each in forecasts)
    amount = f"In total {calls:,} calls, {tokens:,} tokens, {total}, at least {slowest.minutes:,.0f} minutes"
    sentences = [
        f"{amount}; the slowest is {slowest.purpose}, limited by {slowest.limit}.",
        "Repairs, retries and forms too large for one question come on top.",
    ]
    if len(known) < len(costs):
        sentences.append("Unknown prices are not counted as 0; docs/settings.md says how to set them.")
    if pipeline.max_model_calls is not None and calls > pipeline.max_model_calls:
        sentences.append(f"A run stops at its maximum of {pipeline.max_model_calls:,} calls.")
    return sentences


def batch_sentences(planned: Sequence[PlannedCalls], forecasts: Sequence[Forecast]) -> list[str]:
    """What the same calls cost in model batches, for all endpoints or for those that are set to use them, and their time."""
    costs = [each.cost_usd for each in forecasts]
    known = [cost for cost in costs if cost is not None]
    live = sum(known) if len(known) == len(costs) else None
    in_batches = [each.endpoint for each in planned if each.endpoint.mode != "live"]
    if not in_batches and not live:
        return []
    cost = None
    if live is not None:
        factors = [
            each.endpoint.batch_price_factor if each.endpoint in in_batches or not in_batches else 1.0
            for each in planned
        ]
        cost = sum(factor * own for factor, own in zip(factors, known, strict=True))
    if not in_batches:
        return [
            f"In model batches, which take up to a day each, the same costs about {_dollars(cost)}; see docs/batches.md."
        ]
    names = ", ".join(endpoint.name for endpoint in in_batches)
    rounds = (
        "A round of batches takes up to 24 hours, often less: one for the captions, one for the judge, and another one if an answer "
        "has to be asked for again."
    )
    return [
        f"These are the price and the time of live calls. With model batches for {names} it is {_dollars(cost)}.",
        rounds,
    ]


def _dollars(cost: float | None) -> str:
    return "unknown" if cost is None else f"${cost:,.2f}"
