"""The cases of ``make bench``: each runs ours and its rivals in turn and says what it found."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks import data
from benchmarks.bench import Bench, peak, ratio
from benchmarks.cases_lists import lists
from benchmarks.cases_service import idle, overhead, warm, watchers
from benchmarks.cases_sources import api, mariadb, memory, small, startup, upsert_small
from benchmarks.measure import OURS, Contender, in_turn
from benchmarks.report import Finding


def csv(bench: Bench) -> list[Finding]:
    """CSV of 2,000,000 x 12 into a typed table, against psql's \\copy."""
    rows = bench.rows(2_000_000)
    path = data.orders_csv(rows)
    fresh = _fresh(bench, "orders")
    full = bench.expect("SELECT count(*) FROM orders", rows)
    psql = Contender("psql copy", bench.copy("orders", path), fresh, full)
    ours = Contender(
        "intakegateway", bench.ours("load", str(path), "--to", bench.pg, "--table", "orders"), fresh, full
    )
    in_turn([psql, ours], bench.rounds)
    return [ratio("csv", f"{rows:,} x 12 into a typed table / psql", ours, psql, 0.9), peak("csv", ours)]


TASK = """
name: orders
source: {{path: {path}}}
mapping:
  - {{to: id, from: id}}
  - {{to: customer_id, from: customer_id}}
  - {{to: name, from: name, transforms: [trim, upper]}}
  - {{to: city, from: city, transforms: [lower]}}
  - {{to: email, from: email, transforms: [trim]}}
  - {{to: qty, from: qty}}
  - {{to: price, from: price}}
  - {{to: discount, from: discount}}
  - {{to: ordered_on, from: ordered_on}}
  - {{to: updated_at, from: updated_at}}
  - {{to: active, from: active}}
  - {{to: note, from: note, transforms: [{{replace: {{old: "#", new: "no. "}}}}]}}
  - {{to: total, expression: "qty * price"}}
rules:
  - {{not_null: id}}
  - {{range: {{column: price, min: 0}}}}
  - {{length: {{column: name, max: 60}}}}
load: {{to: "{url}", table: orders_total, mode: append}}
"""


def rules(bench: Bench) -> list[Finding]:
    """Dirty CSV with 5 transforms, a calculated column and 3 rules, against psql's \\copy of the clean one."""
    rows = bench.rows(2_000_000)
    clean, dirty = data.orders_csv(rows), data.dirty_csv(rows)
    task = bench.folder / "rules.yaml"
    task.write_text(TASK.format(path=dirty, url=bench.pg))

    def fresh() -> None:
        _fresh(bench, "orders")()
        bench.sql(
            "DROP TABLE IF EXISTS orders_total",
            data.ORDERS_DDL.format(table="orders_total").rstrip().rstrip(")") + ", total numeric(18,2))",
        )

    bad = len([i for i in range(rows) if i % 500 in (17, 117, 217)])
    full = bench.expect("SELECT count(*) FROM orders_total", rows - bad)
    psql = Contender("psql copy (clean file)", bench.copy("orders", clean), fresh)
    command = [*OURS, "run", str(task)]
    ours = Contender("intakegateway (dirty file)", command, fresh, full, allowed=(3,))
    in_turn([psql, ours], bench.rounds)
    return [
        ratio("rules", f"{rows:,} x 12, {bad:,} bad rows / psql", ours, psql, 1.15),
        peak("rules", ours),
    ]


def wide(bench: Bench) -> list[Finding]:
    """CSV of 65,000 x 120, Latin-1, delimited by a pipe, against psql's \\copy."""
    rows = bench.rows(65_000)
    path = data.wide_csv(rows)

    def fresh() -> None:
        bench.sql("DROP TABLE IF EXISTS wide", data.wide_ddl("wide"))

    full = bench.expect("SELECT count(*) FROM wide", rows)
    options = "(FORMAT csv, HEADER, DELIMITER '|', ENCODING 'LATIN1')"
    psql = Contender("psql copy", bench.copy("wide", path, options), fresh, full)
    ours = Contender(
        "intakegateway", bench.ours("load", str(path), "--to", bench.pg, "--table", "wide"), fresh, full
    )
    in_turn([psql, ours], bench.rounds)
    return [ratio("wide", f"{rows:,} x 120 / psql", ours, psql, 1.15), peak("wide", ours)]


