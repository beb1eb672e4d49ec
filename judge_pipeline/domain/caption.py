"""Captions: asking for one, and reading the answer."""

from dataclasses import dataclass

from judge_pipeline.domain.answer_text import answer_text
from judge_pipeline.domain.caption_text import caption_text, says_nothing
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.model_answer import Question, UnusableAnswer
from judge_pipeline.domain.prompts import prompt
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.word_count import count_words

CAPTION_WORDS = 20
"""The seed notebook's limit: "Keep it within 20 words"."""

CAPTION_TOKENS = 300
"""Enough for 20 words of any language, and for a model that starts too long; a cut-off answer is detected, not used."""

REASONING_TOKENS = 2_000
"""Extra room for a model that thinks before it answers."""


@dataclass(frozen=True, slots=True)
class Caption:
    """What one captioner said of one image: the value of a `captions_8b` or `captions_16b` partition.

    `spent` covers all the calls it took.
    """

    tag: Tag
    captioner: Captioner
    text: str
    model: str
    prompt_version: str
    spent: Spent


def caption_question() -> Question:
    """The question for a caption, in the seed notebook's words."""
    return Question(
        system=prompt("caption_system").text, text=prompt("caption").text, max_tokens=CAPTION_TOKENS + REASONING_TOKENS
    )


def read_caption(text: str, *, max_words: int = CAPTION_WORDS) -> str:
    """The caption in an answer: `answer_text` takes off thinking and markers, `caption_text` what stands around the caption.

    Raises:
        UnusableAnswer: it is empty, has more than `max_words` words or more than one paragraph, or cannot be written to a file.
    """
    caption = caption_text(answer_text(text))
    problems = []
    if says_nothing(caption):
        problems.append("the caption is empty")
    if (words := count_words(caption)) > max_words:
        problems.append(f"the caption has {words} words, at most {max_words} are allowed")
    if "\n\n" in caption:
        problems.append("the caption has several paragraphs, one sentence was asked for")
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in caption):
        problems.append("the caption holds a null character or half of a surrogate pair, which no file can hold")
    if problems:
        raise UnusableAnswer(problems)
    return caption
