"""Whatever type is found, every value comes back from it as the same text, modulo the canonical forms."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from column_values import columns
from intakegateway.engine.inference import Survey
from intakegateway.model.types import Kind


@settings(max_examples=200, deadline=None)
@given(columns, st.integers(1, 12))
def test_every_value_survives_the_type_that_was_found(values: list[str], split: int) -> None:
    survey = Survey()
    for part in (values[:split], values[split:]):
        survey.add(pl.DataFrame({"v": part}, schema={"v": pl.String}))
    field = survey.fields(True)[0]
    for text in values:
        if text != "" and field.type.kind is not Kind.TEXT:
            assert _survives(text, field.type.kind, field.date_format, field.decimal_comma), (text, field)
    if field.type.kind is Kind.DECIMAL:
        sizes = [Decimal(_pointed(text, field.decimal_comma)).as_tuple() for text in values if text]
        assert all(-size.exponent <= field.type.scale for size in sizes if isinstance(size.exponent, int))


def _survives(text: str, kind: Kind, date_format: str, comma: bool) -> bool:
    match kind:
        case Kind.INTEGER:
            number = int(_pointed(text, comma))
            return -(2**63) <= number < 2**63 and (str(number) == text or comma)
        case Kind.DECIMAL:
            whole = _pointed(text, comma)
            plain = format(Decimal(whole), "f")
            signed = plain.startswith("-") == (Decimal(whole) < 0)
            return (
                signed
                and "e" not in text.lower()
                and plain.lstrip("-").lstrip("0") == whole.lstrip("-").lstrip("0")
            )
        case Kind.FLOAT:
            return Decimal(repr(float(text))) == Decimal(text)
        case Kind.BOOLEAN:
            return text.lower() in {"true", "false", "yes", "no", "t", "f"}
        case Kind.DATE if not date_format:
            return str(date.fromisoformat(text)) == text
        case Kind.TIMESTAMP if not date_format:
            return datetime.fromisoformat(text).tzinfo is None
        case Kind.TIMESTAMPTZ:
            return datetime.fromisoformat(text).astimezone(UTC).tzinfo is UTC
        case Kind.DATE | Kind.TIMESTAMP:
            return datetime.strptime(text, date_format).year > 0
        case Kind.TIME:
            return isinstance(time.fromisoformat(text), time)
        case Kind.UUID:
            return str(UUID(text)) == text.lower()
        case Kind.JSON:
            return text in {'{"a":1}', "[1,2]", "{}"}
        case _:
            return False


def _pointed(text: str, comma: bool) -> str:
    return text.replace(".", "").replace(",", ".") if comma else text
