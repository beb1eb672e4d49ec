"""Endpoints that cannot work are not built."""

from typing import Any

import pytest

from judge_pipeline.models.endpoint import Endpoint


def test_an_address_loses_its_last_slash() -> None:
    assert Endpoint(name="LLM1", base_url="https://host/v1/", model="m").base_url == "https://host/v1"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"base_url": "host:8000/v1"}, "LLM1__BASE_URL is 'host:8000/v1', expected an address like https://host/v1"),
        ({"base_url": ""}, "LLM1__BASE_URL"),
        ({"model": ""}, "LLM1__MODEL is empty"),
        ({"concurrency": 0}, "concurrency"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
        ({"requests_per_minute": 0}, "LLM1: requests_per_minute is 0, expected a number above 0"),
        ({"tokens_per_minute": -1}, "LLM1: tokens_per_minute is -1"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Endpoint(**{"name": "LLM1", "base_url": "https://host/v1", "model": "m", **settings})
