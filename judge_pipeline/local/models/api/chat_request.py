"""Parses the body of POST /v1/chat/completions."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from judge_pipeline.local.models.api.errors import ApiError, invalid_body


class TextPart(BaseModel):
    """Text within a message."""

    type: Literal["text"]
    text: str


class ImageUrl(BaseModel):
    """A data URI; `detail` is accepted and ignored."""

    url: str


class ImagePart(BaseModel):
    """A picture within a message."""

    type: Literal["image_url"]
    image_url: ImageUrl


class RefusalPart(BaseModel):
    """An earlier refusal, sent back by the client."""

    type: Literal["refusal"]
    refusal: str


class Message(BaseModel):
    """One turn of the conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Annotated[TextPart | ImagePart | RefusalPart, Field(discriminator="type")]] | None = None


class JsonSchema(BaseModel):
    """The schema of `response_format` json_schema."""

    name: str
    schema_: dict[str, Any] = Field(default_factory=dict, alias="schema")


class ResponseFormat(BaseModel):
    """The requested form of the answer."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: JsonSchema | None = None


class ChatRequest(BaseModel):
    """The fields that matter here; seed, temperature and others are accepted and ignored, since answers are deterministic."""

    model: str
    messages: list[Message] = Field(min_length=1)
    response_format: ResponseFormat = ResponseFormat()
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    stream: bool = False
    n: int = 1

    @property
    def text(self) -> str:
        """The text of all messages and the requested schema, without images."""
        schema = self.response_format.json_schema
        texts = [text for message in self.messages for text in _texts(message)]
        return "\n\n".join([*texts, json.dumps(schema.schema_, ensure_ascii=False)] if schema else texts)

    @property
    def user_text(self) -> str:
        """The text of the user's messages only; the assistant's earlier answers are not part of the prompt."""
        return "\n\n".join(text for message in self.messages if message.role == "user" for text in _texts(message))

    @property
    def image_uris(self) -> list[str]:
        """The data URIs, in order."""
        return [
            part.image_url.url
            for message in self.messages
            if isinstance(message.content, list)
            for part in message.content
            if isinstance(part, ImagePart)
        ]

    @property
    def token_limit(self) -> int | None:
        """The smaller of the two limits."""
        return min(filter(None, (self.max_tokens, self.max_completion_tokens)), default=None)


def read_chat_request(body: bytes) -> ChatRequest:
    """Parse the body, or raise a 400 that names the wrong field."""
    try:
        request = ChatRequest.model_validate_json(body)
    except ValidationError as error:
        raise invalid_body(error) from None
    if request.stream or request.n != 1:
        param = "stream" if request.stream else "n"
        raise ApiError(400, "local models answer whole and once: stream=false and n=1 only", param=param)
    if request.response_format.type == "json_schema" and request.response_format.json_schema is None:
        raise ApiError(400, "json_schema is missing", param="response_format.json_schema")
    if request.response_format.type == "json_object" and "json" not in request.text.lower():
        raise ApiError(
            400,
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            param="messages",
        )
    return request


def _texts(message: Message) -> list[str]:
    if isinstance(message.content, str):
        return [message.content]
    return [part.text for part in message.content or [] if isinstance(part, TextPart)]
