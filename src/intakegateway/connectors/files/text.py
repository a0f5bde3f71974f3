"""How a text file is cut: encoding, line end, preamble, delimiter, quote, header and names."""

from __future__ import annotations

import io
import re
from contextlib import ExitStack

from msgspec import Struct

from intakegateway.connectors.files import dialect, titles
from intakegateway.connectors.files.delimited import Shape
from intakegateway.connectors.files.detect import Detected, head_text, stated_or_guessed
from intakegateway.connectors.files.encodings import Utf8Pieces
from intakegateway.connectors.files.feed import LONGEST, Feed
from intakegateway.connectors.files.grammar import Grammar
from intakegateway.connectors.files.opening import HEAD, Input
from intakegateway.model.errors import DefinitionError, SourceError
from intakegateway.model.sources import FileSource

_CLEAR = 1.2
"""The score from which a ``.txt`` file counts as delimited, not as lines."""


class TextLayout(Struct, frozen=True):
    """How to read one text file. ``encoding`` None: ASCII so far, to be found out while reading."""

    shape: Shape
    encoding: str | None
    header: bool
    detected: Detected
    marked: bool = False
    """Whether a line ``sep=;`` stands above the header, as Excel takes it."""
    skip_rows: int = 0
    """Lines to leave out at the beginning: those that the definition says, or titles that were found."""


def lay_out(source: Input, spec: FileSource, format_name: str) -> TextLayout:
    """Find out how to read a delimited text. What the definition states wins over what is found.

    Raises ``SourceError`` for a file without any line, ``DefinitionError`` for impossible options.
    """
    encoding, doubt = stated_or_guessed(source, spec)
    warnings = [f"{source.name} {doubt}"] if doubt else []
    spec = _below_titles(source, spec, encoding, warnings)
    text, whole, eol = sample_text(source, spec, encoding)
    mark = re.match(rb"sep=([^\r\n\"])\r?\n?", text, re.IGNORECASE)
    if mark:
        text = text[mark.end() :]
        spec = spec if spec.delimiter else spec.model_copy(update={"delimiter": mark[1].decode("latin-1")})
    sample, lines_only = _sample(text, whole, eol, spec, format_name)
    records = dialect.texts(sample.records)
    header = spec.header
    if header is None:
        header = not lines_only and dialect.has_header(records)
        if not header and not lines_only and not spec.columns:
            warnings.append(
                f"{source.name}: the first line looks like values, so the fields are called column_1, column_2, …"
                " Say '--header' (header: true) if it has their names, '--skip-rows N' if they stand further down."
            )
    width = sample.width
    if lines_only:
        names: tuple[str, ...] = ("line",)
        if header:
            names, changed = dialect.field_names(records[0])
            warnings += [f"{source.name}: {sentence}" for sentence in changed]
    else:
        names = _names(source, records, header, width, warnings)
    expected = "the header has" if header else "most have"
    if spec.columns:
        names = own_names(spec.columns, len(names), source.name)
    delimiter = None if lines_only or (len(names) == 1 and not spec.delimiter) else sample.grammar.delimiter
    cut = _given_delimiter(spec) or delimiter or b""
    shape = Shape(names, cut, None if lines_only else sample.grammar.quote, eol, spec.null_texts, expected)
    body = records[1:] if header else records
    comma = dialect.has_decimal_comma(body)
    detected = Detected(
        format=format_name,
        encoding=encoding or "utf-8",
        delimiter=cut.decode() or None,
        quote=shape.quote.decode() if shape.quote else None,
        header=header,
        decimal_comma=spec.decimal_comma if spec.decimal_comma is not None else comma,
        fields=names,
        eol=eol,
        skip_rows=spec.skip_rows or None,
        warnings=tuple(warnings),
    )
    return TextLayout(shape, encoding, header, detected, mark is not None, spec.skip_rows)


def _below_titles(source: Input, spec: FileSource, encoding: str | None, warnings: list[str]) -> FileSource:
    """The definition with as many rows to skip as stand above the header; as it is where it says so itself."""
    if spec.header is not None or spec.columns or "skip_rows" in spec.model_fields_set:
        return spec
    text, whole, eol = sample_text(source, spec, encoding)
    given = _given_delimiter(spec)
    if text[:4].lower() == b"sep=" or (given is not None and len(given) > 1):
        return spec
    delimiters = dialect.DELIMITERS if given is None else (given,)
    found = titles.titles(text, whole=whole, eol=eol, delimiters=delimiters, quote=_given_quote(spec))
    if found is None:
        return spec
    lines, said = found
    warnings.append(f"{source.name}: {titles.sentence(lines, said)}")
    head = head_text(source, encoding)
    blank = head[: len(head) - len(head.lstrip(b" \r\n"))].count(eol)
    return spec.model_copy(update={"skip_rows": blank + lines})


