"""One paid question to each endpoint, as a run asks it: what a list of models cannot prove."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO

from PIL import Image

from judge_pipeline.cli.support.findings import Finding, Result
from judge_pipeline.domain.answer_codec.sheet import AnswerSheet
from judge_pipeline.domain.blinding import nonce_for
from judge_pipeline.domain.caption import caption_question, read_caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judge_question import judge_question
from judge_pipeline.domain.model_answer import Question, UnusableAnswer
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.engine.interruption import run_coroutine
from judge_pipeline.models.endpoint import Endpoint, lack_of_logprobs
from judge_pipeline.models.errors import ModelError, quotation
from judge_pipeline.models.images.preparation import PreparedImage, prepare_image
from judge_pipeline.models.model_client import ModelClient

SIDE = 128
"""Pixels of the picture: no more tokens than any image takes at least, and no less than every model accepts."""

CAPTIONS = ("A red square.", "A red square on blue.")


@dataclass(frozen=True, slots=True)
class Probe:
    """A question to one endpoint, and the reader that a run would give the answer to."""

    endpoint: Endpoint
    question: Question
    read: Callable[[str], object]


def caption_probe(endpoint: Endpoint, *, max_words: int) -> Probe:
    """The captioners' question."""
    return Probe(endpoint, caption_question(), partial(read_caption, max_words=max_words))


def judge_probe(endpoint: Endpoint, judge_ontology: JudgeOntology) -> Probe:
    """The judge's question, with the project's own form."""
    sheet = AnswerSheet.blank(judge_ontology, shown_first=Captioner.LLM_8B)
    nonce = nonce_for(Tag("doctor"), *CAPTIONS)
    judging = judge_question(sheet, caption_8b=CAPTIONS[0], caption_16b=CAPTIONS[1], nonce=nonce)
    return Probe(endpoint, judging, sheet.fill_in)


def probe_finding(check: str, probe: Probe, project: EncordProject | None) -> tuple[Finding, str]:
    """Asks about a drawn picture; an endpoint that is given images by URL, about the project's first image.

    Also returns the model that answered, as its server names it; empty without an answer.
    """
    by_url = probe.endpoint.images == "url"
    image = prepare_image(_drawing()) if not by_url else _image_by_url(project) if project else None
    if image is None:
        found = f"{probe.endpoint}: not asked, since the project has no image to give it by URL"
        return Finding(check, Result.NOT_CHECKED, found, ["add an image to the project"]), ""
    sentence, is_usable, model = run_coroutine(_asked(probe, image))
    return Finding(check, Result.OK if is_usable else Result.WRONG, sentence), model


async def _asked(probe: Probe, image: PreparedImage) -> tuple[str, bool, str]:
    async with ModelClient(probe.endpoint) as client:
        try:
            answer = await client.ask(probe.question, image)
        except ModelError as error:
            return str(error), False, ""
        dialect = client.dialect
    cost = "cost unknown" if answer.cost_usd is None else f"{answer.cost_usd:.5f} USD"
    supports = [
        dialect.token_limit_field,
        "a system message" if dialect.has_system_role else "no system message, so it is put in front of the question",
        *(["log-probabilities"] if answer.choice_probability is not None else []),
        *([f"answers as {dialect.answer_format}"] if probe.question.schema is not None else []),
    ]
    facts = f"{answer.seconds:.1f} s, {answer.usage.total_tokens or 'an unknown number of'} tokens, {cost}"
    start = f"{probe.endpoint} answered as {answer.model!r} ({facts}; it takes {', '.join(supports)})"
    try:
        probe.read(answer.text)
    except UnusableAnswer as error:
        return (
            f"{start}, but the answer cannot be used: {quotation(str(error))}; it was: {quotation(answer.text)}",
            False,
            answer.model,
        )
    if probe.endpoint.logprobs and answer.choice_probability is None:
        return f"{start}, but {lack_of_logprobs(probe.endpoint, 1)}", False, answer.model
    return (start if probe.question.schema is not None else f"{start}: {quotation(answer.text)}"), True, answer.model


def _drawing() -> bytes:
    """A red square on blue."""
    picture = Image.new("RGB", (SIDE, SIDE), (30, 60, 200))
    picture.paste((220, 30, 30), (SIDE // 4, SIDE // 4, SIDE * 3 // 4, SIDE * 3 // 4))
    file = BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


def _image_by_url(project: EncordProject) -> PreparedImage | None:
    """The first image of the project that Encord signs a URL for."""
    for row in project.snapshot().images.values():
        for url in project.signed_urls([row]).done.values():

            async def as_signed(_seconds: float, url: str = url) -> str:
                return url

            return replace(prepare_image(project.download(url, title=row.title)), original_url=as_signed)
    return None
