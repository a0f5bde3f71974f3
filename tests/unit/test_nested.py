"""Arrays become rows, paths lead into them, and the preview's tree shows both."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from intakegateway.connectors.base import Chunk, Locators
from intakegateway.connectors.records import flatten
from intakegateway.engine.nested import FieldNode, explode, resolve_path, tree

RECORDS = [
    {"id": 1, "o": {"items": [{"sku": "a", "n": 1, "t": [1, 2]}, {"sku": "b"}]}, "tags": ["x", "y"]},
    {"id": 2, "o": {"items": []}, "tags": []},
    {"id": 3, "tags": ["z"], "u": {"city": "Rome", "geo": {"lat": 1.5}}},
    {"id": 4, "o": {"items": {"sku": "single"}}, "tags": None},
]


def chunk(records: list[Any]) -> Chunk:
    frame = flatten(records)
    a = pl.int_range(1, len(records) + 1, dtype=pl.Int64, eager=True)
    return Chunk(frame, Locators("page {b} item {a}", a, a + 10), None, 7)


def test_an_array_becomes_one_row_per_element() -> None:
    exploded = explode(chunk(RECORDS), "tags")
    assert exploded.frame.select("id", "tags").rows() == [(1, "x"), (1, "y"), (2, None), (3, "z"), (4, None)]
    assert exploded.locators.words().to_list() == [f"page {n + 10} item {n}" for n in (1, 1, 2, 3, 4)]
    assert exploded.frame.columns == chunk(RECORDS).frame.columns
    assert exploded.bytes == 7


def test_elements_that_are_objects_become_columns_and_single_objects_join_them() -> None:
    frame = explode(chunk(RECORDS), "o.items").frame
    assert frame.columns[:4] == ["id", "o.items.sku", "o.items.n", "o.items.t"]
    assert frame.select("id", "o.items.sku", "o.items.n", "o.items.t").rows() == [
        (1, "a", 1, "[1,2]"),
        (1, "b", None, None),
        (2, None, None, None),
        (3, None, None, None),
        (4, "single", None, None),
    ]


def test_values_that_are_no_array_count_as_one_element() -> None:
    frame = explode(
        chunk([{"a": ["x", 1]}, {"a": "[not json"}, {"a": "plain"}, {"a": [[1], None]}]), "a"
    ).frame
    assert frame["a"].to_list() == ["x", "1", "[not json", "plain", "[1]", None]


def test_elements_are_typed_and_keep_every_digit() -> None:
    assert explode(chunk([{"a": [1, 2]}, {"a": [3]}]), "a").frame["a"].to_list() == [1, 2, 3]
    frame = pl.DataFrame({"a": ["[12345678901234567890123]"]})
    exact = explode(Chunk(frame, Locators("line {a}", pl.Series([1]))), "a")
    assert exact.frame["a"].to_list() == ["12345678901234567890123"]


def test_a_chunk_without_the_field_stays_as_it_is() -> None:
    whole = chunk([{"a": 1}])
    assert explode(whole, "b") is whole
    assert explode(whole, "a") is whole


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("id", [1, 2, 3, 4]),
        ("tags.0", ["x", None, "z", None]),
        ("tags.1", ["y", None, None, None]),
        ("o.items.0.sku", ["a", None, None, None]),
        ("o.items.0.t", ["[1,2]", None, None, None]),
        ("o.items.0.t.1", ["2", None, None, None]),
        ("u", [None, None, '{"city":"Rome","geo":{"lat":1.5}}', None]),
        ("u.geo", [None, None, '{"lat":1.5}', None]),
        ("u.city.name", [None] * 4),
    ],
)
def test_paths_lead_into_arrays_and_up_to_objects(path: str, values: list[Any]) -> None:
    frame = flatten(RECORDS)
    found = resolve_path(frame, path)
    assert found is not None
    selected = frame.select(found)
    assert selected.columns == [path]
    assert selected.to_series().to_list() == values


def test_a_path_to_nowhere_is_none() -> None:
    assert resolve_path(flatten(RECORDS), "nope.x") is None


def test_paths_keep_numbers_and_arrays_as_written() -> None:
    frame = pl.DataFrame({"a": ["[12345678901234567890123, true, null]"], "o.list": ["[1]"], "o.x": ["text"]})
    paths = ("a.0", "a.1", "a.2", "o")
    found = [resolve_path(frame, path) for path in paths]
    assert frame.select(e for e in found if e is not None).row(0) == (
        "12345678901234567890123",
        "true",
        None,
        '{"list":[1],"x":"text"}',
    )


def test_the_tree_follows_dots_and_opens_arrays() -> None:
    nodes = {node.name: node for node in tree(flatten(RECORDS))}
    assert list(nodes) == ["id", "o", "tags", "u"]
    assert (nodes["id"].type, nodes["id"].samples, nodes["id"].null_share) == (
        "integer",
        ("1", "2", "3"),
        0.0,
    )
    assert (nodes["u"].type, nodes["u"].column) == ("object", False)
    assert [(child.path, child.null_share) for child in nodes["u"].children] == [
        ("u.city", 0.75),
        ("u.geo", 0.75),
    ]
    tags = nodes["tags"]
    assert (tags.type, tags.is_array, tags.null_share) == ("array", True, 0.25)
    assert [(child.path, child.type, child.column) for child in tags.children] == [
        ("tags.0", "text", False),
        ("tags.1", "text", False),
    ]

    def paths(some: tuple[FieldNode, ...]) -> list[str]:
        return [path for node in some for path in (node.path, *paths(node.children))]

    found = paths(nodes["o"].children)
    assert "o.items.0.sku" in found
    assert "o.items.0.t.1" in found
    assert all(resolve_path(flatten(RECORDS), path) is not None for path in found)


def test_the_tree_of_an_empty_frame_has_types_without_samples() -> None:
    (node,) = tree(pl.DataFrame(schema={"a": pl.Int64}))
    assert (node.type, node.null_share, node.samples) == ("integer", 1.0, ())
    assert tree(pl.DataFrame()) == []
