"""What people have corrected: their word on single images and criteria, next to what the judge says. Describes, infers nothing."""

from collections import defaultdict
from collections.abc import Sequence

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.correction import Correction
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.score import Score
from judge_pipeline.domain.statistics import Share
from judge_pipeline.reporting.metric import Metric, Section, Table

CORRECTIONS_SHOWN = 100

LIST_COLUMNS = ("image", "label", "people say", "the judge says now", "when (UTC)")

NOTHING = "–"

Scale = tuple[Captioner, str, int]
"""The caption that is scored, the criterion, and the number of its options."""

NOT_A_SAMPLE = (
    "People correct what they happen to see and find wrong. A score that no one has corrected is not a confirmed one, so "
    "neither the judge's agreement with people nor its error rate follows from these numbers, and no other number of this "
    "report includes them. `judge-pipeline review` measures the agreement."
)


def corrections_section(outcomes: Sequence[Outcome]) -> Section | None:
    """Counts, scores side by side, and the list of what people say; None if no one has corrected anything."""
    judged = [outcome for outcome in outcomes if outcome.judgement is not None]
    corrected = [outcome for outcome in judged if outcome.corrections]
    earlier = sum(len(outcome.earlier_corrections) for outcome in outcomes)
    if not corrected and not earlier:
        return None
    share = Share(len(corrected), len(judged))
    listed = [(outcome, correction) for outcome in corrected for correction in outcome.corrections]
    rows = tuple(_listed(*each) for each in listed[:CORRECTIONS_SHOWN])
    tables = (_scores_table(judged), Table("corrections", "What people say instead", LIST_COLUMNS, rows))
    return Section(
        name="corrected",
        title="What people have corrected",
        lead="A label of the judge that a person has edited or replaced in Encord is that person's word on this image and criterion. "
        "It stays, whatever the judge says later.",
        metrics=(
            Metric(
                "corrected",
                "Corrected by a person",
                "Judged images with at least one label that a person has edited or replaced.",
                share.value,
                n=share.total,
                units="judged images",
                undefined=share.undefined or "the interval: people chose what to correct",
            ),
        ),
        tables=tuple(table for table in tables if table.rows),
        notes=(
            NOT_A_SAMPLE,
            *_note(
                earlier, "about captions that have been replaced since; the labels stay in Encord and count nowhere"
            ),
            *_note(
                sum(correction.corrected is None for _, correction in listed),
                "to labels of which it is not known what the judge had said: their scores are not compared",
            ),
            *_note(len(listed) - CORRECTIONS_SHOWN, "not listed here: the table of all images has them"),
        ),
    )


LIST_COLUMNS = ("image", "label", "people say", "the judge says now", "when (UTC)")


def _listed(outcome: Outcome, correction: Correction) -> tuple[str, ...]:
    said = [
        correction.said(each.title, each.text)
        for answer in (outcome.judgement.answers if outcome.judgement else ())
        if answer.feature_hash == correction.answer.feature_hash
        for each in answer.answers
        if each.feature_hash in (correction.corrected or ())
    ]
    return (
        outcome.title,
        correction.answer.title,
        correction.summary,
        ", ".join(said) or NOTHING,
        correction.at or NOTHING,
    )


def _scores_table(judged: Sequence[Outcome]) -> Table:
    """A row for each caption and criterion with a corrected score, and one for the judge's choice."""
    rows: list[tuple[str | int | float | None, ...]] = []
    for scale, pairs in _corrected_scores(judged).items():
        captioner, criterion, _ = scale
        by_judge = sum(_scale(score) == scale for each in judged if each.judgement for score in each.judgement.scores)
        compared = [(person, judge) for person, judge in pairs if judge is not None]
        signs = [(person > judge) - (person < judge) for person, judge in compared]
        means = [_mean([judge for _, judge in compared]), _mean([person for person, _ in compared])]
        rows.append(
            (f"{captioner}: {criterion}", by_judge, len(pairs), signs.count(1), signs.count(-1), signs.count(0), *means)
        )
    choices = [
        (correction, outcome.judgement.choice)
        for outcome in judged
        if outcome.judgement and (correction := outcome.corrected_choice)
    ]
    if choices:
        same = sum(correction.choice is choice for correction, choice in choices)
        rows.append((choices[0][0].answer.title, len(judged), len(choices), NOTHING, NOTHING, same, NOTHING, NOTHING))
    return Table(
        "corrected_scores",
        "Corrected answers next to the judge's present ones; the means are over the corrected ones only",
        (
            "",
            "by the judge",
            "corrected",
            "people higher",
            "people lower",
            "the same now",
            "judge's mean",
            "people's mean",
        ),
        tuple(rows),
    )


def _corrected_scores(judged: Sequence[Outcome]) -> dict[Scale, list[tuple[int, int | None]]]:
    """The positions that a person and the judge give; the judge's is None if it gives none on the same scale."""
    found: dict[Scale, list[tuple[int, int | None]]] = defaultdict(list)
    for outcome in judged:
        of_judge = {_scale(score): score.position for score in (outcome.judgement.scores if outcome.judgement else ())}
        for score in (score for correction in outcome.corrections for score in correction.scores):
            found[_scale(score)].append((score.position, of_judge.get(_scale(score))))
    return found


def _scale(score: Score) -> Scale:
    return score.captioner, score.criterion, score.count


def _mean(positions: Sequence[int]) -> float | None:
    return round(sum(positions) / len(positions) + 1, 2) if positions else None


def _note(count: int, what: str) -> tuple[str, ...]:
    return (f"{count} correction{'s are' if count != 1 else ' is'} {what}.",) if count > 0 else ()
