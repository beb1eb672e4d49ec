"""Threads and processes that use one store at the same time, and one that is killed."""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, select

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.address import Address
from judge_pipeline.store.store import ProjectStore, Store
from judge_pipeline.store.tables import discarded_answers
from judge_pipeline_tests.forked import ForkedCode
from judge_pipeline_tests.store.conftest import PROJECT, lease_on

THREADS = 8

WRITER = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.store.store import Store

url, project, name, threads, each = sys.argv[1:]
store = Store.open(url).project(project)

def write(thread):
    tags = [f"{name} {thread} {number}" for number in range(int(each))]
    leases = store.leases.acquire(tags, holder=name, seconds=3_600)
    for number, tag in enumerate(tags):
        store.save_result("usage", leases[tag], Usage(number))
        os.write(1, f"{tag}\\n".encode())

with ThreadPoolExecutor(int(threads)) as pool:
    list(pool.map(write, range(int(threads))))
"""


def start_writer(url: str, name: str, *, threads: int, each: int) -> ForkedCode:
    return ForkedCode(WRITER, url, PROJECT, name, threads, each)


def in_threads(work: Callable[[int], None]) -> None:
    start = threading.Barrier(THREADS)

    def together(number: int) -> None:
        start.wait()
        work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(together, range(THREADS)))


def test_eight_threads_write_and_read_at_once(project: ProjectStore) -> None:
    def work(thread: int) -> None:
        for number in range(20):
            tag = Tag(f"{thread} {number}")
            lease = lease_on(project, tag)
            project.save_failure("usage", lease, title="cat.jpg", kind="refused", message="no", run_id=None)
            project.save_intent("link", lease, {"n": number})
            project.save_result("usage", lease, Usage(number))
            assert project.results("usage", Usage, [tag]) == {tag: Usage(number)}
            project.clear_intent("link", lease)

    in_threads(work)

    assert project.result_counts() == {"usage": THREADS * 20}
    assert project.failures() == []


def test_an_answer_that_eight_threads_discard_is_kept_for_reading_once(store_url: str, project: ProjectStore) -> None:
    answer = ModelAnswer("I cannot help with that.", "m", Usage(), 1.0)
    fingerprint = str(uuid4())
    project.save_answer(fingerprint, purpose="judgements", answer=answer)

    in_threads(lambda thread: project.discard_answer(fingerprint, f"refused, says thread {thread}"))

    asked = discarded_answers.c.fingerprint == fingerprint
    with create_engine(Address.read(store_url).url).connect() as connection:
        kept = connection.execute(select(discarded_answers.c.text).where(asked)).all()
    assert kept == [("I cannot help with that.",)]
    assert project.find_answer(fingerprint) is None


def test_a_new_store_may_be_opened_by_eight_threads_at_once(url: str) -> None:
    """Switching a new SQLite file to WAL does not wait for another that is switching it: it once failed as "locked"."""

    def open_and_write(thread: int) -> None:
        store = Store.open(url)
        project = store.project(PROJECT)
        project.save_result("usage", lease_on(project, Tag(str(thread))), Usage())
        store.close()

    in_threads(open_and_write)

    assert Store.open(url).project(PROJECT).result_counts() == {"usage": THREADS}


@pytest.mark.slow
def test_two_processes_of_four_threads_write_at_once_and_lose_nothing(url: str) -> None:
    writers = [start_writer(url, name, threads=4, each=25) for name in ("left", "right")]
    acknowledged = [line.strip() for writer in writers for line in writer.communicate(timeout=60).splitlines()]

    assert [writer.wait() for writer in writers] == [0, 0]
    assert sorted(Store.open(url).project(PROJECT).results("usage", Usage)) == sorted(acknowledged)
    assert len(acknowledged) == 2 * 4 * 25


@pytest.mark.slow
def test_what_was_acknowledged_survives_kill_9(url: str) -> None:
    writer = start_writer(url, "killed", threads=4, each=2_000)
    acknowledged = [writer.stdout.readline().strip() for _ in range(100)]

    writer.send_signal(signal.SIGKILL)
    acknowledged += [
        line.strip() for line in writer.communicate(timeout=10).splitlines(keepends=True) if line.endswith("\n")
    ]

    project = Store.open(url).project(PROJECT)
    assert set(acknowledged) <= set(project.results("usage", Usage))
    project.save_result("usage", lease_on(project, Tag("after")), Usage())
