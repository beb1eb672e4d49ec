"""A folder with a damaged image: the others are done, it alone is named and failed, and once it is mended only it is done."""

import json
import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import requests
from encord import EncordUserClient

from judge_pipeline.assets.partitions import TAGS
from judge_pipeline.assets.path import SPECS
from judge_pipeline.embedded.pair import EmbeddedPair
from judge_pipeline.embedded.photographs import sample_folder
from judge_pipeline.embedded.sample_project import find_sample_project
from judge_pipeline_tests.cli.commands import judge_pipeline, running
from judge_pipeline_tests.cli.dagster_web import DagsterWeb
from judge_pipeline_tests.processes import descendants, gone, wait_until, working_on

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ASSETS = [spec.key.to_user_string() for spec in SPECS]
DAMAGED = "coffee.jpg"
WHY = "images of 'coffee.jpg': the file ends early: truncated JPEG"


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Two whole photographs and half of a third."""
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("boats.jpg", "cat.jpg"):
        shutil.copy(sample_folder() / name, folder)
    whole = (sample_folder() / DAMAGED).read_bytes()
    (folder / DAMAGED).write_bytes(whole[: len(whole) // 2])
    return folder


def statuses(dagster_home: str) -> dict[str, dict[str, set[str]]]:
    """The tags of each asset by the status that Dagster's instance has for them."""
    found: dict[str, dict[str, set[str]]] = {asset: {} for asset in ASSETS}
    with dg.DagsterInstance.from_config(dagster_home) as instance:
        tags = instance.get_dynamic_partitions(TAGS.name or "")
        for asset in ASSETS:
            by_tag = instance.get_status_by_partition(dg.AssetKey(asset), tags, TAGS) or {}
            for tag, status in by_tag.items():
                found[asset].setdefault(status.value if status else "", set()).add(tag)
    return found


def test_a_damaged_image_fails_alone_and_is_done_alone_once_its_file_is_whole(
    home: Path, images: Path, tmp_path: Path
) -> None:
    command = ("demo", "--images", "images", "--home", "home", "--json", "summary.json")

    def summary() -> dict[str, Any]:
        found: dict[str, Any] = json.loads((tmp_path / "summary.json").read_text())
        return found

    first = judge_pipeline(*command, cwd=tmp_path)
    assert first.returncode == 1
    assert f"failed: {WHY}" in first.stdout.splitlines()
    assert first.stderr == ""
    assert [summary()[name] for name in ("images", "text_items", "judgements", "failed")] == [2, 4, 2, 1]
    (failed,) = statuses(summary()["dagster_home"])["images"]["FAILED"]
    for asset, by_status in statuses(summary()["dagster_home"]).items():
        assert by_status["FAILED"] == {failed}, asset
        assert len(by_status["MATERIALIZED"]) == 2, asset

    shutil.copy(sample_folder() / DAMAGED, images)
    second = judge_pipeline(*command, cwd=tmp_path)
    assert (second.returncode, second.stderr) == (0, "")
    assert [summary()[name] for name in ("images", "text_items", "judgements", "failed")] == [3, 6, 3, 0]
    assert summary()["model_calls"] == 4, "two captions and a judge asked twice, of the mended image alone"
    for asset, by_status in statuses(summary()["dagster_home"]).items():
        assert {status: len(tags) for status, tags in by_status.items()} == {"MATERIALIZED": 3}, asset


def test_a_failed_partition_is_finished_from_the_page_and_nothing_lives_on_after_the_end(
    home: Path, images: Path, tmp_path: Path
) -> None:
    with running("demo", "--images", "images", "--home", "home", "--ui", "--port", "0", cwd=tmp_path) as demo:
        line = demo.wait_for_line("Dagster is at ", seconds=200)
        web = DagsterWeb(line.removeprefix("Dagster is at ").partition("/asset-groups")[0])
        (failed,) = web.partitions("judgements", "failed")
        for asset in ASSETS:
            assert web.partitions(asset, "failed") == {failed}
            assert len(web.partitions(asset, "materialized")) == 2
        assert [f"images of {reason}" for reason in web.reasons("images", failed)] == [WHY]

        mend(home)
        web.materialize(ASSETS, [failed])
        wait_until(
            lambda: all(len(web.partitions(asset, "materialized")) == 3 for asset in ASSETS),
            seconds=120,
            otherwise=lambda: (home / "demo" / "dagster.log").read_text()[-5000:],
        )
        assert not any(web.partitions(asset, "failed") for asset in ASSETS)
        processes = descendants(demo.process.pid) | working_on(home)
        assert len(processes) >= 5 + 2, "Dagster's and both local servers"
        assert demo.end(15) == 0, demo.stderr
        wait_until(lambda: gone(processes), seconds=5)
    assert "Encord: embedded, in" in (home / "demo" / "dagster.log").read_text()


def mend(home: Path) -> None:
    """Puts the whole file where the damaged one is stored, as the owner of the bucket would."""
    pair = EmbeddedPair(home / "demo")
    domain = pair.ensure_running().encord_url
    client = EncordUserClient.create_with_ssh_private_key(pair.ssh_private_key, domain=domain)
    project = find_sample_project(pair.folder)
    assert project is not None
    (item,) = client.get_storage_folder(project.folder_uuid).list_items(search=DAMAGED)
    whole = (sample_folder() / DAMAGED).read_bytes()
    requests.put(f"{domain}/_local/items/{item.uuid}/content", data=whole, timeout=30).raise_for_status()
