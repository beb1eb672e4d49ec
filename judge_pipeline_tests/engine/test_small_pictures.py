"""A picture with a side below what a model takes is enlarged for all models of the run."""

import base64
from dataclasses import replace
from io import BytesIO

import dagster as dg
from PIL import Image

from judge_pipeline_tests.engine.trial import Trial


def test_the_largest_least_side_of_the_models_counts(trial: Trial) -> None:
    """The image is prepared once for all of them, and its partition says so."""
    trial.pipeline = replace(trial.pipeline, judge=replace(trial.pipeline.judge, min_side=96))
    trial.add("red")
    assert trial.materialize().success
    sizes = {(call.model, _size_sent(call.body)) for call in trial.models.calls}
    assert {size for _, size in sizes} == {(128, 96)}
    assert len(sizes) == 3
    record = trial.instance.fetch_materializations(dg.AssetKey("images"), limit=1).records[0]
    assert record.asset_materialization is not None
    assert "enlarged from 64 x 48 to 128 x 96 pixels" in str(record.asset_materialization.metadata["prepared"].value)


def _size_sent(body: dict[str, object]) -> tuple[int, int]:
    (uri,) = [
        part["image_url"]["url"]
        for message in body["messages"]  # type: ignore[attr-defined]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]
    return Image.open(BytesIO(base64.b64decode(uri.partition(",")[2]))).size
