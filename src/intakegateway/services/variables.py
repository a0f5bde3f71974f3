"""``${NAME}`` in definitions of the service: only variables that the server sets aside for them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from intakegateway.model.errors import DefinitionError

PREFIX = "INTAKEGATEWAY_VAR_"
"""The only variables of the server's environment that definitions of the service may refer to."""
_REFERENCE = re.compile(r"\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def with_variables(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    """``${NAME}`` and ``${NAME:-default}`` replaced, for names that begin with ``PREFIX``.

    ``$${`` stands for a plain ``${``. Raises ``DefinitionError`` for another name: the server's environment
    is not for those who use it.
    """
    if isinstance(value, Mapping):
        return {key: with_variables(item, (*path, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [with_variables(item, (*path, number)) for number, item in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value

    def fill(match: re.Match[str]) -> str:
        if match[1]:
            return "${"
        name, default = match[2], match[3]
        if not name.startswith(PREFIX):
            raise DefinitionError(
                f"the variable '{name}' cannot be read here.", path=path,
                hint=f"The service reads only variables whose names begin with {PREFIX}; '$${{' is a plain '${{'.",
            )  # fmt: skip
        found = os.environ.get(name, default)
        if found is None:
            raise DefinitionError(f"the variable '{name}' is not set on the server.", path=path)
        return found

    return _REFERENCE.sub(fill, value)
