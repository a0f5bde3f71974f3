"""Nested fields in flat frames: arrays into rows, paths into arrays, and the tree that a preview shows.

Sources deliver objects as dotted columns and arrays as JSON text (``connectors.records``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import orjson
import polars as pl
from msgspec import Struct, field
from msgspec.structs import replace

from intakegateway.connectors.base import Chunk, Locators
from intakegateway.connectors.json_parsing import dumps, loads, number_text
from intakegateway.connectors.records import Arrays, Flattener
from intakegateway.model.frames import data_type

SAMPLES = 3
"""Samples of a field in the tree."""
_LOOK = 200
"""Values that are looked at to tell arrays from texts."""
_ELEMENTS = 5
"""Elements of an array that the tree shows."""
_ROW = "__row"


class FieldNode(Struct, frozen=True):
    """A field of a preview, with the fields inside it.

    ``path`` is what a mapping's ``from`` says; ``name`` its last piece. ``type`` is a type's name,
    ``object`` or ``array``. ``null_share`` is between 0 and 1. ``column`` is false for objects and for
    paths into an array, which no column of the frame holds.
    """

    name: str
    path: str
    type: str
    null_share: float
    samples: tuple[str, ...] = ()
    is_array: bool = False
    column: bool = True
    children: tuple[FieldNode, ...] = ()


def explode(chunk: Chunk, field: str, *, arrays: Arrays = "json") -> Chunk:
    """One row for each element of the arrays in ``field``, the other fields and the locator repeated.

    Elements that are objects become columns ``field.key``; others stay in ``field``. A row whose array is
    empty or null keeps one row with nulls; a value that is no array counts as an array of one. ``arrays``
    says what becomes of arrays inside the elements. A chunk without the field is returned as it is.
    """
    frame = chunk.frame
    if field not in frame.columns or frame.schema[field] != pl.String or not frame.height:
        return chunk
    lists = [
        value if type(value) is list and value else [None if type(value) is list else value]
        for value in _parsed(frame[field].to_list())
    ]
    lengths = pl.Series(map(len, lists), dtype=pl.Int64)
    rows = pl.int_range(frame.height, dtype=pl.Int64, eager=True).to_frame(_ROW)
    at = rows.select(pl.col(_ROW).repeat_by(lengths).explode())[_ROW]
    elements = [{field: element} for element in chain.from_iterable(lists)]
    inside = Flattener(arrays=arrays).frame(elements)
    repeated = frame.select(pl.all().gather(at))
    place = chunk.locators
    locators = Locators(
        place.template, place.a.gather(at), place.b.gather(at) if place.b is not None else None
    )
    return replace(chunk, frame=_replaced(repeated, field, inside), locators=locators)


def resolve_path(frame: pl.DataFrame, path: str) -> pl.Expr | None:
    """An expression for a path that is not a column's name, or None where it leads nowhere.

    ``tags.0`` and ``items.0.sku`` read from the JSON text of the column that the path begins with: texts as
    they are, numbers as written, objects and arrays as JSON text. ``address`` gives the JSON object of the
    columns ``address.…``. The result is String and has the path for its name.
    """
    if path in frame.columns:
        return pl.col(path)
    pieces = path.split(".")
    for cut in range(len(pieces) - 1, 0, -1):
        column = ".".join(pieces[:cut])
        if column in frame.columns and frame.schema[column] == pl.String:
            return pl.col(column).map_batches(_extractor(pieces[cut:]), return_dtype=pl.String).alias(path)
    below = [name for name in frame.columns if name.startswith(f"{path}.")]
    return _object(path, below) if below else None


def tree(frame: pl.DataFrame) -> list[FieldNode]:
    """The frame's fields as a tree along their dotted names, arrays opened up to five elements."""
    root = _Branch()
    for column in frame.columns:
        branch = root
        for piece in column.split("."):
            branch = branch.below.setdefault(piece, _Branch())
        branch.column = column
    return [_node(frame, name, name, branch) for name, branch in root.below.items()]


class _Branch(Struct):
    column: str | None = None
    below: dict[str, _Branch] = field(default_factory=dict)


def _node(frame: pl.DataFrame, name: str, path: str, branch: _Branch) -> FieldNode:
    children = tuple(_node(frame, key, f"{path}.{key}", below) for key, below in branch.below.items())
    if branch.column is None:
        nulls = min((child.null_share for child in children), default=1.0)
        return FieldNode(name, path, "object", nulls, column=False, children=children)
    series = frame[branch.column]
    share = series.null_count() / len(series) if len(series) else 1.0
    there = series.drop_nulls()
    samples = tuple(_sample(value) for value in there.unique(maintain_order=True).head(SAMPLES).to_list())
    arrays = _arrays(there)
    if not arrays:
        kind = str(data_type(series.dtype))
        return FieldNode(name, path, kind, share, samples, children=children)
    inside = tuple(_elements(path, arrays))
    return FieldNode(name, path, "array", share, samples, is_array=True, children=(*children, *inside))


