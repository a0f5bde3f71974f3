"""XML: one record per repeating element, read as a stream.

An element's text is a column of its name, its attributes are ``name.@attribute``, elements inside it have
dotted names; an element that repeats inside a record is a JSON list. Namespaces are left out of names. An
empty element, and one with ``xsi:nil``, is null. All values are text. Entities that the document declares
are never expanded and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import polars as pl

from intakegateway.connectors.base import Chunk
from intakegateway.connectors.files.xml_shape import (
    LOOK,
    Path,
    Shape,
    bare_name,
    broken,
    xml_encoding,
    xml_parser,
)
from intakegateway.connectors.records import VALUE, Flattener
from intakegateway.model.errors import MissingDriverError, SourceError, nearest
from intakegateway.model.sources import FileSource

if TYPE_CHECKING:
    from intakegateway.connectors.files.opening import Input

MAX_ROWS = 10_000
"""Rows of one chunk."""
_CHUNK_BYTES = 4 << 20
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_SCHEMA_HINT = "{http://www.w3.org/2001/XMLSchema-instance}"


def read(input: Input, spec: FileSource, warnings: list[str]) -> Iterator[Chunk]:
    """The records of an XML document; locators are ``element N (line M)``.

    ``spec.records`` is the repeating element's name, or the end of its path (``orders/order``). Left out:
    the element that repeats most in the first MB. Raises ``SourceError`` with the line where the XML is
    broken, after the records before it.
    """
    try:
        from lxml import etree
    except ImportError:
        raise MissingDriverError("Reading XML files", "xml") from None

    with input.open() as stream:
        head = stream.read(LOOK)
        if not head.strip():
            raise SourceError("The file is empty; an XML document was expected.", where=input.name)
        encoding = xml_encoding(spec.encoding, head)
        shape = Shape(head, encoding)
        if len(shape.names) < 2 and spec.records is None:
            if shape.failure is not None:
                raise SourceError(shape.failure, where=input.name)
            return
        if b"<!ENTITY" in head:
            warnings.append(
                "The document declares entities of its own; where it uses one, it is left as it is written (&name;)."
            )
        wanted, exact = shape.choose(spec.records, warnings)
        records = _Records(wanted, exact, shape.repeated, warnings)
        flattener = Flattener(arrays=spec.arrays, keep=(spec.explode or "",), warnings=warnings)
        parser = xml_parser(wanted[-1], encoding)
        block, size, count, failure = head, 0, 0, None
        while block or failure is None:
            try:
                if block:
                    parser.feed(block)
                else:
                    parser.close()
                    failure = ""
            except etree.XMLSyntaxError as error:
                failure = broken(error)
            size += len(block)
            records.take(parser.read_events())
            if records.rows and (
                failure is not None or len(records.rows) >= MAX_ROWS or size >= _CHUNK_BYTES
            ):
                for rows, lines in records.batches(MAX_ROWS):
                    a = pl.int_range(count + 1, count + 1 + len(rows), dtype=pl.Int64, eager=True)
                    b = pl.Series("b", lines, dtype=pl.Int64)
                    template = "element {a} (line {b})"
                    yield flattener.chunk(rows, template, a, b, bytes=size, nul=False)
                    count, size = count + len(rows), 0
            if failure:
                raise SourceError(failure, where=input.name)
            if failure is not None:
                break
            block = stream.read(LOOK)
    if count == 0 and spec.records is not None:
        raise SourceError(
            f"There is no element <{spec.records}>.", where=input.name, hint=nearest(wanted[-1], shape.names)
        )


class _Records:
    """Finished elements into flat rows."""

    def __init__(self, wanted: Path, exact: bool, repeated: set[Path], warnings: list[str]) -> None:
        self.rows: list[dict[str, Any]] = []
        self._lines: list[int] = []
        self._wanted = wanted
        self._exact = exact
        self._warnings = warnings
        self._repeated = {
            path[n:]
            for path in repeated
            for n in range(1, len(path))
            if path[:n][-len(wanted) :] == wanted and (not exact or n == len(wanted))
        }

    def take(self, events: Any) -> None:
        """Turn the records among finished elements into rows, and free what they took."""
        for _, element in events:
            if not self._is_record(element):
                continue
            row: dict[str, Any] = {}
            self._fill(element, (), row)
            self.rows.append(row)
            self._lines.append(element.sourceline or 0)
            element.clear(keep_tail=False)
            above = element
            while above is not None:
                while above.getprevious() is not None:
                    del above.getparent()[0]
                above = above.getparent()

    def batches(self, most: int) -> Iterator[tuple[list[dict[str, Any]], list[int]]]:
        """The rows so far with their lines, at most ``most`` at once."""
        rows, lines, self.rows, self._lines = self.rows, self._lines, [], []
        for at in range(0, len(rows), most):
            yield rows[at : at + most], lines[at : at + most]

    def _is_record(self, element: Any) -> bool:
        names = [bare_name(element.tag), *(bare_name(above.tag) for above in element.iterancestors())]
        path = tuple(reversed(names))
        if self._exact:
            return path == self._wanted
        # An element of the same name inside a record belongs to that record.
        return path[-len(self._wanted) :] == self._wanted and self._wanted[-1] not in path[:-1]

    def _fill(self, element: Any, path: Path, row: dict[str, Any]) -> None:
        for key, text in element.items():
            if not key.startswith(_SCHEMA_HINT):
                _put(row, (*path, f"@{bare_name(key)}"), text)
        children = [(bare_name(child.tag), child) for child in element if isinstance(child.tag, str)]
        text = _text(element, bool(children))
        if text is not None or (not children and path):
            _put(row, path or (VALUE,), text)
        groups: dict[str, list[Any]] = {}
        for name, child in children:
            groups.setdefault(name, []).append(child)
        for name, same in groups.items():
            below = (*path, name)
            if len(same) == 1 and below not in self._repeated:
                child = same[0]
                if len(child) or child.keys():
                    self._fill(child, below, row)
                else:
                    text = child.text
                    _put(row, below, text if text and not text.isspace() else None)
                continue
            if below not in self._repeated:
                self._repeated.add(below)
                sentence = f"The element <{name}> repeats in some records: from there on it is a JSON list."
                if sentence not in self._warnings:
                    self._warnings.append(sentence)
            _put(row, below, [_value(child) for child in same])


def _put(row: dict[str, Any], path: Path, value: Any) -> None:
    plain = name = ".".join(path) if len(path) > 1 else path[0]
    number = 1
    while name in row:
        number += 1
        name = f"{plain}_{number}"  # an element may have a dot in its name
    row[name] = value


def _value(element: Any) -> Any:
    """An element inside a list: its text, or an object."""
    groups: dict[str, list[Any]] = {}
    for child in element:
        if isinstance(child.tag, str):
            groups.setdefault(bare_name(child.tag), []).append(_value(child))
    members: dict[str, Any] = {
        f"@{bare_name(key)}": text for key, text in element.attrib.items() if not key.startswith(_SCHEMA_HINT)
    }
    text = _text(element, bool(groups))
    if not members and not groups:
        return text
    if text is not None:
        members["#text"] = text
    members.update({name: values[0] if len(values) == 1 else values for name, values in groups.items()})
    return members


def _text(element: Any, has_children: bool) -> str | None:
    """The element's own text; null when there is none but white space, or it says ``xsi:nil``."""
    if element.get(_NIL) in ("true", "1"):
        return None
    pieces = [element.text or ""]
    for child in element:
        if not isinstance(child.tag, str):
            pieces.append(child.text or "")  # an entity, left as it is written
        pieces.append(child.tail or "")
    text = "".join(pieces)
    if not text or text.isspace():
        return None
    return text.strip() if has_children else text
