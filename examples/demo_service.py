"""The demonstration as a service: a gateway's data folder with a project in it.

``fill`` uploads the files, applies ``examples/demo/service.yaml`` and runs its tasks; done again, it doubles
nothing. As a program it serves that folder, with the small API beside it::

    python examples/demo_service.py [--data demo-data]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE / "demo" / "service.yaml"
FILES = ("customers.csv", "products.xlsx", "orders.csv")
API_PORT = 8099
SETTINGS = """\
# Made by `make demo`. All settings: docs/reference/settings.md
# The small API of the demonstration is on this machine:
allow_private_addresses = "127.0.0.1"
"""


@dataclass(frozen=True)
class Filled:
    """What became of the project: how many of its parts changed, new uploads, and each task's run."""

    changed: int
    uploads: int
    runs: list[Any]


def settle(home: Path) -> None:
    """Make the data folder, with settings that let its tasks reach the small API."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "settings.toml"
    if not path.exists():
        path.write_text(SETTINGS, encoding="utf-8")


@contextmanager
def small_api(port: int = API_PORT) -> Iterator[str]:
    """The address of the API: started here, unless one (of ``make serve``, say) has its port already."""
    from demo_api import DemoApi

    with ExitStack() as stack:
        try:
            yield stack.enter_context(DemoApi(port=port)).base
        except OSError:
            if not port:
                raise
            yield f"http://127.0.0.1:{port}"


def fill(data: Path, api: str, token: str) -> Filled:
    """Put the project into the gateway of the data folder, and run its tasks there."""
    from intakegateway.bootstrap import build
    from intakegateway.model.views.projectdocs import ApplyRequest
    from intakegateway.model.views.runs import RunDraftView
    from intakegateway.services.accounts import COMMAND_LINE
    from intakegateway.services.logs import configure
    from intakegateway.settings import read_settings

    settle(data / "home")
    settings = replace(read_settings(), execution="inline")
    configure(replace(settings, log_level="error"))
    variables = {"DEMO_API_URL": api, "DEMO_API_TOKEN": token}
    request = ApplyRequest(document=DOCUMENT.read_text(encoding="utf-8"), variables=variables)
    with closing(build(settings)) as gateway:
        applied = gateway.applying.apply(COMMAND_LINE, request)
        project = gateway.projects.id_of(COMMAND_LINE, applied.project)
        uploads = sum(_upload(gateway, project, data / "input" / name) for name in FILES)
        changed = sum(one.action != "unchanged" for one in applied.changes)
        names = [one.name for one in applied.changes if one.noun == "task"]
        runs = [
            gateway.runs.start(COMMAND_LINE, project, RunDraftView(task=name, wait=True)) for name in names
        ]
    return Filled(changed, uploads, runs)


def _upload(gateway: Any, project: str, path: Path) -> bool:
    """Upload a file, unless the project has it already."""
    from intakegateway.model.errors import NotFoundError
    from intakegateway.services.accounts import COMMAND_LINE

    content = path.read_bytes()
    try:
        if gateway.files.get(COMMAND_LINE, project, path.name).sha256 == hashlib.sha256(content).hexdigest():
            return False
    except NotFoundError:
        pass
    gateway.files.receive(COMMAND_LINE, project, path.name, [content])
    return True


def main() -> int:
    """Serve the demonstration's data folder. Returns the exit code."""
    parser = argparse.ArgumentParser(description="The gateway of the demonstration, and its small API.")
    parser.add_argument(
        "--data", type=Path, default=HERE.parent / "demo-data", help="the demonstration's folder"
    )
    given, more = parser.parse_known_args()
    home = Path(os.environ.setdefault("INTAKEGATEWAY_HOME", str(given.data.absolute() / "home")))
    settle(home)
    if not (home / "intakegateway.db").exists():
        sys.stdout.write("There is no demo project yet: 'make demo' makes one, also while this serves.\n")
        sys.stdout.flush()
    sys.path.insert(0, str(HERE))
    from intakegateway.cli.main import program

    with small_api():
        program("serve")(["serve", *more])
    return 0


if __name__ == "__main__":
    sys.exit(main())
