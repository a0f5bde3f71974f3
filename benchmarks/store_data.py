"""An app database as it is after a year: many runs, tasks and log lines, the same each time."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Any

import orjson
import polars as pl
import psycopg
from sqlalchemy import Table as SqlTable

from intakegateway.store.tables import Table

SEED = 7
START = datetime(2025, 1, 1, tzinfo=UTC)
DEFAULTS = {"created_at": START, "updated_at": START, "at": START, "edited_at": START}
_BLOCK = 50_000


def fill(url: str, project_id: str, scale: float = 1.0) -> dict[str, str]:
    """Put 100,000 runs of 1,000 tasks, 1,000,000 log lines and what belongs to them into a migrated store.

    Returns names to ask for: ``run`` (with most log lines), ``task``, ``schedule``.
    """
    many = {"runs": int(100_000 * scale), "tasks": int(1000 * scale), "lines": int(1_000_000 * scale)}
    every = _tasks(project_id, many["tasks"])
    frames = {
        **every,
        "runs": _runs(project_id, many["runs"], many["tasks"]),
        **_things(project_id, many["runs"]),
    }
    with _Writer(url) as writer:
        for name, frame in frames.items():
            writer.write(Table.metadata.tables[name], frame)
        lines = Table.metadata.tables["run_logs"]
        for first in range(0, many["lines"], _BLOCK):
            rows = min(_BLOCK, many["lines"] - first)
            writer.write(lines, _lines(first, rows, many["runs"]))
    return {
        "run": _id("runs", 0),
        "task": "task 00007",
        "schedule": _id("schedules", 7),
        "before": _id("runs", many["runs"] // 2),
    }


_KINDS = (
    "tasks",
    "task_versions",
    "schedules",
    "runs",
    "files",
    "connections",
    "deliveries",
    "reject_groups",
)


def _id(table: str, number: int) -> str:
    """Like a version 7 UUID: they grow with the number."""
    return f"{number:08x}-{_KINDS.index(table):04x}-7000-8000-{(number * 2_654_435_761 + SEED) % 2**48:012x}"


def _ids(table: str, numbers: pl.Series) -> pl.Series:
    return pl.Series([_id(table, number) for number in numbers])


def _pick(column: pl.Expr, values: list[Any], salt: int) -> pl.Expr:
    """One of ``values`` by a hash of ``column``."""
    spread = (column.hash(SEED * 100 + salt) % len(values)).cast(pl.Int64)
    return spread.replace_strict(list(range(len(values))), values)


def _tasks(project_id: str, many: int) -> dict[str, pl.DataFrame]:
    numbers = pl.int_range(0, many, eager=True)
    n = pl.col("n")
    frame = pl.DataFrame({"n": numbers, "id": _ids("tasks", numbers)})
    tasks = frame.select(
        "id",
        pl.lit(project_id).alias("project_id"),
        pl.format("task {}", n.cast(pl.String).str.zfill(5)).alias("name"),
        _pick(n, ["file", "http", "sql"], 1).alias("source_kind"),
        pl.format("source {}", n % 20).alias("source_connection"),
        pl.format("warehouse {}", n % 10).alias("connection"),
        pl.format("table_{}", n % 300).alias("table_name"),
    )
    spec = {
        "name": "orders",
        "source": {"kind": "file", "path": "/data/orders.csv"},
        "mapping": [{"to": f"column_{i}", "from": f"field_{i}", "transforms": ["trim"]} for i in range(20)],
        "load": {"to": "warehouse 1", "table": "orders", "mode": "append"},
    }
    versions = frame.select(
        pl.Series("id", _ids("task_versions", numbers)),
        pl.col("id").alias("task_id"),
        pl.lit(1).alias("number"),
        pl.lit(orjson.dumps(spec).decode()).alias("spec"),
    )
    plans = frame.select(
        pl.Series("id", _ids("schedules", numbers)),
        pl.lit(project_id).alias("project_id"),
        pl.col("id").alias("task_id"),
        pl.lit("0 3 * * *").alias("cron"),
        # Nothing falls due while we measure.
        pl.lit(datetime(2099, 1, 1, 3, tzinfo=UTC)).alias("next_run_at"),
    )
    return {"tasks": tasks, "task_versions": versions, "schedules": plans}


def _runs(project_id: str, many: int, tasks: int) -> pl.DataFrame:
    numbers = pl.int_range(0, many, eager=True)
    n = pl.col("n")
    task = (n.hash(SEED) % tasks).cast(pl.Int64)
    frame = pl.DataFrame({"n": numbers, "id": _ids("runs", numbers)}).with_columns(task.alias("task"))
    queued = pl.lit(START) + pl.duration(seconds=n * 300)
    task_ids = _ids("tasks", frame["task"])
    statuses = ["SUCCESS"] * 16 + ["PARTIAL_SUCCESS"] * 2 + ["FAILED", "CANCELLED"]
    spec = {"name": "orders", "source": {"path": "/data/orders.csv"}, "load": {"table": "orders"}}
    return frame.select(
        "id",
        pl.lit(project_id).alias("project_id"),
        pl.Series("task_id", task_ids),
        pl.format("task {}", pl.col("task").cast(pl.String).str.zfill(5)).alias("task_name"),
        pl.lit(1).alias("task_version"),
        pl.lit(orjson.dumps(spec).decode()).alias("spec"),
        _pick(n, statuses, 2).alias("status"),
        _pick(n, ["schedule"] * 8 + ["manual", "api"], 3).alias("trigger"),
        pl.Series("schedule_id", _ids("schedules", frame["task"])),
        pl.col("id").alias("load_id"),
        pl.format("source {}", pl.col("task") % 20).alias("source_connection"),
        pl.format("warehouse {}", pl.col("task") % 10).alias("connection"),
        queued.alias("queued_at"),
        queued.alias("available_at"),
        queued.alias("started_at"),
        (queued + pl.duration(seconds=30)).alias("finished_at"),
        pl.lit(2000).alias("total_records"),
        pl.lit(1990).alias("inserted_records"),
        pl.when(n % 10 == 0).then(10).otherwise(0).alias("rejected_records"),
        pl.lit(30.0).alias("duration_seconds"),
        pl.lit("postgresql").alias("destination_kind"),
        pl.lit("orders").alias("destination_table"),
    )


def _things(project_id: str, many: int) -> dict[str, pl.DataFrame]:
    """What lists show beside runs: deliveries, the audit log, files, connections, causes of rejects."""
    numbers = pl.int_range(0, many, eager=True)
    n = pl.col("n")
    runs_of = pl.DataFrame({"n": numbers, "run_id": _ids("runs", numbers)})
    moment = pl.lit(START) + pl.duration(seconds=n * 300)
    deliveries = runs_of.select(
        pl.Series("id", _ids("deliveries", numbers)),
        pl.lit(project_id).alias("project_id"),
        "run_id",
        pl.lit("run.failed").alias("event"),
        pl.lit("https://example.org/hook").alias("target"),
        _pick(n, ["delivered"] * 9 + ["failed"], 4).alias("status"),
        moment.alias("created_at"),
    )
    audit = runs_of.select(
        (n + 1_000_000).alias("id"),
        moment.alias("at"),
        pl.lit(project_id).alias("project_id"),
        pl.lit("bench@example.org").alias("user_name"),
        _pick(n, ["created", "updated", "started"], 5).alias("action"),
        _pick(n, ["run", "task"], 6).alias("noun"),
        pl.col("run_id").alias("noun_id"),
        pl.lit("orders").alias("noun_name"),
    )
    few = pl.int_range(0, max(many // 20, 1), eager=True)
    files = pl.DataFrame({"n": few, "id": _ids("files", few)}).select(
        "id",
        pl.lit(project_id).alias("project_id"),
        pl.format("orders {}.csv", n).alias("name"),
        pl.lit(1000).alias("size"),
        pl.lit(1000).alias("received"),
        pl.lit("csv").alias("format"),
        pl.lit("ready").alias("status"),
        pl.col("id").alias("blob"),
        moment.alias("created_at"),
    )
    places = pl.int_range(0, 30, eager=True)
    connections = pl.DataFrame({"n": places, "id": _ids("connections", places)}).select(
        "id",
        pl.lit(project_id).alias("project_id"),
        pl.format("warehouse {}", n).alias("name"),
        pl.lit("postgresql").alias("kind"),
        pl.lit('{"host": "db.example.org", "database": "dwh"}').alias("config"),
    )
    causes = runs_of.filter(n % 10 == 0)
    groups = causes.select(
        pl.Series("id", _ids("reject_groups", causes["n"])),
        "run_id",
        pl.lit("not_null").alias("code"),
        pl.lit("id").alias("column_name"),
        pl.lit(10).alias("count"),
    )
    return {
        "deliveries": deliveries,
        "audit_log": audit,
        "files": files,
        "connections": connections,
        "reject_groups": groups,
    }


def _lines(first: int, rows: int, many: int) -> pl.DataFrame:
    """One line in a hundred belongs to the first run, the others are spread over all."""
    frame = pl.DataFrame({"n": pl.int_range(first, first + rows, eager=True)})
    n = pl.col("n")
    frame = frame.with_columns(pl.when(n % 100 == 0).then(0).otherwise(n % many).alias("run"))
    return frame.select(
        (n + 1).alias("id"),
        pl.Series("run_id", _ids("runs", frame["run"])),
        (pl.lit(START) + pl.duration(seconds=n)).alias("at"),
        _pick(n, ["info"] * 8 + ["debug", "warning"], 7).alias("level"),
        pl.lit("phase_started").alias("event"),
        pl.format("Batch {} has been written.", n).alias("message"),
        pl.lit('{"rows": 1000}').alias("facts"),
    )


class _Writer:
    """Rows into tables, past the ORM. What a frame leaves out gets the table's own defaults."""

    def __init__(self, url: str) -> None:
        self._is_embedded = url.startswith("sqlite:")
        if self._is_embedded:
            self._connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"))
        else:
            self._connection = psycopg.connect(url, options="-c timezone=UTC")

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        if failed is None:
            self._connection.commit()
            if not self._is_embedded:
                self._connection.autocommit = True
                self._connection.execute("VACUUM ANALYZE")
        self._connection.close()

    def write(self, table: SqlTable, frame: pl.DataFrame) -> None:
        """All rows of ``frame``."""
        more = {
            column.name: _default(column)
            for column in table.columns
            if column.name not in frame.columns and not column.nullable
        }
        known = frame.with_columns(pl.lit(value).alias(name) for name, value in more.items())
        times = [name for name, kind in known.schema.items() if isinstance(kind, pl.Datetime)]
        known = known.with_columns(pl.col(times).dt.strftime("%Y-%m-%d %H:%M:%S%.6f"))
        names = ", ".join(f'"{name}"' for name in known.columns)
        if self._is_embedded:
            marks = ", ".join("?" * known.width)
            self._connection.executemany(
                f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', known.iter_rows()
            )
            return
        with self._connection.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN (FORMAT csv)') as copy:
            for part in known.iter_slices(_BLOCK):
                copy.write(part.write_csv(include_header=False, quote_style="non_numeric").encode())


def _default(column: Any) -> Any:
    if column.name in DEFAULTS:
        return DEFAULTS[column.name]
    if column.default is None:
        return 0
    if column.default.is_scalar:
        return column.default.arg
    made = column.default.arg(None)
    return orjson.dumps(made).decode() if isinstance(made, dict | list) else made
