"""How long a signed URL is valid, by what its query says. A URL itself is never logged: it is a key to its file."""

import time
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

UNKNOWN_SECONDS = 300.0
"""For a URL that does not say: Encord's are valid for minutes to an hour."""


def seconds_valid(url: str, *, now: float | None = None) -> float:
    """The seconds for which a URL signed just now is valid; `now` is the Unix time.

    Knows the queries of Google Cloud Storage, S3, CloudFront and Azure Blob Storage, and the local Encord's.
    """
    query = {name.lower(): values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
    now = time.time() if now is None else now
    for name in ("x-goog-expires", "x-amz-expires"):
        if query.get(name, "").isdigit():
            return float(query[name])
    if query.get("expires", "").isdigit():
        return float(query["expires"]) - now
    if "se" in query and "sig" in query:
        try:
            end = datetime.fromisoformat(query["se"])
        except ValueError:
            return UNKNOWN_SECONDS
        return (end if end.tzinfo else end.replace(tzinfo=UTC)).timestamp() - now
    return UNKNOWN_SECONDS
