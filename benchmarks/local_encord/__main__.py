"""Benchmarks the local Encord with 30,000 label rows and 16 concurrent clients of the official SDK; prints a Markdown table.

    python -m benchmarks.local_encord [label rows]

The server is a separate process, started as users start it; the clients are threads of this process, so that on two
cores SDK and server have about one each. Times are the client's and include the SDK's work, unless stated otherwise.
"""

import gc
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import requests
from encord import Project
from encord.objects import Classification
from encord.objects.ontology_labels_impl import LabelRowV2
from encord.storage import StorageFolder
from encord.workflow import AgentStage

from benchmarks.local_encord.figures import percentiles, repeated, row, spread, timed
from benchmarks.local_encord.server import RunningServer, started_server
from judge_pipeline.encord_project.texts import NewText, put_text, register_texts, reserve_text_uploads
from judge_pipeline_tests.seed_project import SeedProject, create_seed_project
from judge_pipeline_tests.servers import register, running_local_encord

CLIENTS = 16
BULK = 1000
MIXED_SECONDS = 20
TASKS = "GET projects/{project}/workflow/stages/{stage}/tasks"
LISTING = "v1 GET labelrowmetadata"

T = TypeVar("T")


def main() -> None:
    """Print the table, row by row."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30_000
    print("| what | figure |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        start_up(Path(folder))
        with started_server(Path(folder) / "large") as server:
            encord = register(server.url, "benchmark@example.com")
            seed = create_seed_project(encord)
            row("memory of the empty server", f"{server.memory_mb():.0f} MB")
            fill(seed, count)
            listings(server, seed)
            pages(seed)
            bulk(seed)
            mixed(server, seed)


def start_up(folder: Path) -> None:
    """How long a test waits for its own server."""
    server_seconds, project_seconds = [], []
    for number in range(7):
        started = time.perf_counter()
        with running_local_encord(folder / f"small{number}") as encord:
            server_seconds.append(time.perf_counter() - started)
            started = time.perf_counter()
            create_seed_project(encord)
            project_seconds.append(time.perf_counter() - started)
    row("a server in a test: up, with a registered user", f"{1000 * statistics.median(server_seconds):.0f} ms")
    row("its seed project, made through the SDK", f"{1000 * statistics.median(project_seconds):.0f} ms")


def fill(seed: SeedProject, count: int) -> None:
    """Uploads texts in thousands from all clients, then links them."""
    jobs = [min(BULK, count - start) for start in range(0, count, BULK)]

    def upload(size: int) -> list[UUID]:
        return upload_texts(seed.client().get_storage_folder(seed.folder_uuid), size)

    seconds, uploaded = timed(lambda: together(upload, jobs))
    row(f"upload {count:,} texts, {CLIENTS} clients", f"{seconds:.0f} s, {count / seconds:,.0f} per second")
    dataset = seed.client().get_dataset(seed.dataset_hash, include_data_rows=False)
    batches = [timed(partial(dataset.link_items, items))[0] for items in uploaded]
    row(f"link {BULK:,} items", spread(batches))


def listings(server: RunningServer, seed: SeedProject) -> None:
    """Lists the whole project in one request, repeatedly: the time, and whether the server's memory grows."""
    project = seed.project()
    durations, memory = [], []

    def whole() -> int:
        return len(project.list_label_rows_v2(include_client_metadata=True))

    for _ in range(10):
        seconds, count = timed(whole)
        durations.append(seconds)
        memory.append(server.memory_mb())
    served = [entry["milliseconds"] / 1000 for entry in log(seed) if entry["operation"] == LISTING]
    row(f"list {count:,} label rows with metadata, ten times", spread(durations))
    row("the server's share", spread(served))
    with garbage_collector_disabled():
        row("the same with the client's garbage collector disabled", spread(repeated(whole)))
    row("the same to the last byte, not parsed by the SDK", spread(repeated(lambda: unread_listing(seed))))
    row("memory after one listing, after ten", f"{memory[0]:.0f} MB, {memory[-1]:.0f} MB")


