"""The place for reports and exports: a folder, or an object store's URL, and where a browser shows what is in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

EXTRAS = {"s3": "s3", "gs": "gcs", "gcs": "gcs", "az": "azure", "abfs": "azure", "abfss": "azure", "memory": ""}
"""The object stores, by the scheme of their URL, with the extra that installs their library; `memory` is for tests."""

AZURE = ("az", "abfs", "abfss")


def _output(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if not separator or scheme == "file":
        return str(Path(rest or text).expanduser().resolve())
    if scheme not in EXTRAS:
        raise PydanticCustomError(
            "output",
            "expected a folder, or a URL such as s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or az://CONTAINER/FOLDER",
        )
    address = urlsplit(text)
    user = address.netloc.rpartition("@")[0]
    if address.query or address.fragment or ":" in user or (user and scheme not in AZURE):
        raise PydanticCustomError(
            "output", "it contains a key, a user or options, which the store's library takes from its own variables"
        )
    if not address.netloc and scheme != "memory":
        raise PydanticCustomError("output", f"expected {scheme}://BUCKET/FOLDER")
    return text.rstrip("/")


Output = Annotated[str, AfterValidator(_output)]


def is_object_store(output: str) -> bool:
    """Whether it is a URL rather than a folder."""
    return "://" in output


def browser_address(output: str, variables: Mapping[str, str]) -> str | None:
    """What a file's name is added to for its page in the provider's console; None for folders and stores of one's own."""
    address = urlsplit(output)
    prefix = quote(f"{address.path.strip('/')}/" if address.path.strip("/") else "")
    if address.scheme in ("gs", "gcs") and not variables.get("STORAGE_EMULATOR_HOST"):
        return f"https://storage.cloud.google.com/{address.netloc}/{prefix}"
    if address.scheme == "s3" and not any("ENDPOINT_URL" in name for name in variables):
        return f"https://s3.console.aws.amazon.com/s3/object/{address.netloc}?prefix={prefix}"
    account = variables.get("AZURE_STORAGE_ACCOUNT_NAME")
    if address.scheme in AZURE and account and "@" not in address.netloc:
        return f"https://{account}.blob.core.windows.net/{address.netloc}/{prefix}"
    return None
