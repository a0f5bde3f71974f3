"""Seconds that a real column would cut without a word: rounded, told, and found unchanged the next time."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

import intakegateway as ig
from intakegateway.connectors.registry import open_destination, open_source
from intakegateway.connectors.sql.destination import SqlDestination
from intakegateway.model.sql import SqlSource

MOMENTS = ["2024-01-31 12:00:00.5", "2024-01-31 12:00:00.25", "2024-01-31 12:00:00"]


@pytest.mark.parametrize(
    ("kind", "native"),
    [
        pytest.param("mysql", "datetime", marks=pytest.mark.mysql),
        pytest.param("postgresql", "timestamp(0)", marks=pytest.mark.postgresql),
    ],
)
def test_a_moment_is_rounded_to_what_the_column_keeps(
    request: pytest.FixtureRequest, kind: str, native: str
) -> None:
    url = str(request.getfixturevalue(f"{kind}_url"))
    destination = open_destination(url)
    assert isinstance(destination, SqlDestination)
    session = destination._driver.connect()
    session.run(f"CREATE TABLE events (id int PRIMARY KEY, seen {native})")
    session.close()
    destination.close()
    rows = pl.DataFrame({"id": [1, 2, 3], "seen": MOMENTS})
    first = ig.load(rows, url, "events", mode="upsert", keys=["id"])
    assert first.counts.inserted == 3
    assert any("2 values of 'seen' rounded to whole seconds" in warning for warning in first.warnings)
    chunks = open_source(SqlSource(url=url, query="SELECT seen FROM events ORDER BY id")).chunks()
    found = [row[0] for chunk in chunks for row in chunk.frame.rows()]
    noon = datetime(2024, 1, 31, 12)
    assert found == [noon.replace(second=1), noon, noon]
    assert ig.load(rows, url, "events", mode="upsert", keys=["id"]).counts.unchanged == 3
