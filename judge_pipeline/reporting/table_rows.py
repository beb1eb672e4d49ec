"""The rows of the report's table of images, in the form that the page's script reads."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.outcome import Outcome, State
from judge_pipeline.domain.statistics import Verdict
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible
from judge_pipeline.reporting.failure_reasons import failure_sentence
from judge_pipeline.reporting.opinions import judge_verdict, person_verdict
from judge_pipeline.reporting.people_sample import how_chosen

IN_SCRIPT = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
"""Characters that could start or end markup inside a script element, as JSON escapes."""

AGREES, DISAGREES = "agrees", "disagrees"

GROUPS = (
    "disagreement",
    "suspected",
    State.FAILED.value,
    State.NOT_JUDGED.value,
    State.NOT_AVAILABLE.value,
    State.UNDECIDED.value,
    "orders differ",
    State.DECIDED.value,
)
"""The groups of the table, in its initial order."""


MOST_ROWS = 20_000

MOST_BYTES = 14_000_000
"""Of all rows together, without pictures: with the thumbnails and the sections the page stays below 20 MB."""


def listed_outcomes(outcomes: Sequence[Outcome], *, most: int = MOST_ROWS) -> list[Outcome]:
    """The images of the table, by group: all of them, or as many as fit, those that need attention first.

    Within the group that does not fit whole, a sample by the hash of the Tag: the same at every report, and without regard to what
    the image shows.
    """
    if len(outcomes) > most:
        outcomes = sorted(outcomes, key=lambda each: hashlib.sha256(each.tag.encode(errors="replace")).digest())
        outcomes = sorted(outcomes, key=lambda each: GROUPS.index(group_of(each)))[:most]
        outcomes = sorted(outcomes, key=lambda each: (each.title, each.tag))
    return sorted(outcomes, key=lambda each: GROUPS.index(group_of(each)))


def table_rows(
    outcomes: Sequence[Outcome],
    thumbnails: Mapping[Tag, str],
    data_hashes: Mapping[Tag, str],
    *,
    most_bytes: int = MOST_BYTES,
) -> list[str]:
    """The JSON of each image's row, as many as fit in `most_bytes`. Invisible characters in text from outside are written out."""
    rows = []
    for each in outcomes:
        thumbnail = thumbnails.get(each.tag, "")
        row = in_script(_row(each, thumbnail, data_hashes.get(each.tag, "")))
        most_bytes -= len(row) - len(thumbnail) + 1
        if most_bytes < 0:
            break
        rows.append(row)
    return rows


def in_script(data: Mapping[str, Any]) -> str:
    """JSON for a script element of the page."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character, escaped in IN_SCRIPT.items():  # `str.translate` takes ten times as long
        text = text.replace(character, escaped)
    return text.encode(errors="backslashreplace").decode()


def group_of(outcome: Outcome) -> str:
    """The group of an image."""
    with_people = _compare(judge_verdict(outcome), person_verdict(outcome.final_choice))
    return _group(outcome, with_people, is_suspected=bool(outcome.judgement and outcome.judgement.suspicions))


def _row(outcome: Outcome, thumbnail: str, data_hash: str) -> dict[str, Any]:
    judgement, choice = outcome.judgement, outcome.final_choice
    judged, person = judge_verdict(outcome), person_verdict(choice)
    with_people = _compare(judged, person)
    suspicions = [visible(why) for why in judgement.suspicions] if judgement else []
    return {
        "title": visible(outcome.title),
        "tag": visible(outcome.tag),
        "hash": data_hash,
        "thumbnail": thumbnail,
        "group": group_of(outcome),
        "state": outcome.state.value,
        "winner": None if outcome.winner is None else outcome.winner.value,
        "people": with_people,
        "person": None if person is Verdict.MISSING else (choice.choice.value if choice and choice.choice else "tie"),
        "review": choice.review.value if choice else None,
        "chosen": f"chosen: {how_chosen(choice)}" if choice and person is not Verdict.MISSING else "",
        "earlier": _earlier(outcome.earlier_choice),
        "captions": [_caption(outcome, captioner) for captioner in Captioner],
        "how": _how(outcome),
        "gap": None if not judgement else _gap(outcome),
        "failures": [visible(failure_sentence(each)) for each in outcome.failures],
        "suspicions": suspicions,
        "corrected": [
            visible(f"{each.answer.title}: {each.summary}{earlier}")
            for corrections, earlier in (
                (outcome.corrections, ""),
                (outcome.earlier_corrections, " (for an earlier caption)"),
            )
            for each in corrections
        ],
    }


def _earlier(choice: FinalChoice | None) -> str | None:
    """What was chosen for an earlier caption."""
    return None if choice is None or choice.label is None else visible(choice.label)


def _caption(outcome: Outcome, captioner: Captioner) -> dict[str, Any]:
    caption, judgement = outcome.caption_of(captioner), outcome.judgement
    scores = [score for score in judgement.scores if score.captioner is captioner] if judgement else []
    corrected = {
        (score.criterion, score.count): f"{visible(score.label)} ({score.position + 1} of {score.count})"
        for correction in outcome.corrections
        for score in correction.scores
        if score.captioner is captioner
    }
    improvement = None
    if judgement:
        improvement = judgement.improvement_8b if captioner is Captioner.LLM_8B else judgement.improvement_16b
    return {
        "text": visible(caption.text) if caption else None,
        "scores": [
            [
                visible(each.criterion),
                visible(each.label),
                each.position + 1,
                each.count,
                corrected.get((each.criterion, each.count)),
            ]
            for each in scores
        ],
        "no_answer": bool(judgement and captioner in judgement.not_available),
        "improvement": visible(improvement) if improvement else None,
    }


def _compare(judged: Verdict, person: Verdict) -> str | None:
    if judged.points is None or person.points is None:
        return None
    return AGREES if judged is person else DISAGREES


def _group(outcome: Outcome, with_people: str | None, *, is_suspected: bool) -> str:
    if with_people == DISAGREES:
        return "disagreement"
    if is_suspected:
        return "suspected"
    if outcome.state is State.DECIDED and outcome.judgement and outcome.judgement.orders_agree is False:
        return "orders differ"
    return outcome.state.value


def _how(outcome: Outcome) -> str:
    """How the judge made its choice."""
    judgement = outcome.judgement
    if judgement is None:
        return ""
    if judgement.captions_alike:
        return "Both captions say the same."
    if judgement.panel:
        votes = [vote.choice for vote in judgement.panel if not vote.abstained]
        counts = ", ".join(f"{votes.count(captioner)} for {captioner}" for captioner in Captioner)
        return f"{len(votes)} judges: {counts}."
    if judgement.orders_agree is None:
        return "Asked in one order only."
    if judgement.orders_agree:
        return "Both orders agree."
    if judgement.decided_by_probability:
        return "The orders disagree and the scores are equal; the surer choice decides."
    return "The orders disagree" + ("; the scores decide." if judgement.choice else " and the scores are equal.")


def _gap(outcome: Outcome) -> float | None:
    gap = outcome.judgement.score_gap if outcome.judgement else None
    return None if gap is None else round(abs(gap), 3)
