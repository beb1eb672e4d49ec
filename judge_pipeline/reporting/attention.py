"""What needs attention: captions that try to sway the judge, images without a judgement, choices for earlier captions."""

from collections.abc import Mapping, Sequence

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.outcome import Outcome, State
from judge_pipeline.domain.repetition import Sayings, share_a_word
from judge_pipeline.domain.statistics import Share
from judge_pipeline.domain.suspicion import repetitions_in, signs_in
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.failure_reasons import failure_groups
from judge_pipeline.reporting.metric import Metric, Section, Table, share_metric

SUSPICIONS_SHOWN = 100

FAILURES = "failures"
"""The table of failures; the page lists the images instead."""

UNRELATED_PAIRS = 8
"""Pairs of captions from which on it says something that most of them have no content word in common."""


def attention_section(outcomes: Sequence[Outcome]) -> Section:
    """Shares, and lists of the images behind them."""
    judged = [outcome for outcome in outcomes if outcome.judgement is not None]
    suspected = [(outcome, why) for outcome in judged if outcome.judgement for why in outcome.judgement.suspicions]
    chosen = [each for each in outcomes if each.earlier_choice or (each.final_choice and each.final_choice.label)]
    earlier = [(each.title, each.earlier_choice) for each in chosen if each.earlier_choice]
    doubts = caption_doubts(outcomes)
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
            *_doubts_metrics(outcomes, doubts),
            *_unrelated_metric(outcomes),
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
            for table in (
                _failures_table(outcomes),
                _suspicions_table(suspected),
                _doubts_table(outcomes, doubts),
                _earlier_choices_table(earlier),
            )
            if table.rows
        ),
        notes=(f"The table of all images has {more} more flags.",) if more > 0 else (),
    )


def caption_doubts(outcomes: Sequence[Outcome]) -> Mapping[Captioner, Mapping[Tag, tuple[str, ...]]]:
    """Why captions may not be captions, or try to sway the judge; what is said of several images is known from all outcomes."""
    sayings = Sayings()
    captions = [
        (captioner, outcome, caption.text)
        for outcome in outcomes
        for captioner in Captioner
        if (caption := outcome.caption_of(captioner)) is not None
    ]
    for captioner, outcome, text in captions:
        sayings.add(captioner, text, image=outcome.image.sha256 if outcome.image else outcome.tag)
    found: dict[Captioner, dict[Tag, tuple[str, ...]]] = {captioner: {} for captioner in Captioner}
    for captioner, outcome, text in captions:
        if doubts := (*signs_in(text), *repetitions_in(text, captioner, sayings)):
            found[captioner][outcome.tag] = doubts
    return found


def _doubts_metrics(
    outcomes: Sequence[Outcome], doubts: Mapping[Captioner, Mapping[Tag, tuple[str, ...]]]
) -> tuple[Metric, ...]:
    """One for each captioner with a suspected caption."""
    return tuple(
        share_metric(
            Share(len(doubts[captioner]), sum(outcome.caption_of(captioner) is not None for outcome in outcomes)),
            f"suspected_{name}",
            f"Suspected captions of {captioner}",
            "Captions that say the same of several different images, speak of what the model cannot do, or try to sway the judge.",
            units="captions",
        )
        for captioner, name in ((Captioner.LLM_8B, "8b"), (Captioner.LLM_16B, "16b"))
        if doubts[captioner]
    )


def _unrelated_metric(outcomes: Sequence[Outcome]) -> tuple[Metric, ...]:
    """Empty unless most pairs of captions have no content word in common."""
    pairs = [(each.caption_8b.text, each.caption_16b.text) for each in outcomes if each.caption_8b and each.caption_16b]
    share = Share(sum(not share_a_word(*pair) for pair in pairs), len(pairs))
    if len(pairs) < UNRELATED_PAIRS or share.count * 2 <= share.total:
        return ()
    return (
        share_metric(
            share,
            "no_common_word",
            "Captions without a common word",
            "Most captions share no content word with the other captioner's: one of them may not see the images, or the two write in "
            "different languages.",
            units="images with both captions",
        ),
    )


def _failures_table(outcomes: Sequence[Outcome]) -> Table:
    groups = failure_groups(outcomes)
    return Table(
        FAILURES,
        "Why images have no judgement",
        ("step", "why", "images"),
        tuple((group.step, group.reason, len(group.failures)) for group in groups),
    )


def _suspicions_table(suspected: Sequence[tuple[Outcome, str]]) -> Table:
    return Table(
        "suspicions",
        "What looks like an attempt to sway the judge",
        ("image", "why"),
        tuple((outcome.title, why) for outcome, why in suspected[:SUSPICIONS_SHOWN]),
    )


def _doubts_table(outcomes: Sequence[Outcome], doubts: Mapping[Captioner, Mapping[Tag, tuple[str, ...]]]) -> Table:
    """What the judgements' suspicions do not contain: they were made before the later captions of a set."""
    rows = [
        (outcome.title, f"{captioner}: {why}")
        for outcome in outcomes
        for captioner in Captioner
        for why in doubts[captioner].get(outcome.tag, ())
        if outcome.judgement is None or f"{captioner}: {why}" not in outcome.judgement.suspicions
    ]
    return Table(
        "suspected_captions", "Captions that may not be captions", ("image", "why"), tuple(rows[:SUSPICIONS_SHOWN])
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
