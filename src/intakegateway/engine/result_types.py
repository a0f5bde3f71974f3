"""The type that a mapping's transforms or expression end in."""

from __future__ import annotations

from collections.abc import Mapping as Lookup

from intakegateway.model.mapping import Mapping
from intakegateway.model.types import (
    BOOLEAN,
    DATE,
    DECIMAL,
    FLOAT,
    INTEGER,
    JSON,
    TEXT,
    TIMESTAMP,
    DataType,
)

_RESULTS = {
    "to_int": INTEGER,
    "to_float": FLOAT,
    "to_decimal": DECIMAL,
    "parse_number": DECIMAL,
    "to_bool": BOOLEAN,
    "to_date": DATE,
    "to_timestamp": TIMESTAMP,
    "json": JSON,
}
_KEEP = frozenset({"round", "default", "null_if", "trim"})


def result_type(mapping: Mapping, fields: Lookup[str, DataType]) -> DataType:
    """The type after the last transform, or of the expression; text where nothing narrower is certain."""
    of = fields.get(mapping.source or "", TEXT)
    for transform in mapping.transforms:
        name = transform if isinstance(transform, str) else next(iter(transform))
        if name not in _KEEP:
            of = _RESULTS.get(name, TEXT)
    return of if mapping.expression is None else TEXT
