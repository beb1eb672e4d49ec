"""Images, captions, judgements and failures for reports, as short as a test wants to write them."""

from collections.abc import Iterable, Mapping, Sequence

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.correction import Correction, Corrections
from judge_pipeline.domain.drawing import Draw, Drawing, in_drawing_order, next_round
from judge_pipeline.domain.final_choice import TIE, FinalChoice, Review
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.outcome import outcomes
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline.domain.score import Score
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.tag_failure import TagFailure
from judge_pipeline.reporting.report import Report

A, B = Captioner.LLM_8B, Captioner.LLM_16B
CORRECTNESS = ("Very inaccurate", "Inaccurate", "Somewhat accurate", "Accurate", "Very accurate")


def failed(asset: str, tag: Tag, kind: str, message: str) -> TagFailure:
    return TagFailure(asset, tag, f"{tag}.jpg", kind, message, run_id=None, failed_at="2026-01-01T00:00:00+00:00")


def image(tag: Tag, *, title: str | None = None) -> Image:
    return Image(
        tag=tag,
        title=title or f"{tag}.jpg",
        item_uuid="i",
        data_hash="d",
        sha256="s",
        width=640,
        height=480,
        thumbnail="",
    )


def caption(
    tag: Tag,
    captioner: Captioner,
    text: str = "A cat on a mat.",
    *,
    model: str = "m",
    prompt_tokens: int | None = 100,
    cost_usd: float | None = 0.5,
) -> Caption:
    return Caption(
        tag=tag,
        captioner=captioner,
        text=text,
        model=model,
        prompt_version="v",
        spent=Spent(prompt_tokens, 10, cost_usd, 1.5, None, None),
    )


def judgement(
    tag: Tag,
    choice: Captioner | None,
    *,
    orders_agree: bool | None = True,
    captions_alike: bool = False,
    not_available: tuple[Captioner, ...] = (),
    scores: Sequence[Score] = (),
    improvement: str | None = None,
    model: str = "j",
    judged_with: str = "",
) -> Judgement:
    return Judgement(
        tag=tag,
        rulings=(),
        answers=(),
        choice=choice,
        orders_agree=orders_agree,
        captions_alike=captions_alike,
        not_available=not_available,
        scores=tuple(scores),
        improvement_8b=improvement,
        improvement_16b=None,
        model=model,
        prompt_version="v",
        ontology_version="o",
        spent=Spent(1000, 100, 0.25, 2.0, None, None),
        judged_with=judged_with,
    )


def person(
    tag: Tag,
    choice: Captioner | None,
    *,
    blind: bool = True,
    review: Review = Review.OPEN,
    drawn: Drawing | None = Drawing.RANDOM,
) -> FinalChoice:
    """A person's choice, blind and drawn in the first round unless said otherwise; none is a tie."""
    is_drawn = blind and drawn in (Drawing.RANDOM, Drawing.STRATIFIED)
    return FinalChoice(
        tag,
        choice,
        choice.value if choice else TIE,
        review,
        blind=blind,
        drawn=drawn if blind or drawn is None else Drawing.BY_HAND,
        round=1 if is_drawn else None,
    )


def drawing_order(draws: Mapping[Tag, Draw]) -> list[Tag]:
    """The images in the order in which `review` shows them."""
    return in_drawing_order(draws, draws)


def first_round(tags: Iterable[Tag], weights: Mapping[Tag, float] | None = None) -> dict[Tag, Draw]:
    """The first round of drawing all these images; at random without weights."""
    return next_round({}, {tag: (weights or {}).get(tag, 1.0) for tag in tags}, answered=(), drawn_in={})


def ruling(choice: Captioner, *, shown_first: Captioner) -> Ruling:
    nothing = ClassificationAnswer("h", "t", ())
    return Ruling(shown_first, nothing, nothing, (), choice, text="{}")


def correctness(captioner: Captioner, position: int) -> Score:
    return Score(captioner, "Correctness Score", CORRECTNESS[position], position, len(CORRECTNESS))


def corrected(tag: Tag, *scores: Score, given_for: tuple[str, ...] | None = None) -> Corrections:
    """A person's own scores; each is the only corrected attribute of its label."""
    return Corrections(
        tag,
        tuple(
            Correction(
                ClassificationAnswer(
                    score.captioner.value,
                    score.captioner.value,
                    (AttributeAnswer(score.criterion, score.criterion, ChosenOption(score.label, score.label)),),
                ),
                corrected=(score.criterion,),
                scores=(score,),
                given_for=given_for,
                captioner=score.captioner,
            )
            for score in scores
        ),
    )


def report_on(
    *,
    images: Mapping[Tag, Image] | None = None,
    captions_8b: Mapping[Tag, Caption] | None = None,
    captions_16b: Mapping[Tag, Caption] | None = None,
    judgements: Mapping[Tag, Judgement] | None = None,
    final_choices: Mapping[Tag, FinalChoice] | None = None,
    failures: Sequence[TagFailure] = (),
    corrections: Mapping[Tag, Corrections] | None = None,
    draws: Mapping[Tag, Draw] | None = None,
    assume_random: bool = False,
    judged_with: str | None = None,
) -> Report:
    """A report on every image that any of these know."""
    return Report(
        outcomes(
            images=images or {},
            captions_8b=captions_8b or {},
            captions_16b=captions_16b or {},
            judgements=judgements or {},
            final_choices=final_choices or {},
            failures=failures,
            linked_text_items={},
            corrections=corrections or {},
            draws=draws or {},
            assume_random=assume_random,
        ),
        judged_with=judged_with,
    )


def report_of(*judgements: Judgement, failures: Sequence[TagFailure] = ()) -> Report:
    """A report on images that all have both captions."""
    tags = {each.tag for each in judgements} | {each.tag for each in failures}
    return report_on(
        images={tag: image(tag) for tag in tags},
        captions_8b={tag: caption(tag, A) for tag in tags},
        captions_16b={tag: caption(tag, B) for tag in tags},
        judgements={each.tag: each for each in judgements},
        failures=failures,
    )


def decided(*, wins_8b: int, wins_16b: int) -> Report:
    """A report on decided images only."""
    choices = [A] * wins_8b + [B] * wins_16b
    return report_of(*(judgement(Tag(f"t{number:03}"), choice) for number, choice in enumerate(choices)))
