"""The server's own routes: counters, the log, faults, options."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from encord.exceptions import RateLimitExceededError, RequestException, UnknownException
from encord.http.constants import RequestsSettings

from judge_pipeline_tests.local.encord.captions import add_texts, upload_texts
from judge_pipeline_tests.seed_project import SeedProject
from judge_pipeline_tests.servers import LocalEncord

ONCE = RequestsSettings(max_retries=0, connection_retries=0)


def inject(server: LocalEncord, match: str, status: int | str, **more: object) -> None:
    server.control("POST", "faults", json={"match": match, "status": status, **more})


def faults_met(server: LocalEncord) -> list[int]:
    return [fault["met"] for fault in server.control("GET", "faults").json()]


def test_requests_are_counted_by_operation_and_blobs_separately(
    seed: SeedProject, server: LocalEncord, tmp_path: Path
) -> None:
    client = server.client()
    folder = client.get_storage_folder(seed.folder_uuid)
    server.control("DELETE", "stats")
    uuid = upload_texts(folder, tmp_path, {"a.txt": "a"})[0]
    client.get_storage_items([uuid])
    client.get_dataset(seed.dataset_hash)
    assert server.control("DELETE", "stats").json() == {
        "total": 5,
        "writes": 2,
        "blobs": 1,
        "by_operation": {
            "GET storage/folders/{folder}/data-upload-jobs/{job}": 1,
            "POST storage/folders/{folder}/data-upload-jobs": 1,
            "POST storage/folders/{folder}/upload-signed-urls": 1,
            "POST storage/items/get-bulk": 1,
            "v1 GET dataset": 1,
        },
    }
    assert server.control("GET", "stats").json()["total"] == 0


def test_the_log_names_caller_status_and_trace(server: LocalEncord) -> None:
    with pytest.raises(Exception, match="trace_id") as refused:
        server.client().get_project("00000000-0000-4000-8000-000000000000")
    entry = server.control("GET", "log").json()[-1]
    assert (entry["operation"], entry["caller"], entry["status"]) == ("GET projects/{project}", server.email, 403)
    assert entry["trace_id"] in str(refused.value)


def test_health_needs_no_key(server: LocalEncord) -> None:
    assert requests.get(f"{server.url}/_local/health", timeout=10).json() == {"status": "ok"}


def test_a_fault_skips_then_fails_then_is_used_up(server: LocalEncord) -> None:
    inject(server, "^POST storage/folders$", 500, skip=1, times=2)
    client = server.client()
    client.create_storage_folder("passes")
    for _ in range(2):
        with pytest.raises(UnknownException):
            client.create_storage_folder("fails")
    client.create_storage_folder("passes again")
    fault = server.control("GET", "faults").json()[0]
    assert (fault["met"], fault["done"]) == (2, True)
    assert len(server.control("DELETE", "faults").json()) == 1
    assert server.control("GET", "faults").json() == []


def test_a_fault_before_has_no_effect_and_a_fault_after_has_it(server: LocalEncord) -> None:
    client = server.client()
    for when in ("before", "after"):
        inject(server, "^POST storage/folders$", 500, when=when)
        with pytest.raises(UnknownException):
            client.create_storage_folder(when)
    assert [folder.name for folder in client.list_storage_folders()] == ["after"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_reset_cuts_the_connection_without_an_answer(server: LocalEncord, when: str) -> None:
    inject(server, "^POST storage/folders$", "reset", when=when)
    with pytest.raises(RequestException):
        server.client(settings=ONCE).create_storage_folder("x")
    assert server.control("GET", "log").json()[-1]["status"] is None
    assert len(list(server.client().list_storage_folders())) == (when == "after")


def test_the_sdk_retries_a_read_after_a_503_and_a_reset(seed: SeedProject) -> None:
    inject(seed.server, "v1 GET labelrowmetadata", 503, retry_after=0)
    inject(seed.server, "GET projects/", "reset")
    assert seed.project().list_label_rows_v2() == []
    assert faults_met(seed.server) == [1, 1]


def test_a_429_carries_its_retry_after(server: LocalEncord) -> None:
    inject(server, "GET storage/folders", 429, retry_after=7, times=10)
    with pytest.raises(RateLimitExceededError) as limited:
        list(server.client(settings=ONCE).list_storage_folders())
    assert limited.value.retry_after == 7


def test_a_slow_answer_arrives_complete(server: LocalEncord) -> None:
    inject(server, "GET storage/folders", "slow", delay_seconds=0.3)
    started = time.perf_counter()
    assert list(server.client().list_storage_folders()) == []
    assert time.perf_counter() - started >= 0.3


def test_an_impatient_client_gives_up_on_a_slow_answer(server: LocalEncord) -> None:
    inject(server, "GET storage/folders", 503, delay_seconds=1.5)
    hasty = RequestsSettings(max_retries=0, connection_retries=0, read_timeout=1)
    with pytest.raises(RequestException):
        list(server.client(settings=hasty).list_storage_folders())


def test_faults_apply_to_blob_transfers_too(seed: SeedProject, tmp_path: Path) -> None:
    inject(seed.server, "PUT storage-blobs", 503)
    add_texts(seed, tmp_path, 1)
    assert faults_met(seed.server) == [1]


def test_latency_is_added_to_every_request(server: LocalEncord) -> None:
    assert server.control("POST", "config", json={"latency_seconds": 0.2}).json()["latency_seconds"] == 0.2
    started = time.perf_counter()
    list(server.client().list_storage_folders())
    assert time.perf_counter() - started >= 0.2


def test_an_invalid_fault_is_refused(server: LocalEncord) -> None:
    for wrong in ({"match": "("}, {"status": 200}, {"when": "during"}, {"time": 2}):
        answer = requests.post(f"{server.url}/_local/faults", json={"match": "x", "status": 500} | wrong, timeout=10)
        assert answer.status_code == 422


def test_a_key_belongs_to_one_user(server: LocalEncord) -> None:
    key = {"public_key_hex": "0" * 64}
    for _ in range(2):
        server.control("POST", "users", json=key | {"email": "a@example.com"})
    with pytest.raises(RuntimeError, match="the key belongs to"):
        server.control("POST", "users", json=key | {"email": "b@example.com"})


def test_sixteen_clients_work_at_once(seed: SeedProject, tmp_path: Path) -> None:
    """Each adds and links its own text; none is lost or duplicated."""
    start = threading.Barrier(16)

    def work(number: int) -> None:
        client = seed.client()
        folder = client.get_storage_folder(seed.folder_uuid)
        start.wait(timeout=30)
        item = upload_texts(folder, tmp_path, {f"{number:02d}.txt": str(number)})[0]
        client.get_dataset(seed.dataset_hash, include_data_rows=False).link_items([item])
        client.get_storage_item(item).update(client_metadata={"number": number})

    with ThreadPoolExecutor(16) as workers:
        list(workers.map(work, range(16)))
    rows = seed.project().list_label_rows_v2(include_client_metadata=True)
    assert sorted((row.client_metadata or {})["number"] for row in rows) == list(range(16))
