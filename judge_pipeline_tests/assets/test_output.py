"""Reports and exports go to the folder or object store of JUDGE_PIPELINE_OUTPUT, and their assets link to them."""

import io
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest
from fsspec import register_implementation
from fsspec.implementations.memory import MemoryFileSystem
from upath import UPath

from judge_pipeline.composition.pipeline import make_output
from judge_pipeline.engine.output_files import OutputPath, write_output_files, write_output_text
from judge_pipeline.settings.output import browser_address
from judge_pipeline.settings.settings import Settings, SettingsError
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions
from judge_pipeline_tests.environments import use_only_settings


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[UPath]:
    """A folder of an object store in this process's memory."""
    folder = UPath(f"memory://{tmp_path.name}/captions")
    yield folder
    if folder.exists():
        folder.fs.rm(f"/{tmp_path.name}", recursive=True)


def materialized(trial: Trial, assets: list[str]) -> tuple[bool, Mapping[str, dg.MetadataValue], str]:
    """Whether they were made, all metadata by asset and key, and the reason if they were not."""
    job = definitions(trial.pipeline).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(
        instance=trial.instance,
        run_config=QUIET,
        asset_selection=[dg.AssetKey(asset) for asset in assets],
        raise_on_error=False,
    )
    made = {
        f"{asset}:{key}": value
        for asset in assets
        for each in result.asset_materializations_for_node(asset)
        for key, value in each.metadata.items()
    }
    failures = [str(each.step_failure_data.user_failure_data) for each in result.get_step_failure_events()]
    return result.success, made, " ".join(failures)


def test_report_and_exports_are_written_to_an_object_store_and_linked(trial: Trial, bucket: UPath) -> None:
    trial.add_finished("red")
    trial.pipeline = replace(
        trial.pipeline,
        report_file=bucket / "report.html",
        output_browser_address="https://storage.cloud.google.com/b/captions/",
    )
    trial.pipeline.report_file.write_bytes(b"an earlier one")
    succeeded, metadata, _ = materialized(trial, ["report", "preference_pairs", "best_captions"])

    assert succeeded
    assert {path.name for path in bucket.iterdir()} == {"report.html", "report.json", "exports"}
    assert "red.png" in (bucket / "report.html").read_text(encoding="utf-8")
    assert len(pd.read_parquet(io.BytesIO((bucket / "exports" / "preference_pairs.parquet").read_bytes()))) == 1
    assert metadata["report:page"].value == f"{bucket}/report.html"
    assert metadata["best_captions:table"].value == f"{bucket}/exports/best_captions.parquet"
    link = metadata["best_captions:table in the browser"]
    assert link == dg.MetadataValue.url("https://storage.cloud.google.com/b/captions/exports/best_captions.parquet")


class ClosedStore(MemoryFileSystem):
    """Takes nothing, and says so with an error of its own."""

    protocol = "closed"

    def _open(self, path: str, mode: str = "rb", **_options: object) -> None:
        raise RuntimeError("Forbidden: https://host/file?X-Amz-Signature=canary\nsecond line")


@pytest.fixture
def closed() -> UPath:
    register_implementation("closed", ClosedStore, clobber=True)
    with warnings.catch_warnings(action="ignore"):  # upath does not know this store
        return UPath("closed://bucket")


def test_a_store_that_refuses_a_file_fails_in_one_sentence(trial: Trial, closed: UPath) -> None:
    trial.pipeline = replace(trial.pipeline, report_file=closed / "report.html")
    succeeded, _, reason = materialized(trial, ["report"])
    assert not succeeded
    assert "closed://bucket/report.html cannot be written: Forbidden: https://host/file (RuntimeError)" in reason
    assert "canary" not in reason


@pytest.mark.parametrize("place", ["folder", "memory"])
def test_an_interrupted_write_leaves_the_earlier_files(tmp_path: Path, bucket: UPath, place: str) -> None:
    output: OutputPath = tmp_path / "out" if place == "folder" else bucket

    def write(folder: Path) -> list[str]:
        (folder / "a.txt").write_text("half")
        raise KeyboardInterrupt

    def write_whole(folder: Path) -> list[str]:
        (folder / "a.txt").write_text("whole")
        return ["a.txt"]

    write_output_files(output, write_whole)
    with pytest.raises(KeyboardInterrupt):
        write_output_files(output, write)
    assert (output / "a.txt").read_text() == "whole"
    assert [path.name for path in output.iterdir()] == ["a.txt"]


def test_a_character_that_utf8_cannot_encode_is_written_as_its_escape(bucket: UPath) -> None:
    write_output_text(bucket / "page.html", ["a", "\ud800b"])
    assert (bucket / "page.html").read_text() == "a\\ud800b"


@pytest.mark.parametrize(
    ("given", "output"),
    [
        ("{folder}/out", "{folder}/out"),
        ("file://{folder}/out", "{folder}/out"),
        ("s3://bucket/captions/", "s3://bucket/captions"),
        ("abfs://container@account.dfs.core.windows.net/x", "abfs://container@account.dfs.core.windows.net/x"),
    ],
)
def test_a_folder_or_an_url_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, output: str) -> None:
    use_only_settings(monkeypatch, {"JUDGE_PIPELINE_OUTPUT": given.format(folder=tmp_path)})
    assert Settings.read().output == output.format(folder=tmp_path)


def test_without_the_setting_it_is_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_only_settings(monkeypatch, {"JUDGE_PIPELINE_HOME": str(tmp_path)})
    assert make_output(Settings.read().output) == tmp_path / "demo"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("s3://key:canary@bucket/x", "contains a key"),
        ("s3://key@bucket/x", "contains a key"),
        ("az://container/x?sv=2024&sig=canary", "contains a key"),
        ("https://bucket.s3.amazonaws.com/canary", "expected a folder, or a URL such as s3://BUCKET/FOLDER"),
        ("s3:///canary", "expected s3://BUCKET/FOLDER"),
    ],
)
def test_a_place_that_cannot_be_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, given: str, expected: str
) -> None:
    use_only_settings(monkeypatch, {"JUDGE_PIPELINE_OUTPUT": given})
    with pytest.raises(SettingsError, match=f"JUDGE_PIPELINE_OUTPUT: .*{expected}") as refused:
        Settings.read()
    assert "canary" not in str(refused.value)


def test_a_store_whose_library_is_missing_is_refused_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(SettingsError, match=r"pip install 'judge-pipeline\[s3\]'"):
        make_output("s3://bucket/x")


@pytest.mark.parametrize(
    ("output", "variables", "address"),
    [
        ("gs://b/my folder", {}, "https://storage.cloud.google.com/b/my%20folder/"),
        ("s3://b", {}, "https://s3.console.aws.amazon.com/s3/object/b?prefix="),
        ("s3://b/x", {"AWS_ENDPOINT_URL": "http://minio"}, None),
        ("az://c/x", {"AZURE_STORAGE_ACCOUNT_NAME": "me"}, "https://me.blob.core.windows.net/c/x/"),
        ("az://c/x", {}, None),
        ("/srv/out", {}, None),
    ],
)
def test_a_browser_shows_what_is_in_a_providers_store(
    output: str, variables: dict[str, str], address: str | None
) -> None:
    assert browser_address(output, variables) == address
