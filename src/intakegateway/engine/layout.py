"""What a task's mapping means for one source and one table: which columns are filled, from what."""

from __future__ import annotations

from msgspec import Struct, field

from intakegateway.model.mapping import Mapping
from intakegateway.model.schema import Column, TableSchema
from intakegateway.model.types import DataType


class Layout(Struct, frozen=True):
    """The resolved plan of a load.

    ``table`` is the table as it will be; ``exists`` whether it is there already; ``columns`` are the
    ones that rows bring, in order, with the types to cast to; ``mapping`` fills them (auto-matched
    fields have become mappings too, one or more targets each). ``date_formats``: per source field, the
    ``strptime`` format to read dates with where it is not ISO 8601. ``aside``: fields without a column.
    ``lossless``: columns whose type was found from all values, so that no cast can fail.
    """

    table: TableSchema
    exists: bool
    columns: tuple[Column, ...]
    mapping: tuple[Mapping, ...]
    date_formats: dict[str, str] = field(default_factory=dict)
    field_types: dict[str, DataType] = field(default_factory=dict)
    """The types of source fields as a survey found them; expressions read fields as these (else text)."""
    decimal_comma: bool = False
    aside: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
