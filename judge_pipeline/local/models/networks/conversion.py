"""Converts a network to ONNX once and caches the file; safe if several processes start together."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from judge_pipeline.local.models.networks.catalogue import Network

GRAPH_VERSION = 1
"""Part of the file name, so that a changed graph never loads an old file."""


def converted(network: Network, folder: Path) -> Path:
    """The ONNX file of `network` under `folder`, created if it does not exist."""
    weights = network.weights_path()
    target = folder / f"{weights.stem}-graph{GRAPH_VERSION}.onnx"
    if not target.exists():
        from judge_pipeline.local.models.networks.efficientnet_lite import build_graph
        from judge_pipeline.local.models.networks.torch_file import read_tensors

        model = build_graph(read_tensors(weights), resolution=network.resolution)
        _write_whole(target, model.SerializeToString())
    return target


def _write_whole(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}-", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(target)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
