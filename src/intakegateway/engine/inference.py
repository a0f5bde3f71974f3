"""What the fields of a source are, found from all their values, chunk by chunk, in bounded memory.

A field is text unless every one of its values survives a narrower type (``engine.candidate`` says what
survives). What was decided against a type that looks likely is said in the field's notes.
"""

from __future__ import annotations

from typing import Any

import polars as pl
from msgspec import Struct, field

from intakegateway.engine.candidate import Candidate, Finding, answered
from intakegateway.engine.candidates import candidates
from intakegateway.engine.inference_notes import MARKERS, looks_like, marker_note, misfit_note
from intakegateway.engine.widening import common_type
from intakegateway.model.frames import data_type
from intakegateway.model.schema import Field
from intakegateway.model.types import FLOAT, JSON, TEXT, DataType, Kind

FIRST_LOOK = 256
"""Values from which the candidates of a field are picked, before all values are held against them."""
SAMPLES = 5
SAMPLE_CHARACTERS = 80
_SAMPLED_CHUNKS = 3


class Survey:
    """Collects what all values of all fields have in common.

    ``narrow``: whether texts may turn out to be something narrower (false for sources whose texts are
    texts, such as a database). ``decimal_comma``: whether numbers have one; None: found out where the
    values leave no doubt. ``samples``: whether some values of each field are kept to be shown.
    """

    def __init__(
        self, *, narrow: bool = True, decimal_comma: bool | None = None, samples: bool = True
    ) -> None:
        self._narrow = narrow
        self._sampled = 0 if samples else _SAMPLED_CHUNKS
        self._decimal_comma = decimal_comma
        self._fields: dict[str, _Values] = {}
        self._rows = 0

    def add(self, frame: pl.DataFrame, *, typed: bool = False) -> None:
        """Look at one more chunk, whose texts are texts if it is ``typed``. Nothing of the frame is kept."""
        self._narrow = self._narrow and not typed
        self._rows += frame.height
        if frame.height == 0:
            for name, of in frame.schema.items():
                values = self._fields.setdefault(name, _Values(sampled=self._sampled))
                if not isinstance(of, (pl.String, pl.Null, pl.Categorical, pl.Enum)):
                    values.types.setdefault(_typed(of), None)
            return
        first = self._first_values(frame)
        looked: list[tuple[str, _Values]] = []
        wanted: dict[str, pl.Expr] = {}
        for name, of in frame.schema.items():
            values = self._fields.setdefault(name, _Values(sampled=self._sampled))
            column = pl.col(name)
            if isinstance(of, (pl.Categorical, pl.Enum)):
                values.types.setdefault(TEXT, None)
            elif not isinstance(of, (pl.String, pl.Null)):
                values.types.setdefault(_typed(of), None)
            elif isinstance(of, pl.String):
                if self._narrow and not values.decided:
                    values.first_look(first[name], frame[name], self._decimal_comma)
                wanted |= {f"{name}\0{key}": expr for key, expr in values.questions(column).items()}
                looked.append((name, values))
            wanted[f"{name}\0there"] = column.count()
            if of.is_integer():
                wanted |= {f"{name}\0least": column.min(), f"{name}\0most": column.max()}
        if not wanted:  # rows without a single field, such as {} in JSON
            return
        answers = frame.select(expr.alias(key) for key, expr in wanted.items()).row(0, named=True)
        per_field: dict[str, dict[str, Any]] = {}
        for key, answer in answers.items():
            name, _, question = key.rpartition("\0")
            per_field.setdefault(name, {})[question] = answer
        for name, facts in per_field.items():
            self._fields[name].count(frame[name], facts)
        for name, values in looked:
            values.look(frame[name], per_field[name])

    def _first_values(self, frame: pl.DataFrame) -> dict[str, pl.Series]:
        """The first values of each field of texts that is still to be decided, asked for all at once."""
        known = self._fields
        names = [
            name
            for name, of in frame.schema.items()
            if isinstance(of, pl.String) and self._narrow and not (name in known and known[name].decided)
        ]
        values = frame.head(4 * FIRST_LOOK).select(_telling(pl.col(name)).implode() for name in names)
        return {name: values[name][0] for name in names}

    def fields(self, whole: bool) -> list[Field]:
        """What is known now, in the order in which the fields came up. ``whole``: these were all rows."""
        return [values.field(name, self._rows, whole) for name, values in self._fields.items()]


def _telling(value: pl.Expr) -> pl.Expr:
    """The first values that say something about a field's type."""
    return value.filter((value != "") & ~value.is_in(MARKERS)).head(FIRST_LOOK)


def _typed(of: pl.DataType) -> DataType:
    return JSON if of.is_nested() else data_type(of)


