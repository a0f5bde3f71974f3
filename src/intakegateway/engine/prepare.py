"""Before the first row is written: look at the source and the table, and decide the layout."""

from __future__ import annotations
