"""Finds the JSON object in a model's answer, whatever surrounds it."""

import json
import re
from collections import Counter

from judge_pipeline.domain.answer_text import answer_text, thinks_without_end
from judge_pipeline.domain.model_answer import UnusableAnswer

_FENCED = re.compile(r"```[\w-]*\s*(.*?)```", re.DOTALL)


def read_json_object(text: str) -> tuple[dict[str, object], list[str]]:
    """The object, and the problems with its JSON that did not prevent reading it: duplicate keys, NaN, Infinity.

    Skips thinking and markers, as `answer_text` does. Uses the last fenced block that holds an object, or, without fences, the text
    from the first to the last brace.

    Raises:
        UnusableAnswer: there is no JSON object.
    """
    answer = answer_text(text)
    if thinks_without_end(text):
        raise UnusableAnswer(["the thinking does not end, so there is no answer"])
    if not answer.startswith("{"):
        fenced = [block for block in _FENCED.findall(answer) if "{" in block]
        answer = fenced[-1] if fenced else answer
    start, end = answer.find("{"), answer.rfind("}")
    if start < 0:
        raise UnusableAnswer(["expected a JSON object, found none"])
    return _parse(answer[start : end + 1] if end > start else answer[start:])


def _parse(answer: str) -> tuple[dict[str, object], list[str]]:
    problems: list[str] = []

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        counts = Counter(key for key, _ in pairs)
        problems.extend(f"key {json.dumps(key)} stands {count} times" for key, count in counts.items() if count > 1)
        return dict(pairs)

    def no_number(constant: str) -> None:
        problems.append(f"{constant} is not JSON")

    try:
        found = json.loads(answer, object_pairs_hook=unique, parse_constant=no_number, strict=False)
    except json.JSONDecodeError as error:
        raise UnusableAnswer([f"not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"]) from None
    except RecursionError:
        raise UnusableAnswer(["not valid JSON: nested too deeply"]) from None
    except ValueError:
        raise UnusableAnswer(["not valid JSON: a number has too many digits"]) from None
    return found, problems
