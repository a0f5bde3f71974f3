"""Sheets are read as a person sees them: real dates, whole numbers, formulas' values, errors as rejects."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from inputs import places, rows
from intakegateway.connectors.base import Chunk
from intakegateway.connectors.files import excel, excel_book, excel_cells
from intakegateway.connectors.files.opening import open_path
from intakegateway.model.errors import DefinitionError, SourceError
from intakegateway.model.sources import FileSource

DAY = datetime.date(2024, 1, 2)
MOMENT = datetime.datetime(2024, 1, 2, 3, 4, 5)


def read(path: Path, warnings: list[str] | None = None, **options: Any) -> list[Chunk]:
    (opened,) = open_path(path)
    spec = FileSource.model_validate({"path": str(path), **options})
    return list(excel.read(opened, spec, warnings if warnings is not None else []))


def xlsx(path: Path, sheets: dict[str, list[list[Any]]], **options: Any) -> Path:
    """A workbook; a value may be a pair of a value and a number format, or a formula with its value."""
    with xlsxwriter.Workbook(path, options) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for row, line in enumerate(lines):
                for column, value in enumerate(line):
                    if isinstance(value, datetime.date | datetime.time):
                        form = "yyyy-mm-dd" if type(value) is datetime.date else "yyyy-mm-dd hh:mm:ss"
                        form = "hh:mm:ss" if isinstance(value, datetime.time) else form
                        sheet.write_datetime(row, column, value, book.add_format({"num_format": form}))
                    elif isinstance(value, tuple) and isinstance(value[0], str):
                        sheet.write_formula(row, column, value[0], None, value[1])
                    elif isinstance(value, tuple):
                        sheet.write_number(row, column, value[0], book.add_format({"num_format": value[1]}))
                    elif isinstance(value, str):
                        sheet.write_string(row, column, value)
                    elif value is not None:
                        sheet.write(row, column, value)
    return path


@pytest.fixture(params=["loaded", "streamed"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of reading an .xlsx: in memory, and the slow one for large files."""
    if request.param == "streamed":
        monkeypatch.setattr(excel_book, "LOW_MEMORY_BYTES", 0)
    return str(request.param)


