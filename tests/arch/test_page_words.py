"""The page says some of the server's sentences in its own words: what it looks for has to be what the server says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CAUSES = (ROOT / "ui/src/components/causes.ts").read_text(encoding="utf-8")
_LOOKED_FOR = [
    re.sub(r"\\(.)", r"\1", pattern) for pattern in re.findall(r"^  \[/(.+)/, '", CAUSES, re.MULTILINE)
] + re.findall(r"\.replace\('([^']+)'", CAUSES)


def _said() -> list[str]:
    """Every text in the server's code, as it is put together from its lines."""
    found = []
    for path in (ROOT / "src/intakegateway").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [
            one.value
            for one in ast.walk(tree)
            if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
    return found


SAID = _said()


def test_the_page_looks_for_sentences() -> None:
    assert len(_LOOKED_FOR) >= 6


@pytest.mark.parametrize("sentence", _LOOKED_FOR)
def test_a_sentence_that_the_page_looks_for_is_one_that_the_server_says(sentence: str) -> None:
    assert any(sentence in text for text in SAID), sentence
