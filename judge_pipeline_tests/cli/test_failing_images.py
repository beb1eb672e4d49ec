"""A folder with a damaged image: only that image fails, and only that image is processed once its file is fixed."""

import json
import re
import shutil
from pathlib import Path

import dagster as dg
import pytest

from judge_pipeline.assets.partitions import TAGS, known_tags
from judge_pipeline.assets.tag_assets import SPECS
from judge_pipeline.local.pair.photographs import sample_folder
from judge_pipeline_tests.cli.commands import judge_pipeline, running
from judge_pipeline_tests.cli.dagster_web import DagsterWeb
from judge_pipeline_tests.cli.instances import instance_in
from judge_pipeline_tests.processes import descendants, have_ended, processes_using, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

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


def statuses(dagster_home: Path) -> dict[str, dict[str, int]]:
    """The number of tags by asset and status in Dagster's instance."""
    found: dict[str, dict[str, int]] = {asset: {} for asset in ASSETS}
    with instance_in(dagster_home) as instance:
        tags = known_tags(instance)
        for asset in ASSETS:
            by_tag = instance.get_status_by_partition(dg.AssetKey(asset), tags, TAGS) or {}
            for status in by_tag.values():
                name = status.value if status else ""
                found[asset][name] = found[asset].get(name, 0) + 1
    return found


def test_only_the_damaged_image_fails_in_dagster_and_is_processed_once_its_file_is_fixed(
    home: Path, images: Path, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("ENCORD_DOMAIN=http://127.0.0.1:1\nLLM1_MODEL=misspelt\n")  # for other commands
    with running("demo", "--images", "images", "--home", "home", "--ui", "--port", "0", cwd=tmp_path) as demo:
        line = demo.wait_for_line("Dagster is at ", seconds=200)
        assert f"failed: {WHY}" in demo.stdout.splitlines()
        web = DagsterWeb(line.removeprefix("Dagster is at ").partition("/asset-groups")[0])
        assert "?expanded=global@global:" in line, "the graph shows assets, not a grey box for each group"
        (failed,) = web.partitions("judgements", "failed")
        for asset in ASSETS:
            assert web.partitions(asset, "failed") == {failed}
            assert len(web.partitions(asset, "materialized")) == 2
        assert [f"images of {reason}" for reason in web.reasons("images", failed)] == [WHY]

        processes = descendants(demo.process.pid) | processes_using(home)
        assert len(processes) >= 5 + 2, "Dagster's and both local servers"
        assert demo.end(15) == 1, demo.stderr
        wait_until(lambda: have_ended(processes), seconds=5)
    assert "Encord: embedded, in" in (home / "demo" / "dagster.log").read_text()

    shutil.copy(sample_folder() / DAMAGED, images)
    fixed = judge_pipeline(
        "demo", "--images", "images", "--home", "home", "--json", str(tmp_path / "summary.json"), cwd=tmp_path
    )
    assert (fixed.returncode, fixed.stderr) == (0, "")
    assert (home / "demo" / "report.html").as_uri() in fixed.stdout
    assert re.search(r"Then choose yourself: .* review --home home$", fixed.stdout, re.MULTILINE)
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert [summary[name] for name in ("images", "text_items", "judgements", "failed")] == [3, 6, 3, 0]
    assert summary["model_calls"] == 4, "two captions and a judge asked twice, of the fixed image only"
    assert statuses(Path(summary["dagster_home"])) == {asset: {"MATERIALIZED": 3} for asset in ASSETS}
