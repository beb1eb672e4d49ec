"""Decisions: which caption of an image is better and who decided, or why the image is left out."""

import re
from dataclasses import dataclass
from enum import StrEnum

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.final_choice import Review
from judge_pipeline.domain.outcome import Outcome, State

MARKERS = re.compile(r"<(?:image|video|audio)>|<\|[^|<>]{1,40}\|>|\[/?INST\]|</?s>", re.IGNORECASE)
"""Where LLaMA-Factory and LLaVA put a file, and the turns of the usual chat templates: `<|im_end|>`, `[INST]`, `</s>`."""


class Provenance(StrEnum):
    """Who decided, most trusted first."""

    HUMAN = "human"
    JUDGE_BOTH_ORDERS = "judge_both_orders"
    JUDGE_ONE_ORDER = "judge_one_order"
    JUDGE_SCORES = "judge_scores"
    """The choice changed with the order of the captions, so the scores decided."""
    JUDGE_PROBABILITIES = "judge_probabilities"
    """The scores were level too, so the order in which the judge was surer decided."""


TRUSTED = (Provenance.HUMAN, Provenance.JUDGE_BOTH_ORDERS, Provenance.JUDGE_ONE_ORDER)
"""What is exported by default."""


class LeftOut(StrEnum):
    """Why an image is left out; the first reason that applies counts."""

    REFRESHING = "a refresh has not finished"
    REJECTED = "rejected in review"
    HUMAN_TIE = "a person called it a tie"
    FAILED = "failed"
    NOT_JUDGED = "not judged"
    NOT_AVAILABLE = "answer not available"
    ALIKE = "the captions say the same"
    UNDECIDED = "undecided"
    EMPTY = "a caption is empty"
    NOT_ASKED_FOR = "decided in a way that was not asked for"
    MARKER = "a caption holds a marker that trainers read as more than text"


@dataclass(frozen=True, slots=True)
class Decision:
    """The caption of `winner` is the better one."""

    winner: Captioner
    provenance: Provenance


def decision(outcome: Outcome) -> Decision | LeftOut:
    """A person's choice, tie or rejection takes precedence over the judge's choice, and so does a correction of that choice.

    Choices made by the demo's script do not count.
    """
    if outcome.refreshing:
        return LeftOut.REFRESHING
    choice, judgement = outcome.final_choice, outcome.judgement
    if choice is not None and choice.is_scripted:
        choice = None
    if choice is not None and choice.review is Review.REJECTED:
        return LeftOut.REJECTED
    if choice is not None and choice.is_tie:
        return LeftOut.HUMAN_TIE
    if choice is not None and choice.choice is not None:
        return Decision(choice.choice, Provenance.HUMAN)
    if not all(correction.is_available for correction in outcome.corrections):
        return LeftOut.NOT_AVAILABLE
    if outcome.corrected_choice is not None and outcome.corrected_choice.choice is not None:
        return Decision(outcome.corrected_choice.choice, Provenance.HUMAN)
    if judgement is None:
        return LeftOut.FAILED if outcome.state is State.FAILED else LeftOut.NOT_JUDGED
    if judgement.not_available:
        return LeftOut.NOT_AVAILABLE
    if judgement.captions_alike:
        return LeftOut.ALIKE
    if judgement.choice is None:
        return LeftOut.UNDECIDED
    if judgement.decided_by_probability:
        return Decision(judgement.choice, Provenance.JUDGE_PROBABILITIES)
    by = {True: Provenance.JUDGE_BOTH_ORDERS, None: Provenance.JUDGE_ONE_ORDER, False: Provenance.JUDGE_SCORES}
    return Decision(judgement.choice, by[judgement.orders_agree])


def has_marker(*captions: Caption) -> bool:
    """Whether a trainer or tokenizer would read part of a caption as more than text: the end of a turn, an image."""
    return any(MARKERS.search(caption.text) for caption in captions)
