"""XML: one record per repeating element, read as a stream.

An element's text is a column of its name, its attributes are ``name.@attribute``, elements inside it have
dotted names; an element that repeats inside a record is a JSON list. Namespaces are left out of names. An
empty element, and one with ``xsi:nil``, is null. All values are text. Entities that the document declares
are never expanded and nothing is fetched.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from intakegateway.connectors.base import Chunk
from intakegateway.connectors.records import VALUE, Flattener
from intakegateway.model.errors import DefinitionError, MissingDriverError, SourceError, nearest
from intakegateway.model.sources import FileSource

if TYPE_CHECKING:
    from intakegateway.connectors.files.opening import Input

MAX_ROWS = 10_000
"""Rows of one chunk."""
_BLOCK = 1 << 20
_CHUNK_BYTES = 4 << 20
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']""")
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_SCHEMA_HINT = "{http://www.w3.org/2001/XMLSchema-instance}"

Path = tuple[str, ...]
Event = Literal["start", "end"]


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
        head = stream.read(_BLOCK)
        if not head.strip():
            raise SourceError("The file is empty; an XML document was expected.", where=input.name)
        encoding = _encoding(spec.encoding, head)
        shape = _Shape(head, encoding)
        if len(shape.names) < 2 and spec.records is None:
            if shape.failure is not None:
                raise SourceError(shape.failure, where=input.name)
            return
        wanted, exact = shape.choose(spec.records, warnings)
        records = _Records(wanted, exact, shape.repeated, warnings)
        flattener = Flattener(arrays=spec.arrays, keep=(spec.explode or "",), warnings=warnings)
        parser = _parser(wanted[-1], encoding)
        block, size, count, failure = head, 0, 0, None
        while block or failure is None:
            try:
                if block:
                    parser.feed(block)
                else:
                    parser.close()
                    failure = ""
            except etree.XMLSyntaxError as error:
                failure = _broken(error)
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
            block = stream.read(_BLOCK)
    if count == 0 and spec.records is not None:
        raise SourceError(
            f"There is no element <{spec.records}>.", where=input.name, hint=nearest(wanted[-1], shape.names)
        )


def _parser(name: str | None, encoding: str | None, events: tuple[Event, ...] = ("end",)) -> Any:
    from lxml import etree

    return etree.XMLPullParser(
        events,
        tag=f"{{*}}{name}" if name is not None else None,
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )


def _encoding(given: str | None, head: bytes) -> str | None:
    """The encoding to tell the parser: the definition's, or one that is declared by Python's name for it."""
    declared = _DECLARED.match(head)
    name = given or (declared[1].decode() if declared is not None else None)
    if name is None:
        return None
    try:
        known = codecs.lookup(name).name
    except LookupError:
        if given is None:
            return None
        raise DefinitionError(f"'{given}' is not a known encoding.", path=("source", "encoding")) from None
    if given is None and not known.startswith("iso8859"):
        return None
    return known.replace("iso8859", "ISO-8859")


class _Shape:
    """What the first part of a document shows: its elements, and which of them repeat."""

    def __init__(self, head: bytes, encoding: str | None) -> None:
        from lxml import etree

        self.names: list[str] = []
        self.repeated: set[Path] = set()
        self._most: dict[Path, int] = {}
        self.failure: str | None = None
        parser = _parser(None, encoding, ("start", "end"))
        try:
            parser.feed(head)
            if len(head) < _BLOCK:
                parser.close()
        except etree.XMLSyntaxError as error:
            # The reading itself reports it, after the records before it.
            self.failure = _broken(error)
        path: list[str] = []
        children: list[Counter[str]] = [Counter()]
        for event, element in parser.read_events():
            if event == "start":
                name = _local(element)
                path.append(name)
                if name not in self.names:
                    self.names.append(name)
                children[-1][name] += 1
                here = tuple(path)
                self._most[here] = max(self._most.get(here, 0), children[-1][name])
                if children[-1][name] > 1:
                    self.repeated.add(here)
                children.append(Counter())
            else:
                path.pop()
                children.pop()
                element.clear()

    def choose(self, given: str | None, warnings: list[str]) -> tuple[Path, bool]:
        """The path of the records (its end, when it is given by name) and whether it begins at the root."""
        if given is not None:
            steps = tuple(step.rpartition(":")[2] for step in given.strip("/").split("/"))
            return steps, given.startswith("/") and not given.startswith("//")
        outermost = [
            path for path in self.repeated if not any(path[:n] in self.repeated for n in range(1, len(path)))
        ]
        if outermost:
            chosen = max(outermost, key=lambda path: (self._most[path], -len(path)))
        else:
            inside = [path for path in self._most if len(path) == 2]
            holds = [path for path in inside if any(len(p) == 3 and p[:2] == path for p in self._most)]
            root = next(iter(self._most), ("",))
            chosen = holds[0] if len(holds) == 1 and len(inside) == 1 else root
        warnings.append(
            f"The records were found as <{'/'.join(chosen)}>; name another element with 'records'."
        )
        return chosen, True


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
        names = [_local(element), *(_local(above) for above in element.iterancestors())]
        path = tuple(reversed(names))
        if self._exact:
            return path == self._wanted
        # An element of the same name inside a record belongs to that record.
        return path[-len(self._wanted) :] == self._wanted and self._wanted[-1] not in path[:-1]

    def _fill(self, element: Any, path: Path, row: dict[str, Any]) -> None:
        for key, text in element.attrib.items():
            if not key.startswith(_SCHEMA_HINT):
                row[".".join((*path, f"@{_bare(key)}"))] = text
        groups: dict[str, list[Any]] = {}
        for child in element:
            if isinstance(child.tag, str):
                groups.setdefault(_local(child), []).append(child)
        text = _text(element, bool(groups))
        if text is not None or (not groups and path):
            row[".".join(path) or VALUE] = text
        for name, children in groups.items():
            below = (*path, name)
            if len(children) == 1 and below not in self._repeated:
                self._fill(children[0], below, row)
                continue
            if below not in self._repeated:
                self._repeated.add(below)
                sentence = f"The element <{name}> repeats in some records: from there on it is a JSON list."
                if sentence not in self._warnings:
                    self._warnings.append(sentence)
            row[".".join(below)] = [_value(child) for child in children]


def _value(element: Any) -> Any:
    """An element inside a list: its text, or an object."""
    groups: dict[str, list[Any]] = {}
    for child in element:
        if isinstance(child.tag, str):
            groups.setdefault(_local(child), []).append(_value(child))
    members: dict[str, Any] = {
        f"@{_bare(key)}": text for key, text in element.attrib.items() if not key.startswith(_SCHEMA_HINT)
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
    if not text.strip():
        return None
    return text.strip() if has_children else text


def _local(element: Any) -> str:
    return _bare(element.tag)


def _bare(name: str) -> str:
    return name.rpartition("}")[2]


def _broken(error: Any) -> str:
    reason = str(error.msg or "it breaks off").split(", line ")[0]
    return f"This is not valid XML at line {max(error.lineno or 1, 1)}: {reason}."
