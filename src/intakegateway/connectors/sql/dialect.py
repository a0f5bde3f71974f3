"""How databases differ, as data: one ``Dialect`` value each. Functions elsewhere turn it into SQL text."""

from __future__ import annotations

from msgspec import Struct

from intakegateway.model.schema import TableName


class Dialect(Struct, frozen=True):
    """One database's words. ``{…}`` in a template is filled with SQL text that is already quoted."""

    name: str
    title: str
    """What people call it."""
    max_identifier_bytes: int
    default_schema: str = ""
    """Written before tables that were named without a schema; empty: nothing is written."""
    quote: str = '"'
    placeholder: str = "${n}"
    """A bound value; ``{n}`` counts from 1."""
    stage: str = "CREATE TEMPORARY TABLE {name} ({columns})"
    """Makes a staging table."""
    stage_prefix: str = ""
    """Written before a staging table's name."""
    stages_are_temporary: bool = True
    """Whether staging tables end with the connection; if not, making one commits what is open."""
    staged_row: str = "{type}"
    """The column of row numbers in a staging table; a key where that costs nothing."""
    index_rows: str = ""
    """Makes rows findable by their numbers, where they are no key; empty: not needed."""
    stages_left: str = ""
    """Staging tables that are there although they should end with their load: their names; ``{prefix}``."""
    own_stage: str = ""
    """1 once the session owns the staging table ``{name}`` until it ends, waiting ``{seconds}`` for it."""
    disown_stage: str = ""
    """Gives ``{name}`` up again."""
    drop_left: str = "DROP TABLE IF EXISTS {table}"
    """Drops a staging table that was left, without waiting for someone who reads it."""
    index_stage: str = ""
    """An index on a staging table's keys, where the planner would otherwise look through all of it for each
    row of the target; empty: it hashes."""
    indexed_text: str = "{a}"
    """A text in ``index_stage``; ``{size}`` characters of it."""
    hashes: bool = True
    """Whether the planner answers ``EXISTS`` for all rows at once, by hashing or by itself choosing what to
    look up, rather than for one row after the other."""
    empty_stage: str = "DELETE FROM {table}"
    analyze: str = ""
    """Tells the planner about a staging table; empty: not needed."""
    empty_table: str = "DELETE FROM {table}"
    """Empties a table within a transaction, where nothing refers to it."""
    second_digits: int = -1
    """Digits of a second in a column whose type names no number; -1: it keeps all, whatever its type says."""
    lock: str = ""
    """Keeps other writers out until the end of the transaction, readers may go on; empty: implied."""
    distinct: str = "{a} IS DISTINCT FROM {b}"
    same: str = "{a} IS NOT DISTINCT FROM {b}"
    insert: str = "INSERT INTO"
    update: str = "UPDATE {target} AS t SET {assignments} FROM {source} AS s WHERE {where}"
    assigned: str = "{column}"
    """The left side of an assignment in ``update``."""
    length: str = "char_length({a})"
    bytes_length: str = "octet_length({a})"
    as_text: str = "CAST({a} AS text)"
    made_text: str = ""
    """Written after the type of a text column that is made, where texts that differ would else be equal."""
    exact_text: str = "{a}"
    """A text as it is compared character by character, whatever the column's collation."""
    cast: str = "CAST({a} AS {type})"
    """Turns a staged text into the column's own type."""
    cast_sized: str = ""
    """Instead of ``cast`` for types with a size (``bit(3)``, ``varchar(3)[]``), to which that would cut."""
    cast_by_json: str = ""
    """In the names of types whose texts may also be JSON, which ``cast`` would not read."""
    rounds_inside: bool = False
    """Whether ``cast`` rounds and cuts what stands inside of lists and objects without a word."""
    probe: str = ""
    """SQL for why a text does not fit a type (null: it fits), which ``{cast}`` casts it to; empty: not to be
    had in a query."""
    probe_function: str = ""
    """Made before ``probe`` is used, where it needs a function; ``{name}`` and ``{type}``."""
    direct_bulk: bool = True
    """Whether rows may be sent straight into the target: a bad one fails its chunk, and a savepoint
    brings the transaction back. If not, they are staged and judged first."""
    savepoints: bool = True
    transactional_ddl: bool = True
    has_accounts: bool = True
    """Whether there are accounts with rights of their own."""
    enforces_length: bool = True
    """Whether ``varchar(n)`` and the size of a number are held by the database."""
    stores_nul: bool = False
    stores_nan: bool = True
    stores_infinity: bool = True
    folds_case: bool = False
    names_beyond_bmp: bool = True
    reserved_names: frozenset[str] = frozenset()
    """Names of columns that every table has already."""
    backslash_escapes: bool = False
    """Whether a backslash has a meaning within a literal."""
    alter_type: str = ""
    """Widens a column; empty: never needed."""
    if_not_exists_column: bool = False


