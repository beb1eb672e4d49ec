"""The export assets, and the image files next to an export."""

from dataclasses import replace
from pathlib import Path

import dagster as dg
import pandas as pd
from PIL import Image as Picture
from rich.console import Console

from judge_pipeline.cli.support.image_files import write_images
from judge_pipeline.exporting.export import Export, Format
from judge_pipeline.exporting.preference import ANY_TRUSTED
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions

QUIET_CONSOLE = Console(quiet=True)


def exported(trial: Trial, format_: Format) -> Export:
    with trial.pipeline.open_store() as store:
        return Export.of(load_outcomes(store), format_, ANY_TRUSTED)


def test_the_assets_write_tables_and_report_their_contents(trial: Trial) -> None:
    trial.add_finished("red", "green")
    result = (
        definitions(trial.pipeline)
        .resolve_implicit_global_asset_job_def()
        .execute_in_process(
            instance=trial.instance,
            run_config=QUIET,
            asset_selection=[dg.AssetKey("preference_pairs"), dg.AssetKey("best_captions")],
        )
    )
    assert result.success
    (made,) = result.asset_materializations_for_node("preference_pairs")
    assert (made.metadata["rows"].value, made.metadata["by judge_both_orders"].value) == (2, 2)

    folder = trial.pipeline.exports_folder
    assert {file.name for file in folder.iterdir()} == {
        f"{name}.{suffix}" for name in ("preference_pairs", "best_captions") for suffix in ("jsonl", "parquet")
    }
    pairs = pd.read_parquet(folder / "preference_pairs.parquet")
    assert set(pairs["chosen_captioner"]) == {"LLM 16B"}
    assert set(pairs["unanimity"]) == {1.0}


def test_the_images_are_what_the_models_saw_and_are_fetched_once(trial: Trial, tmp_path: Path) -> None:
    trial.add_finished("red", "green")
    images = exported(trial, Format.TRL).images
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()

    assert write_images(trial.pipeline, images, first, earlier=tmp_path / "none", console=QUIET_CONSOLE) == {}
    assert {Picture.open(first / name).size for name in images} == {(64, 48)}
    trial.reset_request_counts()
    assert write_images(trial.pipeline, images, second, earlier=first, console=QUIET_CONSOLE) == {}
    assert trial.requests() == {}
    assert {name: (second / name).read_bytes() for name in images} == {
        name: (first / name).read_bytes() for name in images
    }


def test_a_changed_image_is_left_out_and_named(trial: Trial, tmp_path: Path) -> None:
    trial.add_finished("red")
    export = exported(trial, Format.TRL)
    (name,) = export.images
    other = {name: replace(export.images[name], sha256="0" * 64)}

    failed = write_images(trial.pipeline, other, tmp_path, earlier=tmp_path / "none", console=QUIET_CONSOLE)

    assert failed == {name: "'red.png' has changed since it was judged"}
    assert export.without(failed).examples == ()
