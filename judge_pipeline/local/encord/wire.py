"""The building blocks of protocol v2: camelCase bodies, lower-case uuids, pages with an opaque cursor."""

import base64
import json
import sqlite3
from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from judge_pipeline.local.encord.errors import InvalidArguments
from judge_pipeline.local.encord.strict_json import strict_json
from judge_pipeline.local.encord.times import stored_form


def _uuid_text(value: object) -> str:
    return str(UUID(str(value)))


Id = Annotated[str, BeforeValidator(_uuid_text)]
"""A uuid in any spelling, normalised to hyphenated lower case."""

PageSize = Annotated[int, Field(ge=1, le=1000)]
"""The page size of items and folders, within the SDK's own limits."""

Moment = Annotated[str, AfterValidator(stored_form)]
"""An ISO 8601 time, in the stored form of `times`."""


class Body(BaseModel):
    """A request body or a set of query parameters; fields that this server does not use are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


def page(results: Sequence[Any], next_page_token: str | None = None) -> dict[str, Any]:
    """One page of a listing."""
    return {"results": list(results), "nextPageToken": next_page_token}


def page_of(
    rows: Sequence[sqlite3.Row], size: int, ordered_by: Sequence[str], wire: Callable[[sqlite3.Row], Any]
) -> dict[str, Any]:
    """A page of this size of rows, of which one more was read if there are more; the cursor is the last row's values."""
    shown = rows[:size]
    token = None
    if len(rows) > size:
        token = base64.urlsafe_b64encode(json.dumps([shown[-1][name] for name in ordered_by]).encode()).decode()
    return page([wire(row) for row in shown], token)


def key_of(token: str | None, *, length: int) -> list[Any]:
    """The values inside a cursor, or as many None without one; InvalidArguments if `page_of` did not make it."""
    if not token:
        return [None] * length
    try:
        key = strict_json(base64.urlsafe_b64decode(token.encode()))
    except ValueError:
        key = None
    if not isinstance(key, list) or len(key) != length or not all(map(_is_sql_value, key)):
        raise InvalidArguments(f"pageToken {token!r} does not belong to this listing")
    return key


def _is_sql_value(value: object) -> bool:
    return isinstance(value, str | float) or (isinstance(value, int) and abs(value) < 2**63)
