"""The secrets of connections, each sealed for its table, row and field."""

from __future__ import annotations

from collections.abc import Mapping

from intakegateway.kit.secretbox import SecretBox
from intakegateway.services.sealing import open_secret


def sealed_secrets(
    box: SecretBox, connection_id: str, kept: Mapping[str, str], given: Mapping[str, str | None]
) -> dict[str, str]:
    """``kept`` (sealed) with ``given`` (in clear) in their place; what is given as None is taken away."""
    made = {path: text for path, text in kept.items() if path not in given}
    for path, value in given.items():
        if value:
            made[path] = box.seal(value, *place(connection_id, path))
    return made


def opened_secrets(box: SecretBox, connection_id: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """In clear, by path. Raises ``DefinitionError`` for one that cannot be opened."""
    return {
        path: open_secret(text, box, f"the secret '{path}' of the connection", *place(connection_id, path))
        for path, text in secrets.items()
    }


def place(connection_id: str, path: str) -> tuple[str, str, str]:
    """Where a secret of a connection is kept."""
    return "connections", connection_id, path
