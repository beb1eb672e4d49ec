"""Tests put their files into memory only where all of them fit; a container has 64 MB there."""

import os
from pathlib import Path

import pytest

from judge_pipeline_tests import memory


def test_a_folder_without_room_or_that_is_absent_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "ROOM", 0)
    assert memory.memory_folder(str(tmp_path)) == str(tmp_path)
    assert memory.memory_folder(str(tmp_path / "absent")) is None
    monkeypatch.setattr(memory, "ROOM", 1 << 62)
    assert memory.memory_folder(str(tmp_path)) is None


def test_folders_of_failed_tests_are_kept_as_far_as_they_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "KEPT_BYTES", 10_000)
    worker = tmp_path / "t" / "popen-gw0"
    for name, size in (("test_one0", 100), ("test_two0", 9_000_000), ("store0", 100)):
        (worker / name / "deep").mkdir(parents=True)
        (worker / name / "deep" / "file").write_bytes(b"x" * size)
    (worker / "test_onecurrent").symlink_to(worker / "test_one0")
    os.mkfifo(worker / "test_one0" / "pipe")
    kept = tmp_path / "kept"
    (kept / "test_earlier0").mkdir(parents=True)
    assert memory.keep_failed(tmp_path / "t", kept)
    assert sorted(str(path.relative_to(kept)) for path in kept.rglob("*")) == [
        "test_one0",
        "test_one0/deep",
        "test_one0/deep/file",
    ]
    assert not memory.keep_failed(tmp_path / "nothing", kept)
