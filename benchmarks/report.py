"""What a case found, printed and kept with the machine beside it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results.json"
TABLE = Path(__file__).parent / "RESULTS.md"


@dataclass(frozen=True)
class Finding:
    """One line of the table: what was measured, the figure to reach, whether it was."""

    case: str
    what: str
    measured: str
    reach: str
    reached: bool


def keep(findings: list[Finding], speeds: Mapping[str, float]) -> None:
    """Merge into the results of earlier runs, case by case, and write the table anew.

    ``speeds``: by case, what ``measure.additions`` said around it.
    """
    kept: dict[str, list[dict[str, object]]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    stamp = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}"
    for case in {finding.case for finding in findings}:
        run = f"{stamp}, {speeds[case]:.2f} s"
        kept[case] = [{**asdict(f), "run": run} for f in findings if f.case == case]
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    lines = [
        "# Results",
        "",
        "Made by `make bench`; every ratio was taken side by side in one run (medians). The seconds behind a run are"
        " what the same machine took at that time for 5,000,000 additions in Python."
        " Figures in seconds and milliseconds grow with them, ratios do not.",
        "",
        "| case | what | measured | reach | reached | run |",
        "|---|---|---|---|---|---|",
    ]
    for rows in (kept[case] for case in sorted(kept)):
        for r in rows:
            yes = "yes" if r["reached"] else "**no**"
            lines.append(
                f"| {r['case']} | {r['what']} | {r['measured']} | {r['reach']} | {yes} | {r['run']} |"
            )
    TABLE.write_text("\n".join(lines) + "\n")


def show(findings: list[Finding]) -> None:
    """Print the lines of one run."""
    for f in findings:
        mark = "reached" if f.reached else "NOT REACHED"
        print(f"{f.case:<14} {f.what:<52} {f.measured:>16}   reach {f.reach:<10} {mark}")
