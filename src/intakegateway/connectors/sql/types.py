"""Types in the words of each database, both ways."""

from __future__ import annotations

import re

from intakegateway.connectors.sql.dialect import Dialect
from intakegateway.model.types import (
    BINARY,
    BOOLEAN,
    DATE,
    DECIMAL,
    FLOAT,
    INTEGER,
    JSON,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    DataType,
    Kind,
)

_K = Kind
SPELLINGS: dict[str, dict[Kind, str]] = {
    "postgresql": {
        _K.TEXT: "text", _K.FLOAT: "double precision", _K.BOOLEAN: "boolean", _K.DATE: "date",
        _K.TIME: "time", _K.TIMESTAMP: "timestamp", _K.TIMESTAMPTZ: "timestamptz", _K.JSON: "jsonb",
        _K.UUID: "uuid", _K.BINARY: "bytea", _K.DECIMAL: "numeric",
    },
    "mysql": {
        _K.TEXT: "longtext", _K.FLOAT: "double", _K.BOOLEAN: "boolean", _K.DATE: "date",
        _K.TIME: "time(6)", _K.TIMESTAMP: "datetime(6)", _K.TIMESTAMPTZ: "datetime(6)", _K.JSON: "json",
        _K.UUID: "char(36)", _K.BINARY: "longblob", _K.DECIMAL: "decimal(65,30)",
    },
    "sqlite": {
        _K.TEXT: "TEXT", _K.FLOAT: "REAL", _K.BOOLEAN: "BOOLEAN", _K.DATE: "DATE",
        _K.TIME: "TIME", _K.TIMESTAMP: "TIMESTAMP", _K.TIMESTAMPTZ: "TIMESTAMPTZ", _K.JSON: "JSON TEXT",
        _K.UUID: "UUID", _K.BINARY: "BLOB", _K.DECIMAL: "DECIMAL TEXT",
    },
    "duckdb": {
        _K.TEXT: "VARCHAR", _K.FLOAT: "DOUBLE", _K.BOOLEAN: "BOOLEAN", _K.DATE: "DATE",
        _K.TIME: "TIME", _K.TIMESTAMP: "TIMESTAMP", _K.TIMESTAMPTZ: "TIMESTAMPTZ", _K.JSON: "JSON",
        _K.UUID: "UUID", _K.BINARY: "BLOB", _K.DECIMAL: "VARCHAR",
    },
}  # fmt: skip
"""The plain name of each kind; sizes are added by ``native_type``."""

_INTEGERS = {
    "postgresql": ("smallint", "smallint", "integer", "bigint"),
    "mysql": ("tinyint", "smallint", "int", "bigint"),
    "sqlite": ("INTEGER", "INTEGER", "INTEGER", "INTEGER"),
    "duckdb": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
}
_SINGLE = {"postgresql": "real", "mysql": "float", "sqlite": "REAL", "duckdb": "FLOAT"}
_MOST_DIGITS = {"postgresql": 1000, "mysql": 65, "sqlite": 1000, "duckdb": 38}
SQLITE_EXACT_DIGITS = 15
"""Any decimal of so many digits survives SQLite's 8-byte floating point; longer ones are kept as text."""


def native_type(dialect: Dialect, of: DataType, key: bool = False) -> str:
    """The type's name in that database. ``key``: it has to serve in a key or an index.

    A size that the database does not have becomes the next larger one; never a smaller one.
    """
    names, system = SPELLINGS[dialect.name], dialect.name
    match of.kind:
        case Kind.OTHER:
            return of.native or names[Kind.TEXT]
        case Kind.INTEGER:
            return _integer(system, of)
        case Kind.FLOAT:
            return _SINGLE[system] if of.bits == 32 else names[Kind.FLOAT]
        case Kind.DECIMAL:
            if not 0 < of.precision <= _MOST_DIGITS[system]:
                return names[Kind.DECIMAL]
            if system == "sqlite":
                word = "DECIMAL" if of.precision <= SQLITE_EXACT_DIGITS else "DECIMAL TEXT"
                return f"{word}({of.precision},{of.scale})"
            word = "numeric" if system == "postgresql" else names[Kind.DECIMAL].partition("(")[0]
            return f"{'DECIMAL' if system == 'duckdb' else word}({of.precision},{of.scale})"
        case Kind.TEXT if system == "mysql" and key and not of.length:
            return "varchar(255)"
        case Kind.TEXT if of.length and not (system == "mysql" and of.length > 16_000):
            return f"{'varchar' if system in ('postgresql', 'mysql') else 'VARCHAR'}({of.length})"
        case Kind.BINARY if system == "mysql" and (0 < of.length <= 60_000 or key):
            return f"varbinary({of.length or 255})"
        case kind:
            return names[kind]


