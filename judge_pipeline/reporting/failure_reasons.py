"""Failures in sentences: which step failed and why, without the names of classes."""

from collections.abc import Iterable
from dataclasses import dataclass

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.outcome import Outcome, State
from judge_pipeline.domain.tag_failure import TagFailure

STEPS = {
    "images": "Reading the image",
    **{captioner.asset_name: f"Captioning by {captioner}" for captioner in Captioner},
    "linked_text_items": "Adding the captions to Encord",
    "judgements": "Judging",
}

REASONS = {
    "UnreadableImage": "the file cannot be read as an image",
    "Refused": "the model declined to answer",
    "Filtered": "the provider's content filter stopped the question or the answer",
    "CutOff": "the answer did not fit into twice the token limit",
    "EmptyAnswer": "the model's answer was empty, twice",
    "UnusableAnswer": "the model's answer does not have the expected form",
    "ModelUnavailable": "the model's server could not answer",
    "BadRequest": "the model's server rejects the question",
    "NotMaterialized": "a step before it has no result",
    "RowRefused": "Encord does not accept it as it is",
    "AddressRefused": "its file is at an address that the pipeline does not read from",
    "NoSuchImage": "the project has no image with this Tag",
    "HumanLabelExists": "a person has already answered what the judge would write",
    "StorageBusy": "the storage behind Encord could not be reached",
    "EncordUnavailable": "Encord could not be reached",
}
"""By `TagFailure.kind`."""

OTHER = "something unexpected happened"


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """The images without a judgement that failed in the same step for the same kind of reason."""

    step: str
    reason: str
    failures: tuple[tuple[Outcome, TagFailure], ...]


def failure_groups(outcomes: Iterable[Outcome]) -> tuple[FailureGroup, ...]:
    """The failed images by step and reason, the most frequent first; an image that failed twice is in two groups."""
    found: dict[tuple[str, str], list[tuple[Outcome, TagFailure]]] = {}
    for outcome in outcomes:
        for failure in outcome.failures if outcome.state is State.FAILED else ():
            found.setdefault((_step(failure), REASONS.get(failure.kind, OTHER)), []).append((outcome, failure))
    groups = (FailureGroup(*how, tuple(failures)) for how, failures in found.items())
    return tuple(sorted(groups, key=lambda group: -len(group.failures)))


def failure_sentence(failure: TagFailure) -> str:
    """The step and the whole reason about one image."""
    return f"{_step(failure)} failed: {failure_details(failure)}"


def failure_details(failure: TagFailure) -> str:
    """The message without the title that it starts with, which is next to it; an exception's bare name says nothing."""
    message = failure.message.removeprefix(f"{failure.title!r}: ")
    return OTHER if message.endswith("()") and message[:-2].isidentifier() else message


def _step(failure: TagFailure) -> str:
    return STEPS.get(failure.asset, f"The step {failure.asset}")
