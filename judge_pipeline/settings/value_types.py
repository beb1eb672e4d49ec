"""The kinds of values that settings have: addresses, folders, keys, lists; each says what it expected."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, JsonValue, SecretStr
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

FEWEST_KEY_CHARACTERS = 32
PATH_KEY = re.compile(r"[A-Za-z0-9_-]+")


def _web_address(text: str) -> str:
    address = urlsplit(text)
    if "@" in address.netloc:
        raise PydanticCustomError("address", "it holds a user or password, which belong into a key's setting")
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise PydanticCustomError("address", "an address such as https://host/v1 was expected")
    return text.rstrip("/")


def _sqlite_folder(folder: Path) -> Path:
    whole = folder.expanduser().resolve()
    if any(character in str(whole) for character in "?%"):
        raise PydanticCustomError(
            "folder", "a path with ? or % in it is no address that Dagster can open SQLite files by"
        )
    return whole


def _secret_address(secret: SecretStr) -> SecretStr:
    address = urlsplit(secret.get_secret_value())
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise PydanticCustomError("address", "an address that begins with https:// was expected")
    return secret


def _listed(value: object) -> object:
    return [part for part in value.replace(",", " ").split() if part] if isinstance(value, str) else value


def _path_key(key: SecretStr) -> SecretStr:
    text = key.get_secret_value()
    if len(text) < FEWEST_KEY_CHARACTERS or not PATH_KEY.fullmatch(text):
        raise PydanticCustomError(
            "key",
            f"at least {FEWEST_KEY_CHARACTERS} letters, digits, - and _ were expected, "
            "as `python -c 'import secrets; print(secrets.token_urlsafe(32))'` makes them",
        )
    return key


Address = Annotated[str, AfterValidator(_web_address)]
SecretAddress = Annotated[SecretStr, AfterValidator(_secret_address)]
SQLiteFolder = Annotated[Path, AfterValidator(_sqlite_folder)]
PathKey = Annotated[SecretStr, AfterValidator(_path_key)]
Listed = (NoDecode, BeforeValidator(_listed))
"""A variable that holds several values, separated by commas or white space."""


def _free_fields(fields: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if ours := sorted(OUR_FIELDS & fields.keys()):
        raise PydanticCustomError("field", f"it holds {', '.join(ours)}, which every request has already")
    return fields


OUR_FIELDS = {
    "model",
    "messages",
    "response_format",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "stream",
    "n",
}
"""What this package sets or relies on in the body of a request to a model."""

FreeFields = Annotated[dict[str, JsonValue], AfterValidator(_free_fields)]