class _Values(Struct):
    """What is known of one field."""

    there: int = 0
    blank: int = 0
    texts: int = 0
    max_length: int = 0
    samples: list[str] = field(default_factory=list)
    sampled: int = 0
    types: dict[DataType, None] = field(default_factory=dict)
    integer_digits: int = 0
    decided: bool = False
    candidate: Candidate | None = None
    markers: set[str] = field(default_factory=set)
    notes: tuple[str, ...] = ()

    def first_look(self, sample: pl.Series, column: pl.Series, decimal_comma: bool | None) -> None:
        """Pick the candidates by the first values that are neither null nor blank nor a null marker.

        ``sample``: such values near the start of the chunk's ``column``, if there are any.
        """
        if not len(sample):
            sample = answered(column, _telling)
        if not len(sample):
            self.markers |= set(column.filter(column != "").unique().to_list())
            return
        found = candidates(sample, decimal_comma)
        self.candidate = found[0] if found else None
        self.decided = True
        if not found:
            self.notes = looks_like(sample)

    def questions(self, column: pl.Expr) -> dict[str, pl.Expr]:
        """The aggregates to ask of a chunk of texts."""
        asked = {"length": column.str.len_chars().max(), "blank": (column == "").sum()}
        if self.candidate is not None:
            asked["fit"] = self.candidate.all_fit(column)
        return asked

    def count(self, column: pl.Series, facts: dict[str, Any]) -> None:
        """Take in what is counted for every type."""
        self.there += facts["there"]
        if "least" in facts and facts["there"]:
            digits = max(len(str(abs(facts["least"]))), len(str(abs(facts["most"]))))
            self.integer_digits = max(self.integer_digits, digits)
        if self.sampled < _SAMPLED_CHUNKS and len(self.samples) < SAMPLES and facts["there"]:
            self.sampled += 1
            self._take_samples(column)

    def look(self, column: pl.Series, facts: dict[str, Any]) -> None:
        """Hold a chunk of texts against the candidate."""
        self.max_length = max(self.max_length, facts["length"] or 0)
        self.blank += facts["blank"] or 0
        values = facts["there"] - (facts["blank"] or 0)
        if self.candidate is not None and values and not facts["fit"]:
            self._look_again(self.candidate, column.drop_nulls())
        self.texts += values

    def _look_again(self, candidate: Candidate, values: pl.Series) -> None:
        if self.blank:
            values = values.filter(values != "")
        fits = candidate.fits(values)
        if fits.all(ignore_nulls=False):
            candidate.absorb(values)
            return
        misfits = odd = values.filter(~fits)
        successors = [candidate] if misfits.is_in(MARKERS).all() else candidate.wider()
        for each in successors:
            fits = each.fits(values)
            odd = values.filter(~fits)
            if odd.is_in(MARKERS).all():
                each.absorb(values.filter(fits))
                self.candidate = each
                self.markers |= set(odd.unique().to_list())
                return
        seen = self.texts + len(values)
        self.notes = (*self.notes, *misfit_note(candidate.kind, misfits, seen - len(misfits), seen))
        self.candidate = None

    def field(self, name: str, rows: int, whole: bool) -> Field:
        """The field as it is known now."""
        found = self._finding()
        blank = 0 if found.type.kind is Kind.TEXT else self.blank
        notes = (*self.notes, *found.notes)
        if not self.there and rows:
            notes = (*notes, "No values: kept as text." if found.type == TEXT else "No values.")
        return Field(
            name=name,
            type=found.type,
            nulls=rows - self.there + blank,
            values=self.there - blank,
            max_length=self.max_length,
            date_format=found.date_format,
            whole=whole,
            notes=notes,
            samples=tuple(self.samples),
            decimal_comma=found.decimal_comma,
        )

    def _finding(self) -> Finding:
        found = self.candidate.finding() if self.candidate is not None and self.texts else Finding(TEXT)
        if self.markers and found.type != TEXT:
            found = Finding(TEXT, notes=(marker_note(self.markers, found.type),))
        of_types = list(self.types)
        if self.texts:
            of_types.append(found.type)
        if not of_types:
            return Finding(TEXT)
        joined: DataType | None = of_types[0]
        for each in of_types[1:]:
            joined = self._join(joined, each) if joined is not None else None
        if joined is None or (self.blank and self.types and joined.kind is not Kind.TEXT and not self.texts):
            shown = ", ".join(str(each) for each in of_types)
            return Finding(TEXT, notes=(*found.notes, f"Values of several types ({shown}): kept as text."))
        return found if joined == found.type and self.texts else Finding(joined, notes=found.notes)

    def _join(self, one: DataType, other: DataType) -> DataType | None:
        if {one.kind, other.kind} == {Kind.INTEGER, Kind.FLOAT} and self.integer_digits <= 15:
            return FLOAT
        if Kind.TEXT in (one.kind, other.kind):
            return TEXT if one.kind == other.kind else None
        return common_type(one, other)

    def _take_samples(self, column: pl.Series) -> None:
        some = column.head(200).drop_nulls()
        if not len(some):
            some = column.drop_nulls().head(50)
        if not some.dtype.is_nested():
            some = some.unique(maintain_order=True)
        for value in some:
            text = value if isinstance(value, str) else str(value)
            text = text if len(text) <= SAMPLE_CHARACTERS else text[: SAMPLE_CHARACTERS - 1] + "…"
            if text and text not in self.samples:
                self.samples.append(text)
            if len(self.samples) == SAMPLES:
                return
