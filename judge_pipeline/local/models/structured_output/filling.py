"""Traverses any JSON Schema and fills it with a respondent's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Schema = Mapping[str, Any]
Path = tuple[str, ...]

MAX_DEPTH = 64


class UnfillableSchemaError(ValueError):
    """The schema uses something that is not supported here."""


class Respondent(Protocol):
    """Provides the values at the leaves; `path` holds the property names down to the leaf."""

    def choose(self, path: Path, options: Sequence[Any]) -> Any:
        """One of `options`."""
        ...

    def text(self, path: Path) -> str:
        """Free text."""
        ...

    def share(self, path: Path) -> float:
        """A grade from 0 to 1, scaled to the number's bounds."""
        ...

    def is_true(self, path: Path) -> bool:
        """Yes or no."""
        ...

    def choose_several(self, path: Path, options: Sequence[Any]) -> list[Any]:
        """Some of `options`, best first."""
        ...


def fill(schema: Schema, respondent: Respondent) -> Any:
    """Build a value that is valid under `schema`, or raise `UnfillableSchemaError` with the place."""
    return _Filler(schema, respondent).value(schema, (), 0)


class _Filler:
    def __init__(self, root: Schema, respondent: Respondent) -> None:
        self._root = root
        self._respondent = respondent

    def value(self, schema: Schema, path: Path, depth: int) -> Any:
        schema = self._resolved(schema, path)
        if depth > MAX_DEPTH:
            raise UnfillableSchemaError(f"the schema is nested more than {MAX_DEPTH} deep at {_place(path)}")
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            options = [option for option in schema["enum"] if option is not None]
            return self._respondent.choose(path, options) if options else None
        branches = schema.get("anyOf") or schema.get("oneOf")
        if branches:
            return self._branch([self._resolved(branch, path) for branch in branches], path, depth)
        return self._of_type(schema, path, depth)

    def _of_type(self, schema: Schema, path: Path, depth: int) -> Any:
        match _type_of(schema):
            case "object":
                properties = schema.get("properties", {})
                return {name: self.value(part, (*path, name), depth + 1) for name, part in properties.items()}
            case "array":
                return self._array(schema, path, depth)
            case "string":
                return self._respondent.text(path)[: schema.get("maxLength")]
            case "number" | "integer" as kind:
                return _number(schema, self._respondent.share(path), is_whole=kind == "integer")
            case "boolean":
                return self._respondent.is_true(path)
            case "null":
                return None
            case other:
                raise UnfillableSchemaError(f"cannot answer a value of type {other!r} at {_place(path)}")

    def _branch(self, branches: list[Schema], path: Path, depth: int) -> Any:
        """Take the branch that contains the chosen option (a nested radio), or the first that is not null."""
        offers = [(self._options(branch), branch) for branch in branches]
        options = [option for offered, _ in offers for option in offered]
        if options:
            chosen = self._respondent.choose(path, options)
            branch = next(branch for offered, branch in offers if chosen in offered)
            return self._chosen_branch(branch, chosen, path, depth)
        solid = [branch for branch in branches if _type_of(branch) != "null"]
        return self.value(solid[0], path, depth + 1) if solid else None

    def _options(self, branch: Schema) -> list[Any]:
        radio = branch.get("properties", {}).get("choice", branch)
        radio = self._resolved(radio, ())
        options = [radio["const"]] if "const" in radio else list(radio.get("enum", []))
        if not options and isinstance(branch.get("anyOf"), list):
            return [option for part in branch["anyOf"] for option in self._options(self._resolved(part, ()))]
        return [option for option in options if option is not None]

    def _chosen_branch(self, branch: Schema, chosen: Any, path: Path, depth: int) -> Any:
        if isinstance(branch.get("anyOf"), list):
            return self._branch([self._resolved(part, path) for part in branch["anyOf"]], path, depth + 1)
        properties = branch.get("properties")
        if properties is None:
            return chosen
        return {
            name: chosen if name == "choice" else self.value(part, (*path, name), depth + 1)
            for name, part in properties.items()
        }

    def _array(self, schema: Schema, path: Path, depth: int) -> list[Any]:
        items = self._resolved(schema.get("items", {}), path)
        fewest, most = schema.get("minItems", 0), schema.get("maxItems")
        if "enum" in items:
            options = list(items["enum"])
            chosen = self._respondent.choose_several(path, options)
            chosen += [option for option in options if option not in chosen][: max(0, fewest - len(chosen))]
            return chosen[:most]
        count = max(fewest, 1 if most is None or most > 0 else 0)
        return [self.value(items, path, depth + 1) for _ in range(count)]

    def _resolved(self, schema: Schema, path: Path) -> Schema:
        for _ in range(MAX_DEPTH):
            reference = schema.get("$ref")
            if reference is None:
                return schema
            target: Any = self._root
            for part in reference.removeprefix("#").strip("/").split("/"):
                target = target.get(part) if isinstance(target, Mapping) else None
            if not isinstance(target, Mapping) or not reference.startswith("#"):
                raise UnfillableSchemaError(f"the reference {reference!r} at {_place(path)} leads nowhere")
            schema = target
        raise UnfillableSchemaError(f"the references at {_place(path)} go round in a circle")


def _type_of(schema: Schema) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return next((str(part) for part in kind if part != "null"), "null")
    if kind is None:
        return "object" if "properties" in schema else "string"
    return str(kind)


def _number(schema: Schema, share: float, *, is_whole: bool) -> float | int:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + (1 if is_whole else 1e-3)
    if high is None and "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - (1 if is_whole else 1e-3)
    if low is None:
        low = 0 if high is None or high > 0 else high - 10
    if high is None:
        high = low + 10
    value = low + share * (high - low)
    if is_whole:
        return min(int(high // 1), max(-int(-low // 1), round(value)))
    return min(high, max(low, round(value, 3)))


def _place(path: Path) -> str:
    return ".".join(path) or "the root"
