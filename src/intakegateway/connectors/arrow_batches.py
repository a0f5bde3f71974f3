"""Frames as Arrow record batches for encoders that take the C data interface, without importing pyarrow.

Polars hands out a stream of batches; encoders want them one by one. Reading that stream takes a few calls
through pointers, while the import of pyarrow takes a fifth of a second and 45 MB.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import polars as pl

_Release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_Fetch = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


class _Schema(ctypes.Structure):
    _fields_ = (
        ("format", ctypes.c_void_p), ("name", ctypes.c_void_p), ("metadata", ctypes.c_void_p),
        ("flags", ctypes.c_int64), ("n_children", ctypes.c_int64), ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p), ("release", ctypes.c_void_p), ("private_data", ctypes.c_void_p),
    )  # fmt: skip


class _Array(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_int64), ("null_count", ctypes.c_int64), ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64), ("n_children", ctypes.c_int64), ("buffers", ctypes.c_void_p),
        ("children", ctypes.c_void_p), ("dictionary", ctypes.c_void_p), ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )  # fmt: skip


class _Stream(ctypes.Structure):
    _fields_ = (
        ("get_schema", _Fetch), ("get_next", _Fetch), ("get_last_error", ctypes.c_void_p),
        ("release", ctypes.c_void_p), ("private_data", ctypes.c_void_p),
    )  # fmt: skip


_capsule_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)
_capsule_new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(
    ("PyCapsule_New", ctypes.pythonapi)
)
_SCHEMA, _ARRAY, _STREAM = b"arrow_schema", b"arrow_array", b"arrow_array_stream"


class _Rows:
    """The stream of a frame, alive as long as one of its batches is."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._capsule = frame.__arrow_c_stream__()
        self._address = _capsule_pointer(self._capsule, _STREAM)
        self._stream = _Stream.from_address(self._address)

    def schema(self) -> _Schema:
        """The schema, for the caller to free."""
        schema = _Schema()
        _check(self._stream.get_schema(self._address, ctypes.addressof(schema)))
        return schema

    def array(self) -> _Array | None:
        """The next rows, for the caller to free; None at the end."""
        array = _Array()
        _check(self._stream.get_next(self._address, ctypes.addressof(array)))
        return array if array.release else None


class Batch:
    """Consecutive rows of a frame. Whoever takes the array owns it; what nobody took is freed here.

    Texts are ``string_view``, bytes ``binary_view``.
    """

    def __init__(self, rows: _Rows, array: _Array) -> None:
        self._rows, self._array = rows, array
        self._schemas: list[_Schema] = []

    def __arrow_c_schema__(self) -> Any:
        """The schema. It lives no longer than this batch, unless it is taken before."""
        schema = self._rows.schema()
        self._schemas.append(schema)
        return _capsule_new(ctypes.addressof(schema), _SCHEMA, None)

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        """Schema and array. The schema that is asked for is not looked at, as the protocol allows."""
        return self.__arrow_c_schema__(), _capsule_new(ctypes.addressof(self._array), _ARRAY, None)

    def __del__(self) -> None:
        for part in (self._array, *self._schemas):
            if part.release:
                _Release(part.release)(ctypes.addressof(part))


def batches(frame: pl.DataFrame) -> Iterator[Batch]:
    """The rows of a frame in order, a batch for each of its chunks."""
    rows = _Rows(frame)
    while (array := rows.array()) is not None:
        yield Batch(rows, array)


def _check(code: int) -> None:
    if code:
        raise OSError(code, "Polars could not hand out the rows of a frame as Arrow batches")
