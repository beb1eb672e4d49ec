"""Reads the tensors of a legacy PyTorch checkpoint without PyTorch, and without executing code from the file.

The layout (PyTorch up to 1.5): five consecutive pickles (magic number, protocol version, machine description,
the state dict, the storage keys in file order), then each storage as an int64 element count followed by its elements.
"""

from __future__ import annotations

import collections
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
ELEMENT_TYPES: Mapping[str, str] = {"FloatStorage": "<f4", "LongStorage": "<i8"}


@dataclass(frozen=True)
class StoredTensor:
    """A view into a storage: where it starts, its shape and its strides, all counted in elements."""

    storage_key: str
    element_type: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def read_from(self, storages: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Copy this view out of its storage."""
        storage = storages[self.storage_key]
        step = storage.itemsize
        reach = self.offset + sum((size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True))
        if self.offset < 0 or any(size < 1 for size in self.shape) or not 0 <= reach < storage.size:
            raise ValueError(f"a tensor reaches element {reach} of a storage of {storage.size}; the file is damaged")
        byte_strides = [stride * step for stride in self.strides]
        return np.lib.stride_tricks.as_strided(storage[self.offset :], self.shape, byte_strides).copy()


def _rebuild_tensor(storage: tuple[str, str], offset: int, shape: Any, strides: Any, *_: Any) -> StoredTensor:
    element_type, key = storage
    return StoredTensor(key, element_type, int(offset), tuple(shape), tuple(strides))


ALLOWED_NAMES: Mapping[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    **{("torch", name): name for name in ELEMENT_TYPES},
}


class TensorUnpickler(pickle.Unpickler):
    """Loads tensors and plain containers, and refuses any other name in the file."""

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in for an allowed name; raises `UnpicklingError` for any other."""
        try:
            return ALLOWED_NAMES[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"expected only tensors in the checkpoint, found {module}.{name}") from None

    def persistent_load(self, pid: Any) -> tuple[str, str]:
        """Turn ('storage', type, key, device, size, view) into (type, key)."""
        match pid:
            case ("storage", str(element_type), str(key), *_):
                return element_type, key
        raise pickle.UnpicklingError(f"expected a storage reference in the checkpoint, found {pid!r}")


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Read every tensor of the checkpoint at `path`, by name."""
    with path.open("rb") as file:
        magic_number = TensorUnpickler(file).load()
        if magic_number != MAGIC_NUMBER:
            raise ValueError(f"{path.name} is not a legacy PyTorch checkpoint: it starts with {magic_number!r}")
        TensorUnpickler(file).load()  # the protocol version
        machine = TensorUnpickler(file).load()
        if not machine["little_endian"]:
            raise ValueError(f"{path.name} was written on a big-endian machine; only little-endian files are read")
        tensors: dict[str, StoredTensor] = TensorUnpickler(file).load()
        storage_keys: list[str] = TensorUnpickler(file).load()
        element_types = {tensor.storage_key: ELEMENT_TYPES[tensor.element_type] for tensor in tensors.values()}
        storages = {key: _read_storage(file, element_types[key]) for key in storage_keys}
    return {name: tensor.read_from(storages) for name, tensor in tensors.items()}


def _read_storage(file: IO[bytes], element_type: str) -> NDArray[Any]:
    count = int.from_bytes(file.read(8), "little")
    size = count * np.dtype(element_type).itemsize
    content = file.read(size)
    if len(content) != size:
        raise ValueError(
            f"expected {size} bytes of weights, found {len(content)}; reinstall the package of the network"
        )
    return np.frombuffer(content, element_type)
