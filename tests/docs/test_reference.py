"""The reference is what the code says today, and knows every code."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from docs.generate import FOLDER, pages
from docs.samples import CODES, NOTES, RULES, TRANSFORMS

from intakegateway.model.rules import KINDS
from intakegateway.model.transforms import TRANSFORMS as KNOWN

SOURCES = sorted((Path(__file__).resolve().parents[2] / "src").rglob("*.py"))


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages()


@pytest.mark.parametrize(
    "name",
    ["cli.md", "transforms.md", "rules.md", "task.md", "codes.md", "settings.md", "openapi.json"],
)
def test_a_page_of_the_reference_is_up_to_date(made: dict[str, str], name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == made[name], "make docs"


def test_every_transform_and_rule_has_an_example() -> None:
    assert TRANSFORMS.keys() == KNOWN.keys()
    assert RULES.keys() == KINDS.keys()


def test_every_code_of_the_engine_is_explained() -> None:
    """A code is a constant that is called like its value."""
    named = {
        node.targets[0].id
        for path in SOURCES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and node.value.value == node.targets[0].id
    }
    assert len(named) > 5
    assert named - CODES.keys() - NOTES.keys() == set()
    assert {kind.upper() for kind in KINDS} - CODES.keys() == {"DEDUPE"}  # its rows are counted, not rejected


@pytest.mark.parametrize("code", [*CODES, *NOTES])
def test_no_code_is_explained_that_does_not_exist(code: str) -> None:
    assert any(f'"{code}"' in path.read_text(encoding="utf-8") for path in SOURCES)


def test_every_operation_of_the_rest_api_can_be_found_and_called_by_a_name(made: dict[str, str]) -> None:
    document = json.loads(made["openapi.json"])
    operations = [one for path in document["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names) > 100
    assert [name for name in names if not name.isidentifier()] == []
    for one in operations:
        assert one["summary"], one["operationId"]
        assert one["tags"], one["operationId"]
        for status, answer in one["responses"].items():
            if int(status) >= 400:
                assert [*answer["content"]] == ["application/problem+json"], one["operationId"]
                assert answer["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
