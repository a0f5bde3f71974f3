import polars as pl

from intakegateway.connectors.sql.distinct import DistinctKeys
from intakegateway.connectors.sql.facts import FactColumn
from intakegateway.model.schema import Column
from intakegateway.model.types import FLOAT, INTEGER, TEXT

ID, NAME = FactColumn(Column("id", INTEGER), "bigint"), FactColumn(Column("name", TEXT), "text")


def frame(rows: list[int], ids: list[int | None], names: list[str] | None = None) -> pl.DataFrame:
    return pl.DataFrame({"_ig_row": rows, "id": ids, "name": names or ["x"] * len(rows)})


def test_rows_that_share_a_key_are_found_across_frames_and_nulls_are_not() -> None:
    keys = DistinctKeys([ID])
    keys.add(frame([0, 1, 2], [5, 6, None]))
    assert keys.suspects == []
    keys.add(frame([3, 4], [6, None]))
    assert keys.suspects == [1, 3]
    keys.clear()
    assert keys.suspects == []


def test_nothing_is_said_of_values_that_a_database_may_compare_otherwise() -> None:
    for column in (
        NAME,
        FactColumn(Column("id", FLOAT), "double precision"),
        FactColumn(NAME.column, "citext"),
    ):
        keys = DistinctKeys([column])
        keys.add(frame([0], [1]))
        assert keys.suspects is None
    texts = DistinctKeys([ID, NAME], texts=True)
    texts.add(frame([0, 1, 2], [1, 1, 1], ["a", "b", "a"]))
    assert texts.suspects == [0, 2]
