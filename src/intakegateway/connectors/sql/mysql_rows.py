"""MySQL's result packets into columns, without a Python object for each value.

The text protocol sends a row as one packet: a 3-byte length, a number, then each value with its length
before it (``0xfb``: null; below that the length itself; ``0xfc`` and ``0xfd``: a length of two or three
bytes follows; ``0xfe``: of eight). See "Protocol::ResultsetRow" in the MySQL client/server protocol. Only the
walk from packet to packet is a Python loop; lengths and values of a column are found for all rows at once,
as Arrow views into the received bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from msgspec import Struct

from intakegateway.connectors.sql.reading import BATCH_ROWS

BLOCK = 1 << 20
_WHOLE = 0xFFFFFF
"""The length of a packet that goes on in the next one."""
_PADDING = bytes(16)
"""Behind a block, so that values near its end can be read in words."""
_VIEW = np.dtype([("length", "<i4"), ("head", "<u4"), ("tail", "<u8")])
_INLINE = 12
_HEAD_MASKS = np.array([(1 << 8 * min(n, 4)) - 1 for n in range(_INLINE + 1)], np.uint32)
_TAIL_MASKS = np.array([(1 << 8 * min(max(n - 4, 0), 8)) - 1 for n in range(_INLINE + 1)], np.uint64)
_header = struct.Struct("<I").unpack_from


class Stream(Protocol):
    """What a connection reads from."""

    def read1(self, size: int, /) -> bytes:
        """At least one byte, unless the other side has closed."""
        ...


class Block(Struct, frozen=True):
    """Rows of one block: the bytes, where each row's first value starts, and the bytes received."""

    data: bytes
    starts: list[int]
    received: int


class PacketError(Exception):
    """The server ended the rows with an error packet (``packet``), or the connection broke (empty)."""

    def __init__(self, packet: bytes) -> None:
        super().__init__("the rows broke off")
        self.packet = packet


def blocks(stream: Stream) -> Iterator[Block]:
    """The rows of one result, in blocks of whole rows, until the packet that ends it.

    Raises ``PacketError``.
    """
    rest = b""
    done = False
    while not done:
        parts, size = [rest], len(rest)
        while True:
            data = stream.read1(1 << 18)
            if not data:
                raise PacketError(b"")
            parts.append(data)
            size += len(data)
            if size >= BLOCK or _seems_ended(data):
                break
        received = b"".join(parts)
        starts, used, done, joined = _walk(received)
        rest = received[used:]
        if starts:
            yield Block(received + joined + _PADDING, starts, used)


def _seems_ended(data: bytes) -> bool:
    """Whether an end or error packet may stand at the end of what has arrived: a guess that costs nothing."""
    return len(data) < 1 << 18 and (
        (data[-9:-6] == b"\x05\0\0" and data[-5:-4] == b"\xfe") or b"\xff" in data[-600:]
    )


def _walk(data: bytes) -> tuple[list[int], int, bool, bytes]:
    """Starts of the rows, bytes used, whether the end was among them, and rows of several packets joined."""
    starts: list[int] = []
    add = starts.append
    joined = b""
    at, end = 0, len(data) - 4
    while at < end:
        length = _header(data, at)[0] & _WHOLE
        after = at + 4 + length
        if after - 4 > end:
            break
        first = data[at + 4]
        if first == 0xFF:
            raise PacketError(data[at + 4 : after])
        if first == 0xFE and length < 9:
            return starts, after, True, joined
        if length == _WHOLE:
            whole = _several(data, at)
            if whole is None:
                break
            payload, after = whole
            add(len(data) + len(joined))
            joined += payload
        else:
            add(at + 4)
        at = after
    return starts, at, False, joined


def _several(data: bytes, at: int) -> tuple[bytes, int] | None:
    """A row that goes on over packets, and where the next one starts; None when it has not all arrived."""
    parts = []
    while True:
        if at + 4 > len(data):
            return None
        length = _header(data, at)[0] & _WHOLE
        if at + 4 + length > len(data):
            return None
        parts.append(data[at + 4 : at + 4 + length])
        at += 4 + length
        if length < _WHOLE:
            return b"".join(parts), at


def columns(block: Block, count: int) -> Iterator[list[pl.Series]]:
    """The block's values as ``count`` Binary series, at most ``BATCH_ROWS`` rows at a time."""
    data = np.frombuffer(block.data, np.uint8)
    buffer = pa.py_buffer(block.data)
    for first in range(0, len(block.starts), BATCH_ROWS):
        at = np.array(block.starts[first : first + BATCH_ROWS], np.int64)
        made = []
        for _ in range(count):
            starts, lengths, nulls = _lengths(data, at)
            made.append(_views(data, starts, lengths, nulls, buffer))
            at = starts + lengths
        yield made


Ints = npt.NDArray[np.int64]


def _lengths(data: npt.NDArray[np.uint8], at: Ints) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """Start and length of the value at each place, and whether it is null."""
    first = data[at].astype(np.int64)
    nulls = first == 0xFB
    starts = at + 1
    if first.max(initial=0) < 0xFB:
        return starts, first, nulls
    lengths = np.where(nulls, 0, first)
    for mark, size in ((0xFC, 2), (0xFD, 3), (0xFE, 8)):
        rows = np.flatnonzero(first == mark)
        if rows.size:
            places = at[rows] + 1
            lengths[rows] = sum(data[places + i].astype(np.int64) << 8 * i for i in range(size))
            starts[rows] += size
    return starts, lengths, nulls


def _views(
    data: npt.NDArray[np.uint8], starts: Ints, lengths: Ints, nulls: npt.NDArray[np.bool_], buffer: Any
) -> pl.Series:
    """Arrow's binary views: up to 12 bytes stand in the view, longer values are pointed at."""
    words = np.ndarray((data.size - 4,), "<u4", data.data, 0, (1,))
    doubles = np.ndarray((data.size - 8,), "<u8", data.data, 0, (1,))
    short = np.minimum(lengths, _INLINE)
    made = np.empty(len(starts), _VIEW)
    made["length"] = lengths
    made["head"] = words[starts] & _HEAD_MASKS[short]
    tail = doubles[starts + 4] & _TAIL_MASKS[short]
    if lengths.max(initial=0) > _INLINE:
        tail = np.where(lengths > _INLINE, starts.astype(np.uint64) << np.uint64(32), tail)
    made["tail"] = tail
    absent = int(np.count_nonzero(nulls))
    valid = pa.py_buffer(np.packbits(~nulls, bitorder="little").tobytes()) if absent else None
    array = pa.Array.from_buffers(
        pa.binary_view(), len(starts), [valid, pa.py_buffer(made), buffer], null_count=absent
    )
    return pl.Series(values=array)
