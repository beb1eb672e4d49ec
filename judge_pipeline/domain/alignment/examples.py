"""Which pairs become examples: as many that the judge got wrong as right, balanced in what else could be read from them."""

from collections.abc import Sequence
from itertools import chain, zip_longest

from judge_pipeline.domain.alignment.alignment import Example
from judge_pipeline.domain.alignment.labelled import Labelled
from judge_pipeline.domain.captioner import Captioner

MOST_EXAMPLES = 6
"""Three of each kind. Few-shot prompts gain little from more, and each is paid for with every judgement."""


def chosen_examples(images: Sequence[Labelled]) -> tuple[Example, ...]:
    """Up to `MOST_EXAMPLES`, half of them disagreements; none without a disagreement.

    In turn the longer and the shorter caption is the better one, as far as people chose so, and the better one is Caption A and
    Caption B in turn: length and position teach nothing that people's choices do not.
    """
    clear = [each for each in images if each.people is not None]
    wrong = _by_length([each for each in clear if not each.is_agreed])[: MOST_EXAMPLES // 2]
    right = _by_length([each for each in clear if each.is_agreed])[: len(wrong)]
    chosen = [each for each in chain.from_iterable(zip_longest(wrong, right)) if each]
    return tuple(_example(each, better=1 + (number // 2 + number) % 2) for number, each in enumerate(chosen))


def _by_length(images: Sequence[Labelled]) -> list[Labelled]:
    """In turn with the longer and with the shorter caption as people's choice."""
    longer = [each for each in images if each.people is each.longer]
    shorter = [each for each in images if each.people is not each.longer]
    return [each for each in chain.from_iterable(zip_longest(longer, shorter)) if each]


def _example(image: Labelled, *, better: int) -> Example:
    is_8b = image.people is Captioner.LLM_8B
    chosen, other = (image.caption_8b, image.caption_16b) if is_8b else (image.caption_16b, image.caption_8b)
    return Example(image.tag, *((chosen, other) if better == 1 else (other, chosen)), better)
