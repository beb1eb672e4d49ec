"""The sdist has the whole project, the wheel built from it has the whole package, and both have nothing else."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

from judge_pipeline_tests.docs.pages import ROOT
from judge_pipeline_tests.environments import clean_environment

pytestmark = pytest.mark.slow

BUILD = """
import sys
from setuptools import build_meta
getattr(build_meta, "build_" + sys.argv[1])(sys.argv[2])
"""
READ_DATA_FILES = """
import sys
from pathlib import Path
import judge_pipeline
from judge_pipeline.domain.prompts import prompt
from judge_pipeline.local.models.vocabulary.words import read_rows
from judge_pipeline.local.pair.photographs import photographs, sample_folder
from judge_pipeline.store.store import Store

assert Path(judge_pipeline.__file__).is_relative_to(sys.argv[1]), judge_pipeline.__file__
assert prompt("judge").text and read_rows("classes.tsv") and len(photographs(sample_folder())) == 23
Store.open("sqlite:///store.sqlite3").close() # by Alembic's revisions
"""
PRIVATE = ("deploy/agent/agent.env", "deploy/agent/encord_key", ".env", "judge_pipeline/.env")
"""Files with keys that users put there, as the pages say; .gitignore names them."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's files: building leaves traces in the folder."""
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()]
    copy = tmp_path_factory.mktemp("distribution") / "project"
    return Path(shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", *ignored)))


@pytest.fixture(scope="module")
def files(project: Path) -> set[str]:
    return _files(project)


@pytest.fixture(scope="module")
def sdist(project: Path, files: set[str]) -> Path:
    """The unpacked sdist."""
    for name in PRIVATE:
        (project / name).write_text("a key", encoding="utf-8")
    _build("sdist", project)
    (archive,) = (project / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(project.parent, filter="data")
    return project.parent / archive.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def wheel(sdist: Path) -> Path:
    """The unpacked wheel, built from the sdist."""
    _build("wheel", sdist)
    (archive,) = (sdist / "dist").glob("*.whl")
    with ZipFile(archive) as zipped:
        zipped.extractall(sdist.parent / "site-packages")
    return sdist.parent / "site-packages"


def test_the_sdist_has_every_file_that_git_has_and_no_private_one(sdist: Path, files: set[str]) -> None:
    made = {"PKG-INFO", "setup.cfg"} | {name for name in _files(sdist) if name.startswith("judge_pipeline.egg-info/")}
    assert _files(sdist) - made == files


def test_the_wheel_has_every_file_of_the_package_and_no_other(wheel: Path, files: set[str]) -> None:
    found = {name for name in _files(wheel) if not name.startswith("judge_pipeline-")}
    assert found == {name for name in files if name.startswith("judge_pipeline/")}
    assert "judge_pipeline/py.typed" in found


def test_the_package_outside_a_checkout_finds_its_files(wheel: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", READ_DATA_FILES, str(wheel)],
        check=True,
        cwd=tmp_path,
        env=clean_environment({"PYTHONPATH": str(wheel)}),
    )


def test_no_module_looks_for_files_next_to_itself() -> None:
    """`importlib.resources` finds them wherever the package is installed."""
    modules = (ROOT / "judge_pipeline").rglob("*.py")
    assert [path.name for path in modules if "__file__" in path.read_text(encoding="utf-8")] == []


def _build(kind: str, folder: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", BUILD, kind, "dist"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr


def _files(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {name for path in paths if not (name := path.relative_to(folder).as_posix()).startswith(("dist/", "build/"))}
