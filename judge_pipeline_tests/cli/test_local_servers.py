"""`local-encord` and `local-models` serve until Ctrl-C, only on the requested port."""

import re
import signal
import socket
from pathlib import Path

import openai
import pytest
from encord import EncordUserClient
from encord.orm.dataset import StorageLocation

from judge_pipeline_tests.cli.commands import judge_pipeline, running

pytestmark = pytest.mark.slow


def sdk_client(line: str) -> EncordUserClient:
    """The client that the printed expression creates."""
    key_file, domain = re.findall("'([^']+)'", line.partition(": ")[2])
    return EncordUserClient.create_with_ssh_private_key(ssh_private_key_path=key_file, domain=domain)


def test_the_local_encord_serves_the_sdk_until_ctrl_c_and_keeps_its_state(tmp_path: Path) -> None:
    for datasets_before in (0, 1):
        with running("local-encord", "--port", "0", "--data-dir", "state", cwd=tmp_path, installed=True) as server:
            client = sdk_client(server.wait_for_line("With Encord's SDK: "))
            assert len(client.get_datasets()) == datasets_before
            client.create_dataset("Photographs", StorageLocation.CORD_STORAGE, create_backing_folder=False)
            assert server.end(signal.SIGINT) == 0
        assert server.stderr == ""


def test_the_local_models_answer_chat_completions_until_ctrl_c(tmp_path: Path, networks: Path) -> None:
    with running("local-models", "--port", "0", "--data-dir", str(networks), cwd=tmp_path) as server:
        base_url = server.wait_for_line("The local models are at ").split()[5]
        with openai.OpenAI(base_url=base_url, api_key="any", max_retries=0) as client:
            assert [model.id for model in client.models.list()] == [
                "measured-brief",
                "measured-detailed",
                "measured-judge",
            ]
        assert server.end(signal.SIGINT) == 0
    assert server.stderr == ""


@pytest.mark.parametrize("command", [("local-encord",), ("local-models",), ("demo", "--ui")])
def test_a_taken_port_is_reported_and_no_other_is_used(tmp_path: Path, command: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = judge_pipeline(*command, "--port", str(port), cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"judge-pipeline: cannot use port {port} of 127.0.0.1 (Address already in use); "
        "choose another --port, or 0 for any free one\n"
    )
    assert list(tmp_path.iterdir()) == []
