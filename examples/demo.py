"""The main job on real input: messy files and a small REST API into an embedded database.

It makes the files, starts the API, runs the tasks of ``examples/demo/project.yaml`` and prints the
account of every row. Run again, it proves that nothing is doubled: it ends with 1 if anything is, or if the
rows of a task do not add up. Needs no network; everything stays in one folder::

    python examples/demo.py [--data demo-data]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shlex
import shutil
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE / "demo" / "project.yaml"
PRICE_LIST = HERE / "demo" / "price-list.yaml"
VISITS_LOAD = "demo-visits-of-may-2024"
"""Rows that are only ever added would be doubled by a second run, were it not known by name as the same load."""


@dataclass(frozen=True)
class Part:
    """The rows of a table that one task writes: which ones, and the columns that no two of them share."""

    task: str
    table: str
    where: str = "1"
    key: str = ""
    why: str = ""
    database: str = "demo.db"

    @property
    def title(self) -> str:
        """What the last table calls it."""
        if self in SERVED:
            return f"gateway: {self.table}"
        return self.table if self.task != "stock-late" else "stock, last day"


PARTS = (
    Part("customers", "customers", key="customer_id", why="upsert: all found unchanged"),
    Part("products", "products", key="sku", why="insert: present keys are rejects"),
    Part("orders", "orders", key="order_id", why="upsert: all found unchanged"),
    Part("stock", "stock", "day < '2024-05-04'", "day, sku", "delete_insert: a day replaces itself"),
    Part("stock-late", "stock", "day >= '2024-05-04'", "day, sku", "delete_insert: a day replaces itself"),
    Part("visits", "visits", why="append: the ledger knows the load id"),
    Part("shop-orders", "shop_orders", key="id", why="upsert: only what is new was read"),
    Part("shop-items", "shop_items", key="order_id, sku, qty, price", why="truncate_insert: all replaced"),
    Part("turnover", "turnover", key="city", why="truncate_insert: all replaced", database="reports.db"),
)
SERVED = tuple(
    Part(f"served {task}", table, key=key, why="upsert: all found unchanged", database="home/warehouse.db")
    for task, table, key in (
        ("customers", "customers", "customer_id"), ("products", "products", "sku"),
        ("orders", "orders", "order_id"), ("shop-orders", "shop_orders", "id"),
    )
)  # fmt: skip
"""What the tasks of the gateway write."""
SOURCES = {
    "customers": "input/customers.csv",
    "products": "input/products.xlsx",
    "orders": "input/orders.csv",
    "stock": "input/stock/*.csv.gz",
    "stock-late": "input/stock-late/2024-05-04.csv",
    "visits": "input/visits.ndjson",
}


def main() -> int:
    """Run the demonstration. Returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    parser = argparse.ArgumentParser(description="Messy files and a small API into an embedded database.")
    parser.add_argument("--data", type=Path, default=HERE.parent / "demo-data", help="the folder to work in")
    parser.add_argument(
        "--port", type=int, default=8099, help="where the gateway finds the API; 0: a free port"
    )
    given = parser.parse_args()
    data = given.data.absolute()
    sys.path.insert(0, str(HERE))
    try:
        import intakegateway as ig
        from demo_api import TOKEN, DemoApi

        # The data folder of the product, so that nothing is left in the home folder.
        os.environ |= {
            "DEMO_DATA": str(data),
            "INTAKEGATEWAY_HOME": str(data / "home"),
            "DEMO_API_TOKEN": TOKEN,
        }
        no_proxy = [os.environ.get("NO_PROXY", ""), "127.0.0.1"]
        os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(filter(None, no_proxy))
        with DemoApi() as api:
            os.environ["DEMO_API_URL"] = api.base
            try:
                return demonstrate(data, given.port)
            except ig.GatewayError as error:
                return stopped(str(error))
    except ModuleNotFoundError as error:
        return stopped(f"the package '{error.name}' is missing. 'make demo' installs what is needed.")
    except (OSError, sqlite3.Error) as error:
        return stopped(str(error))
    except KeyboardInterrupt:
        return stopped("interrupted. What was committed before is in the database; run it again at any time.")


