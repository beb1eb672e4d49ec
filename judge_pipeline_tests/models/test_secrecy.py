"""Keys, images and prompts stay out of everything that is shown or logged."""

import logging
import traceback

import pytest
from pydantic import SecretStr

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import LONGEST_QUOTATION, ModelError, quotation
from judge_pipeline.models.images.preparation import PreparedImage
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline_tests.models.conftest import KEY, SYSTEM, TEXT, Ask
from judge_pipeline_tests.models.stub_server import StubServer, failure


def test_a_key_is_in_no_representation() -> None:
    endpoint = Endpoint(name="LLM1", base_url="https://host/v1", model="m", api_key=SecretStr(KEY))
    assert KEY not in f"{endpoint!r} {endpoint} {ModelClient(endpoint)!r} {endpoint.answer_parameters}"


def test_an_image_is_in_no_representation(image: PreparedImage) -> None:
    assert len(repr(image)) < 400


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422, 429, 500])
def test_a_server_that_echoes_the_request_is_not_quoted_whole(
    ask: Ask, stub: StubServer, image: PreparedImage, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.INFO)
    stub.rule = lambda request: failure(
        status, f"no: {request.headers['authorization']} {request.body}", headers={"retry-after": "900"}
    )
    with pytest.raises(ModelError) as raised:
        ask()
    shown = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + caplog.text
    for secret in (KEY, SYSTEM, TEXT, image.data_uri[100:200]):
        assert secret not in shown
    assert raised.value.__context__ is None, "no error of the SDK's behind it, which holds the request"


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValueError, match="LLM1__API_KEY") as raised:
        Endpoint(name="LLM1", base_url="https://user:canary@host/v1", model="m")
    assert "canary" not in str(raised.value)


def test_a_quotation_is_short_and_on_one_line() -> None:
    assert quotation("a\x1b[31m b\n\n\tc\u202e d") == "a [31m b c d"
    assert len(quotation("word " * 1000)) == LONGEST_QUOTATION
    assert quotation(f"got data:image/jpeg;base64,{'A' * 9000} here") == "got [image] here"
    assert quotation("bad key sk-proj-abcdefghijklmnop.") == "bad key [key]."
