"""Rebuilds an EfficientNet-Lite as an ONNX graph from its tensors, with batch norms folded into the convolutions.

The architecture is that of the TensorFlow release of EfficientNet-Lite (Google, 2020): seven stages of inverted
residual blocks, ReLU6, no squeeze-and-excitation, 'SAME' padding, batch norm with epsilon 1e-3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

STAGE_STRIDES = (1, 2, 2, 2, 1, 2, 1)
BATCH_NORM_EPSILON = 1e-3
OPSET = 17
IR_VERSION = 8

INPUT_NAME = "pixels"
OUTPUT_NAME = "probabilities"
CLASS_COUNT = 1000


@dataclass
class GraphUnderConstruction:
    """Nodes and weights so far; each method adds a layer and returns the name of its output."""

    tensors: Mapping[str, NDArray[Any]]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Store `value` in the graph."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name))
        return name

    def node(self, operator: str, inputs: list[str], **attributes: Any) -> str:
        """Add one operator."""
        output = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def convolution(self, source: str, layer: str, norm: str, *, stride: int = 1, depthwise: bool = False) -> str:
        """Add a convolution with its batch norm folded in: scale = gamma / sqrt(variance + epsilon)."""
        weight = self.tensors[f"{layer}.weight"].astype(np.float64)
        gamma, beta, mean, variance = (
            self.tensors[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
        return self.node(
            "Conv",
            [
                source,
                self.constant(f"{layer}.weight", weight * scale[:, None, None, None]),
                self.constant(f"{layer}.bias", beta - mean * scale),
            ],
            auto_pad="SAME_UPPER",
            strides=[stride, stride],
            kernel_shape=list(weight.shape[2:]),
            group=weight.shape[0] if depthwise else 1,
        )

    def relu6(self, source: str) -> str:
        """Add EfficientNet-Lite's activation."""
        return self.node("Clip", [source, "zero", "six"])

    def block(self, source: str, name: str, *, stride: int) -> str:
        """Add an inverted residual block: expand, depthwise convolution, project, and a skip connection if the shapes match."""
        hidden, norm = source, 0
        if f"{name}._expand_conv.weight" in self.tensors:
            hidden = self.relu6(self.convolution(hidden, f"{name}._expand_conv", f"{name}._bn0"))
            norm = 1
        filtered = self.convolution(hidden, f"{name}._depthwise_conv", f"{name}._bn1", stride=stride, depthwise=True)
        projected = self.convolution(self.relu6(filtered), f"{name}._project_conv", f"{name}._bn2")
        first = self.tensors[f"{name}._expand_conv.weight" if norm else f"{name}._depthwise_conv.weight"]
        channels_in = first.shape[1] if norm else first.shape[0]
        channels_out = self.tensors[f"{name}._project_conv.weight"].shape[0]
        return self.node("Add", [projected, source]) if stride == 1 and channels_in == channels_out else projected


def build_graph(tensors: Mapping[str, NDArray[Any]], *, resolution: int) -> onnx.ModelProto:
    """Build the network: (n, 3, resolution, resolution) float32 pixels in, (n, 1000) probabilities out."""
    graph = GraphUnderConstruction(tensors)
    graph.constant("zero", np.array(0.0))
    graph.constant("six", np.array(6.0))
    current = graph.relu6(graph.convolution(INPUT_NAME, "_conv_stem", "_bn0", stride=2))
    stage, channels = -1, 0
    for name in _block_names(tensors):
        channels_out = tensors[f"{name}._project_conv.weight"].shape[0]
        is_first_of_stage = channels_out != channels
        stage, channels = stage + is_first_of_stage, channels_out
        current = graph.block(current, name, stride=STAGE_STRIDES[stage] if is_first_of_stage else 1)
    current = graph.relu6(graph.convolution(current, "_conv_head", "_bn1"))
    features = graph.node("Flatten", [graph.node("GlobalAveragePool", [current])])
    weight = graph.constant("_fc.weight", tensors["_fc.weight"])
    bias = graph.constant("_fc.bias", tensors["_fc.bias"])
    logits = graph.node("Gemm", [features, weight, bias], transB=1)
    graph.nodes.append(helper.make_node("Softmax", [logits], [OUTPUT_NAME], axis=1))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "efficientnet_lite",
            [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, ["n", 3, resolution, resolution])],
            [helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, ["n", CLASS_COUNT])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model)
    return model


def _block_names(tensors: Mapping[str, NDArray[Any]]) -> list[str]:
    count = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("_blocks."))
    return [f"_blocks.{index}" for index in range(count)]
