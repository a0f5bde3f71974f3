from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from intakegateway.connectors import mysql
from intakegateway.connectors.base import Destination
from intakegateway.connectors.registry import open_destination
from intakegateway.connectors.testing_destinations import DestinationContract, framed, refusals
from intakegateway.model.errors import DestinationError, UnavailableError
from intakegateway.model.load import Mode
from intakegateway.model.types import DataType

pytestmark = pytest.mark.mysql


@contextmanager
def connected(url: str) -> Iterator[Any]:
    import pymysql

    parts = urlsplit(url)
    connection = pymysql.connect(
        host=parts.hostname, port=parts.port or 0, user=parts.username, password=parts.password or "",
        database=parts.path[1:], autocommit=True, charset="utf8mb4",
        init_command="SET SESSION sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES', time_zone = '+00:00'",
    )  # fmt: skip
    with connection, connection.cursor() as cursor:
        yield cursor


class MysqlTables(DestinationContract):
    __test__ = False
    stores_nan = False
    stores_infinity = False

    @pytest.fixture
    def url(self, mysql_url: str) -> str:
        return mysql_url

    def run_sql(self, url: str, *statements: str) -> None:
        with connected(url) as cursor:
            for statement in statements:
                cursor.execute(statement)

    def read(self, url: str, query: str) -> list[tuple[Any, ...]]:
        with connected(url) as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def same(self, of: DataType, found: Any, given: Any) -> bool:
        if isinstance(found, timedelta):
            found = (datetime.min + found).time()
        return super().same(of, found, given)

    @pytest.mark.xfail(
        raises=AssertionError, reason="InnoDB checks a foreign key row by row, in the order of rows"
    )
    def test_rows_may_refer_to_rows_of_the_same_load(self, url: str, destination: Destination) -> None:
        super().test_rows_may_refer_to_rows_of_the_same_load(url, destination)


class TestMysqlByLoadData(MysqlTables):
    __test__ = True

    def test_texts_are_compared_as_their_column_compares_them(
        self, url: str, destination: Destination
    ) -> None:
        self.run_sql(
            url,
            "CREATE TABLE words (id varchar(20) COLLATE utf8mb4_bin PRIMARY KEY, n int)",
            "INSERT INTO words VALUES ('a', 1), ('A', 2)",
        )
        table = destination.inspect("words")
        assert table is not None
        frame = framed(table.columns, [("a", 10), ("A", 2), ("b", 3)])
        settled = self.load(destination, table, frame, Mode.UPSERT, keys=("id",))
        assert (settled.inserted, settled.updated, settled.unchanged) == (1, 1, 1)
        assert sorted(self.read(url, "SELECT id, n FROM words")) == [("A", 2), ("a", 10), ("b", 3)]

    def test_a_value_that_an_enum_does_not_know_is_refused(self, url: str, destination: Destination) -> None:
        self.run_sql(url, "CREATE TABLE shirts (id int PRIMARY KEY, size enum('s', 'm'))")
        table = destination.inspect("shirts")
        assert table is not None
        settled = self.load(destination, table, framed(table.columns, [(1, "s"), (2, "huge"), (3, "m")]))
        assert settled.inserted == 2
        assert [row for row, _, _ in refusals(settled)] == [1]

    def test_a_wrong_password_is_named_without_telling_it(self, url: str) -> None:
        wrong = url.replace("ig:ig@", "ig:geheim@")
        with (
            closing(open_destination(wrong)) as destination,
            pytest.raises(DestinationError, match="Access denied") as e,
        ):
            destination.inspect("t")
        assert "geheim" not in str(e.value)

    def test_a_server_that_does_not_answer_may_be_tried_again(self) -> None:
        with (
            closing(open_destination("mysql://ig:x@127.0.0.1:1/ig")) as destination,
            pytest.raises(UnavailableError, match="127.0.0.1"),
        ):
            destination.inspect("t")


class TestMysqlByInserts(MysqlTables):
    """A server that takes no LOAD DATA LOCAL."""

    __test__ = True
    many = 2_000

    @pytest.fixture(autouse=True)
    def _no_infile(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: Any) -> None:
            raise DestinationError("Loading local data is disabled")

        monkeypatch.setattr(mysql.MysqlSession, "_load_data", refuse)
