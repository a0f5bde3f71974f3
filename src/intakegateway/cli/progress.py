"""The progress bar: on a terminal only, on standard error, gone when the load has ended."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from intakegateway.model.run import Progress


@contextmanager
def progress_bar(
    name: str, *, quiet: bool
) -> Iterator[tuple[Callable[[Progress], None] | None, Callable[[], None]]]:
    """What to call with each ``Progress`` (None where there is no terminal to show it on), and what to call
    before anything else is written."""
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None, lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn
    from rich.progress import Progress as Display

    display = Display(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[facts]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
    started = time.monotonic()
    line = display.add_task(name, total=None, facts="")

    def told(moment: Progress) -> None:
        display.update(
            line,
            description=f"{name}: {moment.phase}",
            total=moment.bytes_total,
            completed=min(moment.bytes_read, moment.bytes_total or moment.bytes_read),
            facts=facts(moment, time.monotonic() - started),
        )

    with display:
        yield told, display.stop


def facts(moment: Progress, seconds: float) -> str:
    """``1,200,000 rows  410,000 rows/s  120 of 291 MB  12 rejected``."""
    rate = f"  {moment.rows / seconds:,.0f} rows/s" if seconds > 0 and moment.rows else ""
    size = f"  {moment.bytes_read / 1e6:,.0f}" if moment.bytes_read or moment.bytes_total else ""
    if size:
        size += f" of {moment.bytes_total / 1e6:,.0f} MB" if moment.bytes_total else " MB"
    rejected = f"  {moment.rejected:,} rejected" if moment.rejected else ""
    return f"{moment.rows:,} rows{rate}{size}{rejected}"
