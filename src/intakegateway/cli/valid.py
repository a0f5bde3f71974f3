"""What was typed as a value that a use case takes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from intakegateway.services.explain import as_definition_error

Model = TypeVar("Model", bound=BaseModel)


def valid(model: type[Model], value: dict[str, Any]) -> Model:
    """``value`` as a ``model``. Raises ``DefinitionError``."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise as_definition_error(error, model, value) from None


def changes(model: type[Model], value: dict[str, Any]) -> Model:
    """What was typed of a change; None: left out. Raises ``DefinitionError``, also where nothing is left."""
    from intakegateway.model.errors import DefinitionError

    typed = {key: one for key, one in value.items() if one is not None}
    if not typed:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in value)
        raise DefinitionError("nothing is to be changed.", hint=f"Give at least one of {names}.")
    return valid(model, typed)


def instant(text: str | None, where: str) -> datetime | None:
    """A time or a day as people type it; without a zone it is UTC. Raises ``DefinitionError``."""
    from intakegateway.model.errors import DefinitionError

    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise DefinitionError(
            f"'{text}' is not a time.", where=where,
            hint="Write 2026-03-01, 2026-03-01T06:00 (UTC) or 2026-03-01T06:00+01:00.",
        ) from None  # fmt: skip
