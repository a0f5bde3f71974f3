"""What every case works with: servers, scale, and the words for what it found."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.measure import OURS, Contender
from benchmarks.report import Finding

PEAK_MB = 300


@dataclass
class Bench:
    """Servers, rounds, and the share of the rows to use."""

    urls: dict[str, str]
    rounds: int
    scale: float

    def __post_init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ig-bench-"))
        self.pg = self.urls["postgresql"]

    def rows(self, full: int) -> int:
        """``full``, or its share."""
        return max(1_000, int(full * self.scale))

    def sql(self, *statements: str) -> None:
        """Run statements on PostgreSQL, each committed."""
        with psycopg.connect(self.pg, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def one(self, query: str) -> object:
        """The first value of a query on PostgreSQL."""
        with psycopg.connect(self.pg) as connection:
            row = connection.execute(query).fetchone()
        return row[0] if row else None

    def expect(self, query: str, value: object) -> Callable[[], None]:
        """A check that the query answers this."""

        def check() -> None:
            found = self.one(query)
            assert found == value, f"{query} is {found}, not {value}"

        return check

    def ours(self, *arguments: str) -> list[str]:
        """Our command, its rejects in the case's folder."""
        return [*OURS, *arguments, "--rejects", str(self.folder / "rejects.csv")]

    def copy(self, table: str, path: Path, options: str = "(FORMAT csv, HEADER)") -> list[str]:
        """psql's \\copy of a file."""
        psql = shutil.which("psql")
        if psql is None:
            raise RuntimeError("psql is needed for this comparison; install the PostgreSQL client")
        return [
            psql,
            "-qX",
            "-v",
            "ON_ERROR_STOP=1",
            self.pg,
            "-c",
            f"\\copy {table} FROM '{path}' {options}",
        ]

    def statements(self, command: list[str], before: Callable[[], None]) -> int:
        """How many statements a command sends, by PostgreSQL's own count."""
        before()
        name = "ig_statements"
        self.sql(
            f"DROP TABLE IF EXISTS {name}",
            "ALTER SYSTEM SET log_statement = 'all'",
            "SELECT pg_reload_conf()",
        )
        log = Path(str(self.one("SHOW unix_socket_directories"))) / "server.log"
        size = log.stat().st_size
        try:
            subprocess.run(command, check=True, capture_output=True, env=dict(os.environ))
            with log.open("rb") as text:
                text.seek(size)
                lines = text.read().decode(errors="replace").splitlines()
        finally:
            self.sql("ALTER SYSTEM RESET log_statement", "SELECT pg_reload_conf()")
        return sum(1 for line in lines if " LOG:  statement:" in line or " LOG:  execute " in line)


def ratio(case: str, what: str, ours: Contender, rival: Contender, reach: float) -> Finding:
    """Our median time over the rival's."""
    found = ours.wall / rival.wall
    words = f"{what} ({ours.wall:.2f} s / {rival.wall:.2f} s)"
    return Finding(case, words, f"{found:.2f} x", f"<= {reach} x", found <= reach)


def peak(case: str, ours: Contender) -> Finding:
    """Our highest memory."""
    reached = ours.peak_mb <= PEAK_MB
    return Finding(case, "peak resident memory", f"{ours.peak_mb:.0f} MB", f"<= {PEAK_MB} MB", reached)


def seconds(case: str, what: str, ours: Contender, reach: float) -> Finding:
    """Our median time."""
    return Finding(case, what, f"{ours.wall:.2f} s", f"<= {reach} s", ours.wall <= reach)
