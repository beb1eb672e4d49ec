"""One local models server for the whole folder; its only state is counters and injected faults."""

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
import requests

from judge_pipeline.local.models import create_app
from judge_pipeline.local.models.networks.catalogue import LITE1
from judge_pipeline.local.models.networks.classifier import Classifier
from judge_pipeline_tests.local.models.asking import NAMES, data_uri, photograph_bytes, sentence
from judge_pipeline_tests.servers import serve
from judge_pipeline_tests.state_folders import networks

__all__ = ["networks"]


@pytest.fixture(scope="session")
def running(networks: Path) -> Iterator[str]:
    with serve(create_app(networks)) as url:
        yield url


@pytest.fixture
def url(running: str) -> str:
    """The server's URL, with counters and faults reset."""
    requests.delete(f"{running}/_local/stats", timeout=10)
    requests.delete(f"{running}/_local/faults", timeout=10)
    return running


@pytest.fixture(scope="session")
def sdk(running: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{running}/v1", api_key="anything", max_retries=0, timeout=30) as sdk:
        yield sdk


@pytest.fixture
def client(sdk: openai.OpenAI, url: str) -> openai.OpenAI:
    """The official SDK against a server without injected faults."""
    return sdk


@pytest.fixture(scope="session")
def described(sdk: openai.OpenAI) -> dict[str, tuple[str, str]]:
    """Both describers' sentences about every sample photograph, the brief one first."""
    return {
        name: (sentence(sdk, "measured-brief", uri), sentence(sdk, "measured-detailed", uri))
        for name in NAMES
        for uri in [data_uri(photograph_bytes(name))]
    }


@pytest.fixture(scope="session")
def judge_network(networks: Path) -> Classifier:
    return Classifier(LITE1, networks / "networks")