@pytest.mark.usefixtures("way")
class TestXlsx:
    def test_each_kind_of_cell_has_its_type(self, tmp_path: Path) -> None:
        path = xlsx(
            tmp_path / "a.xlsx",
            {
                "S": [
                    ["int", "num", "day", "moment", "time", "flag", "sum", "text"],
                    [1, 1.5, DAY, MOMENT, datetime.time(3, 4, 5), True, ("=1+1", 2), "007"],
                    [2.0, 2, DAY, datetime.datetime(2024, 1, 3), None, False, ("=A1", 3), " x "],
                ]
            },
        )
        (chunk,) = read(path)
        assert dict(chunk.frame.schema) == {
            "int": pl.Int64,
            "num": pl.String,
            "day": pl.Date,
            "moment": pl.Datetime("us"),
            "time": pl.Time,
            "flag": pl.Boolean,
            "sum": pl.Int64,
            "text": pl.String,
        }
        assert chunk.frame.rows() == [
            (1, "1.5", DAY, MOMENT, datetime.time(3, 4, 5), True, 2, "007"),
            (2, "2", DAY, datetime.datetime(2024, 1, 3), None, False, 3, " x "),
        ]

    def test_a_mixed_column_is_text_as_written(self, tmp_path: Path) -> None:
        values = ["a", 1, 2.5, True, DAY, MOMENT, (1.5, "[h]:mm:ss"), 1e20, 1e-7]
        path = xlsx(tmp_path / "a.xlsx", {"S": [["x"], *[[value] for value in values]]})
        texts = ["a", "1", "2.5", "true", "2024-01-02", "2024-01-02 03:04:05", "36:00:00"]
        (chunk,) = read(path)
        assert chunk.frame["x"].to_list() == [*texts, "1" + "0" * 20, "0.0000001"]

    def test_long_numbers_are_not_scientific_and_a_warning_says_so(self, tmp_path: Path) -> None:
        warnings: list[str] = []
        path = xlsx(tmp_path / "a.xlsx", {"S": [["id", "short"], [123456789012345678, 123456789012345]]})
        (chunk,) = read(path, warnings)
        assert chunk.frame.rows() == [("123456789012345700", 123456789012345)]
        assert warnings == ["The column 'id' has numbers of more than 15 digits, which Excel rounds."]

    def test_dates_of_the_1904_system_are_the_same_dates(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", {"S": [["day"], [DAY]]}, date_1904=True)
        assert rows(read(path)) == [{"day": DAY}]

    def test_a_row_with_an_error_cell_is_a_broken_record(self, tmp_path: Path) -> None:
        lines = [["id", "x"], [1, ("=1/0", "#DIV/0!")], [2, "fine"], [3, ("=NA()", "#N/A")], [4, "#1 hit"]]
        (chunk,) = read(xlsx(tmp_path / "a.xlsx", {"S": lines}))
        assert rows([chunk]) == [{"id": 2, "x": "fine"}, {"id": 4, "x": "#1 hit"}]
        assert places([chunk]) == ["S!A3", "S!A5"]
        assert chunk.broken is not None
        assert chunk.broken.rows() == [
            ("S!A2", '{"id":"1","x":"#DIV/0!"}', "EXCEL_ERROR", "The cell B2 holds #DIV/0!."),
            ("S!A4", '{"id":"3","x":"#N/A"}', "EXCEL_ERROR", "The cell B4 holds #N/A."),
        ]

    def test_empty_rows_and_unnamed_empty_columns_are_left_out(self, tmp_path: Path) -> None:
        lines = [
            [],
            [None, "id", None, "name", "id", ""],
            [],
            [None, 1, None, "a", 5],
            [],
            [None, 2, "extra"],
        ]
        warnings: list[str] = []
        chunks = read(xlsx(tmp_path / "a.xlsx", {"S": lines}), warnings)
        assert rows(chunks) == [
            {"id": 1, "column_3": None, "name": "a", "id_2": 5},
            {"id": 2, "column_3": "extra", "name": None, "id_2": None},
        ]
        assert places(chunks) == ["S!A4", "S!A6"]
        assert warnings == ["Two columns are called 'id': the second one is 'id_2'."]

    def test_a_title_above_the_header_is_left_out_and_named(self, tmp_path: Path) -> None:
        lines = [["Sales 2024"], [], ["id", "name", "city"], [1, "a", "b"]]
        warnings: list[str] = []
        path = xlsx(tmp_path / "a.xlsx", {"S": lines})
        assert rows(read(path, warnings)) == [{"id": 1, "name": "a", "city": "b"}]
        assert "row 3; above it stands 'Sales 2024'" in warnings[0]
        assert rows(read(path, header_row=3)) == [{"id": 1, "name": "a", "city": "b"}]
        assert rows(read(path, skip_rows=1)) == [{"id": 1, "name": "a", "city": "b"}]
        with pytest.raises(SourceError, match="header row 2 is empty"):
            read(path, header_row=2)

    def test_a_range_bounds_rows_and_columns(self, tmp_path: Path) -> None:
        lines = [["x"] * 4, ["x", "id", "n", "x"], ["x", 1, "a", "x"], ["x", 2, "b", "x"], ["x", 3, "c", "x"]]
        path = xlsx(tmp_path / "a.xlsx", {"S": lines})
        chunks = read(path, range="B2:C4")
        assert rows(chunks) == [{"id": 1, "n": "a"}, {"id": 2, "n": "b"}]
        assert places(chunks) == ["S!B3", "S!B4"]
        assert rows(read(path, range="$B$2:$C$3")) == [{"id": 1, "n": "a"}]
        assert len(rows(read(path, range="B:C", header=False))) == 5
        assert rows(read(path, range="b5:c5", header=False, columns=["id", "n"])) == [{"id": 3, "n": "c"}]

    @pytest.mark.parametrize("text", ["B2", "B2C4", "C4:B2", "1:2:3", ":"])
    def test_a_wrong_range_is_refused(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(DefinitionError, match="range"):
            read(xlsx(tmp_path / "a.xlsx", {"S": [["a"], [1]]}), range=text)

    def test_sheets_are_chosen_by_name_or_number(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", {"One": [["a"], [1]], "Two {x}": [["a"], [2]], "2": [["a"], [3]]})
        assert rows(read(path, sheet="two {x}")) == [{"a": 2}]
        assert rows(read(path, sheet=2)) == [{"a": 2}]
        assert rows(read(path, sheet="2")) == [{"a": 3}]
        assert places(read(path, sheet="Two {x}")) == ["Two {x}!A2"]
        warnings: list[str] = []
        assert rows(read(path, warnings)) == [{"a": 1}]
        assert warnings == ["The sheet 'One' was read; the workbook also has 'Two {x}', '2'."]
        with pytest.raises(SourceError, match=r"no sheet 'Too'.*One, Two \{x\}, 2"):
            read(path, sheet="Too")
        with pytest.raises(SourceError, match="numbered from 1 to 3"):
            read(path, sheet=4)

    def test_null_texts_are_nulls(self, tmp_path: Path) -> None:
        path = xlsx(tmp_path / "a.xlsx", {"S": [["a"], ["N/A"], ["b"], [1]]})
        assert rows(read(path, null_texts=["N/A"])) == [{"a": None}, {"a": "b"}, {"a": "1"}]

    def test_a_merged_cell_has_its_value_once(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("S")
            sheet.write_row(0, 0, ["a", "b"])
            sheet.merge_range(1, 0, 2, 0, "both")
            sheet.write_column(1, 1, [1, 2])
        assert rows(read(path)) == [{"a": "both", "b": 1}, {"a": None, "b": 2}]

    def test_a_header_without_rows_has_fields_and_no_rows(self, tmp_path: Path) -> None:
        (chunk,) = read(xlsx(tmp_path / "a.xlsx", {"S": [["a", "b"]]}))
        assert chunk.frame.columns == ["a", "b"]
        assert chunk.rows == 0

    def test_an_empty_sheet_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="'S' has no cells with values"):
            read(xlsx(tmp_path / "a.xlsx", {"S": []}))


def test_hidden_sheets_are_read_only_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("Secret", "Shown"):
            book.add_worksheet(name).write_column(0, 0, ["a", name])
        book.worksheets()[1].activate()
        book.worksheets()[0].hide()
    assert rows(read(path)) == [{"a": "Shown"}]
    assert rows(read(path, sheet="secret")) == [{"a": "Secret"}]


def test_many_rows_come_in_chunks_with_the_right_places(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", {"S": [["id"], *[[i] for i in range(25_000)]]}, constant_memory=True)
    chunks = read(path)
    assert [chunk.rows for chunk in chunks] == [10_000, 10_000, 5_000]
    assert places(chunks)[-1] == "S!A25001"
    assert sum(chunk.bytes for chunk in chunks) <= path.stat().st_size


def test_old_workbooks_are_read_with_dates_and_errors(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    book = xlwt.Workbook()
    book.dates_1904 = True
    sheet = book.add_sheet("Old")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for row, (number, value) in enumerate([("id", "day"), (1, DAY), (2, DAY), (3.0, DAY)], 2):
        sheet.write(row, 1, number)
        sheet.write(row, 2, value, day)
    sheet.row(6).write(1, 4)
    sheet.row(6).set_cell_error(2, "#DIV/0!")
    book.save(str(path))
    (chunk,) = read(path)
    assert rows([chunk]) == [{"id": i, "day": DAY} for i in (1, 2, 3)]
    assert places([chunk])[0] == "Old!A4"
    assert chunk.broken is not None
    assert chunk.broken["message"].to_list() == ["The cell C7 holds #DIV/0!."]


def test_opendocument_sheets_are_read(tmp_path: Path) -> None:
    document = OpenDocumentSpreadsheet()
    table = Table(name="Sheet")
    cells: list[list[tuple[dict[str, str], str]]] = [
        [({"valuetype": "string"}, name) for name in ("n", "day", "flag", "took", "e")],
        [
            ({"valuetype": "float", "value": "12"}, "12"),
            ({"valuetype": "date", "datevalue": "2024-01-02"}, "2.1.24"),
            ({"valuetype": "boolean", "booleanvalue": "true"}, "TRUE"),
            ({"valuetype": "time", "timevalue": "PT36H05M00S"}, "36:05"),
            ({"valuetype": "string"}, "ok"),
        ],
        [
            ({"valuetype": "float", "value": "1"}, "1"),
            *[({"valuetype": "string"}, "")] * 3,
            ({"valuetype": "string"}, "#REF!"),
        ],
    ]
    for line in cells:
        row = TableRow()
        for attributes, text in line:
            cell = TableCell(**attributes)
            cell.addElement(P(text=text))
            row.addElement(cell)
        table.addElement(row)
    document.spreadsheet.addElement(table)
    path = tmp_path / "a.ods"
    document.save(str(path))
    (chunk,) = read(path)
    assert rows([chunk]) == [{"n": 12, "day": DAY, "flag": True, "took": "36:05:00", "e": "ok"}]
    assert chunk.broken is not None
    assert chunk.broken["code"].to_list() == ["EXCEL_ERROR"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id,name\n1,a\n", "it looks like text, such as CSV"),
        (b"<html><table></table></html>", "it looks like a web page or XML"),
        (b"\x00\x01\x02\x03binary", "not an Excel or OpenDocument workbook"),
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "damaged or cut off"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 900 + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password",
        ),
    ],
)
def test_what_is_no_workbook_is_named(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=said):
        read(path)


def test_a_cut_workbook_is_an_error(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", {"S": [["id"], *[[i] for i in range(500)]]})
    whole = path.read_bytes()
    for size in (len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:size])
        with pytest.raises(SourceError, match="damaged"):
            read(path)


def test_letters_and_numbers_of_columns_agree() -> None:
    for number in (0, 25, 26, 51, 701, 702, 16_383):
        assert excel_cells.column_number(excel_cells.column_letters(number)) == number
    assert excel_cells.column_letters(16_383) == "XFD"


@pytest.mark.parametrize("streamed", [False, True])
def test_formulas_that_were_never_calculated_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streamed: bool
) -> None:
    import openpyxl

    path, warnings = tmp_path / "a.xlsx", list[str]()
    book = openpyxl.Workbook()
    for line in (["id", "twice", "text"], [1, "=A2*2", "=A2&B2"], [2, 4, "x"], [3, "=A4*2", "y"]):
        book.active.append(line)
    book.save(path)
    if streamed:
        monkeypatch.setattr(excel_book, "LOW_MEMORY_BYTES", 0)
    assert [row["twice"] for row in rows(read(path, warnings))] == [None, 4, None]
    assert [sentence for sentence in warnings if "never calculated" in sentence] == [
        "3 cells hold formulas of the sheet 'Sheet' without a value, as the workbook was never calculated: they are"
        " read as empty. Open it in a spreadsheet program and save it."
    ]


def test_formulas_with_values_are_not_told(tmp_path: Path) -> None:
    path, warnings = tmp_path / "a.xlsx", list[str]()
    xlsx(path, {"S": [["id", "twice", "none"], [1, ("=A2*2", 2), ("=A2", "x")], [2, ("=1+1", 2), ("=1", 1)]]})
    read(path, warnings)
    assert not any("calculated" in sentence for sentence in warnings)
