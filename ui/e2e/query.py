"""Asks a database by itself, past the gateway: ``python query.py ADDRESS SQL`` prints the rows as one line of JSON."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing


def rows(address: str, sql: str) -> list[list[object]]:
    if address.startswith("postgresql://"):
        import psycopg

        with psycopg.connect(address) as connection:
            return [list(row) for row in connection.execute(sql.encode()).fetchall()]
    with closing(sqlite3.connect(address)) as connection:
        return [list(row) for row in connection.execute(sql).fetchall()]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(rows(*sys.argv[1:3]), default=str))
