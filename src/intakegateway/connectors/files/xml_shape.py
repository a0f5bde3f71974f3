"""What the beginning of an XML document shows, and the parser that reads it safely."""

from __future__ import annotations

import codecs
import re
from typing import Any, Literal

from intakegateway.model.errors import DefinitionError

LOOK = 1 << 20
"""Bytes that are looked at to find the repeating element."""
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']""")

Path = tuple[str, ...]
Event = Literal["start", "end"]


def xml_parser(name: str | None, encoding: str | None, events: tuple[Event, ...] = ("end",)) -> Any:
    """A parser to feed: it expands no entities, fetches nothing, and reports elements called ``name``."""
    from lxml import etree

    tag = f"{{*}}{name}" if name is not None else None
    return etree.XMLPullParser(
        events,
        tag=tag,
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def xml_encoding(given: str | None, head: bytes) -> str | None:
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


class Shape:
    """What the first part of a document shows.

    ``names`` are its elements, ``repeated`` the paths of those that repeat inside one parent, ``failure``
    is why it is not XML, if it is not.
    """

    def __init__(self, head: bytes, encoding: str | None) -> None:
        from lxml import etree

        self.repeated: set[Path] = set()
        self._most: dict[Path, int] = {}
        self.failure: str | None = None
        parser = xml_parser(None, encoding, ("start", "end"))
        try:
            parser.feed(head)
            if len(head) < LOOK:
                parser.close()
        except etree.XMLSyntaxError as error:
            # The reading itself reports it, after the records before it.
            self.failure = broken(error)
        path: Path = ()
        above: list[tuple[Path, dict[str, int]]] = []
        children: dict[str, int] = {}
        for event, element in parser.read_events():
            if event == "end":
                path, children = above.pop()
                continue
            name = bare_name(element.tag)
            above.append((path, children))
            path = (*path, name)
            times = children[name] = children.get(name, 0) + 1
            if times > self._most.get(path, 0):
                self._most[path] = times
                if times == 2:
                    self.repeated.add(path)
            children = {}
        self.names = list(dict.fromkeys(step for seen in self._most for step in seen))

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


def bare_name(name: str) -> str:
    """The name of an element or attribute without its namespace."""
    return name.rpartition("}")[2]


def broken(error: Any) -> str:
    """What is wrong with the XML and in which line, for a person."""
    reason = str(error.msg or "it breaks off").split(", line ")[0].rstrip(".")
    return f"This is not valid XML at line {max(error.lineno or 1, 1)}: {reason}."
