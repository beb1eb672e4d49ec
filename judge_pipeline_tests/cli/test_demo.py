"""The demo as a newcomer runs it, in a new directory and twice; its environment and a `.env` must not matter."""

import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.local.pair.pair import LocalPair
from judge_pipeline.local.pair.photographs import sample_folder
from judge_pipeline.store.store import Store
from judge_pipeline_tests.cli.commands import Result, installed_judge_pipeline, judge_pipeline
from judge_pipeline_tests.seed_project import CORRECTNESS, QUALITY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

INVALID_SETTING = {"CAPTION_MAX_WORDS": "abc"}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Path]:
    """An empty directory, in which the demo creates its home."""
    yield tmp_path
    LocalPair(tmp_path / ".judge_pipeline" / "demo").stop()


def table_of(result: Result) -> str:
    """The output from the table's head to its last row."""
    text = result.stdout
    return text[text.index(" image ") : text.index("scores: ")]


def read_back(summary: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """The project's rows, read by a script that does not use this package."""
    script = Path(__file__).with_name("read_back.py")
    process = subprocess.run(
        [sys.executable, script, *(summary[name] for name in ("encord_domain", "encord_ssh_key_file", "project_hash"))],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    rows: list[dict[str, Any]] = json.loads(process.stdout)
    return rows


def assert_judged(row: dict[str, Any]) -> None:
    """The judge's classifications are answered in the ontology's words, and no others; the person's choice is open."""
    assert set(row["answers"]) == {"LLM 8B", "LLM 16B", "LLM Judge Choice"}
    assert not row["by_hand"]
    assert row["answers"]["LLM Judge Choice"]["LLM Judge Choice"] in {"LLM 8B", "LLM 16B"}
    for captioner in ("LLM 8B", "LLM 16B"):
        answers = row["answers"][captioner]
        assert set(answers) == {captioner, "Correctness Score", "Quality Score", "Improvement suggestion"}
        assert answers[captioner] == "Answer available"
        assert answers["Correctness Score"] in CORRECTNESS
        assert answers["Quality Score"] in QUALITY
        assert answers["Improvement suggestion"]


def content(folder: Path, summary: dict[str, Any]) -> dict[str, tuple[object, ...]]:
    """What the store says of each image, by title, without what differs between two projects."""
    store = Store.open(f"sqlite:///{folder / 'store.sqlite3'}")
    try:
        mine = store.project(summary["project_hash"])
        captions = [mine.results(captioner.asset_name, Caption) for captioner in Captioner]
        judgements = mine.results("judgements", Judgement)
        return {
            image.title: (
                *(own[tag].text for own in captions),
                judgements[tag].choice,
                judgements[tag].scores,
                {ruling.shown_first: ruling.text for ruling in judgements[tag].rulings},
            )
            for tag, image in mine.results("images", Image).items()
        }
    finally:
        store.close()


def test_the_demo_judges_23_photographs_a_second_one_has_nothing_to_do_and_batches_make_the_same(
    empty: Path, home: Path
) -> None:
    (empty / ".env").write_text(
        "ENCORD_DOMAIN=http://127.0.0.1:1\nLLM1_MODEL=misspelt\nJUDGE_PIPELINE_HOME=elsewhere\n"
    )
    first = installed_judge_pipeline("demo", "--json", "summary.json", cwd=empty, settings=INVALID_SETTING)
    assert (first.returncode, first.stderr) == (0, "")
    summary = json.loads((empty / "summary.json").read_text())
    assert [summary[name] for name in ("images", "text_items", "judgements", "failed")] == [23, 46, 23, 0]
    assert summary["model_calls"] == 23 * 4

    rows = read_back(summary, empty)
    assert {row["stage"] for row in rows} == {"Human Review"}
    groups = defaultdict(list)
    for row in rows:
        groups[row["metadata"]["Tag"]].append(row["metadata"]["Data Type"])
    assert sorted(sorted(group) for group in groups.values()) == [["Image", "Text_16B", "Text_8B"]] * 23
    for row in rows:
        assert row["imported"] == []
        if row["is_image"]:
            assert_judged(row)
        else:
            assert row["answers"] == {}

    second = judge_pipeline("demo", "--json", "again.json", cwd=empty)
    assert (second.returncode, second.stderr) == (0, "")
    again = json.loads((empty / "again.json").read_text())
    assert (again["model_calls"], again["encord_writes"]) == (0, 0)
    same = ("images", "text_items", "judgements", "failed", "project_hash", "encord_domain")
    assert [again[name] for name in same] == [summary[name] for name in same]
    assert "All 23 images are judged already." in second.stdout
    assert table_of(second) == table_of(first)

    images = empty / "two"
    images.mkdir()
    for photograph in sorted(sample_folder().glob("*.jpg"))[:2]:
        shutil.copy(photograph, images)
    batches = ("--batch", "--images", str(images), "--home", str(home), "--json", "batches.json")
    third = judge_pipeline("demo", *batches, cwd=empty)
    assert (third.returncode, third.stderr) == (0, "")
    in_batches = json.loads((empty / "batches.json").read_text())
    assert [in_batches[name] for name in ("judgements", "failed", "model_calls")] == [2, 0, 8]
    made, live = content(home / "demo", in_batches), content(empty / ".judge_pipeline" / "demo", summary)
    assert made == {title: live[title] for title in made}
    (empty / ".env").unlink()
    listed = judge_pipeline("batches", cwd=empty, settings={"JUDGE_PIPELINE_HOME": str(home)})
    assert sorted(line.split()[1:6] for line in listed.stdout.splitlines() if "collected" in line) == [
        ["JUDGE", "collected", "4", "4", "0"],
        ["LLM1", "collected", "2", "2", "0"],
        ["LLM2", "collected", "2", "2", "0"],
    ]
    doctor = judge_pipeline("doctor", "--paid", cwd=empty, columns=300)
    assert (doctor.returncode, doctor.stderr) == (0, "")
    assert doctor.stdout.count(" answered as ") == 3
