"""A question about an image as the body of a chat completion."""

from typing import Any

from judge_pipeline.domain.model_answer import Question
from judge_pipeline.models.dialect import Dialect
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.image_preparation import PreparedImage


def chat_request(question: Question, image: PreparedImage, *, endpoint: Endpoint, dialect: Dialect) -> dict[str, Any]:
    """The request's body: the image before the text, the turns of a repair round after both."""
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": [
            {"role": "system", "content": question.system},
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": image.data_uri}},
                    {"type": "text", "text": question.text},
                ],
            },
            *({"role": turn.role, "content": turn.text} for turn in question.follow_up),
        ],
        dialect.token_limit_field: question.max_tokens,
    }
    if endpoint.temperature is not None:
        body["temperature"] = endpoint.temperature
    if question.schema is not None and dialect.answer_format == "json_schema":
        json_schema = {"name": question.schema_name, "strict": True, "schema": dict(question.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": json_schema}
    elif question.schema is not None and dialect.answer_format == "json_object":
        body["response_format"] = {"type": "json_object"}
    return body
