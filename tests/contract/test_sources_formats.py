"""The contract of sources, held by every file format that is not delimited text."""

from __future__ import annotations

import datetime
import decimal
import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest
import xlsxwriter

from contract.format_sources import FormatSource, Reader
from intakegateway.connectors.files import columnar, excel, json_document, json_lines, xml
from intakegateway.connectors.testing import Rows, SourceContract
from intakegateway.model.sources import FileSource


class Formats(SourceContract):
    folder: Path

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def source(self, name: str, reader: Reader, **options: Any) -> FormatSource:
        path = self.folder / name
        return FormatSource(path, reader, FileSource(path=str(path), **options))


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


def objects(rows: Rows) -> list[dict[str, Any]]:
    return [dict(zip(rows.fields, map(plain, row), strict=True)) for row in rows.values]


class TestJsonDocument(Formats):
    def make(self, rows: Rows) -> FormatSource:
        (self.folder / "rows.json").write_text(json.dumps(objects(rows)) if rows.fields else "")
        return self.source("rows.json", json_document.read)

    def place(self, number: int) -> str:
        return f"item {number}"


class TestJsonInside(Formats):
    """The same records deep in a document."""

    def make(self, rows: Rows) -> FormatSource:
        document = {"meta": {"tags": ["[", "{"], "n": 1}, "data": {"items": objects(rows)}, "next": None}
        (self.folder / "rows.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        return self.source("rows.json", json_document.read, records="$.data.items[*]")

    def place(self, number: int) -> str:
        return f"item {number}"


class TestJsonLines(Formats):
    def make(self, rows: Rows) -> FormatSource:
        (self.folder / "rows.ndjson").write_text("".join(json.dumps(o) + "\n" for o in objects(rows)))
        return self.source("rows.ndjson", json_lines.read)

    def place(self, number: int) -> str:
        return f"line {number}"


def table(rows: Rows) -> pa.Table:
    columns = {}
    for i, name in enumerate(rows.fields):
        values = [row[i] for row in rows.values]
        if any(isinstance(value, int) and not -(2**63) <= value < 2**63 for value in values):
            values = [None if value is None else decimal.Decimal(value) for value in values]
        kind = pa.string() if not values else None
        columns[name] = pa.array(values, kind)
    return pa.table(columns)


class TestParquet(Formats):
    def make(self, rows: Rows) -> FormatSource:
        path = self.folder / "rows.parquet"
        if rows.fields:
            pa.parquet.write_table(table(rows), path, row_group_size=100_000)
        else:
            path.write_bytes(b"")
        return self.source("rows.parquet", columnar.read_parquet)

    def place(self, number: int) -> str:
        return f"row {number}"


class TestArrowFile(Formats):
    def make(self, rows: Rows) -> FormatSource:
        whole = table(rows)
        with pa.ipc.new_file(self.folder / "rows.arrow", whole.schema) as writer:
            writer.write_table(whole)
        return self.source("rows.arrow", columnar.read_arrow)

    def place(self, number: int) -> str:
        return f"row {number}"


class TestArrowStream(Formats):
    def make(self, rows: Rows) -> FormatSource:
        whole = table(rows)
        with pa.ipc.new_stream(self.folder / "rows.arrows", whole.schema) as writer:
            writer.write_table(whole)
        return self.source("rows.arrows", columnar.read_arrow)

    def place(self, number: int) -> str:
        return f"row {number}"


class TestExcel(Formats):
    many = 12_000

    def make(self, rows: Rows) -> FormatSource:
        path = self.folder / "rows.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet("Data")
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for column, name in enumerate(rows.fields):
                sheet.write_string(0, column, name)
            for number, row in enumerate(rows.values, 1):
                for column, value in enumerate(row):
                    if isinstance(value, datetime.date):
                        sheet.write_datetime(number, column, value, day)
                    elif isinstance(value, str):
                        sheet.write_string(number, column, value)
                    elif value is not None:
                        sheet.write_number(number, column, value)
        return self.source("rows.xlsx", excel.read)

    def place(self, number: int) -> str:
        return f"Data!A{number + 1}"

    @pytest.mark.xfail(reason="a cell with an empty text is an empty cell", strict=True)
    def test_an_empty_text_is_not_a_null(self) -> None:
        super().test_an_empty_text_is_not_a_null()

    @pytest.mark.xfail(reason="a number in Excel has 15 digits", strict=True)
    def test_long_integers_keep_every_digit(self) -> None:
        super().test_long_integers_keep_every_digit()

    @pytest.mark.xfail(reason="Excel has no dates before 1900", strict=True)
    def test_far_dates_survive(self) -> None:
        super().test_far_dates_survive()


def element(value: Any) -> str:
    return escape(str(plain(value)), {"\r": "&#13;"})


class TestXml(Formats):
    many = 12_000

    def make(self, rows: Rows) -> FormatSource:
        lines = [
            "".join(
                f"<{name}>{element(value)}</{name}>"
                for name, value in zip(rows.fields, row, strict=True)
                if value is not None
            )
            for row in rows.values
        ]
        body = "\n".join(f"<row>{line}</row>" for line in lines)
        text = f"<rows>{body}</rows>" if rows.fields else ""
        (self.folder / "rows.xml").write_text(text, encoding="utf-8", newline="")
        return self.source("rows.xml", xml.read)

    def place(self, number: int) -> str:
        return f"element {number} (line {number})"

    @pytest.mark.xfail(reason="XML has no NUL character", strict=True)
    def test_a_nul_character_survives(self) -> None:
        super().test_a_nul_character_survives()

    @pytest.mark.xfail(reason="the name of an element has no spaces, commas or quotes", strict=True)
    def test_field_names_of_200_characters_survive(self) -> None:
        super().test_field_names_of_200_characters_survive()

    @pytest.mark.xfail(reason="an empty element is a null, as numbers and dates need it", strict=True)
    def test_an_empty_text_is_not_a_null(self) -> None:
        super().test_an_empty_text_is_not_a_null()