POSTGRESQL = Dialect(
    name="postgresql",
    title="PostgreSQL",
    second_digits=6,
    max_identifier_bytes=63,
    reserved_names=frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}),
    empty_stage="TRUNCATE {table}",
    index_rows="CREATE INDEX ON {table} ({row})",
    stage_prefix="pg_temp.",
    analyze="ANALYZE {table}",
    empty_table="TRUNCATE {table}",
    lock="LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE",
    alter_type="ALTER TABLE {table} ALTER COLUMN {column} TYPE {type}",
    if_not_exists_column=True,
    # A text within JSON is read as a value that is given, not cast.
    cast_sized="(SELECT v FROM json_to_record(json_build_object('v', {a})) AS r(v {type}))",
    probe="{name}({a})",
    probe_function=(
        "CREATE FUNCTION {name}(value text) RETURNS text LANGUAGE plpgsql AS $ig$ DECLARE tried {type};"
        " BEGIN tried := value; RETURN NULL; EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END $ig$"
    ),
)

MYSQL = Dialect(
    name="mysql",
    title="MySQL",
    second_digits=0,
    max_identifier_bytes=64,
    quote="`",
    placeholder="%s",
    stage="CREATE TABLE {name} ({columns}) ENGINE=InnoDB",
    stages_are_temporary=False,
    staged_row="{type} PRIMARY KEY",
    stages_left="SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
    " AND LEFT(TABLE_NAME, CHAR_LENGTH({prefix})) = {prefix}",
    own_stage="SELECT GET_LOCK(SHA1(CONCAT(DATABASE(), '.', {name})), {seconds})",
    disown_stage="SELECT RELEASE_LOCK(SHA1(CONCAT(DATABASE(), '.', {name})))",
    drop_left="DROP TABLE IF EXISTS {table} /*M!100301 NOWAIT */",
    distinct="NOT ({a} <=> {b})",
    same="{a} <=> {b}",
    update="UPDATE {target} AS t JOIN {source} AS s ON {where} SET {assignments}",
    index_stage="CREATE INDEX {index} ON {name} ({columns})",
    indexed_text="{a}({size})",
    hashes=False,
    assigned="t.{column}",
    bytes_length="length({a})",
    as_text="CAST({a} AS CHAR)",
    # Binary, and spaces at the end count. Each server reads the comment that is written for it.
    made_text=" CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin */"
    "/*!80017 COLLATE utf8mb4_0900_bin */",
    # In one character set, as the columns may have others.
    exact_text="BINARY CONVERT({a} USING utf8mb4)",
    cast="{a}",
    probe="CASE WHEN '{type}' = 'json' AND NOT JSON_VALID({a}) THEN 'it is not valid JSON' END",
    direct_bulk=False,
    transactional_ddl=False,
    stores_nul=True,
    stores_nan=False,
    stores_infinity=False,
    folds_case=True,
    names_beyond_bmp=False,
    backslash_escapes=True,
    alter_type="ALTER TABLE {table} MODIFY COLUMN {column} {type}",
)

SQLITE = Dialect(
    name="sqlite",
    title="SQLite",
    # A table may say of itself that it replaces or leaves out rows in conflict, without a word.
    insert="INSERT OR ABORT INTO",
    update="UPDATE OR ABORT {target} AS t SET {assignments} FROM {source} AS s WHERE {where}",
    staged_row="{type} PRIMARY KEY",
    max_identifier_bytes=255,
    default_schema="main",
    placeholder="?{n}",
    stage_prefix="temp.",
    index_stage="CREATE INDEX IF NOT EXISTS temp.{index} ON {name} ({columns})",
    hashes=False,
    distinct="{a} IS NOT {b}",
    same="{a} IS {b}",
    length="length({a})",
    bytes_length="length({a})",
    exact_text="{a} COLLATE BINARY",
    cast="{a}",
    enforces_length=False,
    has_accounts=False,
    stores_nul=True,
    stores_nan=False,
    folds_case=True,
)

DUCKDB = Dialect(
    name="duckdb",
    title="DuckDB",
    max_identifier_bytes=255,
    default_schema="main",
    length="length({a})",
    as_text="CAST({a} AS VARCHAR)",
    cast_by_json="MAP(",
    rounds_inside=True,
    # What is inside of lists and objects may fail too, which TRY_CAST makes null without a word.
    probe="CASE WHEN TRY({cast}) IS NULL THEN 'it cannot be read as its type' END",
    direct_bulk=False,
    savepoints=False,
    enforces_length=False,
    has_accounts=False,
    stores_nul=True,
    folds_case=True,
    alter_type="ALTER TABLE {table} ALTER COLUMN {column} TYPE {type}",
    if_not_exists_column=True,
)

DIALECTS = {dialect.name: dialect for dialect in (POSTGRESQL, MYSQL, SQLITE, DUCKDB)}


def quote(dialect: Dialect, name: str) -> str:
    """A name as an identifier, whatever is in it."""
    mark = dialect.quote
    return mark + name.replace(mark, mark * 2) + mark


def quote_all(dialect: Dialect, names: tuple[str, ...] | list[str], prefix: str = "") -> list[str]:
    """Names as identifiers, each after ``prefix`` (such as ``s.``)."""
    return [prefix + quote(dialect, name) for name in names]


def table_text(dialect: Dialect, name: TableName) -> str:
    """A table as it stands in a statement, with its schema where it has one."""
    schema = name.schema or dialect.default_schema
    return f"{quote(dialect, schema)}.{quote(dialect, name.name)}" if schema else quote(dialect, name.name)


def literal(dialect: Dialect, text: str) -> str:
    """A text as a literal, whatever is in it."""
    if dialect.backslash_escapes:
        text = text.replace("\\", "\\\\")
    return "'" + text.replace("'", "''") + "'"
