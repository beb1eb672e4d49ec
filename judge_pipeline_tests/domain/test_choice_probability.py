"""The probability of a choice, from the tokens that real servers split it into."""

import pytest

from judge_pipeline.domain.choice_probability import Token, choice_probability

OPTIONS = ("Caption A", "Caption B")


def tokens(*texts: str, **others: dict[str, float]) -> list[Token]:
    """Certain tokens; those named `at3` and so on have alternatives."""
    return [Token(text, others.get(f"at{place}", {text: 1.0})) for place, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (tokens('{"choice', '": "', "Caption", " A", '"}', at3={" A": 0.6, " B": 0.2, " C": 0.2}), 0.75),
        (tokens('{"choice"', ":", '"Caption', " B", '"}', at3={" B": 0.9, " A": 0.1}), 0.9),
        (tokens('{"choice":"', "Caption ", 'B"', "}", at2={'B"': 0.5, 'A"': 0.25, "A": 0.25}), 0.5),
        (tokens('{"choice":"', "Caption A", '"}', at1={"Caption A": 0.3, "Caption B": 0.6, "Caption": 0.1}), 1 / 3),
        (tokens('{"choice":"Caption A"}'), 1.0),
        (tokens('"choice": "Caption B"', ' {"choice": "', "Caption ", "A", '"}', at3={"A": 0.8, "B": 0.2}), 0.8),
        (tokens('{"choice":"', "Caption ", "A", '"}', at2={"A": 0.99}), 1.0),
    ],
)
def test_it_is_relative_to_both_options(answer: list[Token], expected: float) -> None:
    assert choice_probability(answer, "choice", OPTIONS) == pytest.approx(expected)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        tokens("{", "}"),
        tokens('{"choice":"', "Neither", '"}'),
        tokens('{"choice":"', "Caption "),
        tokens('{"choice":"', "Caption ", "A", at2={}),
        tokens('{"choice":"', "Caption ", "A", at2={"A": 0.0, "B": 0.0}),
        tokens('{"chosen":"', "Caption ", "A"),
    ],
)
def test_what_cannot_be_seen_is_unknown(answer: list[Token]) -> None:
    assert choice_probability(answer, "choice", OPTIONS) is None


def test_three_options_have_no_other_one() -> None:
    assert choice_probability(tokens('{"choice":"', "Caption ", "A"), "choice", (*OPTIONS, "Tie")) is None
