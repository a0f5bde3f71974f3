import datetime

import polars as pl

from intakegateway.engine.profile import ColumnProfile, profile


def one(*chunks: list[object], **options: bool) -> ColumnProfile:
    return profile((pl.DataFrame({"v": values}, strict=False) for values in chunks), **options)[0]


def test_missing_and_different_values_are_counted_over_all_chunks() -> None:
    found = one(["a", "b", None], ["b", "c", ""])
    assert (found.rows, found.field.nulls, found.distinct, found.exact) == (6, 1, 4, True)
    assert found.top == (("b", 2), ("", 1), ("a", 1), ("c", 1))
    assert (found.min_length, found.max_length, found.mean_length) == (0, 1, 0.8)


def test_numbers_in_text_are_ordered_as_numbers() -> None:
    found = one(["10", "9"], ["-5", "100", ""])
    assert (found.minimum, found.maximum) == ("-5", "100")
    assert str(found.field.type) == "integer"


def test_texts_and_dates_are_ordered_as_they_are() -> None:
    found = one(["b", "10", "a"])
    assert (found.minimum, found.maximum) == ("10", "b")
    found = one([datetime.date(2024, 5, 1), None], [datetime.date(2023, 12, 31)])
    assert (found.minimum, found.maximum, found.min_length) == ("2023-12-31", "2024-05-01", None)


def test_other_orders_are_not_pretended() -> None:
    assert one(["31.12.2023", "01.01.2024"]).minimum is None
    assert one([True, False]).minimum is None
    assert one([1, float("nan")]).maximum == "1.0"


def test_many_different_values_are_estimated_and_the_usual_ones_still_found() -> None:
    often = ["often"] * 3000
    chunks = [[f"v{i}" for i in range(k * 20_000, (k + 1) * 20_000)] + often for k in range(5)]
    found = one(*chunks)
    assert not found.exact
    assert abs(found.distinct - 100_001) < 6_000
    assert found.top[0] == ("often", 15_000)


def test_long_values_are_shown_short_but_counted_apart() -> None:
    found = one(["x" * 500 + "a", "x" * 500 + "b"])
    assert found.distinct == 2
    assert {len(text) for text, _ in found.top} == {100}


def test_typed_and_nested_and_empty_fields_have_a_profile() -> None:
    frame = pl.DataFrame({"a": [1, 2], "b": [[1], [2]], "c": [None, None], "d": [b"x", b"y"]})
    a, b, c, d = profile([frame])
    assert (a.minimum, a.maximum, a.distinct) == ("1", "2", 2)
    assert str(b.field.type) == "json"
    assert (c.distinct, c.exact, c.top) == (0, True, ())
    assert d.top == (("78", 1), ("79", 1))
    assert c.as_json()["min"] is None
    assert a.as_json()["top"] == [{"value": "1", "count": 1}, {"value": "2", "count": 1}]
