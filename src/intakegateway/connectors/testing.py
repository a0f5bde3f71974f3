"""The conformance suite for sources: what the engine relies on, as tests that any source can be held to.

A connector's tests subclass ``SourceContract``, write the suite's rows into their kind of source and say
what its places are called; pytest runs what is inherited::

    class TestCsv(SourceContract):
        def make(self, rows):
            return CsvSource(write_csv(self.folder, rows))

        def place(self, number):
            return f"line {number + 1}"

What a format cannot hold is a declared gap: the test is overridden under ``pytest.mark.xfail`` with
``strict=True`` and the reason, so that it is noticed when the gap closes.
"""

# ruff: noqa: D102 - the names of the tests are sentences already
from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import polars as pl
from msgspec import Struct

from intakegateway.connectors.base import BROKEN_SCHEMA, Chunk, Source
from intakegateway.model.errors import SourceError

MAX_CHUNK_ROWS = 100_000
"""More rows than this in one chunk are not bounded memory."""

HOSTILE_TEXTS = (
    'say "hi"',
    "it's",
    "a,b;c|d\te",
    "two\nlines",
    "carriage\r\nreturn",
    " spaces around ",
    "back\\slash \\N \\x",
    "{curly} [square] <angle> &amp;",
    "Robert'); DROP TABLE students;--",
    "äöü ß 漢字 😀 👩‍👩‍👧",
    "null",
    "NaN",
    "=1+1",
    "007",
    "x" * 10_000,
)
"""Texts that quoting, escaping or guessing may damage."""


class Rows(Struct, frozen=True):
    """What a source has to hold: fields in order, and one tuple per record.

    Values are ``None``, ``str``, ``int`` of any size and ``datetime.date``.
    """

    fields: tuple[str, ...]
    values: Sequence[tuple[Any, ...]]


