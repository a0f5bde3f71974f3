"""What a file is: its format by content first and by name second."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import PurePath

from msgspec import Struct

from intakegateway.connectors.files.encodings import Utf8Pieces, guess_encoding, known_encoding, looks_ebcdic
from intakegateway.connectors.files.opening import HEAD, Input
from intakegateway.model.errors import DefinitionError, SourceError, nearest
from intakegateway.model.sources import FileSource

FORMATS = ("csv", "tsv", "txt", "fixed", "json", "ndjson", "excel", "ods", "parquet", "arrow", "xml")
ALIASES = {
    "xlsx": "excel", "xls": "excel", "xlsm": "excel", "xlsb": "excel", "jsonl": "ndjson", "text": "txt",
    "feather": "arrow", "ipc": "arrow", "fixed_width": "fixed", "fwf": "fixed", "pq": "parquet", "psv": "csv",
    "geojson": "json", "tab": "tsv",
}  # fmt: skip
"""Other names of formats, also the endings of file names."""

_FOREIGN = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "an image (PNG)"),
    (b"\xff\xd8\xff", "an image (JPEG)"),
    (b"GIF8", "an image (GIF)"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "an RTF document"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
    (b"\x04\x22\x4d\x18", "an lz4 file"),
)
_HINTS = {
    "an SQLite database": "Read it with a query: sqlite:///… as the source.",
    "a 7z archive": "Unpack it, or pack it as zip, gzip or zstd.",
    "a RAR archive": "Unpack it, or pack it as zip, gzip or zstd.",
    "a tar archive": "Unpack it, or pack its files as a zip.",
    "an lz4 file": "Pack it with gzip or zstd.",
    "a PDF": "Its tables have to be exported to a spreadsheet or a CSV file first.",
}
_CONTROLS = frozenset((*range(0x01, 0x09), *range(0x0E, 0x1A)))
_MANY_CONTROLS = 8
_FEW_BYTES = 64
_WORD, _SLIDES = "a Word document", "a PowerPoint presentation"


class Detected(Struct, frozen=True):
    """What was found out about a file; what a preview shows.

    The dialect's parts are None, and ``fields`` empty, for formats that have none of it.
    ``eol`` is the line end; ``skip_rows`` are the lines above the header, if there are any.
    """

    format: str
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header: bool | None = None
    decimal_comma: bool | None = None
    fields: tuple[str, ...] = ()
    eol: bytes = b"\n"
    skip_rows: int | None = None
    warnings: tuple[str, ...] = ()


def detect_format(source: Input, spec: FileSource) -> str:
    """The format of a file, one of ``FORMATS``.

    A stated format wins, unless the content is plainly another kind of thing. Raises ``SourceError``
    for content that no reader takes (a PDF, an image, a Word document) and for an empty file.
    """
    stated = _stated(spec)
    head = source.head()
    if not head:
        raise SourceError("is empty.", where=source.name, hint="Nothing was loaded.")
    found = _by_magic(source, head)
    suffix = PurePath(source.name).suffix.lower().lstrip(".")
    if suffix in ("gz", "zst", "bz2", "xz", "zip", "zstd"):
        suffix = PurePath(PurePath(source.name).stem).suffix.lower().lstrip(".")
    named = ALIASES.get(suffix, suffix)
    if stated is not None:
        if found in ("excel", "ods", "parquet", "arrow") and stated not in (found, *_KIN.get(found, ())):
            raise SourceError(
                f"is {_A[found]}, not {stated}.", where=source.name, hint="Leave 'format' out, or correct it."
            )
        return "fixed" if stated == "txt" and spec.widths else stated
    if found is not None:
        return found
    if named in ("excel", "ods", "parquet", "arrow"):
        raise SourceError(
            f"ends with '.{suffix}', but is not {_A[named]}.",
            where=source.name,
            hint="If it is a text with that name, state its format, such as csv.",
        )
    if source.name.lower().endswith(".zip"):
        raise SourceError(
            "ends with '.zip', but is not a zip archive.",
            where=source.name,
            hint="Get the file again; if it is a text with that name, state its format, such as csv.",
        )
    if spec.widths:
        return "fixed"
    if not spec.encoding and _is_binary(source):
        raise _not_a_table(source, "binary data of an unknown kind")
    return _by_text(source, named if named in FORMATS else "csv")


_KIN = {"excel": ("ods",), "ods": ("excel",)}
_A = {
    "excel": "an Excel file",
    "ods": "an OpenDocument spreadsheet",
    "parquet": "a Parquet file",
    "arrow": "an Arrow file",
}


def _stated(spec: FileSource) -> str | None:
    if spec.format is None:
        return None
    name = spec.format.lower().lstrip(".")
    name = ALIASES.get(name, name)
    if name not in FORMATS:
        raise DefinitionError(
            f"'{spec.format}' is not a known file format.",
            hint=nearest(name, FORMATS),
            path=("source", "format"),
        )
    return name


def _by_magic(source: Input, head: bytes) -> str | None:
    """The format of a binary file by its first bytes; None for a text."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"ARROW1", b"FEA1", b"\xff\xff\xff\xff")):
        return "arrow"
    if head.startswith(b"PK\x03\x04"):
        return _zipped_document(source)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "WordDocument".encode("utf-16-le") in head:
            raise _not_a_table(source, _WORD)
        return "excel"
    if head[:4] in (b"\x09\x08\x10\x00", b"\x09\x08\x08\x00", b"\x09\x04\x06\x00", b"\x09\x00\x04\x00"):
        return "excel"
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise _not_a_table(source, what)
    if head[257:262] == b"ustar":
        raise _not_a_table(source, "a tar archive")
    return None


