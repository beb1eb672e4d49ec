"""Notes on how people choose: asking a model for them, with the judge's answers next to people's, and reading them."""

import hashlib
import json
from collections.abc import Sequence
from itertools import chain, zip_longest
from string import Template

from judge_pipeline.domain.alignment.labelled import Labelled
from judge_pipeline.domain.answer_codec.json_object import read_json_object
from judge_pipeline.domain.blinding import Blinding, nonce_for
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.model_answer import Question, UnusableAnswer
from judge_pipeline.domain.prompts import prompt
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import delimited, visible_line

MOST_NOTES = 5
MOST_CHARACTERS = 300
"""Of one note. All notes are part of every judgement's question."""

MOST_DIFFERING = 16
MOST_AGREEING = 8
"""Pairs shown: about 3,000 tokens. What people and the judge agree on keeps a note from undoing it."""

NOTES_TOKENS = 1_000
THINKING_TOKENS = 4_000
"""Extra room for a model that thinks before it answers."""

SCHEMA = {
    "type": "object",
    "properties": {"notes": {"type": "array", "items": {"type": "string"}}},
    "required": ["notes"],
    "additionalProperties": False,
}


def notes_question(images: Sequence[Labelled], judge_ontology: JudgeOntology) -> Question | None:
    """The question for notes on these images; None unless people and the judge differ on one.

    Captioners are hidden as from the judge. Which caption is A changes from pair to pair.
    """
    clear = sorted((each for each in images if each.people is not None), key=_drawn)
    differing = [each for each in clear if not each.is_agreed][:MOST_DIFFERING]
    agreeing = [each for each in clear if each.is_agreed][:MOST_AGREEING]
    if not differing:
        return None
    shown = [each for each in chain.from_iterable(zip_longest(differing, agreeing)) if each]
    texts = [text for each in shown for text in (each.caption_8b, each.caption_16b, *_improvements(each).values())]
    nonce = nonce_for(Tag("alignment notes"), *texts)
    pairs = [
        _pair(number, each, Blinding(judge_ontology, list(Captioner)[number % 2]), nonce)
        for number, each in enumerate(shown, start=1)
    ]
    text = Template(prompt("alignment_notes").text).substitute(
        pairs="\n\n".join(pairs), most=MOST_NOTES, schema=json.dumps(SCHEMA)
    )
    return Question(
        prompt("alignment_notes_system").text,
        text,
        NOTES_TOKENS + THINKING_TOKENS,
        schema=SCHEMA,
        schema_name="notes",
    )


def read_notes(text: str, judge_ontology: JudgeOntology) -> tuple[str, ...]:
    """The notes in an answer, each on one line. One that names a captioner is left out: the judge must not know them.

    Raises:
        UnusableAnswer: not a JSON object with a list of texts, or too many or too long ones.
    """
    found, problems = read_json_object(text)
    notes = found.get("notes")
    if not isinstance(notes, list) or not all(isinstance(each, str) for each in notes):
        raise UnusableAnswer([*problems, "notes: expected a list of texts"])
    lines = [line for line in map(visible_line, notes) if line]
    if len(lines) > MOST_NOTES:
        problems.append(f"there are {len(lines)} notes, at most {MOST_NOTES} are allowed")
    problems += [
        f"note {number} has {len(line)} characters, at most {MOST_CHARACTERS} are allowed"
        for number, line in enumerate(lines, start=1)
        if len(line) > MOST_CHARACTERS
    ]
    if problems:
        raise UnusableAnswer(problems)
    blinding = Blinding(judge_ontology, Captioner.LLM_8B)
    return tuple(line for line in dict.fromkeys(lines) if blinding.hide(line) == line)


def _pair(number: int, image: Labelled, blinding: Blinding, nonce: str) -> str:
    captions = {Captioner.LLM_8B: image.caption_8b, Captioner.LLM_16B: image.caption_16b}
    order = (blinding.shown_first, blinding.shown_first.other)
    improvements = _improvements(image)
    lines = [
        *(
            delimited(f"PAIR {number} {blinding.name_for(each).upper()}", blinding.hide(captions[each]), nonce)
            for each in order
        ),
        f"The judge chose {_named(image.judgement.choice, blinding)}{_scores(image, blinding)}.",
        *(
            f"It said of {blinding.name_for(each)}:\n"
            + delimited(f"PAIR {number} REMARK", blinding.hide(improvements[each]), nonce)
            for each in order
            if each in improvements
        ),
        f"People chose {_named(image.people, blinding)}.",
    ]
    return "\n".join([f"Pair {number}", *lines])


def _named(choice: Captioner | None, blinding: Blinding) -> str:
    return "neither" if choice is None else blinding.name_for(choice)


def _scores(image: Labelled, blinding: Blinding) -> str:
    gap = image.judgement.score_gap_for(blinding.shown_first)
    return "" if gap is None else f", with its scores {gap:+.2f} for Caption A on a scale from -1 to 1"


def _improvements(image: Labelled) -> dict[Captioner, str]:
    found = ((Captioner.LLM_8B, image.judgement.improvement_8b), (Captioner.LLM_16B, image.judgement.improvement_16b))
    return {captioner: text for captioner, text in found if text}


def _drawn(image: Labelled) -> str:
    return hashlib.sha256(f"alignment notes {image.tag}".encode()).hexdigest()
