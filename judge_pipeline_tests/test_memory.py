"""Tests put their files into memory only where all of them fit; a container has 64 MB there."""

from pathlib import Path

import pytest

from judge_pipeline_tests import memory


def test_a_folder_without_room_or_that_is_absent_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "ROOM", 0)
    assert memory.memory_folder(str(tmp_path)) == str(tmp_path)
    assert memory.memory_folder(str(tmp_path / "absent")) is None
    monkeypatch.setattr(memory, "ROOM", 1 << 62)
    assert memory.memory_folder(str(tmp_path)) is None
