"""What a workbook has is told before one of its sheets is chosen."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import xlsxwriter
import xlwt

from intakegateway.connectors.files import sheets
from intakegateway.connectors.files.sheets import SheetFacts, sheets_of


def xlsx(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in (("2026", 12), ("Empty", 0)):
            sheet = book.add_worksheet(name)
            for row in range(rows):
                sheet.write(row, 1, row)
    return path


FOUND = [SheetFacts("2026", 12, False), SheetFacts("Empty", 0, False)]


def test_rows_are_counted_to_the_last_one_with_a_value(tmp_path: Path) -> None:
    assert sheets_of(xlsx(tmp_path / "book.xlsx")) == FOUND


def test_old_workbooks_have_sheets_too(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    book.add_sheet("One").write(4, 0, "x")
    book.save(str(tmp_path / "book.xls"))
    assert sheets_of(tmp_path / "book.xls") == [SheetFacts("One", 5, False)]


def test_a_large_workbook_is_taken_at_its_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "COUNTED_BYTES", 0)
    assert [(one.name, one.rows) for one in sheets_of(xlsx(tmp_path / "book.xlsx"))] == [
        ("2026", 12),
        ("Empty", None),
    ]


def test_what_is_no_workbook_by_itself_has_none(tmp_path: Path) -> None:
    packed = tmp_path / "book.xlsx.gz"
    packed.write_bytes(gzip.compress(xlsx(tmp_path / "book.xlsx").read_bytes()))
    assert sheets_of(packed) == []
    (tmp_path / "text.xlsx").write_text("id\n1\n")
    assert sheets_of(tmp_path / "text.xlsx") == []