def demonstrate(data: Path, port: int) -> int:
    """Make the files, run the tasks, show what became of the rows. Returns the exit code."""
    from rich.console import Console

    started = time.monotonic()
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 110)
    console.print("\n[bold]IntakeGateway: any file, API or query into a table, every row accounted for[/]")
    news = prepare(data)
    before = {part.task: count(data, part) for part in (*PARTS, *SERVED)}
    console.print(
        f"Input: {shown(data / 'input')} ({news}) and a REST API on 127.0.0.1 that fails now and then."
    )
    console.print(f"Output: {shown(data / 'demo.db')}, an embedded SQLite database.")
    faults = run_tasks(console, data)
    faults += plan_prices(console, data)
    faults += fill_gateway(console, data, port)
    faults += prove(console, data, before)
    look_next(console, data)
    console.print(f"\n{time.monotonic() - started:.1f} s in all.", end=" ")
    if faults:
        console.print("[red]Not as it should be:[/]")
        for fault in faults:
            console.print(f"  [red]![/] {fault}", markup=True)
        return 1
    again = "Nothing was doubled." if any(before.values()) else "Run it again: nothing will be doubled."
    console.print(f"Every row is accounted for. [green]{again}[/]")
    return 0


def prepare(data: Path) -> str:
    """Make the files, once; when other files are to be made than last time, begin with an empty folder."""
    from make_data import make

    wanted = hashlib.sha256((HERE / "make_data.py").read_bytes()).hexdigest()
    mark = data / ".made"
    if mark.is_file() and mark.read_text() == wanted:
        return "made before"
    data.mkdir(parents=True, exist_ok=True)
    for name in ("input", "home", "rejects"):
        shutil.rmtree(data / name, ignore_errors=True)
    for path in data.glob("*.db*"):
        path.unlink(missing_ok=True)
    make(data / "input")
    mark.write_text(wanted)
    return "made just now"


def run_tasks(console, data: Path) -> list[str]:
    """Run each task of the project and print its account. Returns what went wrong."""
    import intakegateway as ig
    from intakegateway.cli.account import account
    from intakegateway.services.projectfiles import read_project

    faults = []
    for spec in read_project(PROJECT).tasks:
        task, name = ig.Task(spec), spec.name
        heading(console, name)
        console.print(f"[dim]{spec.description}[/]")
        try:
            with console.status(f"{name} …"):
                result = task.run(
                    rejects=data / "rejects" / f"{name}.csv",
                    load_id=VISITS_LOAD if name == "visits" else None,
                )
        except ig.GatewayError as error:
            console.print(f"[red]failed:[/] {error}", markup=True)
            faults.append(f"The task '{name}' failed.")
            continue
        console.print(told(account(result, name), data), markup=False)
        if not result.counts.balances or result.error:
            faults.append(f"The rows of '{name}' do not add up: {result.counts.as_dict()}.")
        if name in SOURCES:
            console.print(f"  [dim]look at it:    {command('preview', str(data / SOURCES[name]))}[/]")
    return faults


def plan_prices(console, data: Path) -> list[str]:
    """Ask what a price list would do to the products, without doing it."""
    import intakegateway as ig
    from intakegateway.cli.account import account

    heading(console, "price-list, as a dry run")
    console.print("[dim]New prices: the database is asked what would happen; nothing is written.[/]")
    with console.status("price-list …"):
        plan = ig.Task.from_yaml(PRICE_LIST).run(dry_run=True, rejects=data / "rejects" / "price-list.csv")
    console.print(told(account(plan, "price-list"), data), markup=False)
    console.print(f"  [dim]do it:         {command('run', str(PRICE_LIST))}[/]")
    return [] if plan.counts.balances else ["The rows of the plan do not add up."]


def fill_gateway(console, data: Path, port: int) -> list[str]:
    """Put a project into a gateway's data folder and run its tasks there. Returns what went wrong."""
    from demo_api import TOKEN
    from demo_service import DOCUMENT, fill, small_api

    heading(console, "the same as a service")
    console.print(f"[dim]The files, the API, a warehouse, tasks and a schedule: {shown(DOCUMENT)}[/]")
    with console.status("the gateway's project …"), small_api(port) as api:
        filled = fill(data, api, TOKEN)
    said = "is as it was" if not (filled.changed or filled.uploads) else (
        f"has {filled.changed} new or changed parts and {filled.uploads} new files"
    )  # fmt: skip
    console.print(
        f"The project 'demo' of the gateway in {shown(data / 'home')} {said}. Its tasks:", markup=False
    )
    faults = []
    for run in filled.runs:
        counts = f"{run.total_records:>6,} read, {run.inserted_records:,} inserted, {run.rejected_records:,} rejected"
        console.print(f"  {run.task_name:<12} {run.status:<16} {counts}", markup=False)
        if run.status not in ("SUCCESS", "PARTIAL_SUCCESS"):
            why = run.error.message if run.error else "it has not ended."
            faults.append(f"The gateway's task '{run.task_name}' failed: {why}")
    return faults


