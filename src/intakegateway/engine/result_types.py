"""The type that a mapping's transforms or expression end in."""

from __future__ import annotations

from collections.abc import Mapping as Lookup

from intakegateway.model.mapping import Mapping
from intakegateway.model.types import TEXT, DataType


def result_type(mapping: Mapping, fields: Lookup[str, DataType]) -> DataType:
    """The type after the last transform, or of the expression; text where nothing narrower is certain."""
    of = TEXT if mapping.expression is not None else fields.get(mapping.source or "", TEXT)
    if mapping.transforms:
        from intakegateway.engine.transforms import result_type as type_after

        for step in mapping.transforms:
            of = type_after(step, of)
    return of
