import pytest

from intakegateway.connectors.sql.dialect import DUCKDB, MYSQL, POSTGRESQL, SQLITE, Dialect
from intakegateway.connectors.sql.types import is_wider, native_type, read_type
from intakegateway.model.types import parse_type


@pytest.mark.parametrize(
    ("text", "postgresql", "mysql", "sqlite", "duckdb"),
    [
        ("int8", "smallint", "tinyint", "INTEGER", "TINYINT"),
        ("int32", "integer", "int", "INTEGER", "INTEGER"),
        ("integer", "bigint", "bigint", "INTEGER", "BIGINT"),
        ("uint32", "bigint", "int unsigned", "INTEGER", "UINTEGER"),
        ("uint64", "numeric(20,0)", "bigint unsigned", "DECIMAL TEXT(20,0)", "UBIGINT"),
        ("decimal(12,2)", "numeric(12,2)", "decimal(12,2)", "DECIMAL(12,2)", "DECIMAL(12,2)"),
        ("decimal(38,9)", "numeric(38,9)", "decimal(38,9)", "DECIMAL TEXT(38,9)", "DECIMAL(38,9)"),
        ("decimal", "numeric", "decimal(65,30)", "DECIMAL TEXT", "VARCHAR"),
        ("float32", "real", "float", "REAL", "FLOAT"),
        ("varchar(40)", "varchar(40)", "varchar(40)", "VARCHAR(40)", "VARCHAR(40)"),
        ("text", "text", "longtext", "TEXT", "VARCHAR"),
        ("timestamptz", "timestamptz", "datetime(6)", "TIMESTAMPTZ", "TIMESTAMPTZ"),
        ("json", "jsonb", "json", "JSON TEXT", "JSON"),
        ("binary", "bytea", "longblob", "BLOB", "BLOB"),
    ],
)
def test_a_type_has_a_name_in_each_database(
    text: str, postgresql: str, mysql: str, sqlite: str, duckdb: str
) -> None:
    of = parse_type(text)
    assert native_type(POSTGRESQL, of) == postgresql
    assert native_type(MYSQL, of) == mysql
    assert native_type(SQLITE, of) == sqlite
    assert native_type(DUCKDB, of) == duckdb


@pytest.mark.parametrize(
    ("dialect", "declared", "shown"),
    [
        (POSTGRESQL, "character varying(40)", "text(40)"),
        (POSTGRESQL, "character(3)", "text(3)"),
        (POSTGRESQL, "numeric(12,2)", "decimal(12,2)"),
        (POSTGRESQL, "numeric", "decimal"),
        (POSTGRESQL, "timestamp(3) with time zone", "timestamptz"),
        (POSTGRESQL, "timestamp without time zone", "timestamp"),
        (POSTGRESQL, "integer[]", "integer[]"),
        (POSTGRESQL, "inet", "inet"),
        (MYSQL, "tinyint(1)", "boolean"),
        (MYSQL, "tinyint(4)", "int8"),
        (MYSQL, "bigint(20) unsigned", "uint64"),
        (MYSQL, "int unsigned", "uint32"),
        (MYSQL, "decimal", "decimal(10,0)"),
        (MYSQL, "datetime(6)", "timestamp"),
        (MYSQL, "enum('a','b')", "enum('a','b')"),
        (SQLITE, "INT", "integer"),
        (SQLITE, "UNSIGNED BIG INT", "integer"),
        (SQLITE, "NVARCHAR(20)", "text(20)"),
        (SQLITE, "DECIMAL TEXT(38,10)", "decimal(38,10)"),
        (SQLITE, "JSON TEXT", "json"),
        (SQLITE, "", "text"),
        (SQLITE, "whatever", "text"),
        (DUCKDB, "UINTEGER", "uint32"),
        (DUCKDB, "DECIMAL(18,3)", "decimal(18,3)"),
        (DUCKDB, "TIMESTAMP WITH TIME ZONE", "timestamptz"),
        (DUCKDB, "INTEGER[]", "INTEGER[]"),
    ],
)
def test_a_declared_type_is_read(dialect: Dialect, declared: str, shown: str) -> None:
    assert str(read_type(dialect, declared)) == shown


@pytest.mark.parametrize("dialect", [POSTGRESQL, MYSQL, SQLITE, DUCKDB], ids=lambda d: d.name)
@pytest.mark.parametrize(
    "text",
    ["integer", "decimal(12,2)", "float", "boolean", "date", "time", "timestamp", "varchar(9)", "binary"],
)
def test_a_type_that_was_made_is_read_again(dialect: Dialect, text: str) -> None:
    of = parse_type(text)
    declared = native_type(dialect, of)
    if (dialect.name, text) == ("mysql", "boolean"):
        declared = "tinyint(1)"
    assert read_type(dialect, declared) == of


@pytest.mark.parametrize(
    ("wanted", "present", "wider"),
    [
        ("integer", "int32", True),
        ("int32", "integer", False),
        ("integer", "uint32", False),
        ("text", "varchar(5)", True),
        ("varchar(9)", "varchar(5)", True),
        ("varchar(5)", "text", False),
        ("decimal(8,3)", "decimal(6,2)", True),
        ("decimal(8,4)", "decimal(8,2)", False),
        ("decimal(9,4)", "decimal(8,2)", False),
        ("decimal", "decimal(8,2)", True),
        ("text", "integer", False),
    ],
)
def test_a_column_is_only_widened_to_what_holds_all_its_values(
    wanted: str, present: str, wider: bool
) -> None:
    assert is_wider(parse_type(wanted), parse_type(present)) is wider
