"""Finding the JSON object in a model's answer."""

import pytest

from judge_pipeline.domain.answer_codec.json_object import read_json_object
from judge_pipeline.domain.model_answer import UnusableAnswer


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        '\n {"a": 1} \n',
        'Here it is:\n```json\n{"a": 1}\n```\nAnything else?',
        '```\n{"a": 1}\n```',
        'The schema {"type": ...} again? No:\n```json\n{"b": 2}\n```\nBetter:\n```json\n{"a": 1}\n```',
        '<think>Perhaps {"a": 2}?</think>{"a": 1}',
        'Perhaps {"a": 2}?</think>\n\n{"a": 1}',
        'I choose: {"a": 1}.',
    ],
)
def test_the_object_is_found_whatever_stands_around_it(text: str) -> None:
    assert read_json_object(text) == ({"a": 1}, [])


def test_a_fence_inside_a_text_does_not_end_the_answer() -> None:
    assert read_json_object('{"a": "use ```json {} ``` here"}') == ({"a": "use ```json {} ``` here"}, [])


def test_a_text_with_a_real_line_break_is_read_though_json_wants_it_escaped() -> None:
    assert read_json_object('{"a": "one\ntwo"}') == ({"a": "one\ntwo"}, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "expected a JSON object, found none"),
        ("I cannot judge these.", "expected a JSON object, found none"),
        ("[1, 2]", "expected a JSON object, found none"),
        ('<think>Is it {"a": 1}?', "the thinking does not end, so there is no answer"),
        ('{"a": 1', "not valid JSON: Expecting ',' delimiter at line 1, column 8"),
        ('{"a": 1} {"a": 2}', "not valid JSON: Extra data at line 1, column 10"),
        ('{"a": ' + "9" * 5000 + "}", "not valid JSON: a number has too many digits"),
        ('{"a":' * 200_000 + "1" + "}" * 200_000, "not valid JSON: nested too deeply"),
    ],
)
def test_an_answer_without_an_object_says_why(text: str, problem: str) -> None:
    with pytest.raises(UnusableAnswer) as unusable:
        read_json_object(text)
    assert unusable.value.problems == (problem,)


def test_keys_that_stand_twice_and_numbers_that_are_none_are_all_named() -> None:
    _, problems = read_json_object('{"a": NaN, "b": {"c": 1, "c": -Infinity}, "a": 2}')
    assert problems == ["NaN is not JSON", "-Infinity is not JSON", 'key "c" stands 2 times', 'key "a" stands 2 times']