def _integer(system: str, of: DataType) -> str:
    sizes = _INTEGERS[system]
    place = {8: 0, 16: 1, 32: 2, 64: 3}[of.bits]
    if not of.unsigned:
        return sizes[place]
    match system:
        case "mysql":
            return f"{sizes[place]} unsigned"
        case "duckdb":
            return f"U{sizes[place]}"
        case "sqlite":
            return "DECIMAL TEXT(20,0)" if of.bits == 64 else sizes[place]
        case _:
            return sizes[place + 1] if place < 3 else "numeric(20,0)"


_READ: dict[str, DataType] = {
    "smallint": DataType(_K.INTEGER, bits=16), "int2": DataType(_K.INTEGER, bits=16),
    "smallserial": DataType(_K.INTEGER, bits=16),
    "integer": DataType(_K.INTEGER, bits=32), "int": DataType(_K.INTEGER, bits=32),
    "int4": DataType(_K.INTEGER, bits=32), "serial": DataType(_K.INTEGER, bits=32),
    "mediumint": DataType(_K.INTEGER, bits=32), "tinyint": DataType(_K.INTEGER, bits=8),
    "bigint": INTEGER, "int8": INTEGER, "bigserial": INTEGER,
    "utinyint": DataType(_K.INTEGER, bits=8, unsigned=True),
    "usmallint": DataType(_K.INTEGER, bits=16, unsigned=True),
    "uinteger": DataType(_K.INTEGER, bits=32, unsigned=True),
    "ubigint": DataType(_K.INTEGER, bits=64, unsigned=True),
    "numeric": DECIMAL, "decimal": DECIMAL, "decimal text": DECIMAL,
    "real": DataType(_K.FLOAT, bits=32), "float4": DataType(_K.FLOAT, bits=32),
    "float": FLOAT, "double": FLOAT, "double precision": FLOAT, "float8": FLOAT,
    "text": TEXT, "varchar": TEXT, "character varying": TEXT, "char": TEXT, "character": TEXT,
    "bpchar": TEXT, "string": TEXT, "clob": TEXT, "nvarchar": TEXT, "nchar": TEXT, "tinytext": TEXT,
    "mediumtext": TEXT, "longtext": TEXT, "citext": TEXT, "name": DataType(_K.TEXT, length=63),
    "boolean": BOOLEAN, "bool": BOOLEAN, "date": DATE,
    "time": TIME, "time without time zone": TIME,
    "timestamp": TIMESTAMP, "timestamp without time zone": TIMESTAMP, "datetime": TIMESTAMP,
    "timestamp with time zone": TIMESTAMPTZ, "timestamptz": TIMESTAMPTZ,
    "json": JSON, "jsonb": JSON, "json text": JSON, "uuid": UUID,
    "bytea": BINARY, "blob": BINARY, "binary": BINARY, "varbinary": BINARY, "tinyblob": BINARY,
    "mediumblob": BINARY, "longblob": BINARY,
}  # fmt: skip
_ODD: dict[str, dict[str, DataType]] = {
    "mysql": {
        "float": DataType(_K.FLOAT, bits=32), "real": FLOAT, "timestamp": TIMESTAMPTZ,
        "year": DataType(_K.INTEGER, bits=16, unsigned=True),
        "tinytext": DataType(_K.TEXT, length=0), "bit": DataType(_K.INTEGER, unsigned=True),
    },
    "sqlite": {"integer": INTEGER, "int": INTEGER, "smallint": INTEGER, "tinyint": INTEGER, "real": FLOAT,
               "mediumint": INTEGER, "int2": INTEGER, "": TEXT},
    "duckdb": {
        "float": DataType(_K.FLOAT, bits=32), "real": DataType(_K.FLOAT, bits=32),
        "timestamp_s": TIMESTAMP, "timestamp_ms": TIMESTAMP,
    },
}  # fmt: skip
"""Where a word means something else, or a SQLite column holds any integer whatever it is called."""

