"""``${NAME}`` in a project file that is applied: a value that came with it, or the secret that is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from intakegateway.kit.masking import MASK
from intakegateway.services.variables import PREFIX
from intakegateway.services.yamlfiles import Document, KeyPath

_WHOLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


class References(Struct, frozen=True):
    """Fills the references of one document."""

    document: Document
    variables: Mapping[str, str]

    def filled(self, value: Any, path: KeyPath, kept: Any = None) -> Any:
        """``value``, which stands at ``path``, with its references replaced.

        ``kept``: what is there already, with ``***`` for its secrets: such a mask is left where a reference
        has no value. Variables that the server sets aside for definitions stay references. Raises
        ``DefinitionError`` with line and column for a variable without a value.
        """
        if isinstance(value, dict):
            old = kept if isinstance(kept, Mapping) else {}
            return {key: self.filled(item, (*path, key), old.get(key)) for key, item in value.items()}
        if isinstance(value, list):
            was = kept if isinstance(kept, list) else []
            return [
                self.filled(item, (*path, n), was[n] if n < len(was) else None)
                for n, item in enumerate(value)
            ]
        if not isinstance(value, str) or "${" not in value:
            return value
        names = [match[1] for match in _WHOLE.finditer(value.replace("$${", ""))]
        if names and all(name.startswith(PREFIX) for name in names):
            return value
        if kept == MASK and not all(name in self.variables for name in names):
            return MASK
        return self.document.fill(value, path, self.variables)


def without_masks(value: Any) -> Any:
    """``value`` without the keys whose secret stays as it is."""
    if isinstance(value, Mapping):
        return {key: without_masks(item) for key, item in value.items() if item != MASK}
    return value
