"""Servers that imitate real ones: what each refuses, in which words, and how it answers.

From the servers' documentation and their users' reports; not compared with real servers.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from judge_pipeline_tests.domain.answer_codec.strict_mode import violations
from judge_pipeline_tests.models.stub_server import StubReply, StubRequest, completion, failure

Rule = Callable[[StubRequest], StubReply | None]

KNOWN_TO_OPENAI = {
    "model",
    "messages",
    "response_format",
    "max_completion_tokens",
    "temperature",
    "seed",
    "service_tier",
}


def schema_of(body: Mapping[str, Any]) -> Any:
    return body.get("response_format", {}).get("json_schema", {}).get("schema")


def filled(schema: Any) -> str:
    """The shortest answer that fits a schema of texts."""
    return json.dumps(dict.fromkeys(schema["properties"], "a cat")) if schema else "A cat."


def openai(request: StubRequest) -> StubReply:
    """A reasoning model: its own token field and temperature, strict schemas, no unknown fields."""
    body = request.body
    if "max_tokens" in body:
        return failure(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            type="invalid_request_error",
            param="max_tokens",
            code="unsupported_parameter",
        )
    if body.get("temperature", 1) != 1:
        return failure(
            400,
            f"Unsupported value: 'temperature' does not support {body['temperature']} with this model. "
            "Only the default (1) value is supported.",
            type="invalid_request_error",
            param="temperature",
            code="unsupported_value",
        )
    if unknown := sorted(body.keys() - KNOWN_TO_OPENAI):
        return failure(400, f"Unrecognized request argument supplied: {unknown[0]}", type="invalid_request_error")
    if (schema := schema_of(body)) and (wrong := next(violations(schema), None)):
        message = f"Invalid schema for response_format 'judgement': {wrong}"
        return failure(400, message, type="invalid_request_error", param="response_format")
    return completion(filled(schema_of(body)))


def old_azure(request: StubRequest) -> StubReply:
    """A deployment of an API version from before structured outputs."""
    if "json_schema" in str(request.body.get("response_format")):
        return failure(
            400,
            "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later",
            code="BadRequest",
        )
    return openai(request)


def openrouter(request: StubRequest) -> StubReply:
    """No provider of this model knows `response_format`: an error with `require_parameters`, ignored without."""
    if "response_format" in request.body and request.body.get("provider", {}).get("require_parameters"):
        message = "No endpoints found that can handle the requested parameters."
        return StubReply({"error": {"message": message, "code": 404}}, status=404)
    return completion("A cat.")


def vllm(request: StubRequest) -> StubReply:
    """Accepts any field; errors are at the top level with a numeric code; a parser puts the answer into the reasoning."""
    if (schema := schema_of(request.body)) and "oneOf" in json.dumps(schema):
        message = "The provided JSON schema contains features not supported by xgrammar."
        return StubReply(
            {"object": "error", "message": message, "type": "BadRequestError", "param": None, "code": 400}, 400
        )
    return completion(None, reasoning_content=filled(schema_of(request.body)))


def ollama(request: StubRequest) -> StubReply:
    """Ignores unknown fields silently, and without a token limit writes until it is cut off."""
    (parts,) = [message["content"] for message in request.body["messages"] if isinstance(message["content"], list)]
    if not all(part["image_url"]["url"].startswith("data:image/") for part in parts if part["type"] == "image_url"):
        return failure(400, "invalid image input", type="invalid_request_error", param=None, code=None)
    if "max_tokens" not in request.body:
        return completion("A cat, " * 500, finish_reason="length")
    return completion(filled(schema_of(request.body)))


def llama_cpp(request: StubRequest) -> StubReply:
    """A schema becomes a grammar, which fails for large ones; codes are numbers."""
    if schema_of(request.body):
        message = "Failed to initialize samplers: failed to parse grammar"
        return StubReply({"error": {"code": 400, "message": message, "type": "invalid_request_error"}}, status=400)
    return completion('{"x": "a cat"}' if "response_format" in request.body else "A cat.")
