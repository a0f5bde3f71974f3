"""Excel and OpenDocument workbooks as rows of cells: which library reads what, and what it would hide.

Workbooks are read by calamine, which holds the sheet in memory (about twice the size of its XML); an
.xlsx with a sheet over ``LOW_MEMORY_BYTES`` is streamed by openpyxl instead, ten times slower.
"""

from __future__ import annotations

import datetime
import re
import warnings as python_warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from msgspec import Struct

from intakegateway.connectors.files.excel_cells import errors_of, is_xlsx, xlsx_errors
from intakegateway.model.errors import MissingDriverError, SourceError, nearest

LOW_MEMORY_BYTES = 64 << 20
"""An .xlsx whose largest sheet is more than this, unpacked, is streamed."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
_MISSING = "Reading Excel files"

Cells = list[Any]


class Sheet(Struct, frozen=True):
    """One sheet. ``rows`` has a row for each row of the sheet from the first, as values from column A.

    ``errors`` are the cells that hold an error, by row and column counted from 0. ``height`` is the number
    of rows, 0 where it is not known.
    """

    name: str
    rows: Iterator[Cells]
    errors: dict[int, dict[int, str]]
    height: int


def open_sheet(path: Path, name: str, wanted: str | int | None, warnings: list[str]) -> Sheet:
    """The sheet that is ``wanted`` (a name, or a number from 1), else the first visible one with cells.

    ``name`` is the workbook's in errors. Raises ``SourceError`` for a file that is no workbook, is
    damaged or has a password, and for a sheet that is not there.
    """
    _refuse(path, name)
    try:
        from python_calamine import CalamineError, CalamineWorkbook, PasswordError, XmlError, ZipError
    except ImportError:
        raise MissingDriverError(_MISSING, "excel") from None
    try:
        if is_xlsx(path) and _largest_sheet(path) > LOW_MEMORY_BYTES:
            return _streamed(path, name, wanted, warnings)
        return _loaded(CalamineWorkbook.from_path(str(path)), path, name, wanted, warnings)
    except PasswordError:
        raise _protected(name) from None
    except (CalamineError, ZipError, XmlError, zipfile.BadZipFile, ParseError, KeyError, EOFError) as error:
        raise SourceError(
            f"This workbook cannot be read, it is damaged or cut off: {error}.",
            where=name,
            hint="Open it in Excel and save it again, or fetch it once more.",
        ) from None


def _refuse(path: Path, name: str) -> None:
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(_OLE):
            file.seek(0)
            # The directory of an OLE file may stand anywhere; it is small against the rest.
            if _ENCRYPTED in head + file.read(64 << 20):
                raise _protected(name)
            return
    if not head:
        raise SourceError("The file is empty; a workbook was expected.", where=name)
    if not head.startswith(b"PK\x03\x04"):
        text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        like = "a web page or XML" if text.startswith(b"<") else "text, such as CSV" if _is_text(head) else ""
        raise SourceError(
            f"This is not an Excel or OpenDocument workbook{f'; it looks like {like}' if like else ''}.",
            where=name,
            hint="Set the format to what it is, such as csv, or leave it out." if like else None,
        )


def _protected(name: str) -> SourceError:
    return SourceError(
        "This workbook is protected by a password.",
        where=name,
        hint="Save a copy without the password (File, Info, Protect Workbook).",
    )


def _is_text(head: bytes) -> bool:
    return not any(byte < 9 for byte in head)


def _largest_sheet(path: Path) -> int:
    """Bytes of XML: what a sheet packs to says little of how many cells it has."""
    with zipfile.ZipFile(path) as archive:
        sheets = [part for part in archive.infolist() if part.filename.startswith("xl/worksheets/")]
        return max((part.file_size for part in sheets), default=0)


def _loaded(book: Any, path: Path, name: str, wanted: str | int | None, warnings: list[str]) -> Sheet:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    visible = [meta.name for meta in sheets if meta.visible == SheetVisibleEnum.Visible]
    title = _choose(
        [meta.name for meta in sheets],
        visible,
        wanted,
        lambda candidate: book.get_sheet_by_name(candidate).end is not None,
        name,
        warnings,
    )
    sheet = book.get_sheet_by_name(title)
    left = sheet.start[1] if sheet.start else 0
    errors = errors_of(path, title, sheet.start or (0, 0), warnings)
    margin = [None] * left
    rows = (margin + [None if cell == "" else cell for cell in row] for row in sheet.iter_rows())
    if zipfile.is_zipfile(path) and not is_xlsx(path):
        rows = ([_duration(cell) for cell in row] for row in rows)
    return Sheet(title, rows, errors, sheet.total_height if sheet.end else 0)


def _duration(cell: Any) -> Any:
    """OpenDocument's durations, which calamine leaves as text (``PT36H05M00S``)."""
    match = _DURATION.fullmatch(cell) if type(cell) is str else None
    if match is None:
        return cell
    hours, minutes, seconds = map(int, match.groups())
    return datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _streamed(path: Path, name: str, wanted: str | int | None, warnings: list[str]) -> Sheet:
    try:
        import openpyxl
    except ImportError:
        raise MissingDriverError(_MISSING, "excel") from None
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    titles = [sheet.title for sheet in book.worksheets]
    title = _choose(titles, visible, wanted, lambda _: True, name, warnings)
    sheet = book[title]
    height = sheet.max_row or 0
    sheet.reset_dimensions()

    def rows() -> Iterator[Cells]:
        try:
            for row in sheet.iter_rows(values_only=True):
                yield [None if cell == "" else cell for cell in row]
        finally:
            book.close()

    return Sheet(title, rows(), xlsx_errors(path, title, warnings), height)


def _choose(
    titles: list[str],
    visible: list[str],
    wanted: str | int | None,
    has_cells: Any,
    name: str,
    warnings: list[str],
) -> str:
    if not titles:
        raise SourceError("The workbook has no sheet with cells.", where=name)
    if wanted is None:
        candidates = visible or titles
        chosen = next((title for title in candidates if has_cells(title)), candidates[0])
        if len(candidates) > 1:
            others = ", ".join(f"'{title}'" for title in candidates if title != chosen)
            warnings.append(f"The sheet '{chosen}' was read; the workbook also has {others}.")
        return chosen
    if type(wanted) is int and 1 <= wanted <= len(titles):
        return titles[wanted - 1]
    folded = {title.strip().casefold(): title for title in reversed(titles)}
    exact = wanted if wanted in titles else folded.get(str(wanted).strip().casefold())
    if isinstance(exact, str):
        return exact
    if str(wanted).isdigit() and 1 <= int(wanted) <= len(titles):
        return titles[int(wanted) - 1]
    numbered = str(wanted).lstrip("-").isdigit()
    close = f"Sheets are numbered from 1 to {len(titles)}." if numbered else nearest(str(wanted), titles)
    listed = f"The workbook has: {', '.join(titles)}."
    raise SourceError(
        f"There is no sheet '{wanted}'.",
        where=name,
        hint=listed if close.startswith("Allowed") else f"{close} {listed}",
    )