_WORDS = re.compile(r"^\s*([^()]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(-?\d+)\s*)?\))?\s*([^()]*)$")


def read_type(dialect: Dialect, declared: str) -> DataType:
    """The type behind a declared name (``character varying(40)``); ``other`` where it is none of ours."""
    # MariaDB tells of more than the type in a comment: varchar(5) /*M!100301 COMPRESSED*/.
    match = _WORDS.match(re.sub(r"/\*.*?\*/", "", declared.lower()))
    if match is None:
        return DataType(Kind.OTHER, native=declared)
    word, tail = match[1], match[4]
    unsigned = "unsigned" in f"{word} {tail}".split()
    for modifier in ("unsigned", "signed", "zerofill"):
        word, tail = word.replace(modifier, "").strip(), tail.replace(modifier, "").strip()
    word = f"{word} {tail}".strip() if tail else word
    base = _ODD.get(dialect.name, {}).get(word, _READ.get(word))
    size, scale = int(match[2] or 0), int(match[3] or 0)
    if dialect.name == "mysql" and word in ("tinyint", "bit") and size == 1:
        return BOOLEAN
    if base is None or scale < 0:
        return _by_affinity(word) if dialect.name == "sqlite" else DataType(Kind.OTHER, native=declared)
    match base.kind:
        case Kind.INTEGER if unsigned:
            return DataType(Kind.INTEGER, bits=base.bits, unsigned=True)
        case Kind.DECIMAL if size:
            return DataType(Kind.DECIMAL, precision=size, scale=scale)
        case Kind.DECIMAL if dialect.name == "mysql":
            return DataType(Kind.DECIMAL, precision=10)
        case Kind.DECIMAL if dialect.name == "duckdb":
            return DataType(Kind.DECIMAL, precision=18, scale=3)
        case Kind.TEXT if word in ("char", "character", "bpchar", "nchar") and dialect.name != "sqlite":
            return DataType(Kind.TEXT, length=size or (0 if word == "bpchar" else 1))
        case Kind.TEXT | Kind.BINARY if size:
            return DataType(base.kind, length=size)
    return base


def _by_affinity(word: str) -> DataType:
    """SQLite's own rule for names that it does not know (https://www.sqlite.org/datatype3.html, 3.1)."""
    if "int" in word:
        return INTEGER
    if any(part in word for part in ("char", "clob", "text")):
        return TEXT
    if "blob" in word:
        return BINARY
    if any(part in word for part in ("real", "floa", "doub")):
        return FLOAT
    return TEXT


def is_wider(wanted: DataType, present: DataType) -> bool:
    """Whether every value of ``present`` fits ``wanted``, and more: what a column may be widened to."""
    if wanted.kind is not present.kind or wanted.unsigned != present.unsigned:
        return False
    match wanted.kind:
        case Kind.INTEGER | Kind.FLOAT:
            return wanted.bits > present.bits
        case Kind.TEXT | Kind.BINARY:
            return present.length > 0 and (wanted.length == 0 or wanted.length > present.length)
        case Kind.DECIMAL:
            if not present.precision or not wanted.precision:
                return bool(present.precision)
            whole = wanted.precision - wanted.scale >= present.precision - present.scale
            return whole and wanted.scale >= present.scale and wanted.precision > present.precision
        case _:
            return False
