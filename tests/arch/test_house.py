"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = ROOT / "src" / "intakegateway" / "store" / "migrations" / "versions"
# A migration is written by a program, and never changed again.
SOURCES = sorted(path for path in (ROOT / "src").rglob("*.py") if MIGRATIONS not in path.parents)
# Pydantic's and SQLAlchemy's read the annotations of their classes at once.
MODELS = [
    path
    for folder in ("model", "store/tables")
    for path in sorted((ROOT / "src" / "intakegateway" / folder).rglob("*.py"))
    if re.search(
        r"^    \w+: Mapped\[|^class .*\((Definition|Given|Shown|BaseModel|Step)\b", path.read_text(), re.M
    )
]
DRIVERS = (
    "psycopg",
    "pymysql",
    "duckdb",
    "pyarrow",
    "pgpq",
    "connectorx",
    "polars",
    "httpx",
    "pydantic",
    "lxml",
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT / "src")))
def test_a_module_is_short_enough_to_read(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= 300, f"{path.relative_to(ROOT)} has {lines} lines; 300 are allowed: split it by subject"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT / "src")))
def test_no_module_outside_the_connectors_asks_for_a_system_by_name(path: Path) -> None:
    if "connectors" in path.parts:
        return
    systems = {"postgresql", "mysql", "sqlite", "duckdb", "oracle", "redshift", "memory"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare):
            compared = {
                n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)
            }
            assert not compared & systems, (
                f"{path}:{node.lineno} compares with {compared & systems}: ask a capability"
            )


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT / "src")))
def test_no_class_has_a_name_that_says_nothing(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef):
            assert not re.search(r"(Manager|Handler|Helper|Utils?|Impl)$|^Base", node.name), (
                f"{path}: {node.name}"
            )


def test_nothing_is_left_to_do_in_the_code() -> None:
    marks = re.compile(r"\b(TODO|FIXME)\b")
    found = [
        f"{p}:{n}"
        for p in SOURCES
        for n, line in enumerate(p.read_text().splitlines(), 1)
        if marks.search(line)
    ]
    assert found == []


def loaded_by(modules: str, of: Sequence[str]) -> str:
    """Those of some modules that a new interpreter has loaded after it has imported others."""
    code = f"import sys, {modules}; print([m for m in {of!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""},
    )  # fmt: skip
    return done.stdout.strip()


def test_importing_the_package_imports_no_driver() -> None:
    assert loaded_by("intakegateway", DRIVERS) == "[]"


def test_what_answers_first_needs_neither_the_framework_nor_the_store() -> None:
    heavy = (
        "fastapi",
        "sqlalchemy",
        "pydantic",
        "polars",
        "intakegateway.bootstrap",
        "intakegateway.model.errors",
    )
    assert loaded_by("intakegateway.api.door, intakegateway.api.wire", heavy) == "[]"


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.relative_to(ROOT / "src").as_posix())
def test_who_reads_annotations_when_it_is_imported_finds_them_read(path: Path) -> None:
    # Put off, each is compiled once more: a tenth of the second in which a process starts.
    assert "from __future__ import annotations" not in path.read_text()


def test_no_committed_file_names_a_package_registry() -> None:
    # Built from parts, so that this file does not match itself.
    hosts = re.compile("|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs"]))
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    found = []
    for name in listed.splitlines():
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".gz", ".zst", ".parquet", ".xlsx", ".xls", ".ods"):
            found += [name] if hosts.search(path.read_text(errors="replace")) else []
    assert found == []


def test_every_address_of_the_server_is_below_the_api_or_known() -> None:
    from intakegateway.api.app import OUTSIDE, ROUTES

    found = []
    for name in (*ROUTES, *OUTSIDE):
        router = import_module(f"intakegateway.api.routes.{name}").router
        found += [route.path for route in router.routes if not route.path.startswith(("/api/v1/", "/health"))]
    assert found == []
