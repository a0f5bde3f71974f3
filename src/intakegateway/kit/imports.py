"""Importing a library without a part of it that takes time and is not used."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(module: str) -> Iterator[None]:
    """Inside, ``module`` looks as if it were not installed, unless it has been imported before."""
    modules: dict[str, object] = sys.modules  # type: ignore[assignment]
    if module in modules:
        yield
        return
    modules[module] = None
    try:
        yield
    finally:
        del modules[module]
