"""Which final choices may speak for which images, and with what inclusion probability. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from judge_pipeline.domain.drawing import Draw, inclusion_probabilities, present_round, random_number
from judge_pipeline.domain.final_choice import FinalChoice, Review
from judge_pipeline.domain.tag import Tag


class Basis(StrEnum):
    """Why an inclusion probability is known."""

    DRAWN = "drawn"
    CENSUS = "every image is decided"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class ReviewSample:
    """A sample of decided images that speaks for a population of images.

    `probabilities` are the inclusion probabilities of the decided images in the sample, `bases` say why each is known.
    `population` are the images that the sample speaks for; empty if it speaks for none.
    """

    probabilities: Mapping[Tag, float] = field(default_factory=dict)
    bases: Mapping[Tag, Basis] = field(default_factory=dict)
    population: frozenset[Tag] = frozenset()


def review_sample(
    *,
    comparable: Collection[Tag],
    choices: Mapping[Tag, FinalChoice],
    draws: Mapping[Tag, Draw],
    assume_random: bool = False,
) -> ReviewSample:
    """The sample in the final choices.

    `comparable` are the images with both captions, `choices` those about the present captions, `draws` how far the review
    has drawn. If every comparable image is decided, that is a census. Otherwise the blind answers to drawn images speak for
    the images in the drawing's frame. One that was decided elsewhere counts as not drawn; if its turn has passed, it could not
    be drawn any more and is not spoken for. With `assume_random`, the user vouches that the other choices are a random sample
    of the other images.

    A demo's script counts only as long as no person has decided anything.
    """
    decided = _counted(choices, comparable)
    if decided and len(decided) == len(comparable):
        return ReviewSample(dict.fromkeys(decided, 1.0), dict.fromkeys(decided, Basis.CENSUS), frozenset(comparable))
    elsewhere = {tag for tag, choice in choices.items() if choice.label is not None and not is_blind(decided.get(tag))}
    present = present_round(draws)
    frame = {tag: draw for tag, draw in draws.items() if tag in comparable and draw.round == present}
    answers = {tag: choice for tag, choice in decided.items() if tag not in elsewhere}
    reached = _inclusion_probabilities(frame, answers)
    drawn = {tag: reached[tag] for tag in answers if tag in reached and random_number(tag) < reached[tag]}
    passed = {tag for tag in elsewhere & reached.keys() if random_number(tag) < reached[tag]}
    population = frame.keys() - passed if drawn else set()
    probabilities, bases = dict(drawn), dict.fromkeys(drawn, Basis.DRAWN)
    if assume_random:
        rest = set(comparable) - population
        others = [tag for tag in decided if tag in rest]
        probabilities |= {tag: len(others) / len(rest) for tag in others}
        bases |= dict.fromkeys(others, Basis.ASSUMED)
        population |= rest if others else set()
    return ReviewSample(probabilities, bases, frozenset(population))


def is_blind(choice: FinalChoice | None) -> bool:
    """Whether there is an answer that was given blind."""
    return choice is not None and choice.blind


def _counted(choices: Mapping[Tag, FinalChoice], comparable: Collection[Tag]) -> dict[Tag, FinalChoice]:
    """The answers that count, people's or, if there are none, those of the demo's script."""
    answers = {
        tag: choice
        for tag in comparable
        if (choice := choices.get(tag)) is not None
        and choice.label is not None
        and choice.review is not Review.REJECTED
    }
    by_people = {tag: choice for tag, choice in answers.items() if not choice.is_scripted}
    return by_people or answers


def _inclusion_probabilities(frame: Mapping[Tag, Draw], answers: Mapping[Tag, FinalChoice]) -> dict[Tag, float]:
    rounds = {tag: choice.round for tag, choice in answers.items() if choice.round is not None}
    return inclusion_probabilities(frame, answered=answers, drawn_in=rounds)
