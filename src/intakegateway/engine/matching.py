"""Suggestions: which field belongs to which column, and which transforms help."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from intakegateway.model.mapping import Mapping as FieldMapping
from intakegateway.model.schema import Column, Field
from intakegateway.model.types import DataType, Kind

EXACT, SPELLING, HISTORY, SYNONYM, ENDING = 1.0, 0.95, 0.9, 0.8, 0.6
"""Scores: the same name; but for case and separators; matched so before; another word for the same thing;
the last part of a dotted path."""

_SYNONYMS = (
    {"email", "mail", "emailaddress", "mailaddress"},
    {"zip", "zipcode", "postalcode", "postcode", "plz", "postleitzahl"},
    {"phone", "phonenumber", "tel", "telephone", "telefon", "mobile"},
    {"firstname", "givenname", "vorname", "forename"},
    {"lastname", "surname", "familyname", "nachname"},
    {"city", "town", "ort", "stadt"},
    {"street", "strasse", "address1", "addressline1"},
    {"country", "land", "countrycode"},
    {"quantity", "qty", "amountordered", "menge", "anzahl", "count"},
    {"price", "unitprice", "preis", "einzelpreis"},
    {"amount", "total", "sum", "betrag", "summe"},
    {"created", "createdat", "creationdate", "createdon", "angelegtam"},
    {"updated", "updatedat", "modified", "modifiedat", "lastmodified", "changedat"},
    {"birthdate", "dateofbirth", "dob", "birthday", "geburtsdatum"},
    {"description", "descr", "text", "beschreibung"},
    {"customer", "customerid", "customernumber", "kunde", "kundennr", "kundennummer"},
    {"id", "identifier", "key", "nr", "number", "no"},
)
_MEANING = {word: number for number, words in enumerate(_SYNONYMS) for word in words}


class Match(Struct, frozen=True):
    """A field that seems to belong to a column, how sure that is (0 to 1), and why."""

    field: str
    column: str
    score: float
    reason: str


def named_fields(mapping: FieldMapping) -> tuple[str, ...]:
    """The fields that a mapping names, apart from those inside its expression."""
    if mapping.split is not None:
        return (mapping.split.source,)
    if mapping.join is not None:
        return mapping.join.source
    return (mapping.source,) if mapping.source is not None else ()


def folded(name: str) -> str:
    """A name without letter case, accents and separators: ``Customer ID`` and ``customerId`` are equal."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    kept = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return re.sub(r"[\W_]+", "", kept) or kept.strip()


def auto_match(
    fields: Iterable[str], columns: Iterable[str], history: Mapping[str, str] | None = None
) -> list[Match]:
    """The best field for each column, best first; no field and no column twice.

    ``history``: field to column, as they were matched before.
    """
    found = [
        match
        for field in fields
        for column in columns
        if (match := _score(field, column, history or {})) is not None
    ]
    found.sort(key=lambda match: -match.score)
    taken_fields: set[str] = set()
    taken_columns: set[str] = set()
    best = []
    for match in found:
        if match.field not in taken_fields and match.column not in taken_columns:
            taken_fields.add(match.field)
            taken_columns.add(match.column)
            best.append(match)
    return best


def _score(field: str, column: str, history: Mapping[str, str]) -> Match | None:
    if field == column:
        return Match(field, column, EXACT, "same name")
    mine, theirs = folded(field), folded(column)
    if mine == theirs:
        return Match(field, column, SPELLING, "same name but for letter case and separators")
    if history.get(field) == column:
        return Match(field, column, HISTORY, "matched so before")
    meaning = _MEANING.get(mine)
    if meaning is not None and meaning == _MEANING.get(theirs):
        return Match(field, column, SYNONYM, "another word for the same thing")
    ending = folded(field.rpartition(".")[2])
    if ending != mine and ending == theirs:
        return Match(field, column, ENDING, "the last part of the path has the same name")
    return None


_AFTER_COMMA, _AFTER_POINT = re.compile(r",\d{1,2}\D*$|\.\d{3},"), re.compile(r"\.\d{1,2}\D*$|,\d{3}\.")
_NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)


