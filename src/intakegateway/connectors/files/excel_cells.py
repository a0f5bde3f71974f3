"""The cells of a sheet that its readers hide: errors, and formulas without a value."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import fromstring

from intakegateway.model.errors import MissingDriverError

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c\s(?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3})(\d{1,7})"[^>]*>.*?<(?:\w+:)?v>([^<]*)<', re.DOTALL
)
_FORMULA_CELL = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)><(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?</(?:\w+:)?c>"
)
_ERROR_TEXTS = {
    "Div0": "#DIV/0!", "NA": "#N/A", "Name": "#NAME?", "Null": "#NULL!", "Num": "#NUM!", "Ref": "#REF!",
    "Value": "#VALUE!", "GettingData": "#GETTING_DATA",
}  # fmt: skip
_ERRORS = frozenset({*_ERROR_TEXTS.values(), "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!"})


def is_xlsx(path: Path) -> bool:
    """Whether a file is a workbook of Excel 2007 or newer."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return "xl/workbook.xml" in archive.namelist()


def errors_of(
    path: Path, title: str, start: tuple[int, int], warnings: list[str]
) -> dict[int, dict[int, str]]:
    """The error cells of a sheet of any workbook, as ``xlsx_errors`` gives them. ``start``: its first cell."""
    if is_xlsx(path):
        return xlsx_errors(path, title, warnings)
    with path.open("rb") as file:
        if not file.read(8).startswith(_OLE):
            return {}
    return _xls_errors(path, title, start)


def xlsx_errors(path: Path, title: str, warnings: list[str]) -> dict[int, dict[int, str]]:
    """The error cells of a sheet, found in its XML: calamine gives them as empty, openpyxl as text.

    ``warnings`` takes a sentence about formulas that were never calculated, whose cells are empty.
    """
    errors: dict[int, dict[int, str]] = {}
    with zipfile.ZipFile(path) as archive:
        part = _part(archive, title)
        formulas = 0
        for text in _rows(archive, part) if part is not None else ():
            if b"f>" in text or b"<f" in text:
                # An empty text is a value, too.
                formulas += sum(b't="str"' not in cell for cell in _FORMULA_CELL.findall(text))
            if b't="e"' not in text:
                continue
            for column, row, value in _ERROR_CELL.findall(text):
                errors.setdefault(int(row) - 1, {})[column_number(column.decode())] = value.decode()
    if formulas:
        cells = "1 cell holds a formula" if formulas == 1 else f"{formulas:,} cells hold formulas"
        warnings.append(
            f"{cells} of the sheet '{title}' without a value, as the workbook was never calculated: they are"
            " read as empty. Open it in a spreadsheet program and save it."
        )
    return errors


def _rows(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The XML of a sheet in pieces of whole rows."""
    rest = b""
    with archive.open(part) as xml:
        while block := xml.read(1 << 20):
            text = rest + block
            end = text.rfind(b"</row>")
            rest, text = (text[end:], text[:end]) if end >= 0 else (text, b"")
            yield text


def _part(archive: zipfile.ZipFile, title: str) -> str | None:
    relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for element in fromstring(archive.read("xl/workbook.xml")).iter():
        if element.tag.endswith("}sheet") and element.get("name") == title:
            key = next((value for name, value in element.items() if name.endswith("}id")), "")
            part = posixpath.normpath(posixpath.join("/xl", targets.get(key, ""))).lstrip("/")
            return part if part in archive.namelist() else None
    return None


def _xls_errors(path: Path, title: str, start: tuple[int, int]) -> dict[int, dict[int, str]]:
    try:
        import fastexcel
    except ImportError:
        raise MissingDriverError("Reading Excel files", "excel") from None
    try:
        sheet = fastexcel.read_excel(str(path)).load_sheet(title, header_row=None, dtypes="string")
        found = sheet.to_arrow_with_errors()[1]
    except fastexcel.FastExcelError:
        return {}  # a sheet without cells
    errors: dict[int, dict[int, str]] = {}
    for error in found.errors if found is not None else ():
        code = re.search(r"Error\((\w+)\)", error.detail)
        if code is not None:
            row, column = error.position
            errors.setdefault(row + start[0], {})[column + start[1]] = _ERROR_TEXTS.get(
                code[1], f"#{code[1]}"
            )
    return errors


def is_error(value: object) -> bool:
    """Whether a text is one of Excel's errors (OpenDocument stores them as text)."""
    return value in _ERRORS


def column_number(letters: str) -> int:
    """The number of column ``letters``, from 0: ``A`` is 0, ``AA`` is 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(number: int) -> str:
    """The letters of a column, counted from 0."""
    letters, number = "", number + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
