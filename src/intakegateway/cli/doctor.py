"""``intakegateway doctor``: is everything here that a load needs?"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from intakegateway.cli import options as given
from intakegateway.cli.errors import FAILED, SUCCESS


def doctor(
    to: Annotated[
        str | None, typer.Option("--to", metavar="DEST", help="Also try to reach this destination.")
    ] = None,
    as_json: given.AsJson = False,
) -> int:
    """Look at Python, the drivers, the data folder and, with --to, at a destination."""
    from intakegateway.services.doctor import examine

    findings = examine(to)
    failed = any(finding.state == "failed" for finding in findings)
    if as_json:
        from intakegateway.cli.execution import write_json

        write_json({
            "status": "FAILED" if failed else "SUCCESS",
            "checks": [
                {"name": one.name, "state": one.state, "detail": one.detail, "advice": one.advice}
                for one in findings
            ],
        })  # fmt: skip
        return FAILED if failed else SUCCESS
    wide = max(len(finding.name) for finding in findings)
    marks = {"ok": "ok", "absent": "--", "failed": "!!"}
    for finding in findings:
        sys.stdout.write(f"{marks[finding.state]}  {finding.name:<{wide}}  {finding.detail}\n")
        if finding.advice:
            sys.stdout.write(f"    {'':<{wide}}  {finding.advice}\n")
    return FAILED if failed else SUCCESS
