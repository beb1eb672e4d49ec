"""Domain values as JSON text, with the promise that what is read is what was recorded."""

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from judge_pipeline.store.errors import UnfitValue

T = TypeVar("T")


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(type_: type[Any]) -> TypeAdapter[Any]:
    if type_ not in _adapters:
        _adapters[type_] = TypeAdapter(type_)
    return _adapters[type_]


def to_json(value: object) -> str:
    """The value of a dataclass as JSON. Raises UnfitValue when reading it would not give the same value back."""
    adapter = _adapter(type(value))
    try:
        text = adapter.dump_json(value, warnings="error")
        if adapter.validate_json(text) == value:
            return text.decode()
    except (PydanticSerializationError, ValidationError) as error:
        raise UnfitValue(f"this {type(value).__name__} cannot be kept: {error}") from error
    raise UnfitValue(f"this {type(value).__name__} would not be read back as it is: {value!r}")


def from_json(text: str, type_: type[T], *, name: str) -> T:
    """The value in a JSON text; `name` says in an error which one it is. Raises UnfitValue when it does not fit."""
    try:
        value: T = _adapter(type_).validate_json(text)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_url=False)
        )
        raise UnfitValue(
            f"{name} in the store is no {type_.__name__} as this version knows it ({problems}): "
            "forget it and materialize it again"
        ) from error
    return value
