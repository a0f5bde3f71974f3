"""The cases that read an API or a database, and those about limits: memory, statements, small loads."""

from __future__ import annotations

import shutil
import subprocess
import sys
from urllib.parse import urlsplit

import pymysql

from benchmarks import data, rivals
from benchmarks.bench import PEAK_MB, Bench, peak, ratio, seconds
from benchmarks.measure import OURS, Contender, in_turn
from benchmarks.report import Finding

API_TASK = """
name: api
source:
  url: {url}
  records: $.data[*]
  pagination: {{type: page, param: page, total_pages: $.pages}}
mapping:
  - {{to: id, from: id}}
  - {{to: updated_at, from: updated_at}}
  - {{to: status, from: status}}
  - {{to: qty, from: qty}}
  - {{to: unit_price, from: unit_price}}
  - {{to: user_id, from: user.id}}
  - {{to: user_name, from: user.name}}
  - {{to: street, from: user.address.street}}
  - {{to: city, from: user.address.city}}
  - {{to: zip, from: user.address.zip}}
  - {{to: tags, from: tags}}
  - {{to: active, from: active}}
load: {{to: "{database}", table: api_orders, mode: append}}
"""

API_DDL = """CREATE TABLE api_orders (id bigint, updated_at timestamptz, status text, qty integer,
  unit_price numeric(12,2), user_id integer, user_name text, street text, city text, zip text, tags jsonb,
  active boolean)"""


