"""What is asked of each database's catalog by those who look around, as data."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

LIMIT = 10_000
"""Tables of one schema that are listed."""


class Questions(Struct, frozen=True):
    """Queries of one database. Schemas, tables and defaults come sorted by name."""

    version: str
    schemas: str
    """One column: the name."""
    default_schema: str
    tables: str
    """Given a schema (empty: the default): schema, name, is a view, estimated rows, may be read."""
    defaults: str
    """Given schema and table: column, SQL of its default or null."""
    worded: Callable[[str], str] = str
    """The version as people say it."""


def _mysql_version(text: str) -> str:
    plain, _, rest = text.partition("-")
    return f"MariaDB {plain}" if "mariadb" in rest.lower() else f"MySQL {plain}"


QUESTIONS = {
    "postgresql": Questions(
        version="SELECT split_part(version(), ' on ', 1)",
        schemas=(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
            " AND has_schema_privilege(oid, 'USAGE') ORDER BY 1"
        ),
        default_schema="SELECT current_schema()",
        tables=(
            "SELECT n.nspname, c.relname, c.relkind IN ('v', 'm'),"
            " CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END, has_table_privilege(c.oid, 'SELECT')"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition"
            f" AND n.nspname = COALESCE(NULLIF($1, ''), current_schema()) ORDER BY 2 LIMIT {LIMIT}"
        ),
        defaults=(
            "SELECT a.attname, CASE WHEN a.attidentity <> '' THEN 'GENERATED AS IDENTITY'"
            " ELSE pg_get_expr(d.adbin, d.adrelid) END"
            " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
            " LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
            " WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1"
        ),
    ),
    "mysql": Questions(
        version="SELECT VERSION()",
        schemas=(
            "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN"
            " ('information_schema', 'performance_schema', 'mysql', 'sys') ORDER BY 1"
        ),
        default_schema="SELECT DATABASE()",
        tables=(
            "SELECT table_schema, table_name, table_type LIKE '%%VIEW', table_rows, 1 FROM information_schema.tables"
            f" WHERE table_schema = COALESCE(NULLIF(%s, ''), DATABASE()) ORDER BY 2 LIMIT {LIMIT}"
        ),
        defaults=(
            "SELECT column_name, CASE WHEN extra LIKE '%%auto_increment%%' THEN 'AUTO_INCREMENT'"
            " ELSE NULLIF(column_default, 'NULL') END"
            " FROM information_schema.columns WHERE table_schema = %s AND table_name = %s ORDER BY 1"
        ),
        worded=_mysql_version,
    ),
    "sqlite": Questions(
        version="SELECT 'SQLite ' || sqlite_version()",
        schemas="SELECT name FROM pragma_database_list WHERE name <> 'temp' ORDER BY 1",
        default_schema="SELECT 'main'",
        tables=(
            "SELECT 'main', name, type = 'view', NULL, 1 FROM main.sqlite_schema WHERE type IN ('table', 'view')"
            f" AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND ?1 IN ('', 'main') ORDER BY 2 LIMIT {LIMIT}"
        ),
        defaults="SELECT name, dflt_value FROM pragma_table_xinfo(?2, ?1) ORDER BY 1",
    ),
    "duckdb": Questions(
        version="SELECT 'DuckDB ' || version()",
        schemas=(
            "SELECT DISTINCT schema_name FROM information_schema.schemata WHERE catalog_name = current_database()"
            " AND schema_name NOT IN ('information_schema', 'pg_catalog') ORDER BY 1"
        ),
        default_schema="SELECT current_schema()",
        tables=(
            "SELECT table_schema, table_name, table_type = 'VIEW', NULL, true FROM information_schema.tables"
            " WHERE table_catalog = current_database()"
            f" AND table_schema = COALESCE(NULLIF($1, ''), current_schema()) ORDER BY 2 LIMIT {LIMIT}"
        ),
        defaults=(
            "SELECT column_name, column_default FROM information_schema.columns"
            " WHERE table_catalog = current_database() AND table_schema = $1 AND table_name = $2 ORDER BY 1"
        ),
    ),
}  # fmt: skip
