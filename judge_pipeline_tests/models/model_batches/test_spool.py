"""Questions wait in private files, none larger than what the server takes."""

import json
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import BadRequest
from judge_pipeline.models.model_batches.file_rules import FileRules, rules_of
from judge_pipeline.models.model_batches.spool import (
    Spool,
    SpoolPart,
    remove_folders_of_others,
    remove_run_folder,
    run_folder,
)

ENDPOINT = Endpoint("LLM1", "https://host/v1", "m")


def written(parts: list[SpoolPart]) -> list[list[str]]:
    return [[json.loads(line)["custom_id"] for line in part.path.read_text().splitlines()] for part in parts]


@given(
    sizes=st.lists(st.integers(0, 300), max_size=30),
    rules=st.builds(FileRules, st.integers(1, 8), st.integers(400, 1_000)),
)
def test_parts_keep_all_questions_in_order_and_stay_within_the_limits(sizes: list[int], rules: FileRules) -> None:
    with TemporaryDirectory() as folder:
        spool = Spool(Path(folder), ENDPOINT, rules=rules)
        parts = [part for number, size in enumerate(sizes) if (part := spool.append(str(number), {"x": "y" * size}))]
        parts += [part for part in [spool.close()] if part]
        assert spool.close() is None
        assert [id_ for part in parts for id_ in part.ids] == [str(number) for number in range(len(sizes))]
        assert written(parts) == [part.ids for part in parts]
        for part in parts:
            assert part.path.stat().st_size == part.bytes <= rules.bytes
            assert 1 <= len(part.ids) <= rules.requests
            halves = part.halves()
            assert len(halves) == min(len(part.ids), 2)
            assert [id_ for half in written(halves) for id_ in half] == part.ids
            assert b"".join(half.path.read_bytes() for half in halves) == part.path.read_bytes()
            part.remove()
            part.remove()


def test_a_question_that_fits_no_file_is_refused_by_name(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ENDPOINT, rules=FileRules(10, 200))
    with pytest.raises(
        BadRequest, match=r"LLM1 .* this question has 1,0\d\d bytes, and the server takes 200 .* LLM1__MODE=live"
    ):
        spool.append("q", {"x": "y" * 1_000})
    assert list(tmp_path.iterdir()) == []


def test_a_line_is_what_openai_and_vllm_read(tmp_path: Path) -> None:
    spool = Spool(tmp_path, ENDPOINT)
    spool.append("q", {"model": "m", "messages": []})
    part = spool.close()
    assert part is not None
    line = {"custom_id": "q", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m", "messages": []}}
    assert part.path.read_text() == json.dumps(line, separators=(",", ":")) + "\n"


@pytest.mark.parametrize(
    ("base_url", "requests", "megabytes", "path", "purpose"),
    [
        ("https://api.openai.com/v1", 50_000, 200, "/v1/chat/completions", "batch"),
        ("https://eu.api.openai.com/v1", 50_000, 200, "/v1/chat/completions", "batch"),
        ("https://mine.openai.azure.com/openai/v1", 100_000, 200, "/chat/completions", "batch"),
        ("https://api.groq.com/openai/v1", 50_000, 200, "/v1/chat/completions", "batch"),
        ("https://api.together.xyz/v1", 50_000, 100, "/v1/chat/completions", "batch-api"),
        ("https://notapi.openai.com.example/v1", 50_000, 100, "/v1/chat/completions", "batch"),
        ("http://127.0.0.1:8000/v1", 50_000, 100, "/v1/chat/completions", "batch"),
    ],
)
def test_limits_are_known_by_host(base_url: str, requests: int, megabytes: int, path: str, purpose: str) -> None:
    assert rules_of(Endpoint("LLM1", base_url, "m")) == FileRules(requests, megabytes * 1_000_000, path, purpose)


def test_the_folder_is_private_and_that_of_a_dead_run_is_removed(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    for run in ("alive", "dead"):
        Spool(run_folder(spool, run), ENDPOINT).append("q", {})
    for folder in (spool, spool / "alive"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert remove_folders_of_others(spool, is_over=lambda run: run == "dead") == ["dead"]
    assert [folder.name for folder in spool.iterdir()] == ["alive"]
    remove_run_folder(spool, "alive")
    assert list(spool.iterdir()) == []
    assert remove_folders_of_others(tmp_path / "none", is_over=lambda _: True) == []
