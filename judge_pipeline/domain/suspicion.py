"""Suspicions: signs of an attempt to sway the judge, in a caption or in the judge's own words, and of a caption that is none.

Only the text is searched, in English and basic German, French and Spanish. Text painted into an image is noticed if a
caption or the judge repeats it. A sign is a reason to look, never to change a choice.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.refusals.detection import caveat_in
from judge_pipeline.domain.repetition import SEVERAL, Sayings
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline.domain.visible_text import visible, visible_line

AROUND = 30
"""Characters shown on either side of a sign."""


class Sign(StrEnum):
    """The kinds of signs."""

    ORDERS = "gives orders"
    SYSTEM = "claims to be the system"
    QUOTATION = "ends its quotation"
    ANSWER = "smuggles an answer"
    OTHER = "speaks of the comparison"
    INVISIBLE = "hides characters"
    CAVEAT = "speaks of what the model cannot do"
    REPEATED = "says the same of several images"
    OBEYED = "the judge speaks of orders"


_RULES = (
    r"(?:instruct\w*|prompts?|rules?|rubrics?|criteria|guidelines?|directions|anweisung\w*|instruc\w*|consignes|regeln)"
)
_RANKED = r"(?:caption|answer|description|response|one|text)"
_TOP = r"(?:highest|best|top|maximum|full|perfect)\s+(?:possible\s+)?(?:scores?|ratings?|grades?|marks?|points)"

_PATTERNS = {
    Sign.ORDERS: [
        rf"\b(?:ignor\w*|disregard\w*|forget|override|bypass|vergiss|vergessen|oubli\w*|olvid\w*)\b.{{0,40}}?\b{_RULES}\b",
        (
            rf"\b(?:choose|select|pick|prefer|vote for|favou?r|rank|wähle|choisi\w*|elige)\s+(?:only\s+)?"
            rf"(?:this|the first|the second|my|our)\s+{_RANKED}\b"
        ),
        rf"\b(?:give|assign|award|deserves|rate|score|grade)\b.{{0,40}}?\b(?:{_TOP}|10\s?/\s?10|5\s?/\s?5|very accurate|very good)\b",
        (
            r"\byou (?:must|should|have to|are required to|are to|will) (?:now )?"
            r"(?:choose|select|prefer|answer|respond|rate|score|grade|output|say|write|ignore|judge)\b"
        ),
        r"\b(?:you are (?:now|no longer)|from now on,? you|new (?:task|instructions?|rules?)\s*:)",
        r"\b(?:respond|reply|answer|output)\s+(?:only\s+)?with\b",
        r"\bdo not (?:choose|select|prefer|judge|compare|read)\s+(?:the\s+)?(?:other|caption|image)\b",
    ],
    Sign.SYSTEM: [
        (
            r"(?:^|\n|[.!?\]])\s*(?:#+\s*|\*+\s*|\[\s*|<\s*)?(?:system|assistant|developer)\s*"
            r"(?:prompt|message|note|override|update|notice|instructions?)?\s*(?:\]\s*)?:"
        ),
        r"<\|?/?(?:im_start|im_end|system|endoftext|eot_id|start_header_id|end_header_id|assistant|instructions?)\|?>",
        r"\[/?INST\]|<<?/?SYS>>?|(?:^|\n)#{2,}\s*(?:instruction|system|response)\b",
        (
            r"\b(?:dear|attention|note to|message (?:for|to)|hey)\s+(?:the\s+)?"
            r"(?:judge|evaluator|grader|rater|reviewer|assistant|model|ai|llm)\b"
        ),
        r"\bthis is (?:the|your) (?:system|developer|administrator|operator)\b|\bas (?:the|your) (?:system|administrator)\b",
    ],
    Sign.QUOTATION: [
        r"\[\[|\]\]",
        r"```",
        r"</?(?:caption|captions|data|image|text|user)[^>]{0,20}>",
        r"\bend (?:of )?(?:caption|captions|data)\b",
    ],
    Sign.ANSWER: [r"[{,]\s*[\"'][\w ]{1,40}[\"']\s*:", r"\b(?:caption_[ab]|correctness_score|quality_score)\b"],
    Sign.OTHER: [
        r"\bcaption\s*[ab]\b",
        r"\b(?:the )?(?:other|first|second) caption(?:er)?\s+(?:is|was|has|gets|lies)\b",
    ],
    Sign.OBEYED: [
        r"\bas (?:instructed|requested|ordered|commanded|told|demanded)\b",
        (
            r"\b(?:caption|image|text|sign|picture)\b.{0,30}?\b(?:asks|tells|instructs|orders|told|instructed|asked)\b.{0,20}?"
            r"\b(?:me|us|the judge|to (?:choose|select|prefer|rate|give|score))\b"
        ),
    ],
}
_COMPILED = {sign: re.compile("|".join(found), re.IGNORECASE) for sign, found in _PATTERNS.items()}
_OF_CAPTIONS = [sign for sign in _PATTERNS if sign is not Sign.OBEYED]

_INVISIBLE = re.compile(
    "[\u200b\u2060-\u2064\ufeff\u00ad\u180e\u202a-\u202e\u2066-\u2069\u3164\uffa0\U000e0100-\U000e01ef]"
    "|(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0000-\U000e007f]"
    "|(?<=[A-Za-z])[\u200c\u200d]|[\u200c\u200d](?=[A-Za-z])"
)
"""Zero-width and bidi controls, fillers, tag characters outside flags, joiners between Latin letters. The rest has
legitimate uses in emoji, Arabic, Hebrew and Persian."""


def suspicions_in(
    *, caption_8b: str, caption_16b: str, rulings: Iterable[Ruling], sayings: Sayings | None = None
) -> tuple[str, ...]:
    """One sentence for each suspicion: whose words, which sign, and the words. `sayings` are the captions of other images."""
    captions = ((Captioner.LLM_8B, caption_8b), (Captioner.LLM_16B, caption_16b))
    found = [f"{captioner}: {sign}" for captioner, caption in captions for sign in signs_in(caption)]
    found += [
        f"{captioner}: {sign}"
        for captioner, caption in captions
        for sign in repetitions_in(caption, captioner, sayings)
    ]
    judge_texts = dict.fromkeys(text for ruling in rulings for text in _texts(ruling))
    found += [f"judge: {sign}" for text in judge_texts for sign in _signs(text, [Sign.OBEYED])]
    return tuple(dict.fromkeys(found))


def signs_in(caption: str) -> tuple[str, ...]:
    """The signs in one caption, each once, with the words around it."""
    hidden = None if caption.isascii() else _INVISIBLE.search(caption)
    where = visible_line(visible(caption[max(0, hidden.start() - AROUND) : hidden.end() + AROUND])) if hidden else ""
    invisible = [f"{Sign.INVISIBLE}: {where}"] if hidden else []
    caveat = caveat_in(caption)
    return (*_signs(caption, _OF_CAPTIONS), *invisible, *([f"{Sign.CAVEAT}: {visible_line(caveat)}"] if caveat else []))


def repetitions_in(caption: str, captioner: Captioner, sayings: Sayings | None) -> tuple[str, ...]:
    """The sign of a captioner that says the same of several different images, of which it may see none."""
    images = sayings.images(captioner, caption) if sayings else 0
    return (f"{Sign.REPEATED}: {visible_line(caption)}",) if images >= SEVERAL else ()


def _signs(text: str, signs: Iterable[Sign]) -> Iterator[str]:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    for sign in signs:
        if match := _COMPILED[sign].search(plain):
            around = plain[max(0, match.start() - AROUND) : match.end() + AROUND]
            yield f"{sign}: {visible_line(around)}"


def _texts(ruling: Ruling) -> Iterator[str]:
    for classification in (ruling.for_8b, ruling.for_16b, *ruling.others):
        yield from (answer.value for answer in classification.answers if isinstance(answer.value, str))
