"""Which addresses files are read from: public ones, Encord's own host, and those that ENCORD_PRIVATE_STORAGE lists. Pure.

Anyone who can add data to a project chooses where its files are. Unchecked, they could have a service inside our network,
such as a cloud's metadata server, read and described to them.

`storage.checked_session` applies this to `requests`; everything that reads a signed URL goes through it. Another client must judge
each address that it connects to, after the name is resolved and for every connection (redirects, retries): `StorageAddresses.refusal`
takes the URL's host and one resolved address. With aiohttp that is a resolver plus a check of the URL's own host, because aiohttp
resolves no literal addresses.
"""

import ipaddress
from dataclasses import dataclass

from judge_pipeline.encord_project.errors import AddressRefused

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv6-only networks reach IPv4 through it (RFC 6052)."""

NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24", "fec0::/10", "3fff::/20")))
"""What `is_global` takes for public in some version of Python, and Azure's metadata server, whose address is public."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class StorageAddresses:
    """The addresses for the files of the Encord at `encord_host`; `private` are hosts, `*.domains` and networks."""

    encord_host: str
    private: tuple[str, ...] = ()

    def refusal(self, host: str, address: str) -> AddressRefused | None:
        """Why no file is read from `address`, to which the URL's `host` was resolved; None if it may be read.

        The error has no other part of the URL, which is a secret.
        """
        found = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
        kind = _kind(found)
        if kind is None or self._is_listed(host.lower().rstrip("."), found):
            return None
        if found.is_loopback and is_loopback(self.encord_host):
            return None
        return AddressRefused(
            f"its host {host!r} has the {kind} address {address}, and files are read from public addresses only; if the "
            "project's files are there, add the host or its network to ENCORD_PRIVATE_STORAGE"
        )

    def _is_listed(self, host: str, address: Address) -> bool:
        if host == self.encord_host.lower():
            return True
        return any(_is_within(each.lower(), host, address) for each in self.private)


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine's loopback; no name is resolved."""
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_within(listed: str, host: str, address: Address) -> bool:
    try:
        network = ipaddress.ip_network(listed, strict=False)
    except ValueError:
        return host.endswith(listed[1:]) if listed.startswith("*.") else host == listed
    return address in network


def _unwrapped(address: Address) -> Address:
    """The IPv4 address within a mapped, 6to4 or NAT64 one: it is the one that is reached."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if not inner and address in NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


def _kind(address: Address) -> str | None:
    """What kind of private address this is; None for a public one."""
    if address.is_unspecified:
        return "unspecified"
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if address.is_multicast or address.is_reserved:
        return "reserved"
    return None if address.is_global and not any(address in each for each in NOT_PUBLIC) else "private"
