"""Reading the judge's answer."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from judge_pipeline.domain.answer_codec.sheet import AnswerSheet
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import AttributeAnswer, ChosenOption, ClassificationAnswer
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline_tests.domain.answers import answers_to
from judge_pipeline_tests.domain.ontologies import judge_ontologies, seed_ontology

thorough = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def read(text: str, first: Captioner, ontology: JudgeOntology | None = None) -> Ruling:
    return AnswerSheet.blank(ontology or seed_ontology(), shown_first=first).fill_in(text).ruling()


def rubric(correctness: str | None, quality: str | None, improvement: str | None = None) -> dict[str, Any]:
    return {
        "choice": "Answer available",
        "correctness_score": correctness,
        "quality_score": quality,
        "improvement_suggestion": improvement,
    }


NO_ANSWER = {"choice": "Answer not available"}
GOOD, BAD = rubric("Very accurate", "Good"), rubric("Inaccurate", "Poor", "Unlike Caption A, caption B miscounts.")


def ruling(first: Captioner, caption_a: dict[str, Any], caption_b: dict[str, Any], choice: str = "Caption A") -> Ruling:
    text = json.dumps({"caption_a": caption_a, "caption_b": caption_b, "choice": choice})
    return read(text, first)


def test_the_answer_about_caption_a_goes_to_the_captioner_shown_first() -> None:
    found = ruling(Captioner.LLM_16B, GOOD, NO_ANSWER)
    assert found.choice is Captioner.LLM_16B
    assert found.for_16b == ClassificationAnswer(
        "6/class0",
        "LLM 16B",
        (
            AttributeAnswer("6/root00", "LLM 16B", ChosenOption("6/avail0", "Answer available")),
            AttributeAnswer("6/correc", "Correctness Score", ChosenOption("6/corre4", "Very accurate")),
            AttributeAnswer("6/qualit", "Quality Score", ChosenOption("6/quali3", "Good")),
        ),
    )
    assert found.for_8b.answers == (
        AttributeAnswer("8/root00", "LLM 8B", ChosenOption("8/notava", "Answer not available")),
    )


def test_a_suggestion_that_speaks_of_caption_a_and_b_gets_the_names_people_know() -> None:
    found = ruling(Captioner.LLM_8B, GOOD, BAD)
    assert found.for_16b.answers[-1].value == "Unlike LLM 8B, LLM 16B miscounts."


def test_the_answer_is_kept_as_it_came() -> None:
    text = "<think>\ud83d</think>" + json.dumps({"caption_a": NO_ANSWER, "caption_b": NO_ANSWER, "choice": "Caption B"})
    assert read(text, Captioner.LLM_8B).text == text.replace("\ud83d", "?")


@thorough
@given(judge_ontologies(), st.sampled_from(Captioner), st.data())
def test_any_answer_that_fits_the_schema_is_a_ruling_or_lacks_only_what_encord_requires(
    ontology: JudgeOntology, first: Captioner, data: st.DataObject
) -> None:
    answer = data.draw(answers_to(AnswerSheet.blank(ontology, shown_first=first).part.schema))
    try:
        found = read(json.dumps(answer), first, ontology)
    except UnusableAnswer as unusable:
        assert all(p.endswith("an answer is required, found nothing chosen") for p in unusable.problems)  # noqa: PT017
        return
    assert found.choice is (first if answer["choice"] == "Caption A" else first.other)
    for captioner in Captioner:
        classification = ontology.classification_for(captioner)
        assert found.answer_for(captioner).feature_hash == classification.feature_hash
        assert found.answer_for(captioner).answers[0].feature_hash == classification.root.feature_hash
    written = {found.for_8b.feature_hash, found.for_16b.feature_hash, *(other.feature_hash for other in found.others)}
    assert ontology.final_choice.feature_hash not in written


def test_all_problems_are_reported_at_once_in_the_words_of_the_question() -> None:
    text = (
        '{"caption_a": {"choice": "Answer available", "correctness_score": "Perfect", "quality_score": NaN, "quality_score": 4,'
        ' "improvement_suggestion": ""}, "caption_b": "Answer not available", "choice": "Caption C", "why": "no"}'
    )
    with pytest.raises(UnusableAnswer) as unusable:
        read(text, Captioner.LLM_8B)
    quality = '"Very poor", "Poor", "Acceptable", "Good", "Very good"'
    correctness = '"Very inaccurate", "Inaccurate", "Somewhat accurate", "Accurate", "Very accurate"'
    assert unusable.value.problems == (
        "NaN is not JSON",
        'key "quality_score" stands 2 times',
        'the answer: unexpected key "why"',
        f'caption_a.correctness_score: expected one of {correctness}, found "Perfect"',
        f"caption_a.quality_score: expected one of {quality}, found 4",
        'caption_b: expected an object, found "Answer not available"',
        'choice: expected one of "Caption A", "Caption B", found "Caption C"',
    )
