import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from servers import ENVIRONMENT


def test_a_fresh_postgresql_database_answers(postgresql_url: str) -> None:
    import psycopg

    with psycopg.connect(postgresql_url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)


def test_a_fresh_mariadb_database_answers(mysql_url: str) -> None:
    from urllib.parse import urlsplit

    import pymysql

    parts = urlsplit(mysql_url)
    connection = pymysql.connect(
        host=parts.hostname, port=parts.port or 0, user=parts.username, password=parts.password or "",
        database=parts.path[1:],
    )  # fmt: skip
    with connection, connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        assert cursor.fetchall() == ()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_servers_that_were_started_by_hand_end_with_their_starter(
    how: signal.Signals, postgresql_url: str
) -> None:
    program = Path(__file__).parents[1] / "servers.py"
    given = {name: value for name, value in os.environ.items() if name != ENVIRONMENT["postgresql"]}
    process = subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, text=True,
        env={**given, ENVIRONMENT["mysql"]: "mysql://elsewhere"},
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        parts = urlsplit(process.stdout.readline().partition("=")[2].strip())
        socket.create_connection((parts.hostname, parts.port), timeout=5).close()
        process.send_signal(how)
        process.communicate(timeout=20)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((parts.hostname, parts.port), timeout=5)
