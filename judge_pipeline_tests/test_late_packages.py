"""Packages whose `__init__` is executed when its first name is used; which ones are is at the doors to Encord and to models."""

import ast
import importlib
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import encord
import openai
import pytest
from encord.orm.base_dto import BaseDTO

import judge_pipeline.encord_project
import judge_pipeline.models  # noqa: F401
from judge_pipeline.late_packages import LatePackages, import_late

THREADS = 8


@pytest.fixture
def gathering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A package that gathers names from two modules, one of them slow, and a module that needs a name from the package."""
    files = {
        "__init__": "from gathering.slow import SLOW\nfrom gathering.quick import QUICK\nfrom . import user\n",
        "slow": "import time\ntime.sleep(0.05)\nSLOW = object()\n",
        "quick": "QUICK = object()\n",
        "user": "from gathering import QUICK\n",
    }
    (tmp_path / "gathering").mkdir()
    for name, text in files.items():
        (tmp_path / "gathering" / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    finders = list(sys.meta_path)
    import_late(LatePackages("gathering"))
    yield importlib.import_module("gathering")
    sys.meta_path[:] = finders
    for name in imported():
        del sys.modules[name]


def imported() -> set[str]:
    return {name for name in sys.modules if name.partition(".")[0] == "gathering"}


def test_nothing_is_gathered_before_a_name_is_used(gathering: ModuleType) -> None:
    quick = importlib.import_module("gathering.quick").QUICK
    assert imported() == {"gathering", "gathering.quick"}
    assert gathering.QUICK is quick
    assert imported() == {"gathering", "gathering.quick", "gathering.slow", "gathering.user"}
    assert gathering.user.QUICK is quick


def test_a_name_that_the_package_lacks_is_missing(gathering: ModuleType) -> None:
    with pytest.raises(AttributeError, match="module 'gathering' has no attribute 'other'"):
        _ = gathering.other
    with pytest.raises(ImportError, match="cannot import name 'other' from 'gathering'"):
        exec("from gathering import other")


def test_threads_may_need_their_first_names_at_once(gathering: ModuleType) -> None:
    barrier = threading.Barrier(THREADS)

    def named(number: int) -> object:
        barrier.wait()
        return getattr(gathering, ("SLOW", "QUICK")[number % 2])

    with ThreadPoolExecutor(THREADS) as pool:
        names = list(pool.map(named, range(THREADS)))
    assert names == [gathering.SLOW, gathering.QUICK] * (THREADS // 2)


def test_the_libraries_packages_do_nothing_but_gather_names() -> None:
    """Otherwise two threads might make a class of theirs twice; and a name is not that of a module, which may be imported before."""
    types = Path(openai.__file__).parent / "types"
    gatherers = [*types.rglob("__init__.py"), Path(encord.__file__)]
    assert len(gatherers) > 10
    for gatherer in gatherers:
        for line in ast.parse(gatherer.read_text(encoding="utf-8")).body:
            assert isinstance(line, ast.Import | ast.ImportFrom | ast.Expr | ast.Assign), (gatherer, line.lineno)
            names = (
                [name.asname or name.name for name in line.names]
                if isinstance(line, ast.ImportFrom) and line.module
                else []
            )
            assert not [name for name in names if (gatherer.parent / f"{name}.py").exists()], (gatherer, line.lineno)


def test_each_of_encords_models_can_be_built() -> None:
    models, found = list(BaseDTO.__subclasses__()), 0
    while models:
        model = models.pop()
        models += model.__subclasses__()
        found += 1
        model.model_rebuild()
        assert model.__pydantic_complete__, model
    assert found > 200
