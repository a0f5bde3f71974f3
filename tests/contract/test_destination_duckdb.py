from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from intakegateway.connectors.base import Destination
from intakegateway.connectors.registry import open_destination
from intakegateway.connectors.testing_destinations import DestinationContract
from intakegateway.model.errors import DestinationError


class TestDuckdb(DestinationContract):
    enforces_length = False

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"duckdb:///{tmp_path}/test.duckdb"

    @pytest.fixture
    def destination(self, url: str) -> Any:
        with closing(open_destination(url)) as opened:
            yield opened

    def run_sql(self, url: str, *statements: str) -> None:
        with self._connected(url) as connection:
            for statement in statements:
                connection.execute(statement)

    def read(self, url: str, query: str) -> list[tuple[Any, ...]]:
        with self._connected(url) as connection:
            return list(connection.execute(query).fetchall())

    def _connected(self, url: str) -> Any:
        # One process may open a file once for each configuration, so the test asks with the product's own.
        from intakegateway.connectors.duckdb import SETTINGS

        connection = duckdb.connect(url.removeprefix("duckdb:///"), config=SETTINGS)
        connection.execute("SET TimeZone = 'UTC'")
        return connection

    @pytest.mark.xfail(
        raises=DestinationError, reason="DuckDB checks a foreign key row by row, against committed rows"
    )
    def test_rows_may_refer_to_rows_of_the_same_load(self, url: str, destination: Destination) -> None:
        super().test_rows_may_refer_to_rows_of_the_same_load(url, destination)

    def test_a_file_that_is_no_database_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "x.duckdb").write_text("not a database, only words" * 100)
        with (
            closing(open_destination(f"duckdb:///{tmp_path}/x.duckdb")) as destination,
            pytest.raises(DestinationError, match="no DuckDB database"),
        ):
            destination.inspect("t")