def _arrays(values: pl.Series) -> list[list[Any]]:
    """The arrays of a column that has nothing else."""
    if values.dtype != pl.String or not len(values):
        return []
    parsed = _parsed(values.head(_LOOK).to_list())
    return parsed if all(type(value) is list for value in parsed) else []


def _elements(path: str, arrays: list[list[Any]]) -> list[FieldNode]:
    nodes = []
    for index in range(min(max(map(len, arrays)), _ELEMENTS)):
        elements = [array[index] if index < len(array) else None for array in arrays]
        here = f"{path}.{index}"
        frame = Flattener().frame([{here: element} for element in elements])
        # The element's own path has a dot before the index, which is not a level of its own here.
        renamed = frame.rename({name: name.removeprefix(f"{path}.") for name in frame.columns})
        (node,) = tree(renamed)
        nodes.append(_moved(node, f"{path}."))
    return nodes


def _moved(node: FieldNode, prefix: str) -> FieldNode:
    children = tuple(_moved(child, prefix) for child in node.children)
    return FieldNode(
        node.name,
        prefix + node.path,
        node.type,
        node.null_share,
        node.samples,
        node.is_array,
        False,
        children,
    )


def _sample(value: Any) -> str:
    text = value if isinstance(value, str) else _text(value) or ""
    return text if len(text) <= 80 else f"{text[:79]}…"


def _replaced(frame: pl.DataFrame, field: str, inside: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with the columns of ``inside`` at the place of ``field``."""
    columns: list[pl.Series] = []
    for name in frame.columns:
        if name == field:
            columns.extend(_either(column, frame) for column in inside if column.name != field)
            if field in inside.columns and (inside.width == 1 or inside[field].null_count() < inside.height):
                columns.append(inside[field])
        elif name not in inside.columns:
            columns.append(frame[name])
    return pl.DataFrame(columns)


def _either(column: pl.Series, frame: pl.DataFrame) -> pl.Series:
    """A column of elements, filled from rows that had one plain object under the same name."""
    if column.name not in frame.columns:
        return column
    other = frame[column.name]
    if column.dtype != other.dtype:
        column, other = column.cast(pl.String), other.cast(pl.String)
    return column.to_frame().select(pl.coalesce(column, other).alias(column.name)).to_series()


def _extractor(steps: Sequence[str]) -> Callable[[pl.Series], pl.Series]:
    def extract(texts: pl.Series) -> pl.Series:
        values = [_text(_follow(value, steps)) for value in _parsed(texts.to_list())]
        return pl.Series(texts.name, values, dtype=pl.String)

    return extract


def _follow(value: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        if type(value) is dict:
            value = value.get(step)
        elif type(value) is list and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _text(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    return number_text(value) if type(value) is float else dumps(value) if _is_json(value) else str(value)


def _is_json(value: Any) -> bool:
    return isinstance(value, bool | int | list | dict)


def _parsed(texts: list[str | None]) -> list[Any]:
    """What stands in JSON texts; texts that are no JSON array or object as they are."""
    at = [i for i, text in enumerate(texts) if text is not None and text[:1] in ("[", "{")]
    values: list[Any] = list(texts)
    some = [texts[i] or "" for i in at]
    # The zeros between the texts show whether each is one whole value by itself.
    try:
        together = loads(f"[{',0,'.join(some)}]".encode())
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        together = []
    if len(together) == 2 * len(some) - 1 and set(map(type, together[1::2])) <= {int}:
        found = together[::2]
    else:
        found = [_value(text) for text in some]
    for i, value in zip(at, found, strict=True):
        values[i] = value
    return values


def _value(text: str) -> Any:
    try:
        return loads(text.encode())
    except orjson.JSONDecodeError:
        return text


def _object(path: str, columns: list[str]) -> pl.Expr:
    """The JSON object of flattened columns; null where all of them are."""

    def build(rows: pl.Series) -> pl.Series:
        members = [
            (tuple(name[len(path) + 1 :].split(".")), _members(rows.struct.field(name))) for name in columns
        ]
        texts: list[str | None] = []
        for i in range(len(rows)):
            row: dict[str, Any] = {}
            for steps, values in members:
                if values[i] is not None:
                    _put(row, steps, values[i])
            texts.append(dumps(row) if row else None)
        return pl.Series(path, texts, dtype=pl.String)

    return pl.struct(columns).map_batches(build, return_dtype=pl.String).alias(path)


def _members(column: pl.Series) -> list[Any]:
    if column.dtype == pl.String:
        return _parsed(column.to_list())
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.to_list()
    return column.cast(pl.String, strict=False).to_list()


def _put(row: dict[str, Any], steps: tuple[str, ...], value: Any) -> None:
    for step in steps[:-1]:
        inner = row.setdefault(step, {})
        row = inner if isinstance(inner, dict) else row
    row[steps[-1]] = value
