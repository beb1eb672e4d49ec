"""Acknowledged writes survive a kill and restart."""

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sized
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from encord.http.constants import RequestsSettings
from encord.orm.storage import DataUploadImage, DataUploadItems, StorageItemType

from judge_pipeline_tests import media_files
from judge_pipeline_tests.forked import ForkedCode
from judge_pipeline_tests.local.encord.captions import store, upload_texts
from judge_pipeline_tests.seed_project import SeedProject, create_seed_project
from judge_pipeline_tests.servers import LocalEncord, register, running_local_encord

MEGABYTE = 1 << 20

SERVER = """
import socket, sys, uvicorn
from pathlib import Path
from judge_pipeline.local.encord import create_app
listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(create_app(Path(sys.argv[1])), log_level="error")).run(sockets=[listener])
"""


def start(data_dir: Path) -> tuple[subprocess.Popen[str], str]:
    """Start a server process; returns it and its URL."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(data_dir)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    )
    assert process.stdout is not None
    return process, f"http://127.0.0.1:{process.stdout.readline().strip()}"


def start_forked(data_dir: Path) -> tuple[ForkedCode, str]:
    """The same in a forked process, which has everything imported."""
    process = ForkedCode(SERVER, data_dir)
    return process, f"http://127.0.0.1:{process.stdout.readline().strip()}"


def write_until_killed(
    server: LocalEncord, seed: SeedProject, life: int, folder: Path, acknowledged: dict[str, int]
) -> None:
    """Upload, link and describe texts one by one; `acknowledged` collects what the server confirmed."""
    client = server.client(settings=RequestsSettings(max_retries=0, connection_retries=0))
    storage = client.get_storage_folder(seed.folder_uuid)
    dataset = client.get_dataset(seed.dataset_hash, include_data_rows=False)
    for number in itertools.count():
        item = upload_texts(storage, folder, {f"{life}-{number}.txt": f"{number}"})[0]
        dataset.link_items([item])
        client.get_storage_item(item).update(client_metadata={"number": number})
        acknowledged[str(item)] = number


@pytest.mark.slow
def test_every_acknowledged_write_survives_kill_9(tmp_path: Path) -> None:
    """Two servers on one folder are killed during writes; the third has every acknowledged write."""
    acknowledged: dict[str, int] = {}
    process, url = start_forked(tmp_path / "encord")
    user = register(url, "pipeline@example.com")
    seed = create_seed_project(user)
    for life in range(2):
        if life:
            process, url = start_forked(tmp_path / "encord")
        here = LocalEncord(url, user.email, user.private_key_text)
        with ThreadPoolExecutor(1) as writer:
            writing = writer.submit(write_until_killed, here, seed, life, tmp_path, acknowledged)
            wait_for(acknowledged, 5 * (life + 1), writing)
            os.kill(process.pid, signal.SIGKILL)
            assert writing.exception() is not None
        process.communicate(timeout=10)
    with running_local_encord(tmp_path / "encord", email="other@example.com") as server:
        client = LocalEncord(server.url, user.email, user.private_key_text).client()
        rows = client.get_project(seed.project_hash).list_label_rows_v2(include_client_metadata=True)
        found = {str(row.backing_item_uuid): (row.client_metadata or {}).get("number") for row in rows}
        assert {item: found[item] for item in acknowledged} == acknowledged
        assert all(row.task_uuid for row in rows)
        items = client.get_storage_items(list(acknowledged), sign_url=True)
        contents = [requests.get(str(item.get_signed_url()), timeout=10).text for item in items]
        assert contents == [str(number) for number in acknowledged.values()]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the memory of another process is read from /proc")
def test_a_large_file_is_streamed_without_being_held_in_memory(tmp_path: Path) -> None:
    """Uploads and downloads are streamed, so memory does not limit the size of files."""
    process, url = start(tmp_path / "encord")
    user = register(url, "pipeline@example.com")
    folder = user.client().create_storage_folder("Photographs")
    offered = folder._get_upload_signed_urls(StorageItemType.IMAGE, 1)[0]
    before = peak_memory_mb(process)
    requests.put(offered.signed_url, data=itertools.repeat(bytes(MEGABYTE), 64), timeout=60).raise_for_status()
    store(folder, DataUploadItems(images=[DataUploadImage(object_url=offered.object_key)]))
    item = user.client().get_storage_item(offered.item_uuid, sign_url=True)
    with requests.get(str(item.get_signed_url()), stream=True, timeout=60) as answer:
        assert sum(len(piece) for piece in answer.iter_content(MEGABYTE)) == item.file_size == 64 * MEGABYTE
    assert peak_memory_mb(process) - before < 30
    process.terminate()
    process.communicate(timeout=10)


def peak_memory_mb(process: subprocess.Popen[str]) -> float:
    """The peak memory of a process."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def wait_for(acknowledged: Sized, count: int, writing: Future[None]) -> None:
    """Wait until `count` writes were acknowledged or the writer has stopped; at most a minute."""
    deadline = time.monotonic() + 60
    while len(acknowledged) < count and not writing.done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_restart_keeps_state_options_and_signed_urls(tmp_path: Path) -> None:
    with running_local_encord(tmp_path / "encord") as first:
        seed = create_seed_project(first)
        first.control("POST", "config", json={"task_page_size": 7})
        folder = first.client().get_storage_folder(seed.folder_uuid)
        uuid = upload_texts(folder, tmp_path, {"a.txt": "a"})[0]
        url = str(first.client().get_storage_item(uuid, sign_url=True).get_signed_url())
        token = first.client().get_bearer_token()
    with running_local_encord(tmp_path / "encord", email="other@example.com") as second:
        assert requests.get(url.replace(first.url, second.url), timeout=10).text == "a"
        assert second.control("GET", "config").json()["task_page_size"] == 7
        answer = requests.get(
            f"{second.url}/v2/public/projects", headers={"Authorization": f"Bearer {token}"}, timeout=10
        )
        assert [project["projectHash"] for project in answer.json()["results"]] == [seed.project_hash]


def test_a_folder_of_an_earlier_version_is_migrated(tmp_path: Path) -> None:
    """An existing demo survives an update."""
    with running_local_encord(tmp_path / "encord") as first:
        seed = create_seed_project(first)
        uuid = upload_texts(first.client().get_storage_folder(seed.folder_uuid), tmp_path, {"a.txt": "a"})[0]
    with sqlite3.connect(tmp_path / "encord" / "encord.sqlite3") as database:
        database.execute("ALTER TABLE items DROP COLUMN description")
        database.execute("ALTER TABLE items DROP COLUMN media_json")
        database.execute("DROP TABLE data_group_members")
    with running_local_encord(tmp_path / "encord", email="other@example.com") as second:
        item = LocalEncord(second.url, first.email, first.private_key_text).client().get_storage_item(uuid)
        item.update(description="kept")
        assert (item.name, item.description) == ("a.txt", "kept")
        assert item.parent_folder().create_image_group(media_files.pictures(tmp_path))
