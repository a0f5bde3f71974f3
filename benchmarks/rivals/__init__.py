"""Other tools doing the same work, each in the way its own documentation recommends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENT = Path(os.environ.get("INTAKEGATEWAY_RIVALS", HERE.parent / ".data" / "rivals"))


def tool(name: str) -> str:
    """A program of the rivals' environment, made when first asked for (a few minutes)."""
    program = ENVIRONMENT / "bin" / name
    if not program.exists():
        print(f"  making the rivals' environment in {ENVIRONMENT} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        pip = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--upgrade", "pip"], check=True)
        subprocess.run([*pip, "--requirement", str(HERE / "requirements.txt")], check=True)
    return str(program)


def sling() -> str:
    """The program ``sling`` itself, as its wheel for Linux brings it: no Python is started before it."""
    tool("python")
    for program in ENVIRONMENT.glob("lib/python*/site-packages/sling_linux_amd64/bin/sling-linux-amd64"):
        program.chmod(0o755)
        return str(program)
    return shutil.which("sling") or "sling"


def script(name: str) -> str:
    """The path of a script beside this file."""
    return str(HERE / name)
