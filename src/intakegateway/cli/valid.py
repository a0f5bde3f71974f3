"""What was typed as a value that a use case takes."""

from __future__ import annotations

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
