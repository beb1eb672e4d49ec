"""How sure a model was of its choice between two options, from the log-probabilities of its answer's tokens."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer, and the probabilities of the likeliest tokens in its place, itself included."""

    text: str
    alternatives: Mapping[str, float]


def choice_probability(tokens: Sequence[Token], key: str, options: Sequence[str]) -> float | None:
    """The probability of the option chosen under `key` of a JSON answer, relative to both; None if it cannot be seen.

    The options differ from a certain character on, such as the last of "Caption A" and "Caption B"; it is the token with that
    character that decides. The last such key counts. An option that is not among the likeliest tokens has a probability of 0.
    """
    text = "".join(token.text for token in tokens)
    found = list(re.finditer(rf'"{re.escape(key)}"\s*:\s*"', text))
    if not found or len(options) != 2:
        return None
    start = found[-1].end()
    same = next((place for place, pair in enumerate(zip(*options, strict=False)) if len(set(pair)) > 1), 0)
    chosen = next((option for option in options if text.startswith(option, start)), None)
    token, offset = _token_at(tokens, start + same)
    if chosen is None or token is None:
        return None
    rests = {option: option[same:] for option in options}
    sums = dict.fromkeys(options, 0.0)
    for alternative, probability in token.alternatives.items():
        if alternative[:offset] != token.text[:offset] or len(alternative) <= offset:
            continue
        for option, rest in rests.items():
            if alternative[offset:].startswith(rest) or rest.startswith(alternative[offset:]):
                sums[option] += probability
    total = sum(sums.values())
    return sums[chosen] / total if total > 0 else None


def _token_at(tokens: Sequence[Token], position: int) -> tuple[Token | None, int]:
    """The token with this character of the text, and the character's place in it."""
    for token in tokens:
        if position < len(token.text):
            return token, position
        position -= len(token.text)
    return None, 0
