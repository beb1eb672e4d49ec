"""Stores in files of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge_pipeline.store.store import ProjectStore, Store

PROJECT = "d6ad2d2e-7b6c-4a9e-8b1c-3f5a0c1e9b77"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/deep/down/store.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store.open(url)
    yield store
    store.close()


@pytest.fixture
def project(store: Store) -> ProjectStore:
    return store.project(PROJECT)


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectStore]:
    """One store for all examples of a property: opening one per example would take most of the time."""
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('shared')}/store.db")
    yield store.project(PROJECT)
    store.close()