def upsert(bench: Bench) -> list[Finding]:
    """Upsert of 1,000,000 rows, half existing, into 1,000,000, against COPY + INSERT ON CONFLICT by psql."""
    rows = bench.rows(1_000_000)
    base, incoming = data.orders_csv(rows), data.orders_csv(rows, start=rows // 2)
    bench.sql("DROP TABLE IF EXISTS base, orders", data.ORDERS_DDL.format(table="base"))
    subprocess.run(bench.copy("base", base), check=True, capture_output=True)
    bench.sql("UPDATE base SET qty = qty + 1", "VACUUM FULL base")

    def fresh() -> None:
        bench.sql(
            "DROP TABLE IF EXISTS orders",
            "CREATE TABLE orders (LIKE base, PRIMARY KEY (id))",
            "INSERT INTO orders SELECT * FROM base",
            "VACUUM ANALYZE orders",
            "CHECKPOINT",
        )

    names = [c for c in data.orders(0, 1).columns if c != "id"]
    script = bench.folder / "upsert.sql"
    script.write_text(
        "BEGIN;\nCREATE TEMP TABLE staging (LIKE orders) ON COMMIT DROP;\n"
        f"\\copy staging FROM '{incoming}' (FORMAT csv, HEADER)\n"
        "INSERT INTO orders SELECT * FROM staging ON CONFLICT (id) DO UPDATE SET "
        + ", ".join(f"{n} = excluded.{n}" for n in names)
        + ";\nCOMMIT;\n"
    )
    full = bench.expect("SELECT count(*) FROM orders", rows + rows // 2)
    psql = Contender(
        "psql staging + on conflict",
        ["psql", "-qX", "-v", "ON_ERROR_STOP=1", bench.pg, "-f", str(script)],
        fresh,
        full,
    )
    ours = Contender(
        "intakegateway upsert",
        bench.ours("load", str(incoming), "--to", bench.pg, "--table", "orders", "--mode", "upsert", "--keys", "id"),
        fresh, full,
    )  # fmt: skip
    in_turn([psql, ours], bench.rounds)
    return [ratio("upsert", f"{rows:,} into {rows:,} / psql", ours, psql, 1.1), peak("upsert", ours)]


def refused(bench: Bench) -> list[Finding]:
    """1,000 rows that only the database can refuse among 1,000,000, against the same load without them."""
    rows = bench.rows(1_000_000)
    good, bad = bench.folder / "good.csv", bench.folder / "bad.csv"
    _refusable(good, rows, 0)
    _refusable(bad, rows, 1_000)

    def fresh() -> None:
        bench.sql(
            "DROP TABLE IF EXISTS child, parent",
            "CREATE TABLE parent (id integer PRIMARY KEY)",
            "INSERT INTO parent SELECT generate_series(1, 1000)",
            "CREATE TABLE child (id bigint PRIMARY KEY, code text UNIQUE, parent integer REFERENCES parent,"
            " amount numeric(12,2) CHECK (amount >= 0), name varchar(40) NOT NULL)",
            "CHECKPOINT",
        )

    def load(name: str, path: Path, count: int, allowed: int) -> Contender:
        command = bench.ours("load", str(path), "--to", bench.pg, "--table", "child", "--mode", "insert")
        return Contender(
            name, command, fresh, bench.expect("SELECT count(*) FROM child", count), allowed=(allowed,)
        )

    without, among = (
        load("without bad rows", good, rows, 0),
        load("with 1,000 bad rows", bad, rows - 1_000, 3),
    )
    in_turn([without, among], bench.rounds)
    return [
        ratio("refused", f"1,000 refused among {rows:,} / none", among, without, 1.5),
        peak("refused", among),
    ]


def _fresh(bench: Bench, table: str) -> Callable[[], None]:
    return lambda: bench.sql(
        f"DROP TABLE IF EXISTS {table}", data.ORDERS_DDL.format(table=table), "CHECKPOINT"
    )


def _refusable(path: Path, rows: int, bad: int) -> None:
    import polars as pl

    every = rows // bad if bad else rows + 1
    turn = (pl.col("id") // every) % 4
    spoiled = (pl.col("id") % every == every - 1) if bad else pl.lit(value=False)
    frame = pl.DataFrame({"id": pl.int_range(0, rows, eager=True)}).with_columns(
        pl.format("code-{}", "id").alias("code"),
        (pl.col("id") % 1000 + 1).alias("parent"),
        pl.format("{}.50", pl.col("id") % 10_000).alias("amount"),
        pl.format("name {}", "id").alias("name"),
    )
    frame.with_columns(
        pl.when(spoiled & (turn == 0)).then(pl.lit("code-0")).otherwise("code").alias("code"),
        pl.when(spoiled & (turn == 1)).then(pl.lit(99_999)).otherwise("parent").alias("parent"),
        pl.when(spoiled & (turn == 2)).then(pl.lit("-1.00")).otherwise("amount").alias("amount"),
        pl.when(spoiled & (turn == 3)).then(pl.lit(0)).otherwise("id").alias("id"),
    ).write_csv(path)


CASES: dict[str, Callable[[Bench], list[Finding]]] = {
    case.__name__: case
    for case in (
        csv,
        rules,
        wide,
        upsert,
        refused,
        upsert_small,
        api,
        mariadb,
        small,
        memory,
        startup,
        lists,
        overhead,
        warm,
        watchers,
        idle,
    )
}
