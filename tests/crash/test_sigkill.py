"""A load that is killed at any moment leaves the table whole, and running it again ends the same.

Each point is one process ended with SIGKILL at a random moment between its start and a little after its
usual end. ``INTAKEGATEWAY_TORTURE`` is the number of points for each mode and destination.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from intakegateway.connectors.registry import open_source
from intakegateway.model.sql import SqlSource

POINTS = int(os.environ.get("INTAKEGATEWAY_TORTURE", "1"))
ROWS = 20_000
MODES = ("insert", "append", "upsert", "truncate_insert", "delete_insert")


@dataclass
class Bed:
    """One destination and how to run a load against it."""

    url: str
    folder: Path

    def command(self, path: Path, mode: str) -> list[str]:
        keys = [] if mode in ("append", "truncate_insert") else ["--keys", "id"]
        return [
            sys.executable, "-m", "intakegateway", "load", str(path), "--to", self.url, "--table", "orders",
            "--mode", mode, *keys, "--json", "--rejects", str(self.folder / "rejects.csv"),
        ]  # fmt: skip

    def run(self, path: Path, mode: str) -> dict[str, object]:
        done = subprocess.run(
            self.command(path, mode), capture_output=True, text=True, env=self.env(), check=False
        )
        assert done.returncode in (0, 3), done.stdout + done.stderr
        found: dict[str, object] = json.loads(done.stdout)
        return found

    def env(self) -> dict[str, str]:
        source = str(Path(__file__).resolve().parents[2] / "src")
        return {**os.environ, "INTAKEGATEWAY_HOME": str(self.folder / "home"), "PYTHONPATH": source}

    def query(self, sql: str) -> pl.DataFrame:
        """The answer, once the killed process's session is gone."""
        chunks = open_source(SqlSource(url=self.url, query=sql)).chunks()
        return pl.concat([chunk.frame for chunk in chunks])

    def table(self) -> pl.DataFrame:
        return self.query("SELECT id, name, qty FROM orders ORDER BY id, name, qty")


@pytest.fixture(params=["postgresql", "mysql", "sqlite", "duckdb"])
def bed(request: pytest.FixtureRequest, tmp_path: Path) -> Bed:
    if request.param in ("postgresql", "mysql"):
        url = request.getfixturevalue(f"{request.param}_url")
    else:
        url = f"{request.param}:///{tmp_path}/data.db"
    return Bed(url, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(max(900, 300 * POINTS))
@pytest.mark.parametrize("mode", MODES)
def test_a_killed_load_is_whole_or_not_there(bed: Bed, mode: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    _orders(first, 0, ROWS, qty=1)
    # Half of the second file is in the table already, with other quantities.
    _orders(second, ROWS // 2, ROWS, qty=2)
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    bed.run(first, "append" if mode in ("append", "truncate_insert") else "upsert")
    before = bed.table()
    started = time.monotonic()
    bed.run(second, mode)
    usual = time.monotonic() - started
    after = bed.table()
    for point in range(POINTS):
        _restore(bed, first, mode)
        assert bed.table().equals(before)
        moment = dice.uniform(0.3 * usual, 1.1 * usual)
        ended = _run_and_kill(bed, second, mode, moment)
        found = _settled_table(bed)
        where = f"seed {seed}, point {point}, killed after {moment:.3f} s of {usual:.3f} s"
        assert found.equals(before) or found.equals(after), f"half loaded: {found.height} rows; {where}"
        if ended:
            # It had said how it ended before it was killed: run again, it would be another load.
            assert found.equals(after), f"reported, but not there; {where}"
            _forget(bed)
            continue
        counts = bed.run(second, mode)
        final = bed.table()
        assert final.equals(after), f"{final.height} rows instead of {after.height}; {where}; {counts}"
        _ledger_balances(bed)


def _orders(path: Path, start: int, rows: int, qty: int) -> None:
    ids = pl.int_range(start, start + rows, eager=True).alias("id")
    pl.DataFrame(ids).with_columns(
        pl.format("order {}", "id").alias("name"), pl.lit(qty).alias("qty")
    ).write_csv(path)


def _restore(bed: Bed, first: Path, mode: str) -> None:
    """The table as before the second file, by the product's own means."""
    bed.run(first, "truncate_insert")


def _run_and_kill(bed: Bed, path: Path, mode: str, moment: float) -> bool:
    """Start the load and end it; whether it had reported its result by then."""
    process = subprocess.Popen(
        bed.command(path, mode), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=bed.env()
    )
    try:
        printed, _ = process.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        process.kill()
        printed, _ = process.communicate()
    return printed.endswith(b"}\n")


def _forget(bed: Bed) -> None:
    """Remove the journal of a load that was killed after its report and before it could do so itself: the
    next point's load would be taken for that one, and rightly not done twice."""
    for left in (bed.folder / "home" / "pending").glob("*.json"):
        left.unlink()


def _settled_table(bed: Bed) -> pl.DataFrame:
    """What a reader sees when the server has noticed the dead client (a commit may be under way)."""
    last = bed.table()
    for _ in range(20):
        time.sleep(0.05)
        now = bed.table()
        if now.equals(last):
            return now
        last = now
    return last


def _ledger_balances(bed: Bed) -> None:
    ledger = bed.query("SELECT load_id, counts FROM _intakegateway_loads WHERE committed_at IS NOT NULL")
    assert ledger.height
    for text in ledger["counts"]:
        counts = json.loads(text)
        read = counts.pop("read")
        assert read == sum(counts.values()), text
