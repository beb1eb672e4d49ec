"""Domain values as JSON text: what is read equals what was saved."""

import json
from dataclasses import fields
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from judge_pipeline.domain.spending import Spent
from judge_pipeline.store.errors import UnfitValue

T = TypeVar("T")


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(type_: type[Any]) -> TypeAdapter[Any]:
    if type_ not in _adapters:
        _adapters[type_] = TypeAdapter(type_)
    return _adapters[type_]


def to_json(value: object) -> str:
    """A dataclass value as JSON. Raises UnfitValue if reading it would not give the same value back."""
    adapter = _adapter(type(value))
    try:
        text = adapter.dump_json(value, warnings="error")
        if adapter.validate_json(text) == value:
            return text.decode()
    except (PydanticSerializationError, ValidationError) as error:
        raise UnfitValue(f"this {type(value).__name__} cannot be saved: {error}") from error
    raise UnfitValue(f"this {type(value).__name__} would not be read back unchanged: {value!r}")


def from_json(text: str, type_: type[T], *, name: str) -> T:
    """The value in a JSON text; `name` identifies it in an error. Raises UnfitValue if it does not fit the type."""
    try:
        value: T = _adapter(type_).validate_json(_upgraded(text, type_))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_url=False)
        )
        raise UnfitValue(
            f"{name} in the store is not a {type_.__name__} as this version knows it ({problems}): "
            "delete it and materialize it again"
        ) from error
    return value


def _upgraded(text: str, type_: type[Any]) -> str:
    """The text as this version writes it.

    Up to schema revision 0005, captions and judgements had the fields of `spent` as their own. They stay so in the store
    until they are saved again. In JSON text `"spent":` is a key wherever it occurs, since a string escapes its quotes.
    """
    if "spent" not in getattr(type_, "__dataclass_fields__", {}) or '"spent":' in text:
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    value["spent"] = {field.name: value.pop(field.name, None) for field in fields(Spent)}
    return json.dumps(value)
