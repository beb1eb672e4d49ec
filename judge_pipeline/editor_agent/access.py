"""Who may call the agent: whom Encord's signature proves, or a page of the editor's that knows the path. Pure."""

import hmac
import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from judge_pipeline.editor_agent.errors import Forbidden, NotFound, Unauthorized
from judge_pipeline.editor_agent.signatures import SIGNATURE_HEADER, TIMESTAMP_HEADER, is_genuine

FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""What a proxy adds: a call that came through one is not of this machine."""


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """What a call has to show.

    With a `path_key` or `requires_signature` the agent may be on the web. Without both it is for this machine only: the
    call's Host has to be one of loopback's names, and pages of this machine may call it, whatever `origins` says.
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
            raise NotFound("There is nothing here.")
        return f"/{rest}"

    def admit_unread(self, headers: Mapping[str, str]) -> None:
        """Lets a call pass by its headers alone; what is signed is not believed yet.

        Raises:
            Forbidden: it comes from elsewhere. Unauthorized: it has no signature and needs one.
        """
        if self.is_local and not _is_of_this_machine(headers):
            raise Forbidden("This agent is not protected, so it answers to this machine only; see its documentation.")
        if SIGNATURE_HEADER in headers:
            return
        if self.requires_signature:
            raise Unauthorized("This agent takes only calls that Encord has signed.")
        origin = headers.get("origin")
        if not (self.allows_origin(origin) if origin is not None else self.is_local):
            raise Forbidden("This agent takes calls from Encord's label editor only.")

    def has_proof(self, headers: Mapping[str, str], body: bytes, *, now: float) -> bool:
        """Whether the call is signed, and rightly; False where it is not signed at all.

        Raises:
            Unauthorized: the signature is wrong, too old, or cannot be verified without a secret.
        """
        signature = headers.get(SIGNATURE_HEADER)
        if signature is None:
            return False
        timestamp = headers.get(TIMESTAMP_HEADER, "")
        secrets = [secret.get_secret_value() for secret in self.secrets]
        if not is_genuine(body, signature=signature, timestamp=timestamp, secrets=secrets, now=now):
            raise Unauthorized("The signature of this call is not Encord's, or is too old.")
        return True

    def allows_origin(self, origin: str) -> bool:
        """Whether pages of this origin may call."""
        return _is_loopback_url(origin) if self.is_local else origin in self.origins

    def admit_project(self, project_hash: str) -> None:
        """Lets a call about this project pass.

        Raises:
            Forbidden: the agent does not work on it.
        """
        if self.projects and project_hash not in self.projects:
            raise Forbidden("This agent does not work on this project; whoever set it up can add the project.")


def is_loopback_host(host: str) -> bool:
    """Whether a name or address, as a server is bound to, is this machine's loopback."""
    return _is_loopback(host)


def _is_of_this_machine(headers: Mapping[str, str]) -> bool:
    if any(name in headers for name in FORWARDED):
        return False
    return _is_loopback_url(f"//{headers.get('host', '')}")


def _is_loopback_url(url: str) -> bool:
    try:
        return _is_loopback(urlsplit(url).hostname)
    except ValueError:  # half an IPv6 address
        return False


def _is_loopback(hostname: str | None) -> bool:
    if hostname is None:
        return False
    try:
        return ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return hostname.lower() == "localhost"
