"""Separate stores, in SQLite files and on a PostgreSQL server that the tests start."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.leases import Lease
from judge_pipeline.store.store import ProjectStore, Store
from judge_pipeline_tests.store.postgresql_server import PostgresqlServer, programs, running_postgresql

PROJECT = "d6ad2d2e-7b6c-4a9e-8b1c-3f5a0c1e9b77"

NewDatabase = Callable[[], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """One server for all tests of a process."""
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed (no initdb): the store is tested on SQLite alone")
    with running_postgresql(folder) as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Creates an empty database and gives its address."""

    @contextmanager
    def in_a_file() -> Iterator[str]:
        yield f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db"

    @contextmanager
    def on_the_server() -> Iterator[str]:
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        with server.database() as name:
            yield server.url(name)

    if request.param == "sqlite":
        return in_a_file
    request.getfixturevalue("postgresql")
    return on_the_server


@pytest.fixture
def url(new_database: NewDatabase) -> Iterator[str]:
    """The address of an empty database for one test."""
    with new_database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/deep/down/store.db"


@pytest.fixture(scope="session")
def store_url(new_database: NewDatabase) -> Iterator[str]:
    with new_database() as url:
        yield url


@pytest.fixture(scope="session")
def store(store_url: str) -> Iterator[Store]:
    """One store for all tests: opening one for each would take most of the time."""
    store = Store.open(store_url)
    yield store
    store.close()


@pytest.fixture
def project(store: Store) -> ProjectStore:
    """An empty project for one test."""
    return store.project(str(uuid4()))


@pytest.fixture(scope="module")
def shared_project(store: Store) -> ProjectStore:
    """One project for all examples of a property."""
    return store.project(str(uuid4()))


def lease_on(project: ProjectStore, tag: Tag) -> Lease:
    """A lease on a tag that no run holds."""
    return leases_on(project, tag)[tag]


def leases_on(project: ProjectStore, *tags: Tag) -> dict[Tag, Lease]:
    """The same for many tags."""
    taken = project.leases.acquire(tags, holder=f"test {uuid4()}", seconds=3_600)
    assert set(taken) == set(tags)
    return taken
