"""Builds the response of POST /v1/chat/completions."""

from __future__ import annotations

import hashlib
import math
import re
from typing import Any

from judge_pipeline.local.models.api.chat_request import ChatRequest

TOKEN = re.compile(r"\s*\S{1,4}")
"""Text is counted in pieces of up to four characters: close to real tokenizers for English, and reproducible."""

IMAGE_PATCH = 32
"""An image costs one token for each patch of 32 x 32 pixels, as OpenAI's patch-counted models do."""

MAX_PATCHES = 1536


def completion(
    request: ChatRequest,
    content: str | None,
    *,
    image_size: tuple[int, int],
    finish_reason: str = "stop",
    refusal: str | None = None,
    created: int,
) -> dict[str, Any]:
    """The response body; an answer above the token limit is cut, with the finish reason 'length'."""
    written = TOKEN.findall(content or refusal or "")
    limit = request.token_limit
    if content is not None and limit is not None and len(written) > limit:
        written, finish_reason = written[:limit], "length"
        content = "".join(written)
    image_tokens = min(MAX_PATCHES, math.prod(math.ceil(side / IMAGE_PATCH) for side in image_size))
    prompt_tokens = len(TOKEN.findall(request.text)) + image_tokens
    return {
        "id": f"chatcmpl-local-{_fingerprint(request, content)}",
        "object": "chat.completion",
        "created": created,
        "model": request.model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, "refusal": refusal},
                "logprobs": None,
                "finish_reason": finish_reason,
            }
        ],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": len(written),
            "total_tokens": prompt_tokens + len(written),
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
        "system_fingerprint": "measured-descriptions",
    }


def _fingerprint(request: ChatRequest, content: str | None) -> str:
    digest = hashlib.sha256(request.model_dump_json().encode())
    digest.update((content or "").encode())
    return digest.hexdigest()[:24]
