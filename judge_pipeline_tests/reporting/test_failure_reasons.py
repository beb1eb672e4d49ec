"""A reader of the report sees sentences, never the name of a class."""

from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordError, EncordUnusable
from judge_pipeline.engine.tag_run import NotMaterialized
from judge_pipeline.models.errors import EndpointUnusable, ModelError, Unanswered
from judge_pipeline.models.images.unreadable import UnreadableImage
from judge_pipeline.reporting.failure_reasons import OTHER, REASONS, failure_groups, failure_sentence
from judge_pipeline_tests.reporting.values import failed, judgement, report_of

ONE, TWO, THREE = Tag("one"), Tag("two"), Tag("three")


def family(error: type[Exception]) -> set[type[Exception]]:
    return {error}.union(*(family(child) for child in error.__subclasses__()))


def test_every_error_that_one_image_can_meet_has_a_sentence() -> None:
    errors = family(ModelError) | family(EncordError) | {UnusableAnswer, UnreadableImage, NotMaterialized}
    stops_the_run = family(EndpointUnusable) | family(EncordUnusable)
    never_raised_themselves: set[type[Exception]] = {ModelError, EncordError, Unanswered}

    assert {each.__name__ for each in errors - stops_the_run - never_raised_themselves} <= REASONS.keys()


def test_images_are_grouped_by_step_and_reason_the_most_frequent_first() -> None:
    failures = [
        failed("judgements", ONE, "Refused", "no"),
        failed("captions_8b", TWO, "CutOff", "too long"),
        failed("captions_8b", THREE, "CutOff", "too long"),
    ]
    groups = failure_groups(report_of(judgement(Tag("done"), None), failures=failures).outcomes)

    assert [(group.step, group.reason, len(group.failures)) for group in groups] == [
        ("Captioning by LLM 8B", "the answer did not fit into twice the token limit", 2),
        ("Judging", "the model declined to answer", 1),
    ]


def test_the_title_is_not_said_twice_and_an_unknown_error_is_not_named() -> None:
    assert (
        failure_sentence(failed("images", ONE, "Odd", "'one.jpg': it is torn"))
        == "Reading the image failed: it is torn"
    )
    assert failure_sentence(failed("images", ONE, "KeyError", "'one.jpg': KeyError()")).endswith(OTHER)
