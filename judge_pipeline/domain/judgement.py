"""The judgement of one image: the rulings in all orders, merged into what is written to Encord and what is counted."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline.domain.score import Score, scores_in
from judge_pipeline.domain.spending import Spent
from judge_pipeline.domain.tag import Tag

LEVEL = 1e-6
"""Probabilities this close differ by rounding only."""


@dataclass(frozen=True, slots=True)
class PanelVote:
    """The vote of one judge on a panel, its orders merged.

    `judge` is its name in the settings ("JUDGE", "JUDGE__PANEL__QWEN"), `model` the name that its server reports.
    `choice` is None if it is undecided. A judge without a usable answer abstains: `abstained` says why, and there is no
    choice, score or ruling.
    """

    judge: str
    model: str
    choice: Captioner | None
    orders_agree: bool | None
    not_available: tuple[Captioner, ...]
    scores: tuple[Score, ...]
    rulings: tuple[Ruling, ...]
    abstained: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The value of a `judgements` partition.

    `answers` are written to the label row. `choice` is None when undecided; `answers` then hold no choice.
    `orders_agree` is None when only one order was asked. `not_available` lists the captioners whose caption the judge
    found not to be an answer; they have no scores. `spent` covers all calls. `panel` holds each judge's vote if several
    were asked, and is empty otherwise. `suspicions` are signs of an attempt to sway the judge, one sentence each.
    `judged_with` names the models, orders and prompts that made it. `decided_by_probability` if the orders disagreed, the scores
    were level, and the judge was surer of its choice in one order.
    """

    tag: Tag
    rulings: tuple[Ruling, ...]
    answers: tuple[ClassificationAnswer, ...]
    choice: Captioner | None
    orders_agree: bool | None
    captions_alike: bool
    not_available: tuple[Captioner, ...]
    scores: tuple[Score, ...]
    improvement_8b: str | None
    improvement_16b: str | None
    model: str
    prompt_version: str
    ontology_version: str
    spent: Spent
    panel: tuple[PanelVote, ...] = ()
    suspicions: tuple[str, ...] = ()
    judged_with: str = ""
    decided_by_probability: bool = False

    def is_outdated(self, *, judged_with: str, ontology_version: str | None) -> bool:
        """Whether different judges, orders, prompts or a different ontology made it; an unknown ontology counts as the same."""
        is_other_ontology = ontology_version is not None and self.ontology_version != ontology_version
        return self.judged_with != judged_with or is_other_ontology

    @property
    def version(self) -> str:
        """Which judge made it: the model as its server names it, what was asked for, and the ontology."""
        asked = self.judged_with or f"prompt {self.prompt_version}"
        return f"{self.model}; {asked}; ontology {self.ontology_version}"

    @property
    def score_gap(self) -> float | None:
        """From -1 (8B worst and 16B best in every criterion) to 1 (the reverse); 0 is level, None without a common criterion.

        The mean over the criteria in which both captions have a score, each criterion's positions scaled to 0 to 1.
        """
        for_8b, for_16b = (
            {each.criterion: each.position / (each.count - 1) for each in self.scores if each.captioner is captioner}
            for captioner in (Captioner.LLM_8B, Captioner.LLM_16B)
        )
        criteria = dict.fromkeys(each.criterion for each in self.scores)
        gaps = [for_8b[each] - for_16b[each] for each in criteria if each in for_8b and each in for_16b]
        return sum(gaps) / len(gaps) if gaps else None

    def score_gap_for(self, captioner: Captioner) -> float | None:
        """The score gap, positive where the scores favour this captioner."""
        gap = self.score_gap
        return gap if gap is None or captioner is Captioner.LLM_8B else -gap


def alike(one: str, other: str) -> bool:
    """Whether two captions are the same apart from case, white space and how letters are composed; a choice would mean nothing."""
    words_of_both = [unicodedata.normalize("NFC", caption).casefold().split() for caption in (one, other)]
    return words_of_both[0] == words_of_both[1]


def merge(
    rulings: Sequence[Ruling],
    *,
    tag: Tag,
    judge_ontology: JudgeOntology,
    caption_8b: str,
    caption_16b: str,
    model: str,
    prompt_version: str,
    spent: Spent,
) -> Judgement:
    """Merges one ruling, or two in opposite orders, into a judgement.

    If the orders agree, that is the choice. If they disagree, the scores decide: the sum over both rulings of the
    positions in the criteria that a ruling answers for both captions. If that is level too, the probabilities of the two
    choices decide, where both are known. If those are level as well, or the captions are alike, the image is undecided.
    Answers about a caption come from the ruling that showed it first, never from averages; all other answers come from the
    first ruling.

    Raises:
        ValueError: no rulings, more than two, or two in the same order.
    """
    orders = [ruling.shown_first for ruling in rulings]
    if not orders or len(set(orders)) < len(orders):
        raise ValueError(f"expected one ruling or two in opposite orders, found {len(orders)}: {', '.join(orders)}")
    captions_alike = alike(caption_8b, caption_16b)
    choice = None if captions_alike else _choice(rulings, judge_ontology)
    likelier = _likelier(rulings) if choice is None and not captions_alike else None
    choice = choice or likelier
    by_order = {ruling.shown_first: ruling for ruling in rulings}
    written = [by_order.get(captioner, rulings[0]).answer_for(captioner) for captioner in Captioner]
    judgement = judgement_of_answers(
        (*written, *rulings[0].others, *choice_answer(choice, judge_ontology)),
        tag=tag,
        judge_ontology=judge_ontology,
        caption_8b=caption_8b,
        caption_16b=caption_16b,
        model=model,
        prompt_version=prompt_version,
        spent=spent,
    )
    return replace(
        judgement,
        rulings=tuple(rulings),
        decided_by_probability=likelier is not None,
        orders_agree=None if len(rulings) == 1 else len({ruling.choice for ruling in rulings}) == 1,
    )


