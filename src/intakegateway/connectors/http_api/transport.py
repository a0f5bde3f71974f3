"""The driver: one call to one answer with httpx. Redirects, size and time limits; no retries."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from intakegateway.connectors.guard import Guard
from intakegateway.connectors.http_api.bodies import Collector, Spool
from intakegateway.connectors.http_api.calls import Answer, Call, redirected
from intakegateway.kit.clock import Clock
from intakegateway.kit.imports import without
from intakegateway.kit.masking import Scrubber
from intakegateway.model.errors import DefinitionError, SourceError, UnavailableError
from intakegateway.model.http import HttpSource

with without("httpx._main"):  # its command line, for which it loads rich and pygments: half of the time
    import httpx

_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = {
    "User-Agent": "intakegateway/0.1",
    "Accept": "application/json, application/x-ndjson;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
}


class Transport:
    """Connections to an API, kept open between calls. Close it, or use it in ``with``."""

    def __init__(self, spec: HttpSource, clock: Clock, scrub: Scrubber, guard: Guard | None = None) -> None:
        self._spec = spec
        self._clock = clock
        self._scrub = scrub
        self._guard = guard
        # Made when first needed: a context that trusts the system's certificates costs 0.1 s.
        self._clients: dict[str, httpx.Client] = {}

    def __enter__(self) -> Transport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            client.close()

    def send(self, call: Call, sign: Callable[[Call], Call]) -> Answer:
        """The answer to a call, redirects followed. ``sign`` adds credentials where they may go.

        Raises ``UnavailableError`` when the network or the server fails, ``SourceError`` for what will not
        get better by itself.
        """
        deadline = self._clock.monotonic() + self._spec.max_time
        for _ in range(self._spec.max_redirects + 1):
            answer = self._once(sign(call), deadline)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not location:
                return answer
            call = redirected(call, answer.status, location)
        raise SourceError(
            f"The API redirects too often, last to {self._scrub.url(call.target)}.",
            where=self._scrub.url(answer.url),
            hint="Give the final address as 'url', or raise 'max_redirects'.",
        )

    def _once(self, call: Call, deadline: float) -> Answer:
        where = self._scrub.url(call.target)
        try:
            with self._client(call.target).stream(
                call.method, call.target, headers=list(call.all_headers), content=call.body
            ) as response:
                body = self._read(response, deadline, where)
                headers = {name.lower(): value for name, value in response.headers.items()}
                if isinstance(body, Spool):
                    return Answer(response.status_code, headers, body.head, call.target, body)
                return Answer(response.status_code, headers, body, call.target)
        except httpx.HTTPError as error:
            raise self._failure(error, where) from None
        except httpx.InvalidURL as error:
            raise SourceError(f"The address cannot be used: {error}.", where=where) from None

    def _client(self, url: str) -> httpx.Client:
        spec = self._spec
        proxy = spec.proxy.get_secret_value().strip() if spec.proxy else None
        secure = "https" if url.startswith("https:") or (proxy or "").startswith("https:") else "http"
        # A connection that was made for one name must not be used for another with the same address.
        place = secure if self._guard is None else f"{secure} {urlsplit(url).netloc}"
        if place not in self._clients:
            # A bare context trusts nobody, so no unchecked TLS can come of the plain client.
            tls = _tls(spec) if secure == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            limits = httpx.Limits(max_connections=4, keepalive_expiry=60.0)
            waits = httpx.Timeout(spec.timeout)
            try:
                if self._guard is None:
                    self._clients[place] = httpx.Client(
                        verify=tls, proxy=proxy or None, timeout=waits, headers=_HEADERS, limits=limits
                    )
                else:
                    from intakegateway.connectors.http_api.guarded import guarded

                    way = guarded(self._guard, url, proxy, tls, limits)
                    self._clients[place] = httpx.Client(transport=way, timeout=waits, headers=_HEADERS)
            except (ValueError, httpx.InvalidURL):
                raise DefinitionError(
                    "'proxy' is not a proxy's address.",
                    hint="Give it as http://user:password@proxy:3128.",
                    path=("source", "proxy"),
                ) from None
        return self._clients[place]

    def _read(self, response: httpx.Response, deadline: float, where: str) -> bytes | Spool:
        with Collector(self._spec.max_response_bytes, where) as collector:
            for piece in response.iter_bytes():
                collector.add(piece)
                if self._clock.monotonic() > deadline:
                    raise UnavailableError(
                        f"The answer was not complete after {self._spec.max_time:g} seconds.",
                        where=where,
                        hint="Ask for smaller pages, or raise 'max_time'.",
                    )
            return collector.done()

    def _failure(self, error: httpx.HTTPError, where: str) -> SourceError | UnavailableError:
        waited = f"{self._spec.timeout:g} seconds"
        reason = self._scrub(str(error)).rstrip(".") or type(error).__name__
        match error:
            case httpx.ConnectTimeout():
                return UnavailableError(f"No connection within {waited}.", where=where)
            case httpx.TimeoutException():
                return UnavailableError(f"No answer for {waited}.", where=where)
            case httpx.ConnectError() if _is_certificate(error):
                return SourceError(
                    f"The server's certificate is not trusted: {reason}.",
                    where=where,
                    hint="Give the authority's certificate as 'ca'.",
                )
            case httpx.ConnectError() if "[Errno -" in reason or "getaddrinfo" in reason:
                return UnavailableError("The host's name is not known.", where=where, hint="Check 'url'.")
            case httpx.ConnectError():
                return UnavailableError(f"Cannot connect: {reason}.", where=where)
            case httpx.ProxyError():
                return SourceError(f"The proxy refuses: {reason}.", where=where, hint="Check 'proxy'.")
            case httpx.LocalProtocolError() | httpx.UnsupportedProtocol():
                return SourceError(f"The request cannot be sent: {reason}.", where=where)
            case httpx.DecodingError():
                return UnavailableError(f"The answer's compression is broken: {reason}.", where=where)
            case httpx.RemoteProtocolError() if (
                "incomplete" in reason or "without sending complete" in reason
            ):
                return UnavailableError("The answer broke off.", where=where)
            case _:
                return UnavailableError(f"The connection was lost: {reason}.", where=where)


def _is_certificate(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _tls(spec: HttpSource) -> ssl.SSLContext:
    """The system's certificates (or certifi's where it has none), those of ``ca``, and our own."""
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        import certifi

        context.load_verify_locations(certifi.where())
    _trust(context, spec)
    return context


def _trust(context: ssl.SSLContext, spec: HttpSource) -> None:
    if not spec.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if spec.ca is not None:
        _loaded("ca", spec.ca, lambda ca: _add_authorities(context, ca))
    if spec.client_cert is not None:
        word = spec.client_key_password.get_secret_value() if spec.client_key_password else ""
        key = spec.client_key
        if key is not None and not Path(key).expanduser().is_file():
            raise _no_file("client_key", key)
        _loaded("client_cert", spec.client_cert, lambda cert: context.load_cert_chain(cert, key, word))


def _add_authorities(context: ssl.SSLContext, ca: str) -> None:
    if ca.lstrip().startswith("-----BEGIN"):
        context.load_verify_locations(cadata=ca)
    else:
        context.load_verify_locations(cafile=str(Path(ca).expanduser()))


def _loaded(key: str, value: str, load: Callable[[str], None]) -> None:
    if not value.lstrip().startswith("-----BEGIN") and not Path(value).expanduser().is_file():
        raise _no_file(key, value)
    try:
        load(value)
    except (ssl.SSLError, OSError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "it cannot be read"
        raise DefinitionError(
            f"'{key}' cannot be used: {str(reason).lower().replace('_', ' ')}.",
            hint="It must be a file in PEM form; an encrypted key needs 'client_key_password'.",
            path=("source", key),
        ) from None


def _no_file(key: str, value: str) -> DefinitionError:
    return DefinitionError(f"'{key}': there is no file '{value}'.", path=("source", key))
