"""The sheets of a workbook, to choose from."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from msgspec import Struct

COUNTED_BYTES = 32 << 20
"""Up to this size, unpacked, the rows of all sheets are counted; of a larger .xlsx they are as it says itself."""
_OLE = b"\xd0\xcf\x11\xe0"
_DIMENSION = re.compile(rb'<dimension ref="(?:[A-Z]+\d+:)?[A-Z]+(\d+)"')


class SheetFacts(Struct, frozen=True):
    """A sheet's name; the number of its last row with a value, None: not known; whether it is hidden."""

    name: str
    rows: int | None
    hidden: bool


def sheets_of(path: Path) -> list[SheetFacts]:
    """The sheets in the workbook's order; none for what is no workbook by itself, such as a packed one.

    For files that were read as a workbook before: what is wrong with them was said there.
    """
    unpacked = _unpacked_bytes(path)
    if unpacked is None:
        return []
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_path(str(path))
    except CalamineError:
        return []  # what streams it is more patient
    with book:
        metas = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
        if unpacked <= COUNTED_BYTES:
            rows = [_height(book, meta.name) for meta in metas]
        else:
            rows = _declared(path, len(metas))
        return [
            SheetFacts(meta.name, count, meta.visible != SheetVisibleEnum.Visible)
            for meta, count in zip(metas, rows, strict=True)
        ]


def _height(book: Any, name: str) -> int | None:
    from python_calamine import CalamineError

    try:
        end = book.get_sheet_by_name(name).end
    except CalamineError:
        return None  # only this sheet is damaged: said when it is chosen
    return 0 if end is None else int(end[0]) + 1


def _unpacked_bytes(path: Path) -> int | None:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
        inside = {part.filename for part in parts}
        if inside.isdisjoint({"xl/workbook.xml", "xl/workbook.bin", "content.xml"}):
            return None
        return sum(part.file_size for part in parts)
    with path.open("rb") as file:
        return path.stat().st_size if file.read(4) == _OLE else None


def _declared(path: Path, number: int) -> list[int | None]:
    """From the first bytes of each sheet's XML, where most programs write it; in the order of their files."""
    nothing: list[int | None] = [None] * number
    if not zipfile.is_zipfile(path):
        return nothing
    with zipfile.ZipFile(path) as archive:
        names = [f"xl/worksheets/sheet{index + 1}.xml" for index in range(number)]
        if not set(names) <= set(archive.namelist()):
            return nothing
        found: list[int | None] = []
        for name in names:
            with archive.open(name) as part:
                match = _DIMENSION.search(part.read(4096))
            found.append(int(match[1]) if match and int(match[1]) > 1 else None)
    return found
