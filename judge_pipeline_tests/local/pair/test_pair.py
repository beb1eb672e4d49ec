"""The local pair: a process that needs the servers finds or starts them, and they are never started twice."""

import os
import signal
import socket
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import requests
from encord import EncordUserClient

from judge_pipeline.local.pair.errors import LocalServerError
from judge_pipeline.local.pair.pair import LocalPair, RunningPair
from judge_pipeline_tests.processes import have_ended, wait_until
from judge_pipeline_tests.seed_project import seed_ontology
from judge_pipeline_tests.servers import UNREACHABLE_URL

pytestmark = pytest.mark.slow

ENSURE = """
import sys
from pathlib import Path
from judge_pipeline.local.pair.pair import LocalPair
running = LocalPair(Path(sys.argv[1])).ensure_running()
print(running.encord.url, running.encord.pid, running.models.url, running.models.pid)
"""


NOT_HOLDING = (
    f'{{"url": "{UNREACHABLE_URL}", "pid": 1, "kind": "encord"}}',  # a living stranger's process
    f'{{"url": "{UNREACHABLE_URL}"',
    "[]",
)


def client(pair: LocalPair, running: RunningPair) -> EncordUserClient:
    """The official SDK on the local Encord, as its only user."""
    return EncordUserClient.create_with_ssh_private_key(pair.ssh_private_key, domain=running.encord_url)


def addresses(running: RunningPair) -> dict[str, str]:
    return {"encord": running.encord_url, "models": running.models_url}


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def test_concurrent_processes_start_one_pair_and_bypass_the_proxy(folder: Path) -> None:
    """Many companies' shells set a proxy, which cannot reach this machine's loopback."""
    proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), UNREACHABLE_URL)
    environment = {name: value for name, value in os.environ.items() if name.upper() != "NO_PROXY"} | proxies
    command = [sys.executable, "-c", ENSURE, str(folder)]
    racing = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    found = {process.communicate(timeout=100)[0] for process in racing}
    assert [process.returncode for process in racing] == [0] * 4
    assert len(found) == 1, "every process was given the same addresses and the same two processes"


def test_both_servers_respond_their_start_is_logged_once_and_they_stop_when_idle(folder: Path) -> None:
    logged: list[str] = []
    pair = LocalPair(folder, log=logged.append, idle_seconds=8)
    running = pair.ensure_running()
    assert logged == [f"started the local {name} at {url}" for name, url in addresses(running).items()]
    assert stat.S_IMODE(pair.key_file.stat().st_mode) == 0o600
    assert client(pair, running).get_datasets() == []
    assert requests.get(f"{running.models_url}/v1/models/measured-judge", timeout=10).ok
    assert pair.ensure_running() == running
    assert len(logged) == 2
    wait_until(lambda: have_ended([running.encord.pid, running.models.pid]), seconds=60)


def test_a_killed_server_restarts_on_its_port_with_its_data_whatever_the_address_file_says(
    folder: Path, pair: LocalPair
) -> None:
    """Clients and saved project hashes keep working; the port changes only if it is taken."""
    before = pair.ensure_running()
    ontology = client(pair, before).create_ontology("Captions", structure=seed_ontology())

    def after_a_kill(running: RunningPair, *, address: str | None = None) -> RunningPair:
        os.kill(running.encord.pid, signal.SIGKILL)
        wait_until(partial(have_ended, [running.encord.pid]), seconds=10)
        if address:
            (folder / "encord.address.json").write_text(address)
        after = pair.ensure_running()
        assert after.encord.pid != running.encord.pid
        assert after.models == running.models
        assert client(pair, after).get_ontology(ontology.ontology_hash).title == "Captions", address
        return after

    running = after_a_kill(before)
    assert running.encord_url == before.encord_url
    for address in NOT_HOLDING:
        running = after_a_kill(running, address=address)


def test_stop_ends_both_and_the_next_pair_reuses_the_key_and_the_free_ports(
    pair: LocalPair,
) -> None:
    before = pair.ensure_running()
    key = pair.ssh_private_key
    pair.stop()
    assert have_ended([before.encord.pid, before.models.pid])
    with socket.create_server(("127.0.0.1", port_of(before.encord_url))):
        after = pair.ensure_running()
    assert after.encord_url != before.encord_url
    assert after.models_url == before.models_url
    assert pair.ssh_private_key == key


def test_a_server_that_does_not_start_reports_the_reason_and_its_log(folder: Path, pair: LocalPair) -> None:
    (folder / "encord").write_text("a file where a folder should be")
    with pytest.raises(LocalServerError, match=r"the local encord server does not start: .*File exists.*encord\.log"):
        pair.ensure_running()


def test_a_folder_that_cannot_be_created_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalServerError, match=r"file/demo \(Not a directory\); choose another with --home"):
        LocalPair(tmp_path / "file" / "demo").ensure_running()