def sample_text(source: Input, spec: FileSource, encoding: str | None) -> tuple[bytes, bool, bytes]:
    """The text after the skipped rows and blank lines, whether it is all of it, and the line end."""
    head = head_text(source, encoding)
    if not head:
        raise SourceError("is empty.", where=source.name, hint="Nothing was loaded.")
    eol = b"\n" if b"\n" in head or b"\r" not in head else b"\r"
    cut_short = len(source.head()) >= HEAD
    with ExitStack() as opened:
        feed = Feed(Utf8Pieces(io.BytesIO(source.head()), encoding), eol, HEAD)
        feed.skip_lines(spec.skip_rows)
        feed.skip_blank()
        if cut_short and source.rewindable and feed.text.count(eol) < 2:
            stream = opened.enter_context(source.open())
            feed = Feed(Utf8Pieces(stream, encoding), eol, HEAD)
            feed.skip_lines(spec.skip_rows)
            feed.skip_blank()
            while feed.text.count(eol) < 2 and len(feed.text) <= LONGEST and feed.more():
                pass
            cut_short = not feed.ended
        text = feed.text
    if not text:
        skipped = f" after the {spec.skip_rows} skipped rows" if spec.skip_rows else ""
        raise SourceError(f"has no rows{skipped}.", where=source.name, hint="Nothing was loaded.")
    first = text.partition(b"\n")[0].rstrip(b"\r")
    if eol == b"\n" and b"\r" in first and b'"' not in first:
        raise SourceError(
            "mixes line ends: the line that ends first holds others that end with a carriage return only.",
            where=source.name,
            hint="Give all lines the same end, such as by: tr -s '\\r' '\\n'.",
        )
    if len(text) > dialect.SAMPLE and text.count(eol, 0, dialect.SAMPLE) > 2:
        text, cut_short = text[: dialect.SAMPLE], True
    return text, not cut_short, eol


def _sample(
    text: bytes, whole: bool, eol: bytes, spec: FileSource, format_name: str
) -> tuple[dialect.Sample, bool]:
    """The first records under the stated or the best grammar, and whether a line is all there is."""
    quote = _given_quote(spec)
    given = _given_delimiter(spec)
    if given is not None:
        byte = given
        if len(given) > 1:
            byte = next(bytes([b]) for b in range(1, 32) if bytes([b]) not in text and b not in (9, 10, 13))
            text = text.replace(given, byte)
        return _with_delimiter(text, byte, whole=whole, eol=eol, quote=quote), False
    candidates = dialect.DELIMITERS
    if format_name == "tsv" and b"\t" in text:
        return _with_delimiter(text, b"\t", whole=whole, eol=eol, quote=quote), False
    best, score = dialect.sniff(text, whole=whole, eol=eol, delimiters=candidates, quote=quote)
    if format_name == "txt" and score < _CLEAR:
        lines, _ = dialect.sniff(text, whole=whole, eol=eol, delimiters=(), quote=None)
        return lines, True
    return best, False


def _with_delimiter(
    text: bytes, delimiter: bytes, *, whole: bool, eol: bytes, quote: bytes | str | None
) -> dialect.Sample:
    grammar = Grammar(delimiter, b'"' if isinstance(quote, str) else quote, eol)
    plain = dialect.take(text, grammar, whole=whole)
    if isinstance(quote, str):
        best, score = dialect.sniff(text, whole=whole, eol=eol, delimiters=[delimiter], quote=quote)
        if score > plain.score and best.grammar.delimiter == delimiter:
            return best
    return plain


def _names(
    source: Input, records: list[list[str]], header: bool, width: int, warnings: list[str]
) -> tuple[str, ...]:
    """The names of the fields: the header's where it has them, made usable."""
    if not header:
        return field_list(width)[0]
    cells = list(records[0])
    body = [len(record) for record in records[1:]]
    if body and len(cells) < width and all(count == width for count in body):
        warnings.append(
            f"{source.name}: the header has {len(cells)} names, all rows have {width} fields;"
            " the fields at the end got names of their own."
            " Say '--skip-rows N' if the names stand further down."
        )
        cells += [""] * (width - len(cells))
        return dialect.field_names(cells)[0]
    while body and len(cells) > width and not cells[-1].strip() and all(n == width for n in body):
        cells.pop()
    names, changed = dialect.field_names(cells)
    warnings += [f"{source.name}: {sentence}" for sentence in changed]
    return names


def field_list(width: int) -> tuple[tuple[str, ...], list[str]]:
    """Names for fields that have none, and no complaints."""
    return tuple(f"column_{i}" for i in range(1, width + 1)), []


def own_names(columns: tuple[str, ...], width: int, file: str) -> tuple[str, ...]:
    """The names that the definition gives. Raises ``DefinitionError`` if they are not one a field."""
    if len(columns) != width:
        raise DefinitionError(
            f"'columns' names {len(columns)} fields, but {file} has {width}.", path=("source", "columns")
        )
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice or not all(columns):
        what = f"has '{twice[0]}' twice" if twice else "has an empty name"
        raise DefinitionError(f"'columns' {what}; names must differ.", path=("source", "columns"))
    return columns


def _given_delimiter(spec: FileSource) -> bytes | None:
    if spec.delimiter is None:
        return None
    delimiter = {"\\t": "\t", "tab": "\t"}.get(spec.delimiter, spec.delimiter)
    if not delimiter or {"\n", "\r", '"'} & set(delimiter) or delimiter == spec.quote:
        raise DefinitionError(
            f"{spec.delimiter!r} cannot be the delimiter.",
            hint="Give one or more characters, not the quote or a line end: ',' ';' '|' '\\t' …",
            path=("source", "delimiter"),
        )
    return delimiter.encode()


def _given_quote(spec: FileSource) -> bytes | str | None:
    if spec.quote is None:
        return "auto"
    if spec.quote in ("", "none"):
        return None
    if len(spec.quote) != 1 or not spec.quote.isascii() or spec.quote in "\r\n":
        raise DefinitionError(
            f"{spec.quote!r} cannot be the quote.",
            hint="Give one ASCII character such as '\"', or an empty text for no quoting.",
            path=("source", "quote"),
        )
    return spec.quote.encode()
