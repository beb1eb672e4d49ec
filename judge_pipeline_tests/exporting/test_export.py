"""The files of each format, read back as their readers do."""

import json
from io import BytesIO
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image as Picture

from judge_pipeline.domain.caption import caption_question
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.exporting.export import MANIFEST, Export, Format
from judge_pipeline.exporting.preference import ANY_TRUSTED
from judge_pipeline_tests.exporting.values import LONG, SHORT, chosen, item_url, outcome
from judge_pipeline_tests.reporting.values import A, B, correctness

QUESTION = caption_question()
PROMPT = [{"role": "system", "content": QUESTION.system}, {"role": "user", "content": QUESTION.text}]


def written(folder: Path, images: list[Outcome], format_: Format) -> Export:
    """An export, with a small picture for each image where the format needs one."""
    export = Export.of(images, format_, ANY_TRUSTED)
    if format_.needs_images:
        (folder / "images").mkdir()
        for name in export.images:
            Picture.new("RGB", (8, 6), "red").save(folder / name)
    export.write(folder, item_url)
    return export


def many(count: int = 40) -> list[Outcome]:
    return [outcome(str(number), B) for number in range(count)]


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_trl_finds_its_columns_and_the_images_themselves(tmp_path: Path) -> None:
    export = written(tmp_path, many(), Format.TRL)
    frames = {split: pd.read_parquet(tmp_path / f"{split}.parquet") for split in export.splits}

    assert {split: len(frame) for split, frame in frames.items()} == export.splits
    frame = frames[next(iter(frames))]
    assert list(frame.columns) == ["images", "prompt", "chosen", "rejected"]
    row = frame.iloc[0]
    assert list(row["prompt"]) == PROMPT
    assert list(row["chosen"]) == [{"role": "assistant", "content": LONG}]
    assert list(row["rejected"]) == [{"role": "assistant", "content": SHORT}]
    (image,) = row["images"]
    assert Picture.open(BytesIO(image["bytes"])).size == (8, 6)


def test_the_metadata_declares_the_image_column_to_datasets(tmp_path: Path) -> None:
    written(tmp_path, many(), Format.TRL)
    info = json.loads(pq.read_schema(tmp_path / "train.parquet").metadata[b"huggingface"])

    assert info["info"]["features"]["images"] == {"feature": {"_type": "Image"}, "_type": "Sequence"}


def test_the_json_lines_hold_the_same_rows_with_the_images_by_name(tmp_path: Path) -> None:
    written(tmp_path, many(), Format.TRL)
    rows = lines(tmp_path / "train.jsonl")

    assert len(rows) == len(pd.read_parquet(tmp_path / "train.parquet"))
    assert all((tmp_path / str(name)).is_file() for row in rows for name in row["images"])  # type: ignore[attr-defined]


def test_sft_learns_only_the_better_caption(tmp_path: Path) -> None:
    images = [*many(), outcome("no answer", B, not_available=(A,), person=chosen("no answer", B))]
    export = written(tmp_path, images, Format.SFT)
    rows = [row for split, count in export.splits.items() if count for row in lines(tmp_path / f"{split}.jsonl")]

    assert len(rows) == 41
    assert set(rows[0]) == {"images", "prompt", "completion"}
    assert rows[0]["completion"] == [{"role": "assistant", "content": LONG}]


def test_llamafactory_finds_its_files_and_columns_by_the_dataset_info(tmp_path: Path) -> None:
    written(tmp_path, many(), Format.LLAMAFACTORY)
    info = json.loads((tmp_path / "dataset_info.json").read_text())
    assert set(info) == {"captions_train", "captions_validation", "captions_test"}
    described = info["captions_train"]
    row = lines(tmp_path / described["file_name"])[0]

    assert (described["formatting"], described["ranking"]) == ("sharegpt", True)
    assert set(row) == set(described["columns"].values())
    assert row["conversations"] == [{"from": "human", "value": f"<image>{QUESTION.text}"}]
    assert row["chosen"] == {"from": "gpt", "value": LONG}
    assert len(row["images"]) == 1  # type: ignore[arg-type]


def test_generic_rows_tell_everything_but_who_the_person_was(tmp_path: Path) -> None:
    scores = [correctness(A, 1), correctness(B, 4)]
    images = [outcome("one", B, scores=scores), outcome("two", B, person=chosen("two", A))]
    written(tmp_path, images, Format.GENERIC)
    frame = pd.read_parquet(tmp_path / "preference_pairs.parquet").set_index("tag")

    assert list(frame["provenance"]) == ["judge_both_orders", "human"]
    assert frame.loc["one", "score_gap"] == 0.75
    assert pd.isna(frame.loc["two", "score_gap"])
    assert frame.loc["two", "chosen"] == SHORT
    assert frame.loc["two", "judge_choice"] == "LLM 16B"
    assert frame.loc["two", "blind"]
    assert frame.loc["one", "image_url"] == "https://app.example/label_editor/data-one"
    assert "ada@example.org" not in (tmp_path / "preference_pairs.jsonl").read_text()
    assert len(pd.read_parquet(tmp_path / "best_captions.parquet")) == 2


def test_the_columns_are_there_without_a_row(tmp_path: Path) -> None:
    written(tmp_path, [], Format.GENERIC)

    assert {"chosen", "rejected", "provenance"} <= set(pd.read_parquet(tmp_path / "preference_pairs.parquet").columns)


def test_any_text_can_be_written_and_read(tmp_path: Path) -> None:
    hostile = 'A "cat"\n\u2028 \ud83d half, \x00 and 猫'
    written(tmp_path, [outcome("one", A, text_8b=hostile)], Format.GENERIC)
    shown = 'A "cat"\n\u2028 \\ud83d half, \x00 and 猫'

    assert pd.read_parquet(tmp_path / "preference_pairs.parquet")["chosen"].tolist() == [shown]
    assert [row["chosen"] for row in lines(tmp_path / "preference_pairs.jsonl")] == [hostile]


@pytest.mark.parametrize("format_", list(Format))
def test_the_readme_and_the_manifest_say_what_is_there(tmp_path: Path, format_: Format) -> None:
    images = [*many(), outcome("undecided", None)]
    export = written(tmp_path, images, format_)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    readme = (tmp_path / "README.md").read_text()

    assert manifest["rows"] == 40
    assert manifest["left_out"] == {"undecided": 1}
    assert set(manifest["files"]) | {MANIFEST, "README.md"} == {
        path.name for path in tmp_path.iterdir() if path.is_file()
    }
    assert all(f"| {split} | {count} |" in readme for split, count in export.splits.items())
