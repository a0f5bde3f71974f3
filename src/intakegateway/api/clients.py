"""Who is at the other end of a connection, also behind proxies."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from intakegateway.kit.addresses import is_local_name, literal, plain_host
from intakegateway.settings import Settings

if TYPE_CHECKING:
    from intakegateway.services.sessions import Client

Address = IPv4Address | IPv6Address


def client(connection: HTTPConnection) -> Client:
    """The address and the program of who asks."""
    from intakegateway.services.sessions import Client

    return Client(client_ip(connection), connection.headers.get("user-agent", ""))


def client_ip(connection: HTTPConnection) -> str:
    """The address of who asks. ``X-Forwarded-For`` is read from its end, as far as proxies are trusted."""
    settings = _settings(connection)
    peer = connection.client.host if connection.client else ""
    hops = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
    while hops and _is_trusted(peer, settings):
        said = _parsed(hops.pop())
        if said is None:
            break
        peer = str(said)
    return peer


def is_secure(connection: HTTPConnection, settings: Settings | None = None) -> bool:
    """Whether the browser speaks https with us, or with the proxy before us.

    ``settings`` are those of the connection's application, unless there is none yet.
    """
    settings = settings or _settings(connection)
    if settings.base_url.lower().startswith("https:") or connection.scope["scheme"] in ("https", "wss"):
        return True
    peer = connection.client.host if connection.client else ""
    said = connection.headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
    return said == "https" and _is_trusted(peer, settings)


def origin(connection: HTTPConnection) -> str:
    """How browsers reach this installation: ``https://host/path``, without a slash at its end."""
    settings = _settings(connection)
    if settings.base_url:
        return settings.base_url.rstrip("/")
    scheme = "https" if is_secure(connection) else "http"
    return f"{scheme}://{connection.url.netloc}"


def sure_origin(connection: HTTPConnection) -> str:
    """``origin``, but only if it is not merely what the client says; else empty.

    ``Host`` can name anybody's machine. Without ``base_url`` it is believed where it is this machine: its
    loopback names, the address that the connection came to, or the one that we listen on.
    """
    if _settings(connection).base_url:
        return origin(connection)
    host = plain_host(connection.url.hostname or "")
    server = connection.scope.get("server") or ("", None)
    own = {plain_host(server[0] or ""), plain_host(_settings(connection).host)} - {""}
    address = literal(host)
    is_here = host in own or is_local_name(host) or (address is not None and address.is_loopback)
    return origin(connection) if is_here else ""


def _settings(connection: HTTPConnection) -> Settings:
    found: Settings = connection.app.state.gateway.context.settings
    return found


def _is_trusted(host: str, settings: Settings) -> bool:
    address = _parsed(host)
    return address is not None and any(address in network for network in _networks(settings.trusted_proxies))


@lru_cache(maxsize=16)
def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(one.strip(), strict=False) for one in text.split(",") if one.strip())


def _parsed(text: str) -> Address | None:
    """An address, also ``1.2.3.4:567`` and ``[::1]:567`` as some proxies write it."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
