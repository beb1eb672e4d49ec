"""Who may call the agent: Encord, proven by its signature, or a page of the editor that knows the path key. Pure."""

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from judge_pipeline.editor_agent.errors import Forbidden, NotFound, Unauthorized
from judge_pipeline.editor_agent.signatures import SIGNATURE_HEADER, TIMESTAMP_HEADER, is_genuine
from judge_pipeline.encord_project.storage_addresses import is_loopback

FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""Headers that a proxy adds: a request with one of them does not come from this machine."""


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """What a request has to prove.

    With a `path_key` or `requires_signature` the agent may be on the web. With neither it serves this machine only: the
    Host header must name loopback, and pages of this machine may call it, whatever `origins` says.
    """

    origins: Collection[str]
    projects: Collection[str]
    path_key: SecretStr | None = None
    secrets: tuple[SecretStr, ...] = ()
    requires_signature: bool = False

    @property
    def is_local(self) -> bool:
        """Whether only this machine may call."""
        return self.path_key is None and not self.requires_signature

    def inner_path(self, path: str) -> str:
        """The path without its key.

        Raises:
            NotFound: the key is missing or wrong.
        """
        if self.path_key is None:
            return path
        first, _, rest = path.removeprefix("/").partition("/")
        if not hmac.compare_digest(first.encode(), self.path_key.get_secret_value().encode()):
            raise NotFound("Nothing here.")
        return f"/{rest}"

    def check_headers(self, headers: Mapping[str, str]) -> None:
        """Checks a request by its headers, before its body is read; a signature is verified later.

        Raises:
            Forbidden: it comes from elsewhere. Unauthorized: it has no signature and needs one.
        """
        if self.is_local and not _is_from_this_machine(headers):
            raise Forbidden("This agent is unprotected, so it serves this machine only; see its documentation.")
        if SIGNATURE_HEADER in headers:
            return
        if self.requires_signature:
            raise Unauthorized("This agent accepts only requests signed by Encord.")
        origin = headers.get("origin")
        if not (self.allows_origin(origin) if origin is not None else self.is_local):
            raise Forbidden("This agent accepts requests from Encord's label editor only.")

    def verify_signature(self, headers: Mapping[str, str], body: bytes, *, now: float) -> bool:
        """Whether the request has a valid signature; False if it has none.

        Raises:
            Unauthorized: the signature is wrong or too old, or there is no secret to verify it with.
        """
        signature = headers.get(SIGNATURE_HEADER)
        if signature is None:
            return False
        timestamp = headers.get(TIMESTAMP_HEADER, "")
        secrets = [secret.get_secret_value() for secret in self.secrets]
        if not is_genuine(body, signature=signature, timestamp=timestamp, secrets=secrets, now=now):
            raise Unauthorized("This request's signature is not Encord's or is too old.")
        return True

    def allows_origin(self, origin: str) -> bool:
        """Whether pages of this origin may call."""
        return _is_loopback_url(origin) if self.is_local else origin in self.origins

    def check_project(self, project_hash: str) -> None:
        """Checks that the agent works on this project.

        Raises:
            Forbidden: it does not.
        """
        if self.projects and project_hash not in self.projects:
            raise Forbidden("This agent does not work on this project; ask the agent's administrator to add it.")


def _is_from_this_machine(headers: Mapping[str, str]) -> bool:
    if any(name in headers for name in FORWARDED):
        return False
    return _is_loopback_url(f"//{headers.get('host', '')}")


def _is_loopback_url(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname)
    except ValueError:  # half an IPv6 address
        return False
