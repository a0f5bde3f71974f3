"""``LOAD DATA LOCAL`` lets the server name the file that it wants; only the one that we offer is sent.

A server that is not what it seems could otherwise ask for any file of this machine, in answer to any query
(MySQL manual, "Security Considerations for LOAD DATA LOCAL").
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

_OFFERED = "intakegateway_offered_file"


def watch(connection: Any) -> bool:
    """From now on the connection sends no file but those of ``sending``; False: this PyMySQL cannot be held to it."""
    setattr(connection, _OFFERED, None)
    return _installed()


@contextmanager
def sending(connection: Any, path: Path) -> Iterator[None]:
    """Let the server have this file."""
    setattr(connection, _OFFERED, str(path))
    try:
        yield
    finally:
        setattr(connection, _OFFERED, None)


@cache
def _installed() -> bool:
    from pymysql import connections, err

    # PyMySQL has no hook for it: the function that opens the file is replaced, once.
    send = getattr(connections, "_send_local_file", None)
    if send is None:
        return False

    def checked(filename: bytes | str, connection: Any) -> None:
        if hasattr(connection, _OFFERED) and os.fsdecode(filename) != getattr(connection, _OFFERED):
            raise err.OperationalError(3948, "the server asked for a file that it was not offered")
        send(filename, connection)

    connections._send_local_file = checked  # type: ignore[attr-defined]
    return True