@contextmanager
def garbage_collector_disabled() -> Iterator[None]:
    """Without it: while the SDK creates many objects, the collector repeatedly scans all of them."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def unread_listing(seed: SeedProject) -> int:
    """The size of the listing, fetched without the SDK, with a bearer token instead of its signature."""
    payload = {"include_uninitialised_labels": True, "include_client_metadata": True}
    query = {"query_type": "labelrowmetadata", "query_method": "GET", "values": {"uid": None, "payload": payload}}
    headers = {
        "Authorization": f"Bearer {seed.client().get_bearer_token()}",
        "ResourceType": "project",
        "ResourceID": seed.project_hash,
    }
    return len(requests.post(f"{seed.server.url}/public", json=query, headers=headers, timeout=60).content)


def pages(seed: SeedProject) -> None:
    """Reads all pages of 100 tasks."""
    stage = seed.project().workflow.get_stage(name="LLM1", type_=AgentStage)
    seconds, tasks = timed(lambda: list(stage.get_tasks()))
    durations = [entry["milliseconds"] for entry in log(seed) if entry["operation"] == TASKS]
    row("a page of 100 tasks", f"{1000 * seconds / len(durations):.1f} ms")
    row(f"the server's share, over all {len(durations)} pages", percentiles(durations))
    hashes = [str(task.data_hash) for task in tasks[:: len(tasks) // 100][:100]]
    some = [timed(lambda: list(stage.get_tasks(data_hash=hashes)))[0] for _ in range(9)]
    row("the tasks of 100 data units", spread(some))


def bulk(seed: SeedProject) -> None:
    """The SDK's bundles at their largest."""
    project, client = seed.project(), seed.client()
    rows = project.list_label_rows_v2()[:BULK]
    row(f"initialise {BULK:,} label rows", spread([bundled(project, rows, LabelRowV2.initialise_labels)]))
    for label_row in rows:
        answer(label_row)
    row(f"save {BULK:,} label rows with one answer each", spread([bundled(project, rows, LabelRowV2.save)]))
    hashes: list[str | UUID] = [str(label_row.label_hash) for label_row in rows]
    row(
        f"read the answers of {BULK:,} label rows",
        spread(repeated(lambda: list(project.get_label_classifications(hashes, batch_size=BULK)))),
    )
    uuids = [str(label_row.backing_item_uuid) for label_row in rows]
    row(
        f"read {BULK:,} items with signed URLs",
        spread(repeated(lambda: client.get_storage_items(uuids, sign_url=True))),
    )
    items = client.get_storage_items(uuids)
    with_metadata = bundled(project, items, lambda item, bundle: item.update(client_metadata={"a": 1}, bundle=bundle))
    row(f"write the metadata of {BULK:,} items", spread([with_metadata]))
    stage = project.workflow.get_stage(name="LLM1", type_=AgentStage)
    tasks = [task for _, task in zip(range(BULK), stage.get_tasks(), strict=False)]
    moved = bundled(project, tasks, lambda task, bundle: task.proceed("First caption", bundle=bundle))
    row(f"move {BULK:,} tasks", spread([moved]))


def mixed(server: RunningServer, seed: SeedProject) -> None:
    """All clients at once, and whether the server's memory keeps growing."""
    before = server.memory_mb()
    seed.server.control("DELETE", "stats")
    seconds, rounds = timed(lambda: worked_by_all(seed))
    entries = log(seed)
    failed = [entry for entry in entries if entry["status"] != 200]
    row(f"{CLIENTS} clients, one text at a time, for {MIXED_SECONDS} s", f"{4 * rounds / seconds:.0f} texts per second")
    row("requests per second, failed", f"{stats_total(seed) / seconds:.0f}, {len(failed)}")
    row("the server's share of a request", percentiles([entry["milliseconds"] for entry in entries]))
    memory = [before, server.memory_mb()]
    for _ in range(4):
        worked_by_all(seed)
        memory.append(server.memory_mb())
    row(
        f"memory before, and after each of five times {MIXED_SECONDS} s",
        ", ".join(f"{mb:.0f}" for mb in memory) + " MB",
    )


def worked_by_all(seed: SeedProject) -> int:
    """What pipelines do, from all clients at once: upload, link, list, label, move. Returns the number of rounds of four texts."""
    deadline = time.monotonic() + MIXED_SECONDS
    barrier = threading.Barrier(CLIENTS)

    def work(_: int) -> int:
        client, project = seed.client(), seed.project()
        folder = client.get_storage_folder(seed.folder_uuid)
        dataset = client.get_dataset(seed.dataset_hash, include_data_rows=False)
        stage = project.workflow.get_stage(name="LLM1", type_=AgentStage)
        rounds = 0
        barrier.wait(timeout=60)
        while time.monotonic() < deadline:
            data_hashes = [found.uid for found in dataset.link_items(upload_texts(folder, 4))]
            rows = project.list_label_rows_v2(data_hashes=data_hashes, include_client_metadata=True)
            bundled(project, rows, LabelRowV2.initialise_labels)
            bundled(project, rows, LabelRowV2.save)
            tasks = list(stage.get_tasks(data_hash=data_hashes))
            bundled(project, tasks, lambda task, bundle: task.proceed("First caption", bundle=bundle))
            rounds += 1
        return rounds

    return sum(together(work, range(CLIENTS)))


def upload_texts(folder: StorageFolder, count: int) -> list[UUID]:
    """Upload texts in a batch, as the pipeline uploads captions."""
    reservations = reserve_text_uploads(folder, count)
    texts = [
        NewText(f"{uuid4()}.txt", {"Data Type": "Text_8B", "Tag": str(uuid4())}, "a caption") for _ in reservations
    ]
    for reservation, text in zip(reservations, texts, strict=True):
        put_text(reservation, text.content)
    register_texts(folder, list(zip(reservations, texts, strict=True)))
    return [UUID(reservation.item_uuid) for reservation in reservations]


def answer(label_row: LabelRowV2) -> None:
    choice = label_row.ontology_structure.get_child_by_title("LLM Judge Choice", type_=Classification)
    instance = choice.create_instance(range_only=True)
    instance.set_answer(choice.attributes[0].options[0])
    label_row.add_classification_instance(instance)


def bundled(project: Project, things: Sequence[T], call: Callable[..., Any]) -> float:
    """The duration, in seconds, of one bundle of calls."""

    def send() -> None:
        with project.create_bundle() as bundle:
            for thing in things:
                call(thing, bundle=bundle)

    return timed(send)[0]


def together(work: Callable[[Any], T], jobs: Sequence[Any]) -> list[T]:
    with ThreadPoolExecutor(CLIENTS) as workers:
        return list(workers.map(work, jobs))


def log(seed: SeedProject) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = seed.server.control("GET", "log").json()
    return entries


def stats_total(seed: SeedProject) -> int:
    stats = seed.server.control("GET", "stats").json()
    return int(stats["total"] + stats["blobs"])


if __name__ == "__main__":
    main()
