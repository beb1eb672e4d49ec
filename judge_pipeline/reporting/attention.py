"""What needs a person's eyes: captions that try to sway the judge, images without a judgement, choices for earlier captions."""

from collections import Counter
from collections.abc import Sequence

from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.outcome import Outcome, State
from judge_pipeline.domain.statistics import Share
from judge_pipeline.reporting.metric import Metric, Section, Table, of_share

SUSPICIONS_SHOWN = 100


def troubles(outcomes: Sequence[Outcome]) -> Section:
    """Shares, and lists of what is behind them."""
    judged = [outcome for outcome in outcomes if outcome.judgement is not None]
    suspected = [(outcome, why) for outcome in judged if outcome.judgement for why in outcome.judgement.suspicions]
    answered = [each for each in outcomes if each.earlier_choice or (each.final_choice and each.final_choice.label)]
    earlier = [(each.title, each.earlier_choice) for each in answered if each.earlier_choice]
    more = len(suspected) - SUSPICIONS_SHOWN
    return Section(
        name="troubles",
        title="What needs a look",
        lead="Text inside an image or a caption can give orders to a model. The judge is told that it is data, what looks like an "
        "order is marked here, and no mark changes a choice.",
        figures=(
            of_share(
                Share(len({outcome.tag for outcome, _ in suspected}), len(judged)),
                "suspected",
                "Suspected of swaying the judge",
                "Judgements with a mark. Look at them before you trust what they say.",
                units="judged images",
            ),
            of_share(
                Share(sum(outcome.state is State.NOT_AVAILABLE for outcome in judged), len(judged)),
                "not_available",
                "A caption is no answer",
                "The judge found a caption to describe nothing: empty, an error message, a refusal. No win is counted there.",
                units="judged images",
            ),
            of_share(
                Share(sum(outcome.state is State.FAILED for outcome in outcomes), len(outcomes)),
                "failed",
                "Failed",
                "Images without a judgement because a step failed; `judge-pipeline retry-failed` tries them again.",
            ),
            *_earlier(Share(len(earlier), len(answered))),
        ),
        tables=tuple(table for table in (_failures(outcomes), _suspicions(suspected), _choices(earlier)) if table.rows),
        notes=(f"{more} more marks are in the table of judgements.",) if more > 0 else (),
    )


def _failures(outcomes: Sequence[Outcome]) -> Table:
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


def _suspicions(suspected: Sequence[tuple[Outcome, str]]) -> Table:
    return Table(
        "suspicions",
        "What looks like an attempt to sway the judge",
        ("image", "why"),
        tuple((outcome.title, why) for outcome, why in suspected[:SUSPICIONS_SHOWN]),
    )


def _choices(earlier: Sequence[tuple[str, FinalChoice]]) -> Table:
    return Table(
        "earlier_choices",
        "Final choices that were given for an earlier caption, and count nowhere",
        ("image", "chosen then", "when (UTC)"),
        tuple((title, choice.label, choice.decided_at) for title, choice in earlier),
    )


def _earlier(share: Share) -> tuple[Metric, ...]:
    """Nothing where nothing is to be looked at."""
    if not share.count:
        return ()
    return (
        of_share(
            share,
            "earlier_choices",
            "Given for an earlier caption",
            "Final choices about captions that are not beside the image any more. They count nowhere; `judge-pipeline review` asks "
            "for these images again where they are in Human Review.",
            units="final choices",
        ),
    )
