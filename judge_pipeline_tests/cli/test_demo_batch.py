"""The demo in model batches ends with the same captions and judgements as the live one, for the same calls."""

import json
import shutil
from pathlib import Path

import pytest

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.local.pair.pair import LocalPair
from judge_pipeline.local.pair.photographs import sample_folder
from judge_pipeline.store.store import Store
from judge_pipeline_tests.cli.commands import judge_pipeline

pytestmark = pytest.mark.slow


def content(home: Path, project_hash: str) -> dict[str, tuple[object, ...]]:
    """What the store says of each image, without what differs between any two projects."""
    store = Store.open(f"sqlite:///{home / 'demo' / 'store.sqlite3'}")
    try:
        mine = store.project(project_hash)
        assert mine.questions.is_empty
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


def test_the_demo_in_batches_makes_what_the_live_one_makes(home: Path, networks: Path, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for photograph in sorted(sample_folder().glob("*.jpg"))[:2]:
        shutil.copy(photograph, images)
    live = tmp_path / "live"
    (live / "demo").mkdir(parents=True)
    (live / "demo" / "models").symlink_to(networks, target_is_directory=True)
    found = {}
    try:
        for own, options in ((home, ["--batch"]), (live, [])):
            summary = own / "summary.json"
            arguments = ["--images", str(images), "--home", str(own), "--json", str(summary)]
            result = judge_pipeline("demo", *options, *arguments, cwd=tmp_path)
            assert result.returncode == 0, result.stdout + result.stderr
            counted = json.loads(summary.read_text())
            assert (counted["judgements"], counted["failed"], counted["model_calls"]) == (2, 0, 8)
            found[own] = content(own, counted["project_hash"])
    finally:
        LocalPair(live / "demo").stop()
    assert found[home] == found[live]
    listed = judge_pipeline("batches", cwd=tmp_path, settings={"JUDGE_PIPELINE_HOME": str(home)})
    rows = sorted(line.split()[1:6] for line in listed.stdout.splitlines() if "collected" in line)
    assert rows == [
        ["JUDGE", "collected", "4", "4", "0"],
        ["LLM1", "collected", "2", "2", "0"],
        ["LLM2", "collected", "2", "2", "0"],
    ]
