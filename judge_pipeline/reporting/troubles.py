"""What needs a person's eyes: captions that try to sway the judge, and images without a judgement."""

from collections import Counter
from collections.abc import Sequence

from judge_pipeline.domain.outcome import Outcome, State
from judge_pipeline.domain.statistics import Share
from judge_pipeline.reporting.figure import Section, Table, of_share

SUSPICIONS_SHOWN = 100


def troubles(outcomes: Sequence[Outcome]) -> Section:
    """Shares, and lists of what is behind them."""
    judged = [outcome for outcome in outcomes if outcome.judgement is not None]
    suspected = [(outcome, why) for outcome in judged if outcome.judgement for why in outcome.judgement.suspicions]
    failures = Counter(
        (failure.asset, failure.kind)
        for outcome in outcomes
        if outcome.state is State.FAILED
        for failure in outcome.failures
    )
    tables = [
        Table(
            "failures",
            "Why images have no judgement",
            ("step", "error", "images"),
            tuple((asset, kind, count) for (asset, kind), count in failures.most_common()),
        ),
        Table(
            "suspicions",
            "What looks like an attempt to sway the judge",
            ("image", "why"),
            tuple((outcome.title, why) for outcome, why in suspected[:SUSPICIONS_SHOWN]),
        ),
    ]
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
        ),
        tables=tuple(table for table in tables if table.rows),
        notes=(f"{more} more marks are in the table of judgements.",) if more > 0 else (),
    )
