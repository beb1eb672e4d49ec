"""How images are drawn for review, with known inclusion probabilities. Pure.

Every image has a permanent random number, a hash of its Tag, and a weight. People see the images in the order of number
divided by weight and may stop anywhere. All images with a number below weight times the threshold that was reached have
then been drawn, so that this product, at most 1, is the inclusion probability. Equal weights draw a simple random sample, however
many people review it and in however many sittings.

The threshold is the first ratio that was not reached, which makes Horvitz-Thompson totals unbiased (bottom-k sampling).
Sources: E. Ohlsson, Coordination of samples using permanent random numbers (1995) and Sequential Poisson sampling, Journal
of Official Statistics 14 (1998), 149-162; N. Duffield, C. Lund and M. Thorup, Priority sampling for estimation of
arbitrary subset sums, Journal of the ACM 54 (2007).
"""

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from judge_pipeline.domain.tag import Tag


class Drawing(StrEnum):
    """Why a person was asked about an image."""

    RANDOM = "random"
    STRATIFIED = "stratified"
    DISAGREEMENTS = "disagreements"
    BY_HAND = "by hand"


class Order(StrEnum):
    """Which images come first."""

    RANDOM = "random"
    STRATIFIED = "stratified"
    """Those that the judge's scores leave in doubt come more often: the corrected win rate needs fewer answers."""

    AUDIT = "audit"
    """Those below the gap of the auto-accept rule, and a random share of the accepted ones."""

    DISAGREEMENTS = "disagreements"


@dataclass(frozen=True, slots=True)
class Asked:
    """How a person came to be asked about an image; kept with the answer. See `FinalChoice` for the fields."""

    drawn: Drawing | None = None
    round: int | None = None
    sitting: str | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """How far drawing has come for one image.

    `weight` is its weight in the `round`, and `reached` its inclusion probability after the rounds before.
    """

    weight: float
    reached: float = 0.0
    round: int = 1


def random_number(tag: Tag) -> float:
    """The permanent random number of an image, uniform from 0 up to 1."""
    digest = hashlib.sha256(f"review sample {tag}".encode()).digest()
    return (int.from_bytes(digest[:8]) >> 11) / 2**53


def in_drawing_order(tags: Iterable[Tag], draws: Mapping[Tag, Draw], *, first: Collection[Tag] = ()) -> list[Tag]:
    """The images in the order in which they are drawn, those in `first` before the others."""
    return sorted(tags, key=lambda tag: (tag not in first, rank(tag, draws), tag))


def present_round(draws: Mapping[Tag, Draw]) -> int:
    """The number of the latest round; 0 before the first."""
    return max((draw.round for draw in draws.values()), default=0)


def next_round(
    draws: Mapping[Tag, Draw],
    weights: Mapping[Tag, float],
    *,
    answered: Collection[Tag],
    drawn_in: Mapping[Tag, int],
) -> dict[Tag, Draw]:
    """The draws to save before images with these weights are drawn; empty if the present round already has them.

    `weights` holds all images that wait or are answered; `answered` those with a blind answer about their captions, and
    `drawn_in` the round in which each answer was drawn. An image that is no longer in `weights` leaves the frame: it keeps
    what its last round has reached.
    """
    number = present_round(draws)
    present = {tag: draw.weight for tag, draw in draws.items() if draw.round == number}
    if number and present == dict(weights):
        return {}
    reached = inclusion_probabilities(draws, answered=answered, drawn_in=drawn_in)
    return {tag: Draw(weight, reached.get(tag, 0.0), number + 1) for tag, weight in weights.items()}


def inclusion_probabilities(
    draws: Mapping[Tag, Draw], *, answered: Collection[Tag], drawn_in: Mapping[Tag, int]
) -> dict[Tag, float]:
    """The probability with which each image in the frame of the present round has been drawn so far, in all rounds.

    An image has been drawn if its random number is below that. See `next_round` for the arguments.
    """
    number = present_round(draws)
    present = {tag: draw for tag, draw in draws.items() if draw.round == number}
    threshold = _threshold(present, answered=set(answered), drawn_in=drawn_in, number=number)
    return {tag: max(draw.reached, min(1.0, draw.weight * threshold)) for tag, draw in present.items()}


def _threshold(
    present: Mapping[Tag, Draw], *, answered: Collection[Tag], drawn_in: Mapping[Tag, int], number: int
) -> float:
    """The first rank behind the last answer drawn in this round; infinite if there is none, 0 if nothing has been drawn.

    An image that was passed over (put off, or open in another tab) does not lower it: it counts as not answered.
    """
    unanswered = [rank(tag, present) for tag in present if tag not in answered]
    if not unanswered:
        return math.inf
    last = max((rank(tag, present) for tag in answered if drawn_in.get(tag) == number and tag in present), default=0.0)
    return min((rank for rank in unanswered if rank > last), default=math.inf) if last else 0.0


def rank(tag: Tag, draws: Mapping[Tag, Draw]) -> float:
    """The place of an image in the order of drawing: its random number divided by its weight."""
    return random_number(tag) / draws[tag].weight if tag in draws else math.inf
