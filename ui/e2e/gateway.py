"""A gateway for one run of browser tests: its own data folder, a PostgreSQL server, the small API of the examples.

Prints one line of JSON with the addresses, and ends when its input does. ``--filled`` gives it an administrator
and the project of the examples; without, nobody has signed in yet and the line has the set-up token.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "examples"), str(ROOT / "tests")]

EMAIL, PASSWORD = "ann@example.org", "a long sentence is best"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--filled", action="store_true")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--base-path", default="")
    given = parser.parse_args()
    with ExitStack() as stack:
        print(json.dumps(begin(stack, given)), flush=True)
        sys.stdin.read()
    return 0


def begin(stack: ExitStack, given: argparse.Namespace) -> dict[str, str]:
    """Start everything; the stack ends it."""
    import servers
    from demo_api import TOKEN, DemoApi

    folder = Path(tempfile.mkdtemp(prefix="intakegateway-e2e-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    api = stack.enter_context(DemoApi(fail_every=0))
    told = {"folder": str(folder), "api": api.url, "api_token": TOKEN, "postgresql": ""}
    if given.postgresql:
        running = servers.start("postgresql")
        stack.callback(running.stop)
        told["postgresql"] = running.urls["postgresql"]
    home = folder / "home"
    environment = {
        **os.environ, "INTAKEGATEWAY_HOME": str(home), "INTAKEGATEWAY_ALLOW_PRIVATE_ADDRESSES": "127.0.0.1",
        "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    if given.filled:
        fill(folder, api.base, TOKEN, environment)
    port = servers.free_port()
    if given.base_path:
        environment["INTAKEGATEWAY_BASE_URL"] = f"http://127.0.0.1:{port}{given.base_path}"
    log = stack.enter_context((folder / "serve.log").open("w"))
    serving = subprocess.Popen(
        [sys.executable, "-m", "intakegateway", "serve", "--host", "127.0.0.1", "--port", str(port)],
        env=environment, stdout=subprocess.PIPE, stderr=log, text=True,
    )  # fmt: skip
    stack.callback(end, serving)
    assert serving.stdout is not None
    told |= {"base": f"http://127.0.0.1:{port}{given.base_path}", "setup_token": ""}
    said = serving.stdout.readline()
    if not said.startswith("IntakeGateway serves on"):
        raise RuntimeError(f"it does not serve: {said}{(folder / 'serve.log').read_text()}")
    if "no administrator" in serving.stdout.readline():
        told["setup_token"] = serving.stdout.readline().strip()
    if given.filled:
        body = {"token": told["setup_token"], "email": EMAIL, "password": PASSWORD, "name": "Ann"}
        post(told["base"] + "/api/v1/setup", body)
        told |= {"email": EMAIL, "password": PASSWORD, "setup_token": ""}
    return told


def fill(folder: Path, api: str, token: str, environment: dict[str, str]) -> None:
    """Put the project of the examples into the data folder, as ``make demo`` does."""
    code = (
        "import sys; from pathlib import Path; from demo import prepare; from demo_service import fill;"
        "data = Path(sys.argv[1]); prepare(data); fill(data, sys.argv[2], sys.argv[3])"
    )
    path = os.pathsep.join([environment["PYTHONPATH"], str(ROOT / "examples")])
    subprocess.run(
        [sys.executable, "-c", code, str(folder), api, token], env={**environment, "PYTHONPATH": path}, check=True,
        stdout=sys.stderr,
    )  # fmt: skip


def post(url: str, body: dict[str, str]) -> None:
    request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        answer.read()


def end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


if __name__ == "__main__":
    sys.exit(main())
