"""What is read is what was saved, whatever the text holds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.classification_answer import AttributeAnswer, ClassificationAnswer
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline.domain.score import Score
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.store.errors import UnfitValue
from judge_pipeline.store.leases import Lease
from judge_pipeline.store.store import ProjectStore
from judge_pipeline_tests.store.conftest import lease_on, leases_on

# An example writes to disk, which takes as long as the machine lets it.
PATIENT = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])

FINITE = st.floats(allow_nan=False, allow_infinity=False)
# SQLite and JSON readers of today agree on whole numbers of 64 bits.
WHOLE = st.integers(min_value=-(2**63), max_value=2**63 - 1)
# Two halves that meet are one character to JSON.
HALF_SURROGATES = st.text(st.characters(categories=["Cs", "L"])).map(lambda text: json.loads(json.dumps(text)))

st.register_type_strategy(float, FINITE)
st.register_type_strategy(int, WHOLE)

# PostgreSQL has no NUL in text; a tag with one is refused, as another test says.
NO_NUL = st.characters(codec="utf-8", exclude_characters="\0")
TAGS = st.text(NO_NUL, min_size=1).map(Tag)

# Built by hand because the whole tree, drawn freely, is larger than hypothesis wants to draw.
ANSWERS = st.builds(
    ClassificationAnswer, answers=st.lists(st.from_type(AttributeAnswer), max_size=2).map(tuple[AttributeAnswer, ...])
)
RULINGS = st.builds(Ruling, for_8b=ANSWERS, for_16b=ANSWERS, others=st.just(()))
JUDGEMENTS = st.builds(
    Judgement,
    rulings=st.tuples(RULINGS),
    answers=st.tuples(ANSWERS),
    scores=st.lists(st.from_type(Score), max_size=2).map(tuple[Score, ...]),
)


@contextmanager
def held(project: ProjectStore, *tags: Tag) -> Iterator[dict[Tag, Lease]]:
    """Leases that are released before the next example."""
    leases = leases_on(project, *tags)
    yield leases
    project.leases.release(leases.values())


@PATIENT
@given(tag=TAGS, value=st.from_type(Image) | st.from_type(Caption) | st.from_type(LinkedTextItems))
def test_an_image_a_caption_and_its_text_items_are_read_as_they_were_recorded(
    shared_project: ProjectStore, tag: Tag, value: Any
) -> None:
    with held(shared_project, tag) as leases:
        shared_project.save_result("any", leases[tag], value)

    assert shared_project.results("any", type(value), [tag]) == {tag: value}


@PATIENT
@given(value=JUDGEMENTS)
def test_a_judgement_with_nested_answers_is_read_as_it_was_recorded(
    shared_project: ProjectStore, value: Judgement
) -> None:
    with held(shared_project, Tag("t")) as leases:
        shared_project.save_result("judgements", leases[Tag("t")], value)

    read = shared_project.results("judgements", Judgement)[Tag("t")]

    assert read == value
    assert [type(score.captioner) for score in read.scores] == [Captioner] * len(value.scores)


@PATIENT
@given(fingerprint=st.text(NO_NUL), answer=st.from_type(ModelAnswer), text=st.text() | HALF_SURROGATES)
def test_a_model_answer_is_kept_whatever_a_server_sent(
    shared_project: ProjectStore, fingerprint: str, answer: ModelAnswer, text: str
) -> None:
    answer = ModelAnswer(text, answer.model, answer.usage, answer.seconds, answer.cost_usd)

    shared_project.save_answer(fingerprint, purpose="captions_8b", answer=answer)

    assert shared_project.find_answer(fingerprint) == answer


@PATIENT
@given(message=st.text() | HALF_SURROGATES)
def test_a_failure_message_is_kept_whatever_a_server_sent(shared_project: ProjectStore, message: str) -> None:
    with held(shared_project, Tag("t")) as leases:
        shared_project.save_failure(
            "judgements", leases[Tag("t")], title="cat.jpg", kind="refused", message=message, run_id=None
        )

    assert [failure.message for failure in shared_project.failures([Tag("t")])] == [message]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE | FINITE | st.text() | HALF_SURROGATES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@PATIENT
@given(details=st.dictionaries(TAGS, st.dictionaries(st.text(), JSON_VALUES, max_size=3), max_size=5))
def test_intents_keep_any_json(shared_project: ProjectStore, details: dict[Tag, dict[str, Any]]) -> None:
    with held(shared_project, *details) as leases:
        shared_project.save_intents("upload", {leases[tag]: detail for tag, detail in details.items()})

    assert shared_project.intents("upload", list(details)) == details


@dataclass(frozen=True)
class Measured:
    words: str
    cost_usd: float | None


def test_a_value_that_would_be_read_back_differently_is_refused_when_it_is_recorded(project: ProjectStore) -> None:
    """NaN becomes null in JSON, and null means unknown: the number would silently turn into "unknown"."""
    with pytest.raises(UnfitValue, match="this Measured would not be read back unchanged"):
        project.save_result("report", lease_on(project, Tag("t")), Measured("three", float("nan")))

    assert project.results("report", Measured) == {}


def test_a_value_of_the_wrong_type_inside_is_refused(project: ProjectStore) -> None:
    with pytest.raises(UnfitValue, match="this Measured cannot be saved"):
        project.save_result("report", lease_on(project, Tag("t")), Measured(3, 0.5))  # type: ignore[arg-type]


def test_half_surrogates_in_a_result_are_refused_in_our_words(project: ProjectStore) -> None:
    with pytest.raises(UnfitValue, match="this Measured cannot be saved"):
        project.save_result("report", lease_on(project, Tag("t")), Measured("\ud83d", None))


def test_a_result_that_no_longer_fits_its_type_says_which_and_what_to_do(project: ProjectStore) -> None:
    project.save_result("report", lease_on(project, Tag("t")), Measured("three", 0.5))

    with pytest.raises(
        UnfitValue, match=r"the report of tag 't' in the store is not a Caption .*tag: Field required.*delete it"
    ):
        project.results("report", Caption)


@pytest.mark.parametrize("detail", [{"share": float("nan")}, {"uuid": uuid4()}])
def test_an_intent_that_is_not_json_is_refused(project: ProjectStore, detail: dict[str, Any]) -> None:
    with pytest.raises(UnfitValue, match=r"a value cannot be saved: .*JSON"):
        project.save_intent("upload", lease_on(project, Tag("t")), detail)

    assert project.intents("upload", [Tag("t")]) == {}


def test_a_tag_with_half_a_surrogate_is_refused(project: ProjectStore) -> None:
    with pytest.raises(UnfitValue, match=r"a value cannot be saved: .*surrogates not allowed"):
        project.leases.acquire([Tag("\ud83d")], holder="first", seconds=60)


def test_more_tokens_than_a_database_counts_are_refused(project: ProjectStore) -> None:
    """A server may say anything; the tag fails, and the run goes on."""
    with pytest.raises(UnfitValue, match="a value cannot be saved: "):
        project.save_answer("f", purpose="captions_8b", answer=ModelAnswer("A cat.", "m", Usage(2**63), 0.5))
