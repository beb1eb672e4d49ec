"""A question about an image as the body of a chat completion."""

from typing import Any

from judge_pipeline.domain.model_answer import Question
from judge_pipeline.models.dialect import Dialect, Profile, profile_of
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.images.preparation import NO_IMAGE, PreparedImage

TOP_LOGPROBS = 5
"""OpenAI gives up to 20, others fewer; the other option is among the first."""


def chat_request(
    question: Question, image: PreparedImage, *, endpoint: Endpoint, dialect: Dialect, image_url: str = ""
) -> dict[str, Any]:
    """The request's body: other pictures and the image before the text, the turns of a repair round after them.

    `image_url` is sent in place of the prepared image; `NO_IMAGE` sends none. Without a system role, that text is the beginning of
    the user's.
    """
    text = question.text if dialect.has_system_role else f"{question.system}\n\n{question.text}"
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": [
            *([{"role": "system", "content": question.system}] if dialect.has_system_role else []),
            {
                "role": "user",
                "content": [*_pictures(question), *_image(image, image_url), {"type": "text", "text": text}],
            },
            *({"role": turn.role, "content": turn.text} for turn in question.follow_up),
        ],
        dialect.token_limit_field: question.max_tokens,
        **endpoint.extra_body,
    }
    if endpoint.temperature is not None:
        body["temperature"] = endpoint.temperature
    if dialect.has_logprobs and question.choice_key:
        body |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
    if response_format := _response_format(question, dialect, profile_of(endpoint)):
        body = {**profile_of(endpoint).with_schema, **body, "response_format": response_format}
    return body


def _pictures(question: Question) -> list[dict[str, Any]]:
    return [
        part
        for picture in question.pictures
        for part in ({"type": "text", "text": picture.title}, _image_part(picture.data_uri))
    ]


def _image(image: PreparedImage, image_url: str) -> list[dict[str, Any]]:
    return [_image_part(image_url or image.data_uri)] if image is not NO_IMAGE else []


def _image_part(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def _response_format(question: Question, dialect: Dialect, profile: Profile) -> dict[str, Any] | None:
    """A schema beyond the server's strict mode is not sent: the request asks for JSON, and the prompt contains the schema."""
    if question.schema is None or dialect.answer_format == "text":
        return None
    if dialect.answer_format == "json_object" or (profile.has_strict_limits and not question.is_strict):
        return {"type": "json_object"}
    json_schema = {"name": question.schema_name, "strict": True, "schema": dict(question.schema)}
    return {"type": "json_schema", "json_schema": json_schema}