class SourceContract:
    """Every source passes these, or declares why it cannot."""

    many = 70_000
    """Rows that need more than one chunk."""

    def make(self, rows: Rows) -> Source:
        """A source that holds ``rows``."""
        raise NotImplementedError

    def place(self, number: int) -> str:
        """What the source calls the place of record ``number``, counted from 1."""
        raise NotImplementedError

    def test_nothing_at_all_yields_no_rows_or_a_clear_error(self) -> None:
        source, chunks, message = self.make(Rows((), ())), [], "no error"
        try:
            chunks = list(source.chunks())
        except SourceError as error:
            message = error.message
        assert sum(chunk.rows for chunk in chunks) == 0
        assert message.strip(), "the error says what is wrong"

    def test_fields_without_rows_yield_no_rows(self) -> None:
        chunks = list(self.make(Rows(("id", "name"), ())).chunks())
        assert sum(chunk.rows for chunk in chunks) == 0
        for chunk in chunks:
            assert set(chunk.frame.columns) <= {"id", "name"}

    def test_values_come_back_in_order(self) -> None:
        rows = Rows(("id", "name", "city"), [(i, f"name {i}", f"city {i % 3}") for i in range(1, 12)])
        assert self.read(rows) == expected(rows)

    def test_hostile_texts_survive(self) -> None:
        rows = Rows(("id", "text"), list(enumerate(HOSTILE_TEXTS)))
        assert self.read(rows) == expected(rows)

    def test_a_nul_character_survives(self) -> None:
        rows = Rows(("id", "text"), [(1, "a\x00b"), (2, "plain")])
        source = self.make(rows)
        chunks = list(source.chunks())
        assert records(chunks, rows.fields) == expected(rows)
        assert chunks[0].nul, "a chunk with a NUL says that it may hold one"

    def test_field_names_of_200_characters_survive(self) -> None:
        fields = ("id", "n" * 200, "n" * 199 + "m", "name with spaces, 'quotes' and ümlauts")
        rows = Rows(fields, [(1, "a", "b", "c")])
        assert self.read(rows) == expected(rows)

    def test_nulls_are_nulls(self) -> None:
        rows = Rows(("id", "text", "number"), [(1, None, 5), (2, "a", None), (3, None, None)])
        assert self.read(rows) == expected(rows)

    def test_an_empty_text_is_not_a_null(self) -> None:
        rows = Rows(("id", "text"), [(1, ""), (2, None), (3, "a")])
        assert self.read(rows) == expected(rows)

    def test_long_integers_keep_every_digit(self) -> None:
        numbers = (9_007_199_254_740_993, -(2**63), 2**63 - 1, 2**64 - 1, 12345678901234567890123)
        rows = Rows(("id", "number"), list(enumerate(numbers)))
        assert self.read(rows) == expected(rows)

    def test_far_dates_survive(self) -> None:
        days = (datetime.date(1, 1, 1), datetime.date(1899, 12, 31), datetime.date(9999, 12, 31))
        rows = Rows(("id", "day"), list(enumerate(days)))
        assert self.read(rows) == expected(rows)

    def test_many_fields_survive(self) -> None:
        fields = tuple(f"field_{i}" for i in range(300))
        rows = Rows(fields, [tuple(f"{r}-{i}" for i in range(300)) for r in range(3)])
        assert self.read(rows) == expected(rows)

    def test_places_are_right_and_not_shared(self) -> None:
        rows = Rows(("id", "name"), [(i, f"name {i}") for i in range(1, 8)])
        chunks = list(self.make(rows).chunks())
        words = [word for chunk in chunks for word in chunk.locators.words().to_list()]
        assert words == [self.place(number) for number in range(1, 8)]

    def test_many_rows_come_in_bounded_chunks_and_each_is_counted(self) -> None:
        rows = Rows(("id", "name"), [(i, "a name of usual length") for i in range(1, self.many + 1)])
        seen, sizes, places = 0, [], 0
        for chunk in self.make(rows).chunks():
            assert_consistent(chunk)
            ids = chunk.frame["id"].cast(pl.Int64)
            assert ids.to_list() == list(range(seen + 1, seen + len(ids) + 1))
            places += chunk.locators.words().n_unique()
            seen += chunk.rows
            sizes.append(chunk.rows)
        assert seen == self.many
        assert places == self.many
        assert max(sizes) <= MAX_CHUNK_ROWS
        assert len(sizes) > 1

    def test_reading_may_stop_early(self) -> None:
        source = self.make(Rows(("id",), [(i,) for i in range(10)]))
        chunks = source.chunks()
        assert next(chunks).rows > 0
        chunks.close()  # type: ignore[attr-defined]

    def test_a_second_reading_is_the_same(self) -> None:
        source = self.make(Rows(("id", "name"), [(i, f"name {i}") for i in range(50)]))
        first = list(source.chunks())
        if not source.rewindable:
            return
        second = list(source.chunks())
        assert [chunk.frame.to_dict(as_series=False) for chunk in first] == [
            chunk.frame.to_dict(as_series=False) for chunk in second
        ]
        assert [chunk.frame.schema for chunk in first] == [chunk.frame.schema for chunk in second]
        assert [chunk.locators.words().to_list() for chunk in first] == [
            chunk.locators.words().to_list() for chunk in second
        ]

    def test_committed_may_be_called_after_the_last_chunk(self) -> None:
        source = self.make(Rows(("id",), [(1,)]))
        assert sum(chunk.rows for chunk in source.chunks()) == 1
        source.committed()

    def test_it_says_what_it_is(self) -> None:
        source = self.make(Rows(("id",), [(1,)]))
        assert source.name
        assert source.restartable or not source.rewindable, "what rewinds can also start again"
        assert source.total_bytes is None or source.total_bytes > 0

    def read(self, rows: Rows) -> list[tuple[str | None, ...]]:
        """The records that come back, each value as text."""
        chunks = list(self.make(rows).chunks())
        for chunk in chunks:
            assert_consistent(chunk)
            assert chunk.broken is None, (
                f"broken records: {chunk.broken.to_dicts() if chunk.broken is not None else ''}"
            )
        return records(chunks, rows.fields)


def expected(rows: Rows) -> list[tuple[str | None, ...]]:
    """The rows' values as texts; a row whose values are all null as well."""
    return [tuple(None if value is None else str(value) for value in row) for row in rows.values]


def records(chunks: Sequence[Chunk], fields: tuple[str, ...]) -> list[tuple[str | None, ...]]:
    """The values of ``fields`` in all chunks as texts. A field that a chunk does not have is null."""
    found: list[tuple[str | None, ...]] = []
    for chunk in chunks:
        assert set(chunk.frame.columns) <= set(fields), f"unknown fields: {chunk.frame.columns}"
        texts = [
            chunk.frame[name].cast(pl.String).to_list()
            if name in chunk.frame.columns
            else [None] * chunk.frame.height
            for name in fields
        ]
        found.extend(zip(*texts, strict=True))
    return found


def assert_consistent(chunk: Chunk) -> None:
    """A chunk's parts agree with one another."""
    assert len(chunk.locators.a) == chunk.frame.height
    assert chunk.locators.a.dtype == pl.Int64
    if chunk.locators.b is not None:
        assert len(chunk.locators.b) == chunk.frame.height
        assert chunk.locators.b.dtype == pl.Int64
    assert chunk.bytes >= 0
    if chunk.broken is not None:
        assert dict(chunk.broken.schema) == {name: kind() for name, kind in BROKEN_SCHEMA.items()}
