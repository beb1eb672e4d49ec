"""Error responses of many servers, each with what has to become of it.

From the servers' documentation, sources and their users' reports; not compared with real servers. `docs/endpoints.md` shows this
table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from judge_pipeline.models.errors import (
    AuthenticationFailed,
    BadRequest,
    EndpointUnreachable,
    Filtered,
    ModelError,
    ModelNotFound,
    ModelSeesNoImages,
    QuotaExhausted,
)

AGAIN = "asked again"
STEPS_DOWN = "asked with a simpler answer format"
WITHOUT_SYSTEM = "asked without a system message"


@dataclass(frozen=True)
class Case:
    """A response to a question, and the outcome: an error, or how the question is asked next."""

    server: str
    status: int
    body: Any
    outcome: type[ModelError] | str
    headers: Mapping[str, str] | None = None

    def __str__(self) -> str:
        outcome = self.outcome if isinstance(self.outcome, str) else self.outcome.__name__
        return f"{self.server}-{self.status}-{outcome}".replace(" ", "_")


def error(message: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


def fastapi(message: str, code: int = 400, kind: str = "BadRequestError") -> dict[str, Any]:
    """vLLM's and SGLang's errors are at the top level."""
    return {"object": "error", "message": message, "type": kind, "param": None, "code": code}


def upstream(raw: str, message: str = "Provider returned error", code: int = 400) -> dict[str, Any]:
    """OpenRouter's, with the provider's own error as text."""
    return error(message, code=code, metadata={"raw": raw, "provider_name": "x"})


FILTERS = [
    Case("OpenAI", 400, error("Your request was rejected by the safety system.", code="content_policy_violation"), Filtered),
    Case("OpenAI", 400, error("Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
                              type="invalid_request_error", code="invalid_prompt"), Filtered),
    Case("OpenAI", 400, error("Your input image may contain content that is not allowed by our safety system.",
                              code="moderation_blocked"), Filtered),
    Case("Azure", 400, error("The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
                             code="content_filter", innererror={"code": "ResponsibleAIPolicyViolation"}), Filtered),
    Case("Azure", 400, error("Filtered.", code="BadRequest", innererror={"code": "ResponsibleAIPolicyViolation"}), Filtered),
    Case("Anthropic", 400, {"type": "error", "error": {"type": "invalid_request_error",
                                                       "message": "Output blocked by content filtering policy"}}, Filtered),
    Case("Google", 400, [error("The prompt was blocked due to safety.", code=400, status="INVALID_ARGUMENT")], Filtered),
    Case("Mistral", 403, {"object": "error", "message": "Request blocked by guardrails", "type": "guardrail_violation"},
         Filtered),
    Case("OpenRouter", 403, error("Input was flagged by moderation", code=403,
                                  metadata={"reasons": ["violence"], "provider_name": "x", "model_slug": "y"}), Filtered),
    Case("OpenRouter", 403, error("The chosen model requires moderation and your input was flagged", code=403), Filtered),
    Case("OpenRouter", 400, upstream('{"error":{"message":"no","code":"content_filter"}}'), Filtered),
    Case("OpenRouter", 200, error("no", code="content_policy_violation"), Filtered),
    Case("LiteLLM", 400, error("litellm.BadRequestError: litellm.ContentPolicyViolationError: blocked",
                               type="content_policy_violation_error", code="400"), Filtered),
    Case("DashScope", 400, error("Input data may contain inappropriate content.", code="data_inspection_failed"), Filtered),
    Case("DashScope", 400, {"code": "DataInspectionFailed", "message": "no", "request_id": "1"}, Filtered),
    Case("Volcengine", 400, error("no", code="InputImageSensitiveContentDetected"), Filtered),
    Case("Zhipu", 400, error("系统检测到输入或生成内容可能包含不安全或敏感内容", code="1301"), Filtered),
    Case("Moonshot", 400, error("The request was rejected because it was considered high risk", type="content_filter"), Filtered),
    Case("StepFun", 451, error("The content you provided or machine outputted is blocked.", type="censorship_blocked"), Filtered),
    Case("xAI", 403, {"code": "The caller does not have permission", "error": "Content violates usage guidelines. Failed check: "
                      "SAFETY_CHECK_TYPE_BIO"}, Filtered),
    Case("DeepSeek", 400, error("Content Exists Risk", type="invalid_request_error"), Filtered),
    Case("MiniMax", 400, error("Error code: 1026, input new_sensitive"), Filtered),
    Case("Bedrock", 400, error("Guardrail intervened", code="guardrail_intervened"), Filtered),
    Case("new-api", 400, error("user sensitive words detected", code="sensitive_words_detected"), Filtered),
    Case("Together", 422, error("The image contains inappropriate content", type="invalid_request_error"), Filtered),
]  # fmt: skip

BLIND_MODELS = [
    Case("OpenRouter", 404, error("No endpoints found that support image input", code=404), ModelSeesNoImages),
    Case("OpenAI", 400, error("Invalid content type. image_url is only supported by certain models.",
                              type="invalid_request_error"), ModelSeesNoImages),
    Case("llama.cpp", 500, error("image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
                                 code=500, type="server_error"), ModelSeesNoImages),
    Case("vLLM", 400, fastapi("At most 0 image(s) may be provided in one prompt."), ModelSeesNoImages),
    Case("vLLM", 400, fastapi("/models/llama is not a multimodal model"), ModelSeesNoImages),
    Case("SGLang", 400, fastapi("This model does not support multimodal inputs"), ModelSeesNoImages),
    Case("LM Studio", 400, {"error": "Model does not support images. Please use a model that does."}, ModelSeesNoImages),
    Case("Ollama", 500, error("this model is missing data required for image input", type="api_error"), ModelSeesNoImages),
    Case("DeepSeek", 400, error("Failed to deserialize the JSON body into the target type: messages[1]: unknown variant "
                                "`image_url`, expected `text`", type="invalid_request_error"), ModelSeesNoImages),
    Case("Groq", 400, error("'messages.1' : for 'role:user' the following must be satisfied[('messages.1.content' : value must "
                            "be a string)]", type="invalid_request_error"), ModelSeesNoImages),
    Case("Mistral", 400, {"object": "error", "message": "Image input is not enabled for this model", "type":
                          "invalid_request_invalid_args", "code": "3051"}, ModelSeesNoImages),
    Case("Google", 400, [error("Image input modality is not enabled for models/gemma-3-1b-it", code=400)], ModelSeesNoImages),
    Case("OpenRouter", 404, error("No endpoints found that support input modalities: image", code=404), ModelSeesNoImages),
    Case("FastAPI", 400, error("Content type 'image_url' is not supported for this model"), ModelSeesNoImages),
    Case("Bedrock by LiteLLM", 400, error("BedrockException - This model doesn't support the image content block that you "
                                          "provided."), ModelSeesNoImages),
]  # fmt: skip

MISSING_MODELS = [
    Case("OpenAI", 404, error("The model `x` does not exist or you do not have access to it.", code="model_not_found"),
         ModelNotFound),
    Case("OpenAI", 403, error("Project `p` does not have access to model `x`", code="model_not_found"), ModelNotFound),
    Case("Azure", 404, error("The API deployment for this resource does not exist.", code="DeploymentNotFound"), ModelNotFound),
    Case("Anthropic", 404, {"type": "error", "error": {"type": "not_found_error", "message": "model: claude-x"}}, ModelNotFound),
    Case("Google", 404, [error("models/gemini-x is not found for API version v1main", code=404)], ModelNotFound),
    Case("Groq", 400, error("The model `x` has been decommissioned and is no longer supported.", code="model_decommissioned"),
         ModelNotFound),
    Case("Mistral", 400, {"object": "error", "message": "Invalid model: x", "type": "invalid_model", "code": "1500"},
         ModelNotFound),
    Case("Together", 400, error("Unable to access model x", code="model_not_available"), ModelNotFound),
    Case("Fireworks", 404, error("Model not found, inaccessible, and/or not deployed", code="NOT_FOUND"), ModelNotFound),
    Case("OpenRouter", 404, error("No endpoints found for x/y.", code=404), ModelNotFound),
    Case("OpenRouter", 400, error("x is not a valid model ID", code=400), ModelNotFound),
    Case("vLLM", 404, fastapi("The model `x` does not exist.", 404, "NotFoundError"), ModelNotFound),
    Case("Ollama", 404, error('model "x" not found, try pulling it first', type="api_error"), ModelNotFound),
    Case("LiteLLM", 400, error("/chat/completions: Invalid model name passed in model=x. Call `/v1/models` to view available "
                               "models for your key.", code="400"), ModelNotFound),
    Case("DeepSeek", 400, error("Model Not Exist", type="invalid_request_error"), ModelNotFound),
]  # fmt: skip

SCHEMA_REFUSALS = [
    Case("OpenAI", 400, error("Invalid schema for response_format 'judgement'", param="response_format"), STEPS_DOWN),
    Case("Azure", 400, error("response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later",
                             code="BadRequest"), STEPS_DOWN),
    Case("Google", 400, [error('Invalid JSON payload received. Unknown name "additionalProperties" at '
                               "'generation_config.response_schema': Cannot find field.", code=400, status="INVALID_ARGUMENT")],
         STEPS_DOWN),
    Case("Google", 400, [error("The specified schema produces a constraint that has too many states for serving.", code=400)],
         STEPS_DOWN),
    Case("Groq", 400, error("This model does not support response format `json_schema`.", type="invalid_request_error"), STEPS_DOWN),
    Case("Groq", 400, error("Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.",
                            type="invalid_request_error", code="json_validate_failed", failed_generation="x"), STEPS_DOWN),
    Case("Moonshot", 400, error("Invalid request: unsupported value for parameter", type="invalid_request_error"), STEPS_DOWN),
    Case("Mistral", 422, {"object": "error", "message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "strict"],
                                                                     "msg": "Extra inputs are not permitted"}]}}, STEPS_DOWN),
    Case("Fireworks", 400, error("Unimplemented keys in the schema", type="invalid_request_error"), STEPS_DOWN),
    Case("Together", 400, error("json output is not supported by this model"), STEPS_DOWN),
    Case("OpenRouter", 404, error("No endpoints found that can handle the requested parameters.", code=404), STEPS_DOWN),
    Case("OpenRouter", 400, upstream("response_format is not available"), STEPS_DOWN),
    Case("vLLM", 400, fastapi("The provided JSON schema contains features not supported by xgrammar."), STEPS_DOWN),
    Case("vLLM", 500, fastapi("", 500, "InternalServerError"), STEPS_DOWN),
    Case("vLLM", 500, error("Grammar error: Unimplemented keys", type="InternalServerError", code=500), STEPS_DOWN),
    Case("SGLang", 400, fastapi("Failed to compile json schema"), STEPS_DOWN),
    Case("TGI", 422, {"error": "Input validation error: grammar is not supported", "error_type": "validation"}, STEPS_DOWN),
    Case("llama.cpp", 400, error("Failed to initialize samplers: failed to parse grammar", code=400), STEPS_DOWN),
    Case("LM Studio", 400, {"error": "'response_format.type' must be 'json_schema' or 'text'"}, STEPS_DOWN),
    Case("LiteLLM", 500, error("litellm.APIConnectionError: guided_json is not implemented", code="500"), STEPS_DOWN),
    Case("new-api", 400, error("参数不合法", code="bad_request_body"), STEPS_DOWN),
]  # fmt: skip

SYSTEM_REFUSALS = [
    Case("vLLM", 400, fastapi("System role not supported"), WITHOUT_SYSTEM),
    Case("vLLM", 400, fastapi("Conversation roles must alternate user/assistant/user/assistant/..."), WITHOUT_SYSTEM),
    Case("Groq", 400, error("Prompting with images is incompatible with system messages.", type="BadRequestError", code=400),
         WITHOUT_SYSTEM),
    Case("Google", 400, [error("Developer instruction is not enabled for models/gemma-3-27b-it", code=400)], WITHOUT_SYSTEM),
    Case("TGI", 424, {"error": "Template error: invalid operation: Only user and assistant roles are supported!",
                      "error_type": "template_error"}, WITHOUT_SYSTEM),
    Case("llama.cpp", 500, error("Value is not callable: System role not supported", code=500, type="server_error"),
         WITHOUT_SYSTEM),
    Case("OpenAI", 400, error("Unsupported value: 'messages[0].role' does not support 'system' with this model.",
                              param="messages[0].role", code="unsupported_value"), WITHOUT_SYSTEM),
    Case("SGLang", 400, fastapi("Failed to apply chat template: roles must alternate"), WITHOUT_SYSTEM),
    Case("LM Studio", 400, {"error": "Error rendering prompt with jinja template: Only user and assistant roles are supported"},
         WITHOUT_SYSTEM),
]  # fmt: skip

PASSING = [
    *(Case("any", status, error("no"), AGAIN) for status in (408, 409, 421, 423, 425, 499, 500, 502, 503, 504)),
    *(Case("Cloudflare", status, "<html><title>Web server is down</title></html>", AGAIN) for status in range(520, 530)),
    Case("TGI", 424, {"error": "Request failed during generation: Server error: index 1 is out of bounds for dimension 0 with "
                      "size 1", "error_type": "generation"}, AGAIN),
    Case("Cloudflare", 403, "<!doctype html><title>Just a moment...</title>", AGAIN),
    Case("Cloudflare", 200, "<!doctype html><title>Just a moment...</title>Checking your browser", AGAIN),
    Case("a gateway", 200, None, AGAIN),
    Case("a gateway", 200, [], AGAIN),
    Case("a gateway", 200, "", AGAIN),
    Case("a gateway", 200, "upstream closed", AGAIN),
    Case("a gateway", 200, 'data: {"choices": [{"delta": {"content": "A"}}]}\n\ndata: [DONE]\n', AGAIN),
    Case("a gateway", 200, {}, AGAIN),
    Case("a gateway", 200, {"id": "1", "choices": None}, AGAIN),
    Case("OpenRouter", 200, error("Provider returned error", code=502), AGAIN),
    Case("OpenRouter", 200, error("Upstream error", code="503"), AGAIN),
    Case("Anthropic", 529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, AGAIN),
    Case("Anthropic", 200, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, AGAIN),
    Case("MiniMax", 200, {"choices": None, "base_resp": {"status_code": 1002, "status_msg": "rate limit"}}, AGAIN),
]  # fmt: skip

OTHERS = [
    Case("OpenAI", 403, error("Country, region, or territory not supported", code="unsupported_country_region_territory"),
         AuthenticationFailed),
    Case("Google", 403, error("This model is not available in your region"), AuthenticationFailed),
    Case("OpenAI", 403, error("Your organization has been disabled for violating our usage policies."), AuthenticationFailed),
    Case("OpenAI", 401, error("Incorrect API key provided", code="invalid_api_key"), AuthenticationFailed),
    Case("Google", 400, [error("API key not valid. Please pass a valid API key.", code=400,
                               details=[{"reason": "API_KEY_INVALID"}])], AuthenticationFailed),
    Case("DeepSeek", 402, error("Insufficient Balance"), QuotaExhausted),
    Case("LM Studio", 200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}, EndpointUnreachable),
    Case("nginx", 404, "<html><title>404 Not Found</title></html>", EndpointUnreachable),
    Case("nginx", 405, "<html><title>405 Not Allowed</title></html>", EndpointUnreachable),
    Case("FastAPI", 404, {"detail": "Not Found"}, EndpointUnreachable),
    Case("nginx", 413, "<html><title>413 Request Entity Too Large</title></html>", BadRequest),
    Case("OpenAI", 400, error("Could not process image", code="invalid_image"), BadRequest),
    Case("OpenAI", 400, error("You uploaded an unsupported image. Please make sure your image is valid.",
                              code="invalid_image_format"), BadRequest),
    Case("llama.cpp", 400, error("the request exceeds the available context size", code=400, type="exceed_context_size_error"),
         BadRequest),
    Case("vLLM", 400, fastapi("This model's maximum context length is 4096 tokens."), BadRequest),
]  # fmt: skip

CASES = [*FILTERS, *BLIND_MODELS, *MISSING_MODELS, *SCHEMA_REFUSALS, *SYSTEM_REFUSALS, *PASSING, *OTHERS]
