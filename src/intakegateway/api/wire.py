"""What is answered before there is a request: bytes that are no HTTP get a problem, as everything else does."""

from __future__ import annotations

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class Http(H11Protocol):
    """Uvicorn's protocol, with a problem for what it cannot read."""

    def send_400_response(self, msg: str) -> None:
        """Answer, and close the connection."""
        # Here, for the framework that it needs takes its time, and the first answers do not wait for it.
        from intakegateway.api.errors import problem

        answer = problem(
            400, "bad_request", "this is no HTTP request that can be read.",
            hint="Look at its first line and at its headers: control characters are not for them.",
        )  # fmt: skip
        headers = [*answer.raw_headers, (b"connection", b"close")]
        start = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
        for event in (start, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
