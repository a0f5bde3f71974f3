"""Under a guard, every request goes to an address that was checked for it, redirects and pages included."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from intakegateway.connectors.guard import Guard
from intakegateway.kit.imports import without
from intakegateway.model.errors import UnavailableError

with without("httpx._main"):
    import httpx

_PORTS = {"http": 80, "https": 443}


def guarded(
    guard: Guard, url: str, proxy: str | None, tls: ssl.SSLContext, limits: httpx.Limits
) -> httpx.BaseTransport:
    """A transport to the host of ``url``. A proxy that the definition names is checked as well."""
    if proxy:
        return Checked(
            guard, httpx.HTTPTransport(verify=tls, limits=limits, proxy=_pinned_proxy(guard, proxy))
        )
    parts = urlsplit(url)
    own = getproxies()
    theirs = own.get(parts.scheme) or own.get("all")
    if theirs and not proxy_bypass(parts.hostname or ""):
        # The administrator's proxy looks names up by itself; it may be the only one that can.
        return Checked(guard, httpx.HTTPTransport(verify=tls, limits=limits, proxy=theirs), lenient=True)
    return Pinned(guard, httpx.HTTPTransport(verify=tls, limits=limits))


def client(guard: Guard, *, seconds: float) -> httpx.Client:
    """A client for single requests to addresses that people give (webhooks); redirects are not followed.

    Requests raise httpx's errors, ``DefinitionError`` for an address that is not allowed, and
    ``UnavailableError`` for a name that is not known.
    """
    # A connection that was made for one name must not be used for another with the same address.
    alone = httpx.Limits(max_connections=20, max_keepalive_connections=0)
    theirs = getproxies()
    proxy = theirs.get("https") or theirs.get("http") or theirs.get("all")
    way = (
        Checked(guard, httpx.HTTPTransport(limits=alone, proxy=proxy), lenient=True)
        if proxy
        else Pinned(guard, httpx.HTTPTransport(limits=alone))
    )
    return httpx.Client(transport=way, timeout=httpx.Timeout(seconds), follow_redirects=False)


class Pinned(httpx.BaseTransport):
    """Connects to the checked address; the name stays for the certificate and the ``Host`` header."""

    def __init__(self, guard: Guard, inner: httpx.BaseTransport) -> None:
        self._guard, self._inner = guard, inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the first address that takes the connection."""
        host = request.url.host
        found = self._guard.addresses(host, _port(request.url))
        failure: httpx.ConnectError | httpx.ConnectTimeout | None = None
        for address in found:
            asked = httpx.Request(
                request.method, request.url.copy_with(host=address), headers=request.headers,
                stream=request.stream, extensions={**request.extensions, "sni_hostname": host},
            )  # fmt: skip
            try:
                return self._inner.handle_request(asked)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure or httpx.ConnectError("the host has no address")

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class Checked(httpx.BaseTransport):
    """Checks the host and leaves the connection to a proxy."""

    def __init__(self, guard: Guard, inner: httpx.BaseTransport, *, lenient: bool = False) -> None:
        self._guard, self._inner, self._lenient = guard, inner, lenient

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The proxy's answer."""
        try:
            self._guard.addresses(request.url.host, _port(request.url))
        except UnavailableError:
            if not self._lenient:
                raise
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def _port(url: httpx.URL) -> int:
    return url.port or _PORTS.get(url.scheme, 443)


def _pinned_proxy(guard: Guard, proxy: str) -> str:
    url = httpx.URL(proxy)
    address = guard.addresses(url.host, _port(url), "the proxy")[0]
    # A proxy over TLS is held to its name by its certificate.
    return str(url.copy_with(host=address)) if url.scheme == "http" else proxy
