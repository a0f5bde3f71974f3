"""The test of an API: is it there, does it let us in, does it answer with JSON?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson

from intakegateway.connectors.guard import current
from intakegateway.connectors.http_api.auth import secrets_of, signer
from intakegateway.connectors.http_api.calls import Answer, Call
from intakegateway.connectors.http_api.stores import FileTokens
from intakegateway.connectors.http_api.templates import Cursor, first_call
from intakegateway.connectors.http_api.transport import Transport
from intakegateway.connectors.probing import SECONDS, Step, reached, resolved
from intakegateway.kit.clock import SystemClock
from intakegateway.kit.masking import Scrubber
from intakegateway.model.errors import SourceError, UnavailableError
from intakegateway.model.http import HttpSource
from intakegateway.model.http_auth import NoAuth
from intakegateway.settings import read_settings


class HttpProbe:
    """Asks once, without trying again."""

    def __init__(self, config: Mapping[str, Any], keys: Mapping[str, Any]) -> None:
        self._path = str(config.get("test_path") or "")
        self._keys = dict(keys)
        self._addresses: tuple[str, ...] = ()
        self._answer: Answer | None = None
        self.version = ""

    def steps(self) -> Sequence[Step]:
        """Resolve, connect, sign in, read."""
        return (
            ("resolve", self._resolve), ("connect", self._connect), ("sign_in", self._sign_in), ("read", self._read)
        )  # fmt: skip

    def close(self) -> None:
        """Nothing is held open."""

    def _place(self) -> tuple[str, int]:
        """Where the connection goes: to the proxy, where there is one."""
        parts = urlsplit(str(self._keys.get("proxy") or self._keys["url"]))
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)

    def _resolve(self) -> str:
        host, port = self._place()
        self._addresses = resolved(host, port)
        return f"'{host}' is {', '.join(self._addresses[:3])}."

    def _connect(self) -> str:
        _, port = self._place()
        return f"{reached(self._addresses, port)} takes connections at port {port}."

    def _sign_in(self) -> str:
        request = dict(self._keys.get("request") or {})
        if self._path:
            request["path"] = self._path
        given = {"retry": {"attempts": 1}, **self._keys, "request": request, "timeout": SECONDS - 1}
        spec = HttpSource.model_validate(given)
        scrub, clock = Scrubber.of(secrets_of(spec)), SystemClock()
        # The store of tokens is that of runs: a refresh token that is renewed here must not get lost.
        signs = signer(spec, FileTokens(read_settings().home / "tokens"), clock)
        with Transport(spec, clock, scrub, current()) as transport:

            def fetch(call: Call) -> Answer:
                return transport.send(call, lambda same: same)

            self._answer = transport.send(first_call(spec, Cursor("0")), lambda call: signs.sign(call, fetch))
        status = self._answer.status
        self.version = self._answer.headers.get("server", "")[:100]
        if status in (401, 403):
            raise SourceError(
                f"the API answers {status}: it does not let us in.",
                hint="Check 'auth' and the rights of its account.",
            )
        if isinstance(spec.auth, NoAuth):
            return f"No sign-in is set; the API answers {status}."
        return f"The API answers {status}."

    def _read(self) -> str:
        answer = self._answer
        assert answer is not None
        if answer.status >= 500 or answer.status == 429:
            raise UnavailableError(f"the API answers {answer.status}.", hint="Try again later.")
        if answer.status >= 400:
            if self._path:
                raise SourceError(f"the API answers {answer.status}.", hint="Check 'test_path'.")
            return (
                f"The address itself answers {answer.status}; give 'test_path' for a test of a whole answer."
            )
        if answer.spool is not None and answer.content.lstrip()[:1] in (b"{", b"["):
            return f"It answers with what looks like JSON ({answer.spool.size} bytes)."
        try:
            orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            kind = answer.headers.get("content-type", "something").partition(";")[0]
            return f"It answers with {kind}, not with JSON; its paths may."
        return f"It answers with JSON ({len(answer.content)} bytes)."
