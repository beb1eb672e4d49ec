"""The types of settings: addresses, folders, keys, lists. Their error messages say what was expected."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, JsonValue, SecretStr
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

MIN_KEY_CHARACTERS = 32
OWNER = re.compile(r"team:[A-Za-z0-9_]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
"""What Dagster takes as an owner."""

STORAGE_HOST = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")

PATH_KEY = re.compile(r"[A-Za-z0-9_-]+")


def _web_address(text: str) -> str:
    address = urlsplit(text)
    if "@" in address.netloc:
        raise PydanticCustomError("address", "it contains a user or password, which belong in a key's setting")
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise PydanticCustomError("address", "expected an address such as https://host/v1")
    return text.rstrip("/")


def _sqlite_folder(folder: Path) -> Path:
    whole = folder.expanduser().resolve()
    if any(character in str(whole) for character in "?%"):
        raise PydanticCustomError("folder", "Dagster cannot open SQLite files in a path with ? or %")
    return whole


def _secret_address(secret: SecretStr) -> SecretStr:
    address = urlsplit(secret.get_secret_value())
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise PydanticCustomError("address", "expected an address that begins with https://")
    return secret


def _listed(value: object) -> object:
    return [part for part in value.replace(",", " ").split() if part] if isinstance(value, str) else value


def _path_key(key: SecretStr) -> SecretStr:
    text = key.get_secret_value()
    if len(text) < MIN_KEY_CHARACTERS or not PATH_KEY.fullmatch(text):
        raise PydanticCustomError(
            "key",
            f"expected at least {MIN_KEY_CHARACTERS} letters, digits, - and _; "
            "`python -c 'import secrets; print(secrets.token_urlsafe(32))'` makes such a key",
        )
    return key


def _storage_host(text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError:
        if not STORAGE_HOST.fullmatch(text):
            raise PydanticCustomError(
                "host",
                "expected hosts without a port such as minio.internal or *.internal, or networks such as 10.20.0.0/16",
            ) from None
    return text


def _owner(text: str) -> str:
    if not OWNER.fullmatch(text):
        raise PydanticCustomError("owner", "expected e-mail addresses, or teams such as team:vision")
    return text


Owner = Annotated[str, AfterValidator(_owner)]
Address = Annotated[str, AfterValidator(_web_address)]
SecretAddress = Annotated[SecretStr, AfterValidator(_secret_address)]
SQLiteFolder = Annotated[Path, AfterValidator(_sqlite_folder)]
StorageHost = Annotated[str, AfterValidator(_storage_host)]
PathKey = Annotated[SecretStr, AfterValidator(_path_key)]
Listed = (NoDecode, BeforeValidator(_listed))
"""Several values in one variable, separated by commas or white space."""


def _free_fields(fields: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if reserved := sorted(RESERVED_FIELDS & fields.keys()):
        raise PydanticCustomError("field", f"it contains {', '.join(reserved)}, which this package sets itself")
    return fields


RESERVED_FIELDS = {
    "model",
    "messages",
    "response_format",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "stream",
    "n",
}
"""Fields of a model request that this package sets or relies on."""

FreeFields = Annotated[dict[str, JsonValue], AfterValidator(_free_fields)]
