"""What a server understands of the chat completions protocol, learned from what it refuses."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from judge_pipeline.models.endpoint import Endpoint, TokenLimitField
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.profile import profile_of

AnswerFormat = Literal["json_schema", "json_object", "text"]

LADDER: dict[AnswerFormat, AnswerFormat] = {"json_schema": "json_object", "json_object": "text"}
"""The next lower rung for a server that refuses one; the prompt holds the schema on every rung."""

OTHER_FIELD: dict[TokenLimitField, TokenLimitField] = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}

REFUSALS = {400, 404, 422}
"""How servers answer what they do not understand; OpenRouter says 404 where no provider knows every field."""

ABOUT_FORMAT = re.compile(
    r"response_format|json.schema|json_object|structured.output|guided|grammar|requested parameters"
)
"""Grammars are what vLLM and llama.cpp make of a schema."""

ABOUT_UNKNOWN_FIELD = re.compile(r"support|unrecogni[sz]ed|unknown|unexpected|permitted|forbidden|instead|extra ")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How questions are put to one (endpoint, model)."""

    token_limit_field: TokenLimitField
    answer_format: AnswerFormat = "json_schema"
    has_switched_field: bool = False

    @classmethod
    def expected_of(cls, endpoint: Endpoint) -> "Dialect":
        """What this kind of server is known to understand."""
        return cls(token_limit_field=endpoint.token_limit_field or profile_of(endpoint).token_limit_field)

    def learned(self, *, sent: "Dialect", failure: Failure, with_schema: bool) -> "Dialect":
        """This dialect after the server refused a question put in the dialect `sent`.

        Several questions are on their way at once and refused for one reason: only the first refusal changes anything.
        """
        if failure.status not in REFUSALS:
            return self
        learned = self
        if with_schema and ABOUT_FORMAT.search(failure.complaint) and self.answer_format == sent.answer_format:
            learned = replace(learned, answer_format=LADDER.get(sent.answer_format, "text"))
        names_field = re.search(rf"\b{sent.token_limit_field}\b", failure.complaint) and ABOUT_UNKNOWN_FIELD.search(
            failure.complaint
        )
        if names_field and self.token_limit_field == sent.token_limit_field and not self.has_switched_field:
            learned = replace(learned, token_limit_field=OTHER_FIELD[sent.token_limit_field], has_switched_field=True)
        return learned
