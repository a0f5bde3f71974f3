"""What a person is told about refused rows and tables."""

import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

import intakegateway as ig


@pytest.fixture
def url(tmp_path: Path) -> str:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("CREATE TABLE stock (id INTEGER PRIMARY KEY, n INTEGER)")
    return f"sqlite:///{tmp_path}/shop.db"


def test_an_earlier_row_is_named_by_its_place(url: str, tmp_path: Path) -> None:
    lines = ["id,n", *(f"{i},0" for i in range(1, 21)), "16,1", "16,2"]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    result = ig.load(tmp_path / "a.csv", url, "stock", rejects=tmp_path / "r.csv")
    assert result.counts.rejected == 2
    rejects = pl.read_csv(tmp_path / "r.csv")
    assert rejects["_locator"].to_list() == ["line 22", "line 23"]
    for message in rejects["_message"]:
        assert message.endswith("(id) = '16' came before in this load, at line 17")


def test_sentences_are_joined_as_one_and_hints_are_for_what_they_help(url: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,n\nx,y\n1,"7,0"\n2,"7,5"\n')
    ig.load(tmp_path / "a.csv", url, "stock", rejects=tmp_path / "r.csv")
    said = pl.read_csv(tmp_path / "r.csv")["_message"].to_list()
    assert said == [
        "'x' is not a whole number; 'y' is not a whole number.",
        "'7,0' is not a whole number. A decimal comma is read with the transform parse_number,"
        " or with decimal_comma: true.",
        "'7,5' is not a whole number.",
    ]


@pytest.mark.parametrize("written", ["stock", "main.stock", "goods"])
def test_a_table_has_the_name_that_was_written_every_time(url: str, tmp_path: Path, written: str) -> None:
    (tmp_path / "a.csv").write_text("id,n\n1,2\n")
    for _ in range(2):
        assert ig.load(tmp_path / "a.csv", url, written, mode="upsert", keys=["id"]).table == written
