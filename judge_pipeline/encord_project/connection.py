"""An SDK client from a key and a domain, and the SDK's exceptions translated into ours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from judge_pipeline.domain.data_group import waiting_item
from judge_pipeline.encord_project.clock import clock_remark
from judge_pipeline.encord_project.errors import (
    AccessDenied,
    EncordError,
    EncordRefused,
    EncordUnavailable,
    EncordUnreachable,
)
from judge_pipeline.encord_project.rate_limits import make_sessions_patient, patience_is_spent
from judge_pipeline.encord_project.storage_addresses import StorageAddresses

if TYPE_CHECKING:
    from encord import EncordUserClient

DOMAIN = "https://api.encord.com"

READ_TIMEOUT_SECONDS = 60
"""A third of the SDK's own 180 s."""

CONNECT_TIMEOUT_SECONDS = 10

ENCORD_CALLS_AT_ONCE = 8
"""Encord's rate limits are unpublished; the examples in its documentation stay below eight concurrent calls."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Encord's address and the private key (OpenSSH text) for it; the key never appears in a repr.

    `private_storage` lists hosts and networks that hold its files although their addresses are private.
    """

    domain: str
    ssh_private_key: str = field(repr=False)
    private_storage: tuple[str, ...] = ()

    def client(self) -> "EncordUserClient":
        """The SDK's client, with its own retries off; nothing is sent yet.

        Raises:
            EncordRefused: the key is not an Ed25519 private key in OpenSSH's format.
        """
        from encord import EncordUserClient
        from encord.exceptions import EncordException
        from encord.http.constants import RequestsSettings

        make_sessions_patient()
        try:
            return EncordUserClient.create_with_ssh_private_key(
                self.ssh_private_key,
                domain=self.domain,
                # The SDK's own retries sleep for as long as Retry-After says, up to six hours, and cannot be interrupted.
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
                "create one with `ssh-keygen -t ed25519 -N ''` and register its public key in Encord"
            ) from None

    @property
    def storage_addresses(self) -> StorageAddresses:
        """Where the files of this Encord may be."""
        return StorageAddresses(urlsplit(self.domain).hostname or "", self.private_storage)

    @property
    def app_url(self) -> str:
        """Encord's address in a browser: the API's host with `app` for `api`."""
        parts = urlsplit(self.domain)
        host = "app." + parts.netloc.removeprefix("api.") if self._is_encords else parts.netloc
        return f"{parts.scheme}://{host}"

    def project_url(self, project_hash: str) -> str:
        """The project's page; the local Encord has its own address for it."""
        return f"{self.app_url}/projects{'/view' if self._is_encords else ''}/{project_hash}"

    def item_url(self, project_hash: str, data_hash: str) -> str:
        """The page of a data unit in the label editor; of an image that waits for its data group, the project's page."""
        if waiting_item(data_hash):
            return self.project_url(project_hash)
        return f"{self.app_url}/label_editor/{project_hash}/{data_hash}"

    @property
    def _is_encords(self) -> bool:
        host = urlsplit(self.domain).netloc
        return host.startswith("api.") and host.endswith("encord.com")


@contextmanager
def translated_errors(action: str, *, domain: str) -> Iterator[None]:
    """Translates the SDK's exceptions into ours; each message names the action that failed.

    Raises:
        EncordRefused: 401. AccessDenied: 403. EncordUnreachable: no connection, a timeout, or a response that is not Encord's.
        EncordUnavailable: a rate limit or a server error. EncordError: any other exception of the SDK.
    """
    import requests
    from encord import exceptions

    try:
        yield
    except exceptions.AuthenticationError as error:
        raise EncordRefused(
            f"Encord at {domain} rejected the key while {action}: {_first_line(error)}; {clock_remark(domain)}"
            "register its public key there and check that ENCORD_DOMAIN is your account's region"
        ) from None
    except exceptions.AuthorisationError as error:
        raise AccessDenied(
            f"Encord at {domain} refused {action}: {_first_line(error)}; check the id and the access of the key's user",
            reason=f"{_first_line(error)}; check the access of the key's user",
        ) from None
    except (requests.exceptions.RequestException, exceptions.RequestException) as error:
        raise EncordUnreachable(
            f"could not reach Encord at {domain} while {action}: {type(error).__name__}; check ENCORD_DOMAIN and the network"
        ) from None
    except exceptions.RateLimitExceededError as error:
        raise EncordUnavailable(
            f"Encord at {domain} returned a rate limit while {action}: {_first_line(error)}",
            retry_after_seconds=error.retry_after or 0.0,
            is_final=patience_is_spent(),
        ) from None
    except (exceptions.UnknownException, exceptions.GenericServerError) as error:
        raise EncordUnavailable(f"Encord at {domain} failed while {action}: {_first_line(error)}") from None
    except exceptions.EncordException as error:
        raise EncordError(
            f"Encord at {domain} failed while {action}: {_first_line(error)}", reason=_first_line(error)
        ) from error


def _first_line(error: Exception) -> str:
    """The error's first line; URLs lose their query, since a signed URL's signature is a secret."""
    text = re.sub(r"(https?://[^\s?]+)\?\S*", r"\1?…", str(getattr(error, "message", "") or error)).strip()
    return text.splitlines()[0][:300] if text else type(error).__name__
