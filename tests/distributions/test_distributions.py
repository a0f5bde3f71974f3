"""What people install: the wheel and the source distribution, built once and unpacked."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both. Without the page, whose building the journeys test with the real one."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
        cwd=ROOT, env={**os.environ, "INTAKEGATEWAY_UI": "skip"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def test_the_wheel_has_the_package_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        (entry,) = [name for name in names if name.endswith("entry_points.txt")]
        assert "intakegateway =" in wheel.read(entry).decode()
        (metadata,) = [name for name in names if name.endswith("METADATA")]
        assert "License-Expression: MIT" in wheel.read(metadata).decode()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"intakegateway"}
    assert "intakegateway/py.typed" in names
    assert "intakegateway/store/migrations/versions/m0001_first_tables.py" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [
        name for name in names if "__pycache__" in name or "node_modules" in name or "/tests/" in name
    ]


def test_the_source_distribution_can_build_the_page_and_carries_no_rubbish(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    needed = {
        "pyproject.toml",
        "hatch_build.py",
        "LICENSE",
        "ui/package.json",
        "ui/package-lock.json",
        "ui/make_page.py",
    }
    assert needed <= names
    assert not [
        name
        for name in names
        if "node_modules" in name or name.startswith(("tests/", ".venv/", "demo-data/"))
    ]
