"""From a path to decompressed bytes: plain files, archives and standard input behind one value."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
import weakref
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO, Protocol

from intakegateway.connectors.files.changes import Facts
from intakegateway.connectors.files.pipes import Pipe, is_pipe, read_up_to
from intakegateway.connectors.files.streams import (
    BOMB_BYTES,
    BOMB_RATIO,
    Chained,
    Counted,
    Guarded,
    Lenient,
    Meter,
    Readable,
    decoder,
    unreadable,
)
from intakegateway.connectors.guard import confined
from intakegateway.model.errors import SourceError

HEAD = 1 << 20
"""Bytes from the beginning of a file that its format, encoding and dialect are judged by."""
MAX_LAYERS = 4
"""Compressions inside one another that are undone."""

_DOCUMENTS = ("[Content_Types].xml", "mimetype")
"""A member by which a zip is a document (Excel, Word, OpenDocument), not an archive of files."""


class Input:
    """One file's decompressed bytes.

    ``name``: what a person calls it; a member of an archive as ``archive.zip/member.csv``.
    ``path``: the file itself when it is local and uncompressed, else None.
    ``size``: bytes as stored (compressed), where known; ``consumed`` grows up to it.
    ``rewindable``: whether ``open`` may be called more than once (standard input and pipes: once).
    """

    def __init__(
        self,
        name: str,
        start: Callable[[], Readable],
        *,
        size: int | None = None,
        path: Path | None = None,
        rewindable: bool = True,
        scale: float = 1.0,
        packed: bool = False,
        keep: object = None,
    ) -> None:
        self.name = name
        self.size = size
        self.rewindable = rewindable
        self._start = start
        self._scale = scale
        self._packed = packed
        self._keep = keep
        self._meter = Meter()
        self._ahead: tuple[bytes, Readable] | None = None
        self._spent = False
        self._head: bytes | None = None
        self.facts: Facts | None = None
        """What a file was when it was opened."""
        self._layers = self._find_layers()
        self.path = path if not self._layers and not packed else None

    @property
    def consumed(self) -> int:
        """Stored bytes that the stream opened last has taken."""
        return round(self._meter.taken)

    def open(self) -> BinaryIO:
        """A fresh stream of the decompressed bytes, from the beginning. The caller closes it.

        Reading raises ``SourceError`` for damaged or incomplete compressed data and for bombs.
        """
        return self._unpacked(self._layers)

    def head(self, size: int = HEAD) -> bytes:
        """The first decompressed bytes, at most ``size`` of them (and not more than ``HEAD``)."""
        if self._head is None:
            if self.rewindable:
                with self.open() as stream:
                    self._head = stream.read(HEAD)
            else:
                self._head = self._peek(self._layers, HEAD)
        return self._head[:size]

    @contextmanager
    def spooled(self, suffix: str = "") -> Iterator[Path]:
        """A local file with the decompressed content, for libraries that need one; copies are removed."""
        if self.path is not None:
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="intakegateway-") as folder:
            copy = Path(folder) / f"input{suffix}"
            with self.open() as stream, copy.open("wb") as out:
                shutil.copyfileobj(stream, out, 1 << 20)
            yield copy

    def _stored(self, meter: Meter) -> BinaryIO:
        if not self.rewindable:
            if self._spent:
                raise SourceError(
                    "can be read only once, and this load reads it twice.",
                    where=self.name,
                    hint="Save it as a file first.",
                )
            self._spent = True
            ahead, rest = self._ahead or (b"", self._start())
            raw: Readable = Chained(ahead, rest)
        else:
            raw = self._start()
        return io.BufferedReader(Counted(raw, meter, self._scale), 1 << 17)

    def _unpacked(self, layers: list[Callable[[BinaryIO], Readable]]) -> BinaryIO:
        self._meter = meter = Meter()
        try:
            stream = self._stored(meter)
        except Exception as error:
            raise unreadable(error, self.name) from error
        beneath = stream
        for undo in layers:
            stream = io.BufferedReader(Guarded(undo(stream), stream, meter, self.name), 1 << 17)
        if self._packed and beneath is stream:
            stream = io.BufferedReader(Guarded(stream, stream, meter, self.name), 1 << 17)
        return stream

    def _find_layers(self) -> list[Callable[[BinaryIO], Readable]]:
        layers: list[Callable[[BinaryIO], Readable]] = []
        if not self.rewindable:
            source = self._start()
            self._ahead = (read_up_to(source, HEAD), source)
        for _ in range(MAX_LAYERS):
            head = self._first_bytes(layers)
            undo = decoder(head)
            if undo is None:
                return layers
            layers.append(undo)
        raise SourceError(
            f"is compressed more than {MAX_LAYERS} times over.", where=self.name, hint="Unpack it first."
        )

    def _first_bytes(self, layers: list[Callable[[BinaryIO], Readable]]) -> bytes:
        if self.rewindable:
            with self._unpacked(layers) as stream:
                return stream.read(16)
        return self._peek(layers, 16)

    def _peek(self, layers: list[Callable[[BinaryIO], Readable]], size: int) -> bytes:
        """Decompressed bytes of what was read ahead of a stream that cannot be rewound."""
        ahead = self._ahead[0] if self._ahead else b""
        if not layers:
            return ahead[:size]
        stream: BinaryIO = io.BytesIO(ahead)
        for undo in layers:
            stream = io.BufferedReader(Lenient(undo(stream)), 1 << 16)
        return stream.read(size)


def open_path(path: Path, member: str | None = None, shown: str | None = None) -> list[Input]:
    """The inputs that a local file holds: itself, or the members of a zip archive.

    ``member`` is a glob of the members that are wanted; ``shown`` what people call the file, when that is
    not its path. Raises ``SourceError``.
    """
    name = shown or str(path)
    path = confined(path)
    try:
        if is_pipe(path):
            return _members(Input(name, lambda: Pipe(path, name), rewindable=False), member)
        facts = Facts.of(path)
        single = Input(name, lambda: path.open("rb", buffering=0), size=facts.size, path=path)
        single.facts = facts
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}.", where=name) from error
    return _members(single, member)


def open_kept(name: str, kept: Kept, member: str | None = None) -> list[Input]:
    """The inputs that a temporary file holds, which is kept as long as one of them is."""
    return _members(_whole(name, kept), member)


def open_stdin(member: str | None = None) -> list[Input]:
    """The inputs that standard input holds."""
    stream: Readable = sys.stdin.buffer
    return _members(Input("standard input", lambda: stream, rewindable=False), member)


def _members(single: Input, member: str | None) -> list[Input]:
    """The members of a zip archive, or the input itself when it is none."""
    if not single.head(4).startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if member is not None:
            raise SourceError(
                "is not a zip archive, so it has no members.", where=single.name, hint="Leave 'member' out."
            )
        return [single]
    kept: _Spool | None = None
    archive = single.path
    if archive is None:
        kept = _Spool(single)
        archive = kept.path
    try:
        with zipfile.ZipFile(archive) as opened:
            infos = opened.infolist()
    except Exception as error:
        raise unreadable(error, single.name) from error
    if member is None and {info.filename for info in infos} & set(_DOCUMENTS):
        return [single if kept is None else _whole(single.name, kept)]
    if member is None and single.name.lower().endswith((".xlsx", ".xlsm", ".ods")):
        raise SourceError("is a zip archive, but has no workbook inside.", where=single.name)
    wanted = _wanted(single.name, infos, member)
    stored = single.size or archive.stat().st_size
    total = sum(info.file_size for info in wanted)
    if total > BOMB_BYTES and total > BOMB_RATIO * stored:
        raise SourceError(
            f"holds more than {BOMB_RATIO} times its size, which looks like a bomb.",
            where=single.name,
            hint="If it is genuine, unpack it and load the result.",
        )
    return [_member(single.name, archive, info, kept) for info in wanted]


class Kept(Protocol):
    """Something that owns a temporary file."""

    path: Path


class _Spool:
    """A copy of an input in a temporary file, removed with the last input that uses it."""

    def __init__(self, single: Input) -> None:
        with tempfile.NamedTemporaryFile(prefix="intakegateway-", delete=False) as copy:
            self.path = Path(copy.name)
            weakref.finalize(self, self.path.unlink, missing_ok=True)
            with single.open() as stream:
                shutil.copyfileobj(stream, copy, 1 << 20)


def _whole(name: str, kept: Kept) -> Input:
    path = kept.path
    return Input(name, lambda: path.open("rb", buffering=0), size=path.stat().st_size, path=path, keep=kept)


def _wanted(name: str, infos: list[zipfile.ZipInfo], member: str | None) -> list[zipfile.ZipInfo]:
    files = [
        info
        for info in infos
        if not info.is_dir()
        and not info.filename.startswith("__MACOSX/")
        and not Path(info.filename).name.startswith(".")
    ]
    if not files:
        raise SourceError("is an archive without files.", where=name)
    if member is None:
        return files
    chosen = [
        info
        for info in files
        if fnmatchcase(info.filename, member) or fnmatchcase(Path(info.filename).name, member)
    ]
    if not chosen:
        shown = ", ".join(info.filename for info in files[:10]) + (", …" if len(files) > 10 else "")
        raise SourceError(f"has no member that fits '{member}'.", where=name, hint=f"It holds: {shown}.")
    return chosen


def _member(name: str, archive: Path, info: zipfile.ZipInfo, kept: _Spool | None) -> Input:
    def start() -> Readable:
        with zipfile.ZipFile(archive) as opened:
            return opened.open(info)

    return Input(
        f"{name}/{info.filename}",
        start,
        size=info.compress_size,
        scale=info.compress_size / max(info.file_size, 1),
        packed=True,
        keep=kept,
    )
