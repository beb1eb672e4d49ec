"""What needs attention: captions that try to sway the judge, images without a judgement, choices for earlier captions."""

from collections import Counter
from collections.abc import Sequence

from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.outcome import Outcome, State
from judge_pipeline.domain.statistics import Share
from judge_pipeline.reporting.metric import Metric, Section, Table, share_metric

SUSPICIONS_SHOWN = 100


def attention_section(outcomes: Sequence[Outcome]) -> Section:
    """Shares, and lists of the images behind them."""
    judged = [outcome for outcome in outcomes if outcome.judgement is not None]
    suspected = [(outcome, why) for outcome in judged if outcome.judgement for why in outcome.judgement.suspicions]
    chosen = [each for each in outcomes if each.earlier_choice or (each.final_choice and each.final_choice.label)]
    earlier = [(each.title, each.earlier_choice) for each in chosen if each.earlier_choice]
    more = len(suspected) - SUSPICIONS_SHOWN
    return Section(
        name="troubles",
        title="What needs attention",
        lead="Text inside an image or a caption can give orders to a model. The judge is instructed to treat it as data. "
        "Whatever looks like an order is flagged here; a flag never changes a choice.",
        metrics=(
            share_metric(
                Share(len({outcome.tag for outcome, _ in suspected}), len(judged)),
                "suspected",
                "Suspected of swaying the judge",
                "Flagged judgements. Look at them before you trust them.",
                units="judged images",
            ),
            share_metric(
                Share(sum(outcome.state is State.NOT_AVAILABLE for outcome in judged), len(judged)),
                "not_available",
                "A caption is not an answer",
                "The judge found that a caption describes nothing: it is empty, an error message or a refusal. No win is counted.",
                units="judged images",
            ),
            share_metric(
                Share(sum(outcome.state is State.FAILED for outcome in outcomes), len(outcomes)),
                "failed",
                "Failed",
                "Images without a judgement because a step failed; `judge-pipeline retry-failed` tries them again.",
            ),
            *_earlier_choices_metric(Share(len(earlier), len(chosen))),
        ),
        tables=tuple(
            table
            for table in (_failures_table(outcomes), _suspicions_table(suspected), _earlier_choices_table(earlier))
            if table.rows
        ),
        notes=(f"The table of all images has {more} more flags.",) if more > 0 else (),
    )


def _failures_table(outcomes: Sequence[Outcome]) -> Table:
    counted = Counter(
        (failure.asset, failure.kind)
        for outcome in outcomes
        if outcome.state is State.FAILED
        for failure in outcome.failures
    )
    return Table(
        "failures",
        "Why images have no judgement",
        ("step", "error", "images"),
        tuple((asset, kind, count) for (asset, kind), count in counted.most_common()),
    )


def _suspicions_table(suspected: Sequence[tuple[Outcome, str]]) -> Table:
    return Table(
        "suspicions",
        "What looks like an attempt to sway the judge",
        ("image", "why"),
        tuple((outcome.title, why) for outcome, why in suspected[:SUSPICIONS_SHOWN]),
    )


def _earlier_choices_table(earlier: Sequence[tuple[str, FinalChoice]]) -> Table:
    return Table(
        "earlier_choices",
        "Final choices for an earlier caption, which count nowhere",
        ("image", "chosen then", "when (UTC)"),
        tuple((title, choice.label, choice.decided_at) for title, choice in earlier),
    )


def _earlier_choices_metric(share: Share) -> tuple[Metric, ...]:
    """Empty if there are no such choices."""
    if not share.count:
        return ()
    return (
        share_metric(
            share,
            "earlier_choices",
            "For an earlier caption",
            "Final choices about captions that have been replaced since. They count nowhere; `judge-pipeline review` asks about "
            "these images again if they are in review.",
            units="final choices",
        ),
    )
