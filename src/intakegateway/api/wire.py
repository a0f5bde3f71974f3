"""What is answered before there is a request: bytes that are no HTTP get a problem, as everything else does."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 1 << 20
"""The first line and the headers of a request: the parser itself would gather them without an end."""


class Http(HttpToolsProtocol):
    """Uvicorn's protocol, with a problem for what it cannot read."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head_bytes: int | None = 0

    def data_received(self, data: bytes) -> None:
        """Parse, unless a head has become too long; a body counts as much as came with the end of its head."""
        if self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse(
                    431, "headers_too_long", f"the headers of this request have more than {MOST_HEAD_BYTES >> 20} MB.",
                    "Send fewer cookies and shorter headers.",
                )  # fmt: skip
                return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """What comes now is a body."""
        self._head_bytes = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes next is another head."""
        self._head_bytes = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer, and close the connection."""
        self._refuse(
            400, "bad_request", "this is no HTTP request that can be read.",
            "Look at its first line and at its headers: control characters are not for them.",
        )  # fmt: skip

    def _refuse(self, status: int, code: str, detail: str, hint: str) -> None:
        # Here, for the framework that it needs takes its time, and the first answers do not wait for it.
        from intakegateway.api.errors import problem

        answer = problem(status, code, detail, hint=hint)
        headers = [*answer.raw_headers, (b"connection", b"close")]
        lines = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode(),
            *(b": ".join(one) for one in headers),
        ]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(answer.body)]))
        self.transport.close()
