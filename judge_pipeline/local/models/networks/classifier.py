"""Classifies a picture: the probability of each of ImageNet's thousand classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from judge_pipeline.local.models.networks.catalogue import Network
from judge_pipeline.local.models.networks.conversion import converted

Probabilities = NDArray[np.float64]
"""One number for each ImageNet class, shape (1000,), summing to 1."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""

THREADS = 2
PIXEL_MEAN, PIXEL_SCALE = 127.0, 128.0
"""EfficientNet-Lite's input normalisation: (value - 127) / 128."""


class Classifier:
    """One loaded network. Thread-safe."""

    def __init__(self, network: Network, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            converted(network, folder), options, providers=["CPUExecutionProvider"]
        )
        self._resolution = network.resolution

    def classify(self, picture: Image.Image, views: Sequence[Box]) -> Probabilities:
        """Average the network's output over the distinct `views` of an RGB picture."""
        distinct = dict.fromkeys(views)
        answers = [self._session.run(None, {"pixels": self._pixels(picture, box)})[0][0] for box in distinct]
        mean: Probabilities = np.array(answers, np.float64).mean(axis=0)
        return mean

    def _pixels(self, picture: Image.Image, box: Box) -> NDArray[np.float32]:
        size = (self._resolution, self._resolution)
        view = picture.resize(size, Image.Resampling.BICUBIC, box=box)
        values = (np.asarray(view, np.float32) - PIXEL_MEAN) / PIXEL_SCALE
        return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def whole(picture: Image.Image) -> Box:
    """The whole picture, its sides squeezed to a square."""
    return 0.0, 0.0, float(picture.width), float(picture.height)


def centre(picture: Image.Image) -> Box:
    """The largest square in the middle."""
    side = min(picture.size)
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    return left, top, left + side, top + side


def ends(picture: Image.Image) -> tuple[Box, Box]:
    """The largest squares at both ends of the longer side."""
    side = float(min(picture.size))
    first = (0.0, 0.0, side, side)
    return first, (picture.width - side, picture.height - side, float(picture.width), float(picture.height))
