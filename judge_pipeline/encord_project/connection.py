"""A client of Encord's SDK from a key and a domain, and its exceptions in our words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from judge_pipeline.encord_project.clock import clock_remark
from judge_pipeline.encord_project.errors import EncordError, EncordRefused, EncordUnavailable, EncordUnreachable

if TYPE_CHECKING:
    from encord import EncordUserClient

DOMAIN = "https://api.encord.com"

READ_TIMEOUT_SECONDS = 60
"""A third of the SDK's own 180 s."""

CONNECT_TIMEOUT_SECONDS = 10

ENCORD_CALLS_AT_ONCE = 8
"""Encord's rate limits are unpublished; eight at once is what its own documentation's examples stay below."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where Encord is and the private key (OpenSSH text) that opens it; the key never shows in a repr."""

    domain: str
    ssh_private_key: str = field(repr=False)

    def client(self) -> "EncordUserClient":
        """The SDK's client; nothing is sent yet, and it will repeat nothing by itself.

        Raises:
            EncordRefused: the key is not an Ed25519 private key in OpenSSH's format.
        """
        from encord import EncordUserClient
        from encord.exceptions import EncordException
        from encord.http.constants import RequestsSettings

        try:
            return EncordUserClient.create_with_ssh_private_key(
                self.ssh_private_key,
                domain=self.domain,
                # The SDK's own retries would sleep as long as a Retry-After says, up to six hours, and nobody could end them.
                requests_settings=RequestsSettings(
                    max_retries=0,
                    connection_retries=0,
                    connect_timeout=CONNECT_TIMEOUT_SECONDS,
                    read_timeout=READ_TIMEOUT_SECONDS,
                ),
            )
        except (ValueError, TypeError, EncordException):
            raise EncordRefused(
                "the Encord key is not an Ed25519 private key in OpenSSH format without a passphrase; "
                "make one with `ssh-keygen -t ed25519 -N ''` and register its public half in Encord"
            ) from None

    @property
    def app_url(self) -> str:
        """Where a person opens this Encord in a browser: the API's host with `app` for `api`."""
        parts = urlsplit(self.domain)
        host = parts.netloc
        if host.startswith("api.") and host.endswith("encord.com"):
            host = "app." + host.removeprefix("api.")
        return f"{parts.scheme}://{host}"


@contextmanager
def translated_errors(doing: str, *, domain: str) -> Iterator[None]:
    """Turns the SDK's exceptions into ours, each with what was being done.

    Raises:
        EncordRefused: 401 or 403. EncordUnreachable: no connection, a time-out, or an answer that is not Encord's.
        EncordUnavailable: a rate limit, or an error of the server's. EncordError: anything else that the SDK raises.
    """
    import requests
    from encord import exceptions

    try:
        yield
    except exceptions.AuthenticationError as error:
        raise EncordRefused(
            f"Encord at {domain} does not accept the key while {doing}: {_first_line(error)}; {clock_remark(domain)}"
            "register its public half there, and check that ENCORD_DOMAIN is the region of your account"
        ) from None
    except exceptions.AuthorisationError as error:
        raise EncordRefused(
            f"Encord at {domain} refuses {doing}: {_first_line(error)}; check the id, and that the key's user has access"
        ) from None
    except (requests.exceptions.RequestException, exceptions.RequestException) as error:
        raise EncordUnreachable(
            f"Encord at {domain} cannot be reached while {doing}: {type(error).__name__}; check ENCORD_DOMAIN and the network"
        ) from None
    except exceptions.RateLimitExceededError as error:
        raise EncordUnavailable(
            f"Encord at {domain} limits the rate while {doing}: {_first_line(error)}",
            retry_after_seconds=error.retry_after or 0.0,
        ) from None
    except (exceptions.UnknownException, exceptions.GenericServerError) as error:
        raise EncordUnavailable(f"Encord at {domain} failed while {doing}: {_first_line(error)}") from None
    except exceptions.EncordException as error:
        raise EncordError(f"Encord at {domain} failed while {doing}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    """The error's first line without the query of any URL in it: a signed URL's signature is a secret."""
    text = re.sub(r"(https?://[^\s?]+)\?\S*", r"\1?…", str(getattr(error, "message", "") or error)).strip()
    return text.splitlines()[0][:300] if text else type(error).__name__
