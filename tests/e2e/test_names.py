"""Names that a database would refuse, cut or confuse: the table that they made is found again."""

from __future__ import annotations

import csv
from pathlib import Path

LONG = "x" * 200
HEADERS = {
    "odd": [
        f"{LONG}a", f"{LONG}b", "é" * 100 + "1", "é" * 100 + "2",
        "a" * 63 + "1", "a" * 63 + "2", "a" * 63, "a" * 62 + "1",
        'a"b', "a'b", "a`b", "a%b", "a.b", "a;b", "a\\b", "[a]", "😀", "{x}", "$x", ":x", "?", "%(x)s", " l ",
    ],
    "known": [
        "select", "from", "table", "order", "user", "rowid", "ctid", "oid", "xmin", "tableoid", "key",
        "_ig_row", "_IG_ROW2", "_row", "part", "load_id", "_locator", "_codes", "_raw", "value",
    ],
    "alike": ["a", "A", "aA", "AA", "é", "e\u0301", "ﬁ", "fi", "İ", "i", "ß", "ss", "\u212a", "k"],
}  # fmt: skip


def test_a_table_made_from_any_names_takes_the_file_again(gateway, database, tmp_path: Path) -> None:
    for title, names in HEADERS.items():
        path = tmp_path / f"{title}.csv"
        _twice(gateway, database, path, names)


def _twice(gateway, database, path: Path, names: list[str]) -> None:
    row = tuple(f"value {n}" for n in range(len(names)))
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, row])
    for _ in range(2):
        told = gateway("load", path, "--to", database.url, "--table", path.stem, "--json")
        assert told.code == 0, told.out
        assert not any("not loaded" in warning for warning in told.json["warnings"])
    assert database.sql(f"SELECT * FROM {database.quoted(path.stem)}") == [row, row]


def test_tables_of_any_name_are_made_and_found_again(gateway, database, tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text("id,v\n1,a\n")
    for table in ('my "t%s', "a`b'{x};", "select", "Ünï"):
        into = ["--to", database.url, "--table", table, "--mode", "upsert", "--keys", "id", "--json"]
        assert gateway("load", path, *into).counts == {"total": 1, "inserted": 1}
        assert gateway("load", path, *into).counts == {"total": 1, "unchanged": 1}
        assert database.sql(f"SELECT * FROM {database.quoted(table)}") == [(1, "a")]


def test_a_table_name_that_would_be_cut_is_refused(gateway, database, tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text("id,v\n1,a\n")
    short = "t" * 63
    assert gateway("load", path, "--to", database.url, "--table", short).code == 0
    told = gateway("load", path, "--to", database.url, "--table", short + "t" * 200)
    assert told.code == 2
    assert "too long: 263 bytes" in told.err
    assert database.tables() == {short}


def test_names_that_come_twice_or_are_empty_are_still_names(gateway, sqlite, tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text("k,mail,mail,\na,x,y,z\nb,u,v,w\n")
    told = gateway("load", path, "--to", sqlite.url, "--table", "t", "--json")
    assert sqlite.sql("SELECT k, mail, mail_2, column_4 FROM t") == [
        ("a", "x", "y", "z"),
        ("b", "u", "v", "w"),
    ]
    assert len(told.json["warnings"]) == 2


def test_a_file_that_seems_to_have_no_names_says_so(gateway, sqlite, tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text("1,2\n3,4\n")
    told = gateway("load", path, "--to", sqlite.url, "--table", "t", "--json")
    assert told.counts["inserted"] == 2
    assert any("--header" in warning for warning in told.json["warnings"])
    told = gateway("load", path, "--to", sqlite.url, "--table", "u", "--no-header", "--json")
    assert told.json["warnings"] == []