def _zipped_document(source: Input) -> str | None:
    with source.spooled(".zip") as path:
        try:
            with zipfile.ZipFile(path) as opened:
                names = opened.namelist()
                kind = opened.read("mimetype")[:100].decode("ascii", "replace") if "mimetype" in names else ""
        except (zipfile.BadZipFile, OSError) as error:
            raise SourceError(
                f"is damaged: it starts like a document in a zip, but cannot be read ({error}).",
                where=source.name,
                hint="Get the file again.",
            ) from error
    if any(name.startswith("xl/") for name in names):
        return "excel"
    if "spreadsheet" in kind:
        return "ods"
    if any(name.startswith("word/") for name in names) or "opendocument.text" in kind:
        raise _not_a_table(source, _WORD)
    if any(name.startswith("ppt/") for name in names) or "presentation" in kind:
        raise _not_a_table(source, _SLIDES)
    raise _not_a_table(source, "an archive inside an archive")


def _not_a_table(source: Input, what: str) -> SourceError:
    return SourceError(
        f"is {what}, not a table of rows.",
        where=source.name,
        hint=_HINTS.get(what, "Readable are: CSV and other text, Excel, ODS, JSON, Parquet, Arrow and XML."),
    )


def _by_text(source: Input, named: str) -> str:
    """Text: JSON and XML by how it begins, else what the name says."""
    text = head_text(source, None)[:65536].decode("utf-8", "replace").lstrip()
    if re.match(r"<!doctype html|<html", text, re.IGNORECASE):
        raise _not_a_table(source, "a web page (HTML)")
    plain = named in ("csv", "tsv", "txt")
    if re.match(r"<\?xml" if plain else r"<(?:\?xml|!--|!DOCTYPE|[A-Za-z_])", text, re.IGNORECASE):
        return "xml"
    if named == "json" and not text.startswith("{"):
        return "json"
    if re.match(r"\[\s*\{\s*[\"}]", text):
        return "json"
    if re.match(r"\{\s*[\"}]", text):
        return _json_or_lines(text, named)
    return named


def _json_or_lines(text: str, named: str) -> str:
    """A JSON document, or one per line: whether the first line is a document and another follows.

    In a file with the name of JSON lines whatever follows is a line, be it broken.
    """
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return "json"
    rest = text[end:].lstrip(" \t\r")
    follows = rest.strip() if named == "ndjson" else rest.lstrip().startswith("{")
    return "ndjson" if rest.startswith("\n") and follows else "json"


def _is_binary(source: Input) -> bool:
    """Whether there are so many different control characters that it is no text in any encoding.

    Those that texts have are left out: line ends, tabs, escapes, separators, fillers (NUL).
    """
    encoding, _ = stated_or_guessed(source, FileSource(path=source.name))
    if (encoding or "").startswith(("utf-16", "utf-32")):
        return False
    head = source.head()
    controls = head.translate(None, bytes(set(range(256)) - _CONTROLS))
    if len(head) <= _FEW_BYTES:
        # Too short for many of them: a third, with fillers, is more than any text has.
        return (len(controls) + head.count(b"\0")) * 3 >= len(head) > 0
    return len(set(controls)) >= _MANY_CONTROLS and len(controls) * 50 > len(head)


def stated_or_guessed(source: Input, spec: FileSource) -> tuple[str | None, str]:
    """The encoding (None: nothing but ASCII so far), and a sentence of doubt or an empty text.

    Raises ``SourceError`` for EBCDIC, whose many variants cannot be told apart.
    """
    if spec.encoding:
        return known_encoding(spec.encoding), ""
    head = source.head()
    if looks_ebcdic(head):
        raise SourceError(
            "is text of a mainframe (EBCDIC), of which there are many kinds.",
            where=source.name,
            hint="State which one it is as the encoding, such as cp037, cp500, cp1140 or cp273.",
        )
    guess = guess_encoding(head, whole=len(head) < HEAD)
    return (None if guess.encoding == "ascii" else guess.encoding), guess.doubt


def head_text(source: Input, encoding: str | None) -> bytes:
    """The beginning of a text file as UTF-8."""
    return Utf8Pieces(io.BytesIO(source.head()), encoding).read(HEAD)
