"""The three models: how each answers a request about a picture."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from judge_pipeline.local.models.api.chat_request import ChatRequest
from judge_pipeline.local.models.describers.brief import describe_briefly
from judge_pipeline.local.models.describers.detailed import describe_in_detail
from judge_pipeline.local.models.judge.evidence import Evidence, gather_evidence
from judge_pipeline.local.models.judge.prompt import read_prompt, schema_in
from judge_pipeline.local.models.judge.verdict import compare
from judge_pipeline.local.models.networks.catalogue import LITE0, LITE1, LITE2
from judge_pipeline.local.models.networks.classifier import Classifier
from judge_pipeline.local.models.picture.remembered import remembered
from judge_pipeline.local.models.structured_output.describer import DescriberRespondent
from judge_pipeline.local.models.structured_output.filling import fill
from judge_pipeline.local.models.structured_output.judge import JudgeRespondent

Model = Callable[[Image.Image, ChatRequest], str]
"""Returns the content of the assistant's message."""

CAPTION_SCHEMA: dict[str, Any] = {"type": "object", "properties": {"caption": {"type": "string"}}}


def load_models(data_dir: Path) -> Mapping[str, Model]:
    """Load the networks, converting them into `data_dir` the first time."""
    folder = data_dir / "networks"
    brief, detailed, judge = (Classifier(network, folder) for network in (LITE0, LITE2, LITE1))
    briefly = remembered(lambda picture: describe_briefly(picture, brief))
    in_detail = remembered(lambda picture: describe_in_detail(picture, detailed))
    evidence = remembered(lambda picture: gather_evidence(picture, judge))
    return {
        "measured-brief": lambda picture, request: _describe(briefly(picture), request),
        "measured-detailed": lambda picture, request: _describe(in_detail(picture), request),
        "measured-judge": lambda picture, request: _judge(evidence(picture), request),
    }


def _describe(sentence: str, request: ChatRequest) -> str:
    schema = _schema(request, request.user_text)
    if request.response_format.type == "text":
        return sentence
    return _json(fill(schema or CAPTION_SCHEMA, DescriberRespondent(sentence)))


def _judge(evidence: Evidence, request: ChatRequest) -> str:
    prompt = read_prompt(request.user_text)
    verdict = compare(prompt.caption_a, prompt.caption_b, evidence)
    schema = _schema(request, prompt.surroundings)
    if schema is None:
        return f"Caption {verdict.winner} agrees better with what was measured."
    return _json(fill(schema, JudgeRespondent(verdict)))


def _schema(request: ChatRequest, prompt: str) -> Mapping[str, Any] | None:
    if request.response_format.json_schema is not None:
        return request.response_format.json_schema.schema_
    return schema_in(prompt)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