def api(bench: Bench) -> list[Finding]:
    """200,000 nested records from a paged API, against a script with psql, and dlt's rest_api source."""
    rows = bench.rows(200_000)
    command = [sys.executable, "-m", "benchmarks.api_server", str(rows), "1000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/orders"
        try:
            return _api(bench, rows, url)
        finally:
            server.kill()


def _api(bench: Bench, rows: int, url: str) -> list[Finding]:
    def fresh() -> None:
        bench.sql("DROP TABLE IF EXISTS api_orders", API_DDL, "CHECKPOINT")

    task = bench.folder / "api.yaml"
    task.write_text(API_TASK.format(url=url, database=bench.pg))
    full = bench.expect("SELECT count(*) FROM api_orders", rows)
    local = {"INTAKEGATEWAY_ALLOW_PRIVATE_ADDRESSES": "true"}
    ours = Contender("intakegateway", [*OURS, "run", str(task)], fresh, full, env=local)
    script = Contender(
        "script + psql", [sys.executable, rivals.script("fetch_flatten_psql.py"), url, bench.pg], fresh, full
    )
    dlt = Contender(
        "dlt rest_api", [rivals.tool("python"), rivals.script("dlt_api.py"), url, bench.pg],
        lambda: bench.sql("DROP SCHEMA IF EXISTS dlt_api CASCADE"),
        bench.expect("SELECT count(*) FROM dlt_api.dlt_api_orders", rows) if bench.scale else lambda: None,
    )  # fmt: skip
    in_turn([script, ours], bench.rounds)
    in_turn([dlt], 1)
    faster = dlt.wall / ours.wall
    return [
        ratio("api", f"{rows:,} nested records / script and psql", ours, script, 1.2),
        Finding("api", f"times faster than dlt ({dlt.wall:.1f} s)", f"{faster:.1f} x", ">= 4 x", faster >= 4),
        peak("api", ours),
    ]


def mariadb(bench: Bench) -> list[Finding]:
    """1,000,000 rows MariaDB to PostgreSQL, against mariadb | psql, dlt, ingestr and sling."""
    rows = bench.rows(1_000_000)
    source = bench.urls["mysql"]
    parts = urlsplit(source)
    _fill_mariadb(source, rows)

    def fresh() -> None:
        bench.sql("DROP TABLE IF EXISTS orders", data.ORDERS_DDL.format(table="orders"), "CHECKPOINT")

    client = shutil.which("mariadb") or shutil.which("mysql")
    pipe = (
        f"{client} --no-defaults -h127.0.0.1 -P{parts.port} -u{parts.username} -p{parts.password} --quick -BN"
        f" --default-character-set=utf8mb4 -e 'SELECT * FROM orders' {parts.path[1:]}"
        f" | psql -qX -v ON_ERROR_STOP=1 '{bench.pg}' -c \"\\copy orders FROM STDIN (NULL 'NULL')\""
    )
    full = bench.expect("SELECT count(*) FROM orders", rows)
    ours = Contender(
        "intakegateway",
        bench.ours("load", source, "--query", "SELECT * FROM orders", "--to", bench.pg, "--table", "orders"),
        fresh, full,
    )  # fmt: skip
    piped = Contender("mariadb | psql copy", f"set -o pipefail; {pipe}", fresh, full)
    in_turn([piped, ours], bench.rounds)
    others = [
        Contender("dlt sql_database", [rivals.tool("python"), rivals.script("dlt_mariadb.py"), source, bench.pg, "orders"]),
        Contender(
            "ingestr",
            [rivals.tool("ingestr"), "ingest", "--source-uri", source, "--source-table", f"{parts.path[1:]}.orders",
             "--dest-uri", bench.pg, "--dest-table", "public.ingestr_orders", "--yes", "--full-refresh"],
        ),
        Contender(
            "sling",
            [rivals.sling(), "run", "--src-conn", source, "--src-stream", f"{parts.path[1:]}.orders",
             "--tgt-conn", bench.pg + "?sslmode=disable", "--tgt-object", "public.sling_orders", "--mode", "full-refresh"],
        ),
    ]  # fmt: skip
    findings = [
        ratio("mariadb", f"{rows:,} rows to PostgreSQL / mariadb | psql", ours, piped, 1.5),
        peak("mariadb", ours),
    ]
    for other in others:
        try:
            in_turn([other], 1)
        except (RuntimeError, FileNotFoundError) as error:
            print(f"  {other.name} could not do it: {str(error)[-300:]}")
            continue
        findings.append(ratio("mariadb", f"/ {other.name}", ours, other, 1.0))
    return findings


def _fill_mariadb(url: str, rows: int) -> None:
    parts = urlsplit(url)
    path = data.orders_csv(rows)
    connection = pymysql.connect(
        host=parts.hostname, port=parts.port or 3306, user=parts.username, password=parts.password or "",
        database=parts.path[1:], local_infile=True,
    )  # fmt: skip
    with connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS orders")
        cursor.execute(
            "CREATE TABLE orders (id bigint NOT NULL, customer_id int, name varchar(80), city varchar(40), email"
            " varchar(80), qty int, price decimal(14,2), discount double, ordered_on date, updated_at datetime,"
            " active varchar(5), note text)"
        )
        cursor.execute(
            f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE orders CHARACTER SET utf8mb4 FIELDS TERMINATED BY ','"
            " OPTIONALLY ENCLOSED BY '\"' IGNORE 1 LINES"
        )
        connection.commit()


def upsert_small(bench: Bench) -> list[Finding]:
    """Upsert of 10,000 rows: statements sent to the server, and our own processor time."""
    base, incoming = data.orders_csv(10_000), data.orders_csv(10_000, start=5_000)

    def fresh() -> None:
        bench.sql(
            "DROP TABLE IF EXISTS orders",
            data.ORDERS_DDL.format(table="orders").rstrip().rstrip(")") + ", PRIMARY KEY (id))",
        )
        subprocess.run(bench.copy("orders", base), check=True, capture_output=True)

    command = bench.ours(
        "load", str(incoming), "--to", bench.pg, "--table", "orders", "--mode", "upsert", "--keys", "id"
    )
    ours = Contender("intakegateway", command, fresh, bench.expect("SELECT count(*) FROM orders", 15_000))
    in_turn([ours], max(3, bench.rounds))
    statements = bench.statements(command, fresh)
    idle = Contender("python and imports", [sys.executable, "-c", "import polars, psycopg, pydantic"])
    in_turn([idle], 3)
    own = min(s.cpu for s in ours.samples) - min(s.cpu for s in idle.samples)
    return [
        Finding("upsert_small", "statements for 10,000 rows", str(statements), "< 60", statements < 60),
        Finding("upsert_small", "own processor time beyond the imports", f"{own:.2f} s", "< 1 s", own < 1),
    ]


def small(bench: Bench) -> list[Finding]:
    """A CSV of 20,000 rows into PostgreSQL, the whole process, beside sling."""
    path = data.orders_csv(20_000)

    def fresh() -> None:
        bench.sql("DROP TABLE IF EXISTS orders", data.ORDERS_DDL.format(table="orders"))

    ours = Contender(
        "intakegateway", bench.ours("load", str(path), "--to", bench.pg, "--table", "orders"), fresh,
        bench.expect("SELECT count(*) FROM orders", 20_000),
    )  # fmt: skip
    sling = Contender(
        "sling",
        [rivals.sling(), "run", "--src-stream", f"file://{path}", "--tgt-conn", bench.pg + "?sslmode=disable",
         "--tgt-object", "public.sling_small", "--mode", "full-refresh"],
        check=bench.expect("SELECT count(*) FROM sling_small", 20_000),
    )  # fmt: skip
    try:
        in_turn([sling, ours], max(5, bench.rounds))
        reach = max(0.9, sling.wall)
    except (RuntimeError, FileNotFoundError) as error:
        print(f"  sling could not do it: {str(error)[-300:]}")
        in_turn([ours], max(5, bench.rounds))
        reach = 0.9
    return [seconds("small", "20,000 rows, the whole process", ours, round(reach, 2))]


def memory(bench: Bench) -> list[Finding]:
    """Peak resident memory of a CSV of 5 GB."""
    target = int(5e9 * bench.scale)
    unit = data.orders_csv(1_000_000)
    path = bench.folder / "big.csv"
    copies = max(1, round(target / unit.stat().st_size))
    with path.open("wb") as out:
        for number in range(copies):
            with unit.open("rb") as part:
                if number:
                    part.readline()
                shutil.copyfileobj(part, out, 1 << 22)
    bench.sql(
        "DROP TABLE IF EXISTS orders",
        data.ORDERS_DDL.format(table="orders").replace("TABLE", "UNLOGGED TABLE"),
    )
    ours = Contender("intakegateway", bench.ours("load", str(path), "--to", bench.pg, "--table", "orders"))
    try:
        in_turn([ours], 1)
    finally:
        path.unlink()
        bench.sql("DROP TABLE orders")
    what = f"CSV of {target / 1e9:.1f} GB in {ours.wall:.0f} s: peak resident memory"
    return [Finding("memory", what, f"{ours.peak_mb:.0f} MB", f"<= {PEAK_MB} MB", ours.peak_mb <= PEAK_MB)]


def startup(bench: Bench) -> list[Finding]:
    """``intakegateway --help``, and the modules that importing the package brings."""
    ours = Contender("intakegateway --help", [*OURS, "--help"])
    in_turn([ours], max(5, bench.rounds))
    return [seconds("startup", "intakegateway --help", ours, 0.3)]
