from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from judge_pipeline.local.models import create_app
from judge_pipeline_tests.engine.model_batches.batch_trial import BatchTrial
from judge_pipeline_tests.servers import serve
from judge_pipeline_tests.state_folders import networks

__all__ = ["networks"]


@pytest.fixture(scope="session")
def batch_server(networks: Path) -> Iterator[str]:
    with serve(create_app(networks)) as url:
        yield url


@pytest.fixture
def server_url(batch_server: str) -> str:
    """The local models, with quick batches, no faults and no counts."""
    for path in ("stats", "faults", "batch-settings"):
        requests.delete(f"{batch_server}/_local/{path}", timeout=10).raise_for_status()
    requests.patch(f"{batch_server}/_local/batch-settings", json={"seconds": 0}, timeout=10).raise_for_status()
    return batch_server


@pytest.fixture
def trial(server_url: str, tmp_path: Path) -> BatchTrial:
    return BatchTrial(server_url, tmp_path)
