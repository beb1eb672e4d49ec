"""Log-probabilities as servers send them; whatever they send, an answer stays an answer."""

from math import inf, nan
from typing import Any

import pytest

from judge_pipeline.domain.choice_probability import choice_probability
from judge_pipeline.models.completion import read_completion
from judge_pipeline.models.exchange import Reply

OPTIONS = ("Caption A", "Caption B")


def read(logprobs: Any) -> Reply:
    choice = {"finish_reason": "stop", "message": {"content": "{}"}, "logprobs": logprobs}
    reply = read_completion({"choices": [choice]}, seconds=0.1)
    assert isinstance(reply, Reply)
    return reply


@pytest.mark.parametrize(
    "logprobs",
    [
        None,
        True,
        [],
        {},
        {"content": None},
        {
            "content": [
                None,
                "A",
                3,
                {},
                {"token": 5, "logprob": "x"},
                {"token": "A", "logprob": nan, "top_logprobs": "?"},
            ]
        },
        {"tokens": ["A"], "token_logprobs": [-0.1], "top_logprobs": [{"A": -0.1}]},
    ],
)
def test_none_and_nonsense_are_no_probability(logprobs: Any) -> None:
    assert choice_probability(read(logprobs).tokens, "choice", OPTIONS) is None


@pytest.mark.parametrize(("other", "expected"), [(-1.0, 0.731), (-9999.0, 1.0), (-inf, 1.0), (0, 0.5)])
def test_the_list_of_the_likeliest_tokens_is_read(other: float, expected: float) -> None:
    """0 and -1 are e to 1; vLLM and OpenAI write -9999 for what is masked."""
    likeliest = [{"token": "A", "logprob": 0}, {"token": "B", "logprob": other}]
    content = [
        {"token": '{"choice": "Caption ', "logprob": -0.01},
        {"token": "A", "logprob": 0, "top_logprobs": likeliest},
        {"token": '"}', "logprob": 0.0},
    ]

    found = choice_probability(read({"content": content}).tokens, "choice", OPTIONS)

    assert found == pytest.approx(expected, abs=0.001)
