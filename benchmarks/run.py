"""``python -m benchmarks.run [case ...]``: the comparisons, each side by side with its rivals."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from benchmarks import report
from benchmarks.cases import CASES, Bench
from benchmarks.measure import additions
from servers import ENVIRONMENT, start


def main() -> int:
    """Run the cases that were named, or all; 1 when a figure was not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", help=f"of: {', '.join(CASES)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows, for a quick look")
    given = parser.parse_args()
    unknown = set(given.cases) - set(CASES)
    if unknown:
        parser.error(f"unknown cases: {', '.join(sorted(unknown))}; there are: {', '.join(CASES)}")
    os.environ.setdefault("INTAKEGATEWAY_TEST_AUTOVACUUM", "off")
    servers = start()
    findings: list[report.Finding] = []
    speeds: dict[str, float] = {}
    try:
        for kind, url in servers.urls.items():
            os.environ[ENVIRONMENT[kind]] = url
        bench = Bench(servers.urls, given.rounds, given.scale)
        for name in given.cases or CASES:
            print(f"{name}: {(CASES[name].__doc__ or '').splitlines()[0]}", flush=True)
            before = additions()
            found = CASES[name](bench)
            speeds |= {finding.case: (before + additions()) / 2 for finding in found}
            findings += found
    finally:
        servers.stop()
    report.show(findings)
    if given.scale == 1.0:
        report.keep(findings, speeds)
    return 0 if all(finding.reached for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