def prove(console, data: Path, before: dict[str, int]) -> list[str]:
    """Compare the rows of each table before and after this run. Returns what is doubled."""
    from rich import box
    from rich.table import Table

    again = any(before.values())
    heading(console, "is anything doubled?")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("table", "rows before", "rows after", "doubled", "because" if again else ""):
        table.add_column(name, justify="left" if name in ("table", "because", "") else "right")
    faults = []
    for part in (part for part in (*PARTS, *SERVED) if part.task in before):
        now, twice = count(data, part), doubled(data, part)
        # A table that an earlier run had filled has to have the same rows as then.
        more = now - before[part.task] if before[part.task] else 0
        if more or twice:
            faults.append(
                f"{part.title}: {before[part.task]:,} rows before, {now:,} after, {twice:,} doubled."
            )
        bad = max(abs(more), twice)
        cell = f"[red]{bad:,}[/]" if bad else "[green]0[/]"
        table.add_row(
            part.title, f"{before[part.task]:,}", f"{now:,}", cell, part.why if again else "first load"
        )
    console.print(table)
    return faults


def count(data: Path, part: Part) -> int:
    """The rows of a part; 0 where there is no table yet."""
    return _asked(data / part.database, part.table, f"SELECT count(*) FROM {part.table} WHERE {part.where}")


def doubled(data: Path, part: Part) -> int:
    """Rows that share their key with another one."""
    if not part.key:
        return 0
    keys = f"SELECT DISTINCT {part.key} FROM {part.table} WHERE {part.where}"
    return count(data, part) - _asked(data / part.database, part.table, f"SELECT count(*) FROM ({keys})")


def _asked(database: Path, table: str, query: str) -> int:
    if not database.is_file():
        return 0
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return int(connection.execute(query).fetchone()[0]) if known else 0


def look_next(console, data: Path) -> None:
    """Commands to go on with."""
    heading(console, "where to look next")
    query = "SELECT city, count(*), sum(turnover) FROM customers GROUP BY city"
    database = shown(data / "demo.db")
    console.print(
        "  all of this in the browser             make serve, then open http://localhost:8080", markup=False
    )
    console.print(f"  rejected rows, with place and reason   {shown(data / 'rejects')}/*.csv", markup=False)
    if shutil.which("sqlite3"):
        console.print(f"  the tables                             sqlite3 {database} '{query}'", markup=False)
    else:
        asked = command("preview", f"sqlite:///{database}", "--query", query)
        console.print(f"  the tables                             {asked}", markup=False)
    console.print(f"  the tasks as a file                    {shown(PROJECT)}", markup=False)
    server = f"{shown(Path(sys.executable))} {shown(HERE / 'demo_api.py')}"
    console.print(f"  the same from the command line         {server} &", markup=False)
    console.print(f"                                         {command('run', str(PROJECT))}", markup=False)


def heading(console, title: str) -> None:
    """A line across the terminal."""
    console.print()
    console.rule(f"[bold]{title}", align="left", style="dim")


def command(*words: str) -> str:
    """A command line to copy, with short paths."""
    program = Path(sys.executable).parent / "intakegateway"
    begin = [shown(program)] if program.exists() else [shown(Path(sys.executable)), "-m", "intakegateway"]
    return shlex.join([*begin, *(shown(Path(word)) if os.path.isabs(word) else word for word in words)])


def shown(path: Path) -> str:
    """A path from the current folder, where that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)


def told(text: str, data: Path) -> str:
    """An account with short paths."""
    return text.rstrip().replace(str(data), shown(data))


def stopped(sentence: str) -> int:
    """End with a sentence."""
    sys.stderr.write(f"The demonstration stopped: {sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
