"""One statement for a database, past the gateway: ``python query.py ADDRESS SQL`` prints its rows as a line of JSON."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing


def rows(address: str, sql: str) -> list[list[object]]:
    if address.startswith("postgresql://"):
        import psycopg

        with psycopg.connect(address) as connection:
            cursor = connection.execute(sql.encode())
            return [list(row) for row in cursor.fetchall()] if cursor.description else []
    with closing(sqlite3.connect(address)) as connection:
        return [list(row) for row in connection.execute(sql).fetchall()]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(rows(*sys.argv[1:3]), default=str))