def suggest_transforms(field: Field, column: Column) -> list[object]:
    """Transforms, as a task file writes them, that make the field's values fit the column's type."""
    source, target = field.type, column.type
    if target.kind in _NUMBERS and (field.decimal_comma or source.kind is Kind.TEXT):
        number: list[object] = [{"parse_number": _decimal_sign(field)}]
        halves = target.kind is Kind.INTEGER and source.kind in (Kind.DECIMAL, Kind.FLOAT)
        return [*number, {"round": 0}, "to_int"] if halves else number
    if source.kind is target.kind:
        return _shortened(field, target)
    if target.kind is Kind.DATE and (source.kind is Kind.TEXT or field.date_format):
        return [{"to_date": field.date_format or "%Y-%m-%d"}]
    if target.kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ) and (source.kind is Kind.TEXT or field.date_format):
        return [{"to_timestamp": field.date_format or "%Y-%m-%d %H:%M:%S"}]
    if target.kind is Kind.INTEGER and source.kind in (Kind.DECIMAL, Kind.FLOAT):
        return [{"round": 0}, "to_int"]
    if target.kind is Kind.BOOLEAN:
        return ["to_bool"]
    if target.kind is Kind.TEXT:
        return _shortened(field, target)
    return []


def _decimal_sign(field: Field) -> str:
    """What stands before the decimals, by the field's samples: the last sign of those that group and part."""
    if field.decimal_comma:
        return ","
    commas = sum(bool(_AFTER_COMMA.search(one)) for one in field.samples)
    return "," if commas > sum(bool(_AFTER_POINT.search(one)) for one in field.samples) else "."


def lossy(source: DataType, target: DataType) -> bool:
    """Whether some value of ``source`` has no equal in ``target``."""
    if source == target or target.kind in (Kind.TEXT, Kind.OTHER, Kind.JSON):
        return False
    if source.kind is Kind.INTEGER and target.kind is Kind.INTEGER:
        return source.bits > target.bits or source.unsigned != target.unsigned
    if source.kind is Kind.INTEGER and target.kind is Kind.DECIMAL:
        return False
    if source.kind is Kind.DECIMAL and target.kind is Kind.DECIMAL:
        whole = source.precision - source.scale > target.precision - target.scale
        return bool(target.precision) and (whole or source.scale > target.scale)
    if source.kind in _NUMBERS and target.kind in _NUMBERS:
        return not (source.kind is Kind.INTEGER and target.kind is Kind.FLOAT and source.bits <= 32)
    if source.kind is Kind.DATE and target.kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
        return False
    return source.kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ) and target.kind in (Kind.DATE, Kind.TIME)


def mapping_warnings(
    used: Sequence[tuple[str, str]], fields: Sequence[Field], columns: Sequence[Column]
) -> list[str]:
    """Sentences about a mapping that works but may not be what was meant.

    ``used``: pairs of field and column that the mapping connects directly.
    """
    by_field = {field.name: field for field in fields}
    by_column = {column.name: column for column in columns}
    warnings = []
    times: dict[str, list[str]] = {}
    for field, column in used:
        times.setdefault(field, []).append(column)
        source, target = by_field.get(field), by_column.get(column)
        if source is None or target is None:
            continue
        if source.type.kind is Kind.JSON and target.type.kind not in (Kind.JSON, Kind.TEXT, Kind.OTHER):
            warnings.append(
                f"Field '{field}' has arrays or objects, column '{column}' takes one {target.type}:"
                f" name an element ('{field}.0') or explode it."
            )
        elif lossy(source.type, target.type):
            warnings.append(
                f"Field '{field}' is {source.type}, column '{column}' is {target.type}: values that do not"
                " fit become rejects."
            )
    for field, targets in times.items():
        if len(targets) > 1:
            warnings.append(f"Field '{field}' is used {len(targets)} times: {', '.join(targets)}.")
    return warnings


def _shortened(field: Field, target: DataType) -> list[object]:
    if target.kind is Kind.TEXT and target.length and field.max_length > target.length:
        return [{"substring": {"start": 1, "length": target.length}}]
    return []
