"""Which addresses of the network people's definitions may reach: public ones, and what is allowed by name.

Nothing here asks the network; the answers of a name server are checked like addresses that were written.
"""

from __future__ import annotations

import unicodedata
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from msgspec import Struct, field

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_CLOUD = frozenset({ip_address("168.63.129.16")})
"""Public by number, but answered by the machine's own host (Azure's platform address)."""
_SPECIAL = (ip_network("192.0.0.0/24"), ip_network("192.88.99.0/24"))
"""Assigned for protocols, not for hosts (RFC 6890, RFC 7526); some clouds serve their metadata there."""
_NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_COMPATIBLE = ip_network("::/96")
_LOCAL_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")


class AddressRules(Struct, frozen=True):
    """What is allowed besides public addresses: everything, networks, or hosts by name (``*.corp.example``)."""

    everything: bool = False
    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = field(default_factory=frozenset)

    def allows_host(self, host: str) -> bool:
        """Whether the host is allowed by its name, whatever its address is."""
        name = plain_host(host)
        if self.everything or name in self.hosts:
            return True
        return any(one.startswith("*.") and name.endswith(one[1:]) for one in self.hosts)

    def allows(self, address: str) -> bool:
        """Whether a numeric address may be reached. Raises ``ValueError`` for what is none."""
        found = ip_address(address.partition("%")[0])
        if self.everything:
            return True
        inner = embedded(found)
        return is_public(found) or any(
            one in network
            for one in {found, inner}
            for network in self.networks
            if one.version == network.version
        )


def read_rules(text: str) -> AddressRules:
    """Rules from a setting: ``true``, ``false``, or networks, addresses and hosts with commas between.

    Raises ``ValueError`` for what is none of them.
    """
    word = text.strip().lower()
    if word in ("", "false", "no", "0"):
        return AddressRules()
    if word in ("true", "yes", "1"):
        return AddressRules(everything=True)
    networks: list[Network] = []
    hosts: set[str] = set()
    for item in filter(None, (one.strip() for one in text.split(","))):
        try:
            networks.append(ip_network(item.strip("[]"), strict=False))
            continue
        except ValueError:
            name = plain_host(item)
        letters = name.removeprefix("*.").replace("-", "").replace("_", "").replace(".", "")
        if "/" in item or not letters.isalnum():
            raise ValueError(f"'{item}' is neither a network (10.0.0.0/8) nor a host (db.internal)") from None
        hosts.add(name)
    return AddressRules(networks=tuple(networks), hosts=frozenset(hosts))


def plain_host(host: str) -> str:
    """A host as it is compared: without brackets and final dots, in lower case, in plain characters."""
    text = unicodedata.normalize("NFKC", host.strip()).replace("\u3002", ".")
    return text.strip("[]").rstrip(".").lower()


def literal(host: str) -> Address | None:
    """The address that a host is, in any spelling that systems take (``0x7f.1``, ``2130706433``, ``[::1]``).

    None for a name.

    >>> literal("0177.0.0.1"), literal("example.org")
    (IPv4Address('127.0.0.1'), None)
    """
    text = plain_host(host).partition("%")[0]
    try:
        return ip_address(text)
    except ValueError:
        number = _aton(text)
        return IPv4Address(number) if number is not None else None


def is_local_name(host: str) -> bool:
    """Whether a name means this machine by itself."""
    name = plain_host(host)
    return name in _LOCAL_NAMES or name.endswith(".localhost")


def embedded(address: Address) -> Address:
    """The IPv4 address inside of an IPv6 one (mapped, compatible, 6to4, Teredo, NAT64), else the address."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _NAT64) or (address in _COMPATIBLE and int(address) > 0xFFFF):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether the address belongs to nobody's private, local, special or shared network."""
    one = embedded(address)
    if one in _CLOUD or not one.is_global or any(one in network for network in _SPECIAL):
        return False
    return not (
        one.is_private or one.is_loopback or one.is_link_local or one.is_multicast or one.is_reserved
        or one.is_unspecified or getattr(one, "is_site_local", False)
    )  # fmt: skip


def _aton(text: str) -> int | None:
    """``inet_aton``: one to four numbers, decimal, octal (``0…``) or hexadecimal (``0x…``); the last fills up."""
    pieces = text.split(".")
    if not 1 <= len(pieces) <= 4:
        return None
    numbers = [_number(piece) for piece in pieces]
    if any(number is None for number in numbers):
        return None
    whole = [number for number in numbers if number is not None]
    last = whole.pop()
    if any(number > 255 for number in whole) or last >= 256 ** (4 - len(whole)):
        return None
    return sum(number << (24 - 8 * place) for place, number in enumerate(whole)) + last


def _number(text: str) -> int | None:
    base = 16 if text.startswith("0x") else 8 if text.startswith("0") and len(text) > 1 else 10
    try:
        return int(text.removeprefix("0x") or "0", base) if text.isalnum() and text.isascii() else None
    except ValueError:
        return None
