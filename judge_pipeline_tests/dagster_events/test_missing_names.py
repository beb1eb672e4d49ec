"""Another Dagster may lack any private name that we use: homes still open, and runs still log everything once."""

import ast
import builtins
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage

from judge_pipeline.cli.support.dagster_home import dagster_instance
from judge_pipeline_tests.dagster_events.two_assets import assert_everything_is_logged_once, run

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[2] / "judge_pipeline" / "dagster_events"
PRIVATE_MODULES = ("dagster._", "dagster_shared")
METHODS = {
    "_event_to_row": SqlEventLogStorage,
    "_store_asset_event": SqlEventLogStorage,
    "_store_asset_event_tags": SqlEventLogStorage,
    "index_transaction": SqlEventLogStorage,
    "run_connection": SqliteEventLogStorage,
}
"""Methods of Dagster's storages that the batched writing calls, and the class that has each."""


def private_imports() -> set[str]:
    """What `judge_pipeline.dagster_events` imports from Dagster's private modules."""
    return {
        alias.name
        for file in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PRIVATE_MODULES)
        for alias in node.names
    }


def private_attributes() -> set[str]:
    """The private attributes of other objects that it uses; an overridden method may call the one that it replaces."""
    return {
        node.attr
        for file in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
        if ast.unparse(node.value) not in {"self", "super()"}
    }


class Renamed:
    """A method that has another name for us and keeps its own for Dagster's code."""

    def __init__(self, name: str, method: Callable[..., Any]) -> None:
        self._name = name
        self._method = method

    def __get__(self, instance: object, owner: type) -> Any:
        if _is_ours(sys._getframe(1).f_globals):
            raise AttributeError(self._name)
        return self._method.__get__(instance, owner)


class Hidden:
    """A private attribute that Dagster's code reads and sets, and ours does not find."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        if _is_ours(sys._getframe(1).f_globals):
            raise AttributeError(self._name)
        return vars(instance)[self._name]

    def __set__(self, instance: Any, value: Any) -> None:
        vars(instance)[self._name] = value


def _is_ours(globals_: dict[str, Any] | None) -> bool:
    return str((globals_ or {}).get("__name__")).startswith("judge_pipeline.")


def take_imports(monkeypatch: pytest.MonkeyPatch, taken: Callable[[str, str], bool]) -> None:
    """Our code, and nothing of Dagster's, finds no such (module, name) from now on; what has imported it is loaded again."""
    own = builtins.__import__

    def without(name: str, globals_: Any = None, locals_: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        missing = [each for each in fromlist or () if _is_ours(globals_) and taken(name, each)]
        if missing:
            raise ImportError(f"cannot import name {missing[0]!r} from {name!r}")
        return own(name, globals_, locals_, fromlist, level)

    monkeypatch.setattr(builtins, "__import__", without)
    for module in [name for name in sys.modules if name.startswith("judge_pipeline.dagster_events.")]:
        monkeypatch.delitem(sys.modules, module)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def assert_a_run_logs_everything_once(home: Path) -> None:
    with dagster_instance(home) as instance:
        assert isinstance(instance.event_log_storage, SqliteEventLogStorage)
        result = run(instance)
        assert "the last one is bad" in str(result.failure_data_for_node("two_assets"))
        assert_everything_is_logged_once(instance, home, result.run_id)


def test_these_are_all_private_names() -> None:
    """A name that the tests below do not take away belongs to them."""
    assert private_attributes() == {name for name in METHODS if name.startswith("_")}
    assert len(private_imports()) >= 4


@pytest.mark.parametrize("name", sorted(private_imports() | {"EventLogEntry", "DagsterEventType", "ASSET_EVENTS"}))
def test_without_a_private_import(name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take_imports(monkeypatch, lambda module, imported: module.startswith(PRIVATE_MODULES) and imported == name)
    assert_a_run_logs_everything_once(home)


def test_without_any_private_import(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take_imports(monkeypatch, lambda module, _: module.startswith(PRIVATE_MODULES))
    assert_a_run_logs_everything_once(home)


@pytest.mark.parametrize("name", METHODS)
def test_without_a_private_method(name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(METHODS[name], name, Renamed(name, getattr(METHODS[name], name)))
    assert_a_run_logs_everything_once(home)


@pytest.mark.parametrize("name", ["_db_lock", "_initialized_dbs"])
def test_without_a_private_attribute(name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SqliteEventLogStorage, name, Hidden(name), raising=False)
    assert_a_run_logs_everything_once(home)


def test_the_run_says_that_batches_fail(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, and with the name that is missing, so that a report can name it."""
    monkeypatch.setattr(SqlEventLogStorage, "_event_to_row", Renamed("_event_to_row", SqlEventLogStorage._event_to_row))
    with dagster_instance(home) as instance:
        result = run(instance)
        messages = [entry.user_message for entry in instance.all_logs(result.run_id)]
    (warning,) = [message for message in messages if "refused a batch" in message]
    assert "AttributeError('_event_to_row')" in warning
