"""The documentation says what is true: every block that claims to work is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from examples.demo_api import DemoApi
from examples.make_data import make

from intakegateway.model.transforms import TRANSFORMS
from pages import Reader, blocks, first_missing

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    DOCS / "tutorial.md",
    *sorted((DOCS / "howto").glob("*.md")),
    DOCS / "reference/rules.md",
]
EVERY_PAGE = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
ORDERS = "order_id,customer,qty,unit_price\n" + "".join(f"{n}, Ana ,{n % 7 - 1},12.50\n" for n in range(1, 7))
"""What README.md calls orders.csv."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_says_is_what_happens(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INTAKEGATEWAY_HOME", str(tmp_path / ".home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("INTAKEGATEWAY_TO", "INTAKEGATEWAY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    text = page.read_text(encoding="utf-8")
    replaced = {}
    if "postgresql://me@" in text:
        url = request.getfixturevalue("postgresql_url")
        replaced = dict.fromkeys(set(re.findall(r"postgresql://me@[\w.]+/\w+", text)), url)
    if "demo-data/input" in text:
        make(tmp_path / "demo-data" / "input")
    if page.name == "README.md":
        (tmp_path / "orders.csv").write_text(ORDERS)
    with DemoApi(records=250) as api:
        reader = Reader(tmp_path, {**replaced, "http://127.0.0.1:8099": api.base})
        reader.follow(page)
    assert reader.commands or page.parent.name == "reference"


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_leads_nowhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        place, _, heading = target.partition("#")
        if "://" in target:
            continue
        found = (page.parent / place) if place else page
        assert found.exists(), f"{target}: there is no {found}"
        if heading:
            headings = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), flags=re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}, (
                target
            )


def test_the_readme_counts_the_transforms() -> None:
    assert f"{len(TRANSFORMS)} transforms" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_reader_of_pages_finds_what_is_missing() -> None:
    printed = "a  12\nb: some words\nc\n"
    assert first_missing(["a 12", "c"], printed) is None
    assert first_missing(["b: …", "…"], printed) is None
    assert first_missing(["c", "a 12"], printed) == "a 12"
    assert first_missing(["b: other…"], printed) == "b: other…"


def test_the_reader_of_pages_finds_blocks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Save this as `a.csv`:\n\n```csv\nid\n1\n```\n\n```console\n$ true\n```\n")
    assert [(one.language, one.save_as, one.text) for one in blocks(page)] == [
        ("csv", "a.csv", "id\n1\n"), ("console", "", "$ true\n")
    ]  # fmt: skip
