"""Further reviewers: their opinions are kept in the store, and adjudication settles the Final Choice where they differ."""

from dataclasses import asdict, replace

from judge_pipeline.domain.drawing import Asked
from judge_pipeline.domain.final_choice import FinalChoice, Opinion
from judge_pipeline.encord_project.final_choices import new_answer_hash
from judge_pipeline.review.choice_writer import FINAL_CHOICES, WRITE_CHOICE, ChoiceWriter, already_answered, in_encord
from judge_pipeline.review.comparison import Answer, Comparison
from judge_pipeline.review.errors import AlreadyAnswered, NothingToUndo


def save_opinion(writer: ChoiceWriter, comparison: Comparison, answer: Answer, asked: Asked) -> FinalChoice:
    """Stores what a further reviewer says. Encord keeps the first answer; it is not touched.

    Raises:
        AlreadyAnswered: the first answer is gone or about other captions, or this reviewer has given an opinion.
        ImageBusy: a run is working on the image.
    """
    with writer.lease(comparison.tag, comparison.image) as lease:
        known = _answered(writer, comparison)
        reviewer = writer.reviewer or ""
        if reviewer in known.reviewers:
            raise already_answered(comparison.image, reviewer)
        opinion = Opinion(reviewer, answer.choice, answer.label, writer.now().isoformat(), asked.sitting)
        choice = known.with_opinion(opinion)
        writer.records.save_result(FINAL_CHOICES, lease, choice)
        return choice


def withdraw_opinion(writer: ChoiceWriter, comparison: Comparison) -> None:
    """Removes this reviewer's opinion.

    Raises:
        NothingToUndo: it is gone, or someone has adjudicated since.
    """
    with writer.lease(comparison.tag, comparison.image) as lease:
        known = writer.known(comparison.tag)
        reviewer = writer.reviewer or ""
        if known is None or reviewer not in known.reviewers[1:] or known.is_adjudicated:
            raise NothingToUndo(f"{comparison.image.title!r} has no opinion of yours that can be taken back")
        writer.records.save_result(FINAL_CHOICES, lease, known.without_opinion_of(reviewer))


def adjudicate(writer: ChoiceWriter, comparison: Comparison, answer: Answer) -> FinalChoice:
    """Makes this answer the Final Choice, in Encord and in the store, in the place of the first reviewer's.

    How the image was drawn and all opinions stay. Safe to repeat: until the store has the answer, the image is disputed.

    Raises:
        AlreadyAnswered: the answer in Encord is no longer the first reviewer's, or the captions have been replaced.
        ImageBusy: a run is working on the image.
    """
    with writer.lease(comparison.tag, comparison.image) as lease:
        known = _answered(writer, comparison)
        intended = {
            "label": answer.label,
            "answer_hash": new_answer_hash(),
            "by": writer.reviewer or known.decided_by,
            "at": writer.now().isoformat(),
            "given_for": list(comparison.text_uuids),
            "drawn": known.drawn,
            **{name: getattr(known, name) for name in ("round", "sitting", "judgement_version")},
            "opinions": [asdict(opinion) for opinion in known.opinions],
        }
        choice = replace(
            known,
            choice=answer.choice,
            label=answer.label,
            decided_by=intended["by"],
            decided_at=intended["at"],
            is_adjudicated=True,
        )
        if answer.label != known.label:
            writer.write(comparison, answer, lease, intended, outdated=known, is_always_intended=True)
            choice = replace(choice, **in_encord(answer, intended))
        writer.records.save_result(FINAL_CHOICES, lease, choice)
        writer.records.clear_intent(WRITE_CHOICE, lease)
        return choice


def _answered(writer: ChoiceWriter, comparison: Comparison) -> FinalChoice:
    known = writer.known(comparison.tag)
    if known is None or known.label is None or not known.is_given_for(comparison.text_uuids):
        raise AlreadyAnswered(
            f"the first answer about {comparison.image.title!r} is gone; it comes again as a new image"
        )
    return known