def judgement_of_answers(
    answers: tuple[ClassificationAnswer, ...],
    *,
    tag: Tag,
    judge_ontology: JudgeOntology,
    caption_8b: str,
    caption_16b: str,
    model: str,
    prompt_version: str,
    spent: Spent,
    judged_with: str = "",
) -> Judgement:
    """The judgement that consists of these answers, without the rulings behind them."""
    by_hash = {answer.feature_hash: answer for answer in answers}
    about = {captioner: by_hash[judge_ontology.classification_for(captioner).feature_hash] for captioner in Captioner}
    chosen = by_hash.get(judge_ontology.choice.feature_hash)
    value = chosen.answers[0].value if chosen and chosen.answers else None
    return Judgement(
        tag=tag,
        rulings=(),
        answers=answers,
        choice=judge_ontology.read_choice(value.label) if isinstance(value, ChosenOption) else None,
        orders_agree=None,
        captions_alike=alike(caption_8b, caption_16b),
        not_available=tuple(c for c in Captioner if not is_available(about[c], judge_ontology, c)),
        scores=tuple(score for c in Captioner for score in scores_in(about[c], judge_ontology, c)),
        improvement_8b=_improvement(about[Captioner.LLM_8B]),
        improvement_16b=_improvement(about[Captioner.LLM_16B]),
        model=model,
        prompt_version=prompt_version,
        ontology_version=judge_ontology.version,
        spent=spent,
        judged_with=judged_with,
    )


def _choice(rulings: Sequence[Ruling], judge_ontology: JudgeOntology) -> Captioner | None:
    choices = {ruling.choice for ruling in rulings}
    if len(choices) == 1:
        return choices.pop()
    lead = sum(_lead_of_8b(ruling, judge_ontology) for ruling in rulings)
    if lead == 0:
        return None
    return Captioner.LLM_8B if lead > 0 else Captioner.LLM_16B


def _likelier(rulings: Sequence[Ruling]) -> Captioner | None:
    """The caption with the higher mean probability of being chosen; None if one is unknown or they are level."""
    lead = 0.0
    for ruling in rulings:
        if ruling.probability is None:
            return None
        lead += (2 * ruling.probability - 1) * (1 if ruling.choice is Captioner.LLM_8B else -1)
    if abs(lead) < LEVEL:
        return None
    return Captioner.LLM_8B if lead > 0 else Captioner.LLM_16B


def _lead_of_8b(ruling: Ruling, judge_ontology: JudgeOntology) -> int:
    positions_8b, positions_16b = (
        {
            score.criterion: score.position
            for score in scores_in(ruling.answer_for(captioner), judge_ontology, captioner)
        }
        for captioner in (Captioner.LLM_8B, Captioner.LLM_16B)
    )
    return sum(
        positions_8b[criterion] - positions_16b[criterion] for criterion in positions_8b.keys() & positions_16b.keys()
    )


def choice_answer(choice: Captioner | None, judge_ontology: JudgeOntology) -> tuple[ClassificationAnswer, ...]:
    """The answer that is written for this choice; none if undecided."""
    if choice is None:
        return ()
    classification, option = judge_ontology.choice, judge_ontology.choice_option(choice)
    chosen = ChosenOption(option.feature_hash, option.label)
    answer = AttributeAnswer(classification.root.feature_hash, classification.title, chosen)
    return (ClassificationAnswer(classification.feature_hash, classification.title, (answer,)),)


def is_available(answer: ClassificationAnswer, judge_ontology: JudgeOntology, captioner: Captioner) -> bool:
    """False if the chosen root option has no rubric but another option has one."""
    options = judge_ontology.classification_for(captioner).root.options
    chosen = answer.answers[0].value
    without_rubric = {option.feature_hash for option in options if not option.attributes}
    has_rubric = len(without_rubric) < len(options)
    return not (has_rubric and isinstance(chosen, ChosenOption) and chosen.feature_hash in without_rubric)


def _improvement(answer: ClassificationAnswer) -> str | None:
    """The text whose title mentions improvement, or else the only text."""
    texts = [(given.title, given.value) for given in answer.answers if isinstance(given.value, str)]
    named = [text for title, text in texts if "improve" in title.casefold()]
    if named:
        return named[0]
    return texts[0][1] if len(texts) == 1 else None
