"""`judge-pipeline ranking` over stores and projects, without Encord and without a change to any file."""

import json
import re
from pathlib import Path

import pytest

from judge_pipeline.store.store import Store
from judge_pipeline_tests.cli.commands import judge_pipeline
from judge_pipeline_tests.reporting.ranking_projects import Project

SETTINGS = {"ENCORD_SSH_KEY_FILE": "none", "ENCORD_PROJECT_HASH": "p1"}


def save(file: Path, *projects: Project) -> Path:
    file.parent.mkdir(exist_ok=True)
    store = Store.open(f"sqlite:///{file}")
    for project in projects:
        project.save(store.project(project.name))
    store.close()
    return file


@pytest.fixture
def stores(tmp_path: Path) -> list[Path]:
    """The present store with A against B, another with B against C."""
    return [
        save(tmp_path / ".judge_pipeline" / "store.sqlite3", Project("p1", "model-a", "model-b")),
        save(tmp_path / "other" / "store.sqlite3", Project("p2", "model-b", "model-c", numbers=range(25, 75))),
    ]


def test_two_stores_are_ranked_and_stay_as_they_are(stores: list[Path], tmp_path: Path) -> None:
    before = [file.read_bytes() for file in stores]
    arguments = ["ranking", "--store", ".judge_pipeline", "--store", str(stores[1]), "--json", "ranking.json"]

    result = judge_pipeline(*arguments, cwd=tmp_path, settings=SETTINGS, columns=100)

    assert (result.returncode, result.stderr) == (0, "")
    assert re.search(r"^ *1\S* +model-a .*\n *\S+ +model-b .*\n *\S+ +model-c ", result.stdout, re.MULTILINE)
    assert "Captioners, best first, by judge corrected by people" in result.stdout
    found = json.loads((tmp_path / "ranking.json").read_text())
    assert [project["images"] for project in found["projects"]] == [50, 50]
    assert [file.read_bytes() for file in stores] == before
    assert [sorted(path.name for path in file.parent.iterdir()) for file in stores] == [["store.sqlite3"]] * 2


def test_the_present_store_is_read_by_default_and_projects_are_chosen(stores: list[Path], tmp_path: Path) -> None:
    save(stores[0], Project("p3", "model-b", "model-d"))

    every = judge_pipeline("ranking", cwd=tmp_path, settings=SETTINGS)
    one = judge_pipeline("ranking", "p1", cwd=tmp_path, settings=SETTINGS)

    assert every.returncode == one.returncode == 0
    assert "model-d" in every.stdout
    assert "model-d" not in one.stdout


def test_what_cannot_be_ranked_ends_with_1_and_the_reason(tmp_path: Path) -> None:
    save(tmp_path / "s" / "store.sqlite3", Project("p1", "a", "b"), Project("p2", "x", "y"))

    result = judge_pipeline("ranking", "--store", "s", cwd=tmp_path, settings=SETTINGS)

    assert result.returncode == 1
    assert "no battles connect the groups (a, b), (x, y)" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["p9"], "found none with captions called p9; there are: p1"),
        (["--store", "nowhere.db"], "nowhere.db, found no file"),
        (["--store", "pictures"], "expected store.sqlite3 in the folder pictures, found none"),
        (["--store", "ann:secret@host/db"], "--store has an @ and names no file"),
        (["--store", "postgresql://ann:secret@127.0.0.1:1/db"], "the store 'db' on 127.0.0.1:1 cannot be used"),
        (["--name", "a"], "expected --name REPORTED=NAME, found 'a'"),
    ],
)
def test_wrong_arguments_are_explained_without_secrets(
    arguments: list[str], sentence: str, stores: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "pictures").mkdir()

    result = judge_pipeline("ranking", *arguments, cwd=tmp_path, settings=SETTINGS)

    assert result.returncode == 2
    assert sentence in result.stderr
    assert "secret" not in result.stdout + result.stderr
